"""Atom and RSS feeds, read by feedparser.

A feed shows the newest entries only. With `whole` its entries carry the full text, and no release is asked for by itself;
without it the feed is a list whose releases are followed.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import feedparser

from crawler.platforms.carried import DataOffice, Entry, iso
from storage.model import Page


class Feed(DataOffice):
    """An office that is read by its feed."""

    access = "feed"

    def entries(self, page: Page) -> Iterator[Entry] | None:
        # feedparser opens what looks like an address: it is given a stream, never a string.
        parsed = feedparser.parse(io.BytesIO(page.body), response_headers={"content-type": "application/xml"})
        if not parsed.get("version") and not parsed.entries:
            return None
        return (_entry(found) for found in parsed.entries)


def _entry(found: Any) -> Entry:
    published = found.get("published_parsed") or found.get("updated_parsed")
    contents = [content.get("value", "") for content in found.get("content", ())] or [found.get("summary", "")]
    return Entry(
        url=found.get("link") or found.get("id", ""),
        title=found.get("title", ""),
        date=iso(datetime.fromtimestamp(calendar.timegm(published), UTC)) if published else "",
        html=max(contents, key=len),
    )
