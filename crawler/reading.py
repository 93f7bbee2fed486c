"""From a page to rows or to a Release. Pure: live pages, saved pages and re-reading of the archive run this same code.

`read_listing` and `read_release` either give what the page states or raise `Unreadable`, with the reason as a sentence
and its kind; they never guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal, NoReturn
from urllib.parse import urljoin

from lxml import etree
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, resolve_encoding

from crawler.blocks import remove, text_blocks
from crawler.listings import Listing
from crawler.office import Located, Office
from crawler.selectors import Expression, compile_all, compile_css, first, text_of
from crawler.walls import describe, find_wall, says_not_found
from language.dates import DateError, read_time
from language.detect import detect
from language.text import clean
from storage.model import ListSpec, Page, Release, Row

Kind = Literal["wall", "foreign", "status", "gone", "unchanged"]

TITLE_LIMIT = 1_000
"""Characters; a longer heading is not one."""
DATE_LINE = 60
"""Characters; a longer line says more than a date."""
DETECTED_CHARACTERS = 300
"""So much of a text decides its language; more would decide no better and cost more."""

_links = compile_css("a[href]")
_base = compile_css("base[href]")
_headings = compile_all("h1, h2, h3, h4, h5, h6")
_heads = compile_css("head")
_chrome = compile_css("script, style, noscript, template, iframe, aside, nav, footer, form, svg")


class Unreadable(Exception):
    """A page that is not what was asked for. `kind`: 'wall' (a bot manager answered), 'gone' (404 or 410), 'status'
    (another answer than 200), 'foreign' (no landmarks, or another release than asked for). `missing` names the landmarks
    that were not found: heading, container."""

    def __init__(self, kind: Kind, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.missing = missing


NUL_SHARE = 0.1
"""UTF-16 has a NUL beside every Latin letter, tag or space; a page of UTF-8 one or two by accident."""
STRAY_SHARE = 0.001
"""So few characters that are no UTF-8 are a slip in a page of UTF-8 (a character cut in two), no other charset."""


def _as_utf8(page: Page) -> bytes:
    """The bytes of a page as UTF-8. What is valid UTF-8 is UTF-8, whatever was declared: no other charset's text is by
    chance, while headers are often wrong. Else the page must fit what its header or itself declares, whole.

    A single-byte Western charset fits any bytes, and servers declare it by default: there the page's own word is heard
    first. Raises `Unreadable` when nothing fits: letters guessed wrong would look like an edit of every release.
    """
    body = page.body
    if body.count(b"\x00") > NUL_SHARE * len(body):  # UTF-16, or no text at all
        try:
            return body.decode("utf-16").encode() if body[:2] in (b"\xff\xfe", b"\xfe\xff") else _no_text("NUL bytes")
        except UnicodeDecodeError:
            _no_text("UTF-16")
    try:
        body.decode("utf-8")
        return body
    except UnicodeDecodeError:
        mended = body.decode("utf-8", "replace")
    if mended.count("\ufffd") <= STRAY_SHARE * len(mended):
        return mended.encode()
    by_header = resolve_encoding(http_content_type_encoding(page.headers.get("content-type")) or "")
    by_page = resolve_encoding(html_body_declared_encoding(body) or "")
    declared = [by_page, by_header] if by_header in _WESTERN else [by_header, by_page]
    for charset in declared:
        if charset is not None:
            try:
                return body.decode(charset).encode()
            except UnicodeDecodeError:
                continue
    _no_text(" or ".join(dict.fromkeys(name for name in declared if name)) or "no charset")


def _no_text(names: str) -> NoReturn:
    raise Unreadable("foreign", f"its bytes are no text in what it declares ({names})")


_WESTERN = ("cp1252", "iso8859-1", "iso8859-15")


def parse(page: Page) -> Any:
    """The tree of a page. Raises `Unreadable` for bytes that are no text in the charset that was declared."""
    body = _as_utf8(page).replace(b"\x00", b"").strip() or b"<html/>"
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    tree = etree.fromstring(body, parser)
    return etree.fromstring(b"<html/>", parser) if tree is None else tree


def _check_status(page: Page) -> None:
    if page.location:
        wall = find_wall(page)
        if wall:
            raise Unreadable("wall", f"redirected to the wall of {wall} ({page.location})")
        raise Unreadable("wall", f"redirected away from the office's hosts, to {page.location}")
    if page.status == 200:
        return
    wall = find_wall(page)
    if wall:
        raise Unreadable("wall", f"HTTP {page.status} with the wall of {wall}")
    raise Unreadable("gone" if page.status in (404, 410) else "status", f"HTTP {page.status}")


def read_listing(page: Page, office: Office, spec: ListSpec) -> Listing:
    """The rows of a listing, in the page's order, each release once however often it is linked.

    An empty list is a listing without rows. Links to other hosts, sections or editions are no rows. Raises
    `Unreadable` for anything but an answer 200, and for a page without rows that is a wall or a login.
    """
    _check_status(page)
    listing = office.unfold(page, spec)
    if listing is None:
        listing = _html_listing(page, office, spec)
    if not listing and not listing.following:
        wall = find_wall(page)
        if wall:
            raise Unreadable("wall", f"the wall of {wall} at HTTP 200 instead of a listing")
        what = describe(page)
        if what == "a login page":
            raise Unreadable("foreign", f"{what} instead of a listing")
    return listing


def _html_listing(page: Page, office: Office, spec: ListSpec) -> Listing:
    """The rows of an HTML list, and the address of its next one where that is a link to follow."""
    tree = parse(page)
    base = page.url
    if found := _base(tree):
        with suppress(ValueError):  # a malformed address, such as "http://[": as if there were none
            base = urljoin(page.url, found[0].get("href"))
    root = urljoin(base, "/")  # the same for every listing of a site, so that its menus are looked at once
    rows: dict[str, Row] = {}
    dates = _row_dates(office, tree, spec.language)
    for link in _links(tree):
        href = link.get("href").strip()
        from_root = href.startswith("/") and not href.startswith("//")
        located = _locate(office, root if from_root else base, href)
        if located is None or located.section not in (None, spec.section):
            continue
        if located.language not in (None, spec.language):
            continue
        named = first(office.row_titles, link) if office.row_titles else None
        title = clean(text_of(link if named is None else named))[:TITLE_LIMIT]
        known = rows.get(located.key)
        if known is None:
            published_on = located.published_on or dates.get(link)
            rows[located.key] = Row(located.url, located.key, title, published_on)
        elif len(title) > len(known.title):  # a picture or "more" links the same release with less to say
            rows[located.key] = replace(known, title=title)
    following: tuple[str, ...] = ()
    following_link = first(office.next_links, tree)
    if following_link is not None and following_link.get("href"):
        with suppress(ValueError):
            following = (urljoin(base, following_link.get("href").strip()),)
    return Listing(rows.values(), following)


def _row_dates(office: Office, tree: Any, language: str) -> dict[Any, date]:
    """The date that each link's own row states, for sites that date their releases on the list only."""
    dates: dict[Any, date] = {}
    for expression in office.rows:
        for row in expression(tree):
            found = first(office.row_dates, row)
            if found is None:
                continue
            try:
                stated, _ = office.find_date(text_of(found), language)
            except DateError:
                continue  # a row without a date that can be read is a row without a date
            for link in _links(row):
                dates.setdefault(link, stated)
    return dates


