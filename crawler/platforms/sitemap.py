"""Sitemaps (sitemaps.org), plain or gzipped, and indexes of them, read without entities.

A sitemap lists a whole site in no promised order. Its releases are put newest first, by the date in their address or else by
`lastmod`, and only the newest count as the listing: a site of 40,000 addresses is not to be fetched because it was looked
at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

from lxml import etree

from crawler.platforms.carried import DataOffice, Entry
from storage.model import Page

SIZE_LIMIT = 50 * 1024 * 1024
"""Bytes of an unpacked sitemap; the protocol allows no larger one (https://www.sitemaps.org/protocol.html)."""


class Sitemap(DataOffice):
    """An office that is read by its sitemap."""

    access = "sitemap"
    newest: ClassVar[int] = 200
    """So many releases, the newest, are the listing."""
    parts: ClassVar[str] = ""
    """Of an index only the sitemaps whose address holds this are read ('' = all, the latest first)."""
    dated_by_lastmod: ClassVar[bool] = False
    """`lastmod` is the day of publication. Mostly it is that of the last change: then it only sorts."""

    def entries(self, page: Page) -> Iterator[Entry] | None:
        root = root_of(page)
        if root is None or etree.QName(root).localname not in ("urlset", "sitemapindex"):
            return None
        if etree.QName(root).localname == "sitemapindex":
            return iter(())
        found: list[tuple[str, str]] = []
        for address, lastmod in _addresses(root, "url"):
            located = self.locate(address)
            if located is not None:
                found.append((located.published_on.isoformat() if located.published_on else lastmod, address))
        found.sort(key=lambda one: one[0], reverse=True)
        return (Entry(address, date=when if self.dated_by_lastmod else "") for when, address in found[: self.newest])

    def following(self, page: Page) -> tuple[str, ...]:
        root = root_of(page)
        if root is None or etree.QName(root).localname != "sitemapindex":
            return ()
        parts = sorted(_addresses(root, "sitemap"), key=lambda one: one[1], reverse=True)
        return tuple(address for address, _ in parts if self.parts in address and address != page.url)


def root_of(page: Page) -> Any | None:
    """The root of an XML document, unpacked if it is gzipped; None for what is none."""
    body = page.body
    if body.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = unpacker.decompress(body, SIZE_LIMIT)
        except zlib.error:
            return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    try:
        return etree.fromstring(body.lstrip(), parser)
    except etree.XMLSyntaxError:
        return None


def _addresses(root: Any, name: str) -> Iterator[tuple[str, str]]:
    for element in root.iterchildren(f"{{*}}{name}"):
        address = (element.findtext("{*}loc") or "").strip()
        if address:
            yield address, (element.findtext("{*}lastmod") or "").strip()
