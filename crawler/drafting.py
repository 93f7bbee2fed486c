"""Writing the first draft of an office: its class, its saved pages and an expectation that a person has yet to review."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

from crawler.office import Office
from crawler.platforms.feed import Feed
from crawler.reading import Unreadable, parse
from crawler.recognise import Landmarks, Platform, Shape, addresses, landmarks, newest_parts, recognise, release_shape
from crawler.saved import EXPECTED, SavedPage, read_all, save_pages
from crawler.selectors import compile_css
from storage.model import Page

RELEASES = 2
"""So many releases are saved with a draft."""
MOST_INDEXES = 3
"""An index of sitemaps may lead to another; deeper ones are a circle."""
WHOLE_CHARACTERS = 600
"""A feed whose entries are so long on average carries the texts themselves."""

_links = compile_css("a[href], link[rel=next][href]")
_titles = compile_css("title")

Fetch = Callable[[str], Page]


class DraftProblem(Exception):
    """No office can be drafted from what was found; `str()` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of a new office, and where to write it."""

    name: str
    url: str
    country: str
    timezone: str
    language: str
    into: Path


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written: the module, the folder of pages, the platform, and what could not be found."""

    module: Path
    folder: Path
    platform: Platform
    gaps: tuple[str, ...]


def draft(wish: Wish, fetch: Fetch) -> Draft:
    """Recognise the site, save its pages, write the class and what it reads from them.

    `fetch` gives the page of an address (or raises `DraftProblem`). Raises `DraftProblem` where no office can be made.
    """
    module = wish.into / "crawler" / "offices" / f"{wish.name}.py"
    folder = wish.into / "tests" / "offices" / wish.name
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", wish.name):
        raise DraftProblem(
            f"{wish.name!r} is no name for an office: small letters, digits and _, such as president_xx."
        )
    for path in (module, folder):
        if path.exists():
            raise DraftProblem(f"{path} is there already: take another name, or remove it first.")
    listing = fetch(wish.url)
    platform, address = recognise(listing)
    if address != wish.url:
        try:
            listing = fetch(address)
        except DraftProblem:
            platform = "html"  # the API that the page names is refused
    source = listing
    for _ in range(MOST_INDEXES):
        parts = newest_parts(source) if platform == "sitemap" else ()
        if not parts:
            break
        source = fetch(parts[0])
    shape = release_shape(addresses(source, platform), source.url)
    if shape is None:
        raise DraftProblem(
            f"{source.url} links to no two addresses of one shape: give the address of a list of releases, a feed or a sitemap; "
            "where a script brings the list in, save the page with a browser and give it with --file."
        )
    whole = platform == "wordpress" or (platform == "feed" and _whole(listing))
    pages = [] if whole else [fetch(url) for url in shape.urls[:RELEASES]]
    found = landmarks(pages, wish.language) if pages and platform != "armenia" else Landmarks("", "", "")
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(_source(wish, listing, platform, shape, found, whole), encoding="utf-8")
    office = _load(module, wish.name)
    section = office.sections[0]
    saved = [SavedPage(f"listing{_ending(source)}", "listing", section, wish.language, source)]
    for number, page in enumerate(pages, 1):
        located = office.locate(page.url)
        live = replace(page, url=located.url if located else page.url)
        saved.append(SavedPage(f"release-{number}.html", "release", section, wish.language, live))
    save_pages(folder, saved)
    gaps = (
        []
        if whole or platform == "armenia"
        else [name for name in ("title", "body", "date") if not getattr(found, name)]
    )
    try:
        read = read_all(office, saved)
    except Unreadable as problem:
        read = {"rows": [], "releases": []}
        gaps.append(f"the pages cannot be read yet: {problem.reason}")
    (folder / EXPECTED).write_text(
        json.dumps({"reviewed": False, **read}, ensure_ascii=False, indent=2) + "\n", "utf-8"
    )
    return Draft(module, folder, platform, tuple(gaps))


def _whole(listing: Page) -> bool:
    lengths = [len(entry.html) for entry in Feed.entries(Feed.__new__(Feed), listing) or ()]
    return bool(lengths) and sum(lengths) / len(lengths) >= WHOLE_CHARACTERS


def _ending(page: Page) -> str:
    kind = page.body.lstrip()[:1]
    return (
        ".xml.gz"
        if kind == b"\x1f"
        else ".json"
        if kind in (b"[", b"{")
        else ".xml"
        if b"<?xml" in page.body[:80]
        else ".html"
    )