@lru_cache(maxsize=4096)
def _locate(office: Office, base: str, href: str) -> Located | None:
    """Listings repeat their links three times, and from poll to poll."""
    try:
        return office.locate(urljoin(base, href))
    except ValueError:
        return None  # a malformed address, such as "http://[": no release's


def read_release(page: Page, office: Office, *, section: str, language: str, listed_on: date | None = None) -> Release:
    """The release on a page. `section` and `language` are those of the list that led to it, for addresses that state
    none; `listed_on` the date its row stated.

    Raises `Unreadable` without an answer 200, a heading and a container: what lacks its landmarks is no release.
    """
    _check_status(page)
    located = office.locate(page.url)
    if located is None:
        raise Unreadable("foreign", f"answered by {page.url}, which is no release's address")
    language, section = located.language or language, located.section or section
    headless = section in office.headless
    tree = parse(page)
    title_element, title = _heading(office, tree)
    container = first(office.selectors.body, tree)
    if headless and container is not None:
        title = title or section
    if container is None or not title:
        missing = tuple(name for name, absent in (("heading", not title), ("container", container is None)) if absent)
        wall = find_wall(page)
        if wall:
            raise Unreadable("wall", f"the wall of {wall} at HTTP 200 instead of a release")
        raise Unreadable("foreign", f"no {' and '.join(missing)} of a release in {describe(page)}", missing)
    date_texts = _date_texts(office, [_article(title_element, container, tree), *_heads(tree)])
    for expression in (*office.selectors.drop, _chrome):
        for element in expression(container):
            remove(element)
    if title_element is not None and title_element is not container and not isinstance(title_element, str):
        for element in container.iter(title_element.tag):
            if element is title_element:
                remove(element)
                break
    own_heading = first(_headings, container) if headless else None
    heading = "" if own_heading is None else clean(text_of(own_heading))
    blocks = text_blocks(container, office.furniture_pattern)
    if headless and blocks:
        title = heading or " ".join(blocks[0].split())
        date_texts = (date_texts[0] or _date_line(office, blocks, language), date_texts[1])
    body = "\n\n".join(blocks)
    thin = len(body) < office.expect.body_characters
    if thin and says_not_found(title):
        raise Unreadable("foreign", f"HTTP {page.status}, but the page says “{title[:80]}”")
    published_on, published_at, remarks = _published(office, located, language, date_texts, listed_on)
    return Release(
        office=office.name,
        section=section,
        language=language,
        text_language=detect(f"{title}\n\n{body[:DETECTED_CHARACTERS]}", office.text_languages, language),
        url=located.url,
        key=located.key,
        story_key=located.story_key,
        title=title[:TITLE_LIMIT],
        body=body,
        published_on=published_on,
        published_at=published_at,
        thin=thin,
        remarks=remarks,
    )


