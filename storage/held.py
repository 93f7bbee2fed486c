"""What waits for a verdict on its run: freed by a healthy run, or decided by the operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.database import Store
from storage.times import to_text

BY_OPERATOR = "by the operator: "
"""How the silence of an alert begins that a person decided on."""

_OF_OFFICE = "held_by = 'run' AND run_id IN (SELECT id FROM runs WHERE office = ?)"


class Held:
    """Verbs on what unhealthy runs hold."""

    store: Store

    def free_standing(self, run_id: int, unmodified: Sequence[int], at: str) -> int:
        """Free what earlier unhealthy runs hold of releases that this healthy run saw on a list, or whose list (one of
        `unmodified`, by id) answered that it is as it was when the row stood on it; returns how many deliveries."""
        if self.store.one("SELECT 1 FROM deliveries WHERE held_by = 'run' AND run_id < ? LIMIT 1", (run_id,)) is None:
            return 0
        freed = self.store.execute(
            "UPDATE deliveries SET state = 'pending', held_by = '', next_attempt_at = ? WHERE held_by = 'run' AND run_id < ? "
            "AND kind = 'alert' AND subject_id IN (SELECT a.id FROM alerts a JOIN releases r ON r.id = a.release_id "
            "JOIN lists l ON l.office = r.office AND l.language = r.language "
            "JOIN listing_rows w ON w.list_id = l.id AND w.key = r.key JOIN runs n ON n.id = ? "
            "WHERE r.office = n.office AND (w.last_seen_at >= n.started_at OR "
            f"(l.id IN ({','.join('?' * len(unmodified))}) AND w.last_seen_at >= "
            "(SELECT started_at FROM runs WHERE id = a.run_id))))",
            (at, run_id, run_id, *unmodified),
        )
        return freed.rowcount

    def release_held(self, office: str, now: datetime) -> int:
        """Free every delivery that runs of this office hold; returns how many."""
        with self.store.transaction():
            at = to_text(now)
            return self.store.execute(
                f"UPDATE deliveries SET state = 'pending', held_by = '', next_attempt_at = ? WHERE {_OF_OFFICE}", (at, office)
            ).rowcount

    def drop_held(self, office: str, reason: str) -> int:
        """Let nothing be said of what runs of this office hold; the alerts stay, silent for `reason`. Returns how many
        deliveries."""
        silence = BY_OPERATOR + reason
        with self.store.transaction():
            self.store.execute(
                f"UPDATE alerts SET silence = ? WHERE id IN (SELECT subject_id FROM deliveries WHERE kind = 'alert' AND "
                f"{_OF_OFFICE})",
                (silence, office),
            )
            return self.store.execute(
                f"UPDATE deliveries SET state = 'suppressed', held_by = '', reason = ? WHERE {_OF_OFFICE}", (silence, office)
            ).rowcount

    def silence_rows(self, office: str, since: datetime, reason: str) -> None:
        """What was first seen of an office since then is no news."""
        with self.store.transaction():
            self.store.execute(
                "UPDATE listing_rows SET silence = ? WHERE silence = '' AND first_seen_at >= ? "
                "AND list_id IN (SELECT id FROM lists WHERE office = ?)",
                (BY_OPERATOR + reason, to_text(since), office),
            )