def _load(module: Path, name: str) -> Office:
    spec = importlib.util.spec_from_file_location(f"drafted_{name}", module)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    for declared in vars(loaded).values():
        if isinstance(declared, type) and issubclass(declared, Office) and declared.__dict__.get("name") == name:
            return declared()
    raise AssertionError(f"{module} declares no office {name}")


_BASES: dict[Platform, tuple[str, str]] = {
    "html": ("Office", ""),
    "feed": ("Feed", "from crawler.platforms.feed import Feed\n"),
    "sitemap": ("Sitemap", "from crawler.platforms.sitemap import Sitemap\n"),
    "wordpress": ("WordPress", "from crawler.platforms.wordpress import WordPress\n"),
    "armenia": ("ArmenianGovernment", "from crawler.platforms.armenia import ArmenianGovernment\n"),
}


def _source(wish: Wish, listing: Page, platform: Platform, shape: Shape, found: Landmarks, whole: bool) -> str:
    """The module of the class."""
    base, needed = _BASES[platform]
    section = next(iter(re.findall(r"[a-z][a-z-]+", urlsplit(listing.url).path)[-1:]), "news")
    lines = [f"name = {_text(wish.name)}"]
    if platform == "armenia":
        parts = urlsplit(listing.url)
        lines += [
            f"sections = ({_text(section)},)",
            f'listing = "{parts.scheme}://{parts.netloc}/{{language}}/{{section}}/"',
        ]
        needs = ["Expect"]
    else:
        lines += [
            f"country = {_text(wish.country)}", f"timezone = {_text(wish.timezone)}",
            f"languages = ({_text(wish.language)},)", f"sections = ({_text(section)},)",
            f"listing = {_text(listing.url.replace('{', '{{').replace('}', '}}'))}",
        ]  # fmt: skip
        lines += _pager(listing) if platform == "html" else []
        lines.append(f"releases = (Address(r{_text(shape.pattern)}, {_text(shape.key)}),)")
        if platform == "feed" and whole:
            lines.append("whole = True")
        if not whole:
            lines += [f"{field} = {_text(getattr(found, field) or stand_in)}" for field, stand_in in _STAND_INS.items()]
        needs = ["Address", "Expect", *(["Office"] if platform == "html" else [])]
    lines.append(f"expect = Expect(rows=(1, {max(60, len(shape.urls) * 2)}))")
    body = "\n".join(f"    {line}" for line in lines)
    class_name = "".join(part.title() for part in wish.name.split("_"))
    title = " ".join("".join(_titles(parse(listing))[0].itertext()).split()) if _titles(parse(listing)) else ""
    title = re.sub(r"[\"\\.]", "", title) or wish.name
    return (
        f'"""Drafted from a listing and {RELEASES} releases, and to be reviewed."""\n\n'
        f"from crawler.office import {', '.join(needs)}\n{needed}\n\n"
        f'class {class_name}({base}):\n    """{title}."""\n\n{body}\n'
    )


_STAND_INS = {"title": "h1", "body": "main", "date": "time"}
"""What stands in a draft where nothing that fits was found: named in its gaps."""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\\\\", "\\")


def _pager(listing: Page) -> list[str]:
    """How the second listing is reached, from a link to it; [] where none was found."""
    first = urlsplit(listing.url)
    for link in _links(parse(listing)):
        href = urljoin(listing.url, link.get("href").strip())
        parts = urlsplit(href)
        if parts.path.rstrip("/") == first.path.rstrip("/"):
            for name, value in parse_qsl(parts.query):
                if not value.isdecimal() or (name, value) in parse_qsl(first.query):
                    continue
                if value == "2" or (value == "1" and name in ("page", "p")):
                    return [f'next_listing = "?{name}={"{n}" if value == "2" else "{index}"}"']
                if name in ("start", "offset", "b_start:int") and int(value) > 2:
                    return [f'next_listing, step = "?{name}={{offset}}", {value}']
        rest = parts.path.removeprefix(first.path.rstrip("/")).strip("/")
        if parts.path.startswith(first.path.rstrip("/")) and re.fullmatch(
            r"(?:(?:page|pagina|seite|strana|p)[/,:-])?2", rest
        ):
            return [f'next_listing = "{rest[:-1]}{{n}}{"/" if parts.path.endswith("/") else ""}"']
    for css in ("a[rel=next]", "li.next a", "a.next"):
        if compile_css(css)(parse(listing)):
            return [f"next_link = {_text(css)}"]
    return []
