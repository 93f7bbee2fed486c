"""What is usual of a list, as healthy runs have seen it: what a verdict compares a run with."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.model import Page
from storage.pages import Pages
from storage.times import opt_from_text

KEPT_READINGS = 20
"""So many of the last releases that were read from a list tell what is usual of it."""


@dataclass(frozen=True, slots=True)
class ListReading:
    """The length of a text (characters) that was read from a list, and what was odd about it."""

    characters: int
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """What a healthy run says of one list that answered: how many listings it read, the rows of the first (None: there were
    none to count), whether that answered "not modified", whether the pass is complete, what was read from it, and the page
    of its first listing."""

    list_id: int
    listings: int
    first_rows: int | None
    not_modified: bool = False
    complete: bool = True
    readings: tuple[ListReading, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class ListHistory:
    """What healthy runs have seen of one list: the usual rows of its first listing, the least and most; since when it has
    its baseline; when a healthy run last read it; its last releases, oldest first."""

    rows_usual: float | None = None
    rows_least: int | None = None
    rows_most: int | None = None
    baseline_at: datetime | None = None
    healthy_at: datetime | None = None
    readings: tuple[ListReading, ...] = ()


class Usual(Pages):
    """Verbs on what is usual of lists."""

    def keep_outcome(self, outcome: ListOutcome, at: str) -> None:
        """What a healthy run adds to what is usual of a list."""
        rows = outcome.first_rows
        self.store.execute(
            "UPDATE lists SET healthy_at = :at, baseline_at = CASE WHEN :complete THEN coalesce(baseline_at, :at) "
            "ELSE baseline_at END, baseline_listings = CASE WHEN :complete THEN max(baseline_listings, :listings) "
            "ELSE baseline_listings END WHERE id = :id",
            {"at": at, "complete": outcome.complete, "listings": outcome.listings, "id": outcome.list_id},
        )
        if rows is not None:
            self.store.execute(
                "UPDATE lists SET rows_usual = round(coalesce(rows_usual * 0.8 + :rows * 0.2, :rows), 2), "
                "rows_least = min(coalesce(rows_least, :rows), :rows), rows_most = max(coalesce(rows_most, :rows), :rows) "
                "WHERE id = :id",
                {"rows": rows, "id": outcome.list_id},
            )
        if outcome.readings:
            row = self.store.one("SELECT readings FROM lists WHERE id = ?", (outcome.list_id,))
            assert row is not None
            kept = [*json.loads(row["readings"]), *([r.characters, *r.oddities] for r in outcome.readings)]
            self.store.execute(
                "UPDATE lists SET readings = ? WHERE id = ?", (json.dumps(kept[-KEPT_READINGS:]), outcome.list_id)
            )
        if outcome.page is not None:
            self._keep_listing_page(outcome.list_id, outcome.page)

    def _keep_listing_page(self, list_id: int, page: Page) -> None:
        """Keep the page of a list's first listing in place of the one before, to be compared with when one is bad."""
        before = self.store.one(
            "SELECT p.id, p.sha256 FROM lists l JOIN pages p ON p.id = l.page_id WHERE l.id = ?", (list_id,)
        )
        if before is not None and before["sha256"] == hashlib.sha256(page.body).hexdigest():
            return
        page_id = self.store_page(page)
        self.store.execute("UPDATE lists SET page_id = ? WHERE id = ?", (page_id, list_id))
        if before is not None and not self.store.one(
            "SELECT 1 FROM incidents WHERE json_extract(evidence, '$.good_page') = ?", (before["id"],)
        ):
            self.store.execute("DELETE FROM pages WHERE id = ?", (before["id"],))

    def list_histories(self, office: str) -> dict[tuple[str, str], ListHistory]:
        """What is usual of an office's lists, by section and language."""
        rows = self.store.all("SELECT * FROM lists WHERE office = ?", (office,))
        return {(row["section"], row["language"]): _list_history(row) for row in rows}

    def forget_usual(self, office: str) -> None:
        """An office's lists begin anew: what is usual of them is learnt again, and their next pass is a silent baseline."""
        self.store.execute(
            "UPDATE lists SET rows_usual = NULL, rows_least = NULL, rows_most = NULL, readings = '[]', healthy_at = NULL, "
            "baseline_at = NULL, baseline_listings = 0, pass_listing = 0, etag = '', last_modified = '' WHERE office = ?",
            (office,),
        )


def _list_history(row: sqlite3.Row) -> ListHistory:
    return ListHistory(
        row["rows_usual"],
        row["rows_least"],
        row["rows_most"],
        opt_from_text(row["baseline_at"]),
        opt_from_text(row["healthy_at"]),
        tuple(ListReading(number, tuple(odd)) for number, *odd in json.loads(row["readings"])),
    )