def _heading(office: Office, tree: Any) -> tuple[Any | None, str]:
    """The first heading that says something, and its text."""
    for expression in office.selectors.title:
        for found in expression(tree):
            if title := clean(text_of(found)):
                return found, title
    return None, ""


def _article(title: Any, container: Any, tree: Any) -> Any:
    """The smallest element that holds both heading and container: dates beyond it are other releases'."""
    around = set(container.iterancestors()) | {container}
    for ancestor in () if title is None or isinstance(title, str) else title.iterancestors():
        if ancestor in around:
            return ancestor
    return tree


def _date_texts(office: Office, places: Sequence[Any]) -> tuple[str, str]:
    """The texts of date and time as the page shows them in the first of `places` that has them, outside of asides and
    navigation ('' where there is none)."""
    return _shown(office.selectors.date, places), _shown(office.selectors.time, places)


def _shown(expressions: Sequence[Expression], places: Sequence[Any]) -> str:
    for place in places:
        for expression in expressions:
            for found in expression(place):
                text = ""
                if isinstance(found, str):
                    text = found
                elif not any(a.tag in ("aside", "nav", "footer") for a in found.iterancestors()):
                    # Day and month stand in elements of their own: without a space they would run together.
                    text = " ".join(found.itertext())
                if text.strip():
                    return " ".join(text.split())
    return ""


def _date_line(office: Office, blocks: Sequence[str], language: str) -> str:
    """The line of a text that is nothing but a date, where there is exactly one such day; '' otherwise.

    Days named within sentences are those of other events.
    """
    found: dict[date, str] = {}
    for line in (line for block in blocks for line in block.split("\n") if len(line) <= DATE_LINE):
        with suppress(DateError):  # most lines are none
            found.setdefault(office.find_date(line, language)[0], line)
    return next(iter(found.values())) if len(found) == 1 else ""


def _published(
    office: Office, located: Located, language: str, texts: tuple[str, str], listed_on: date | None
) -> tuple[date | None, datetime | None, tuple[str, ...]]:
    """The date of publication, the instant where the site states a time, and remarks on what disagrees.

    The address wins over the page, the page over the listing. A date text that is no full date is none.
    """
    remarks: list[str] = []
    date_text, time_text = texts
    on_page: date | None = None
    published_at: datetime | None = None
    if date_text:
        try:
            on_page, published_at = office.find_date(date_text, language)
        except DateError:
            if located.published_on is None:
                remarks.append(f"date on the page not understood: {date_text[:60]}")
    stated = [
        (name, value)
        for name, value in (("address", located.published_on), ("page", on_page), ("listing", listed_on))
        if value is not None
    ]
    if not stated:
        return None, None, tuple(remarks)
    (winner, published_on), *others = stated
    remarks += [
        f"date in the {winner} {published_on}, in the {name} {value}" for name, value in others if value != published_on
    ]
    if on_page is not None and on_page != published_on:
        return published_on, None, tuple(remarks)  # the page's time of day is another day's
    if time_text and published_at is None:
        try:
            clock = read_time(time_text)
            published_at = datetime.combine(published_on, clock, clock.tzinfo or office.zone).astimezone(UTC)
        except DateError:
            remarks.append(f"time on the page not understood: {time_text[:60]}")
    return published_on, published_at, tuple(remarks)
