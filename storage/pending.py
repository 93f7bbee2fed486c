"""Changed texts that wait: for the verdict of their run, or for a decision of the operator."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from typing import Any

from storage.model import DIED, Page, Release
from storage.pages import Pages
from storage.times import opt_date, opt_from_text, to_text


class Pending(Pages):
    """Verbs on changed texts that are no revisions yet."""

    def hold_change(self, release_id: int, run_id: int, release: Release, page: Page) -> str:
        """Keep a changed text with its page until the run's verdict says whether it counts; one that waits for an earlier
        run's is replaced. Returns what beside the verdict it waits for, which stays: '' (nothing), 'site' (a decision on
        the change of a whole site) or 'released' (that was decided: it is an edit)."""
        with self.store.transaction():
            before = self.store.one("SELECT held_by FROM pending_changes WHERE release_id = ?", (release_id,))
            held_by = before["held_by"] if before else ""
            self.drop_change(release_id)
            fields: dict[str, Any] = asdict(release)
            fields["published_on"] = release.published_on.isoformat() if release.published_on else None
            fields["published_at"] = to_text(release.published_at) if release.published_at else None
            self.store.execute(
                "INSERT INTO pending_changes (release_id, run_id, seen_at, release, page_id, held_by) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    release_id,
                    run_id,
                    to_text(page.fetched_at),
                    json.dumps(fields, ensure_ascii=False),
                    self.store_page(page),
                    held_by,
                ),
            )
        return str(held_by)

    def drop_change(self, release_id: int) -> None:
        """Forget a changed text that waits, with its page."""
        pending = self.store.one("SELECT page_id FROM pending_changes WHERE release_id = ?", (release_id,))
        if pending is not None:
            self.store.execute("DELETE FROM pending_changes WHERE release_id = ?", (release_id,))
            self.store.execute("DELETE FROM pages WHERE id = ?", (pending["page_id"],))

    def held_changes(self, run_id: int) -> list[tuple[int, Release, Page]]:
        """The changed texts that wait for this run's verdict: release id, what was read, and the page.

        Its own, those of runs of the office that never ended (they showed nothing bad), and those that the operator
        released. What waits for the operator is left out.
        """
        rows = self.store.all(
            "SELECT p.* FROM pending_changes p JOIN runs n ON n.id = p.run_id JOIN runs this ON this.id = ? "
            "WHERE n.office = this.office AND p.held_by <> 'site' AND (n.id = this.id OR n.verdict = ? "
            "OR (p.held_by = 'released' AND n.verdict IN ('ok', 'quiet'))) ORDER BY p.release_id",
            (run_id, DIED),
        )
        return [(row["release_id"], *self._waiting(row)) for row in rows]

    def changes_held_for_site(self, office: str) -> list[tuple[Release, Page]]:
        """The changed texts of an office that wait for a decision of the operator, with their pages."""
        rows = self.store.all(
            "SELECT p.* FROM pending_changes p JOIN releases r ON r.id = p.release_id "
            "WHERE r.office = ? AND p.held_by = 'site' ORDER BY p.release_id",
            (office,),
        )
        return [self._waiting(row) for row in rows]

    def _waiting(self, row: sqlite3.Row) -> tuple[Release, Page]:
        fields = json.loads(row["release"])
        fields["published_on"] = opt_date(fields["published_on"])
        fields["published_at"] = opt_from_text(fields["published_at"])
        fields["remarks"] = tuple(fields["remarks"])
        return Release(**fields), self.page(row["page_id"])
