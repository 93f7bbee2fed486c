"""Listings that are data instead of an HTML list: feeds, sitemaps, JSON. What they have in common.

A text that a listing carries whole becomes a page of its own, in a plain form that this module writes and whose selectors
it knows: so it is kept as evidence, read and read again by the same code as every other page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any, ClassVar
from urllib.parse import urljoin

from crawler.listings import Listing
from crawler.office import Day, Office
from language.dates import DateError
from language.text import clean
from storage.model import ListSpec, Page, Row

TITLE_CHARACTERS = 1_000
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a listing: its address (perhaps relative), its title, the date as it is written there, and its text as
    HTML where the listing carries it whole."""

    url: str
    title: str = ""
    date: str = ""
    html: str = ""


class DataOffice(Office):
    """An office whose listings are data; a platform base says how `entries` are found in them."""

    carried_title: ClassVar[str] = "h1.carried-title"
    carried_body: ClassVar[str] = "div.carried-text"
    carried_date: ClassVar[str] = "time.carried-date::attr(datetime)"
    title: ClassVar[str | tuple[str, ...]] = carried_title
    body: ClassVar[str | tuple[str, ...]] = carried_body
    date: ClassVar[str | tuple[str, ...]] = carried_date

    def entries(self, page: Page) -> Iterator[Entry] | None:
        """The entries of a listing in its order; None when the page is not such data at all."""
        raise NotImplementedError

    def following(self, page: Page) -> tuple[str, ...]:
        """Addresses that the listing names as the next to read."""
        return ()

    def unfold(self, page: Page, spec: ListSpec) -> Listing | None:
        found = self.entries(page)
        if found is None:
            return None
        rows: dict[str, Row] = {}
        pages: dict[str, Page] = {}
        for entry in found:
            try:
                located = self.locate(urljoin(page.url, entry.url.strip()))
            except ValueError:
                continue  # a malformed address is no release's
            if located is None or located.key in rows or located.section not in (None, spec.section):
                continue
            if located.language not in (None, spec.language):
                continue
            published_on = located.published_on or self._day(entry.date, spec.language)
            title = clean(" ".join(plain_text(entry.title).split()))[:TITLE_CHARACTERS]
            rows[located.key] = Row(located.url, located.key, title, published_on)
            if self.whole and title and entry.html.strip():
                pages[located.key] = carried_page(page, located.url, title, entry, spec.language)
        listing = Listing(rows.values(), self.following(page), pages)
        listing.carries = self.whole
        return listing

    def _day(self, text: str, language: str) -> Day | None:
        try:
            return self.find_date(text, language)[0] if text else None
        except DateError:
            return None


def plain_text(markup: str) -> str:
    """The text of a title that may hold tags and entities."""
    return unescape(_TAG.sub(" ", markup))


def carried_page(listing: Page, url: str, title: str, entry: Entry, language: str) -> Page:
    """The page of a text that a listing carried."""
    html = (
        f'<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title></head><body><article>'
        f'<h1 class="carried-title">{escape(title)}</h1>'
        f'<time class="carried-date" datetime="{escape(entry.date)}"></time>'
        f'<div class="carried-text">{entry.html}</div></article></body></html>'
    )
    headers = {"content-type": "text/html; charset=utf-8", "content-location": listing.url}
    return Page(url, 200, headers, html.encode(), listing.fetched_at)


def iso(instant: datetime) -> str:
    """An instant as `find_date` reads it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def dig(value: Any, path: str) -> Any:
    """What stands at a dotted path ("title.rendered", "tags.0.name") in parsed JSON; None where the path breaks off."""
    for name in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
