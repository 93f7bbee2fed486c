"""Pages: the raw bytes and headers that something was read from, kept compressed."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping

import orjson
import zstandard

from storage.database import Store
from storage.model import FailedPage, Packed, Page
from storage.times import from_text, to_text

_local = threading.local()


def pack(body: bytes) -> Packed:
    """A page's body as the archive keeps it: zstd level 3, a quarter of the size for 0.1 ms a page; level 10 would save a
    tenth more for eight times that."""
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=3)
    return Packed(_local.compressor.compress(body), hashlib.sha256(body).hexdigest())


class Pages:
    """Verbs on pages."""

    store: Store

    def page(self, page_id: int) -> Page:
        """A stored page, its bytes restored. KeyError when there is none of that id."""
        row = self.store.one("SELECT * FROM pages WHERE id = ?", (page_id,))
        if row is None:
            raise KeyError(page_id)
        return Page(
            url=row["url"],
            status=row["status"],
            headers=json.loads(row["headers"]),
            body=zstandard.ZstdDecompressor().decompress(row["body"]),
            fetched_at=from_text(row["fetched_at"]),
        )

    def store_page(self, page: Page) -> int:
        """Keep a page's bytes and headers; returns its id."""
        packed = page.packed or pack(page.body)
        cursor = self.store.execute(
            "INSERT INTO pages (url, fetched_at, status, headers, body, sha256) VALUES (?, ?, ?, ?, ?, ?)",
            (
                page.url,
                to_text(page.fetched_at),
                page.status,
                orjson.dumps(dict(page.headers)).decode(),
                packed.body,
                packed.sha256,
            ),
        )
        return int(cursor.lastrowid or 0)

    def keep_failed_page(
        self, run_id: int, page: Page, reason: str, second_reading: Mapping[str, str] | None = None
    ) -> int:
        """Keep the page of something that was no release, for the operator to look at, with what a general reader made
        of it (title, date, body); returns the page's id."""
        with self.store.transaction():
            page_id = self.store_page(page)
            self.store.execute(
                "INSERT INTO failed_pages (run_id, url, reason, page_id, second_reading) VALUES (?, ?, ?, ?, ?)",
                (run_id, page.url, reason, page_id, json.dumps(second_reading or {}, ensure_ascii=False)),
            )
        return page_id

    def failed_pages(self, run_id: int) -> list[FailedPage]:
        """The failed pages that were kept of a run, in their order."""
        rows = self.store.all("SELECT * FROM failed_pages WHERE run_id = ? ORDER BY id", (run_id,))
        return [FailedPage(row["url"], row["reason"], json.loads(row["second_reading"]), row["page_id"]) for row in rows]

    def good_page(self, office: str, section: str, language: str, before_run: int, *, release: bool) -> int | None:
        """The last good page of a list before a run: of its first listing, or of a release that was read from it."""
        if release:
            row = self.store.one(
                "SELECT v.page_id AS id FROM revisions v JOIN releases r ON r.id = v.release_id "
                "JOIN runs n ON n.id = v.run_id WHERE r.office = ? AND r.section = ? AND r.language = ? AND n.id < ? "
                "AND n.verdict IN ('ok', 'quiet') AND v.page_id IS NOT NULL ORDER BY v.seen_at DESC, r.id DESC LIMIT 1",
                (office, section, language, before_run),
            )
        else:
            row = self.store.one(
                "SELECT page_id AS id FROM lists WHERE office = ? AND section = ? AND language = ?",
                (office, section, language),
            )
        return None if row is None else row["id"]

    def first_page_of(self, run_id: int) -> int | None:
        """The page of the first text that a run read or held, if it read any."""
        row = self.store.one(
            "SELECT page_id FROM revisions WHERE run_id = :run AND page_id IS NOT NULL UNION ALL "
            "SELECT page_id FROM pending_changes WHERE run_id = :run LIMIT 1",
            {"run": run_id},
        )
        return None if row is None else row["page_id"]
