"""Which known releases are asked for again, and when: recent ones, the newest most often, and those of which something waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.database import Store
from storage.model import Known
from storage.times import from_text, opt_date, opt_from_text, to_text

WITHDRAWN_ASKED = timedelta(days=90)
"""A withdrawn release is asked for again for so long, to see it restored; after `recheck: for` once a day."""
NEWEST, NEW = timedelta(days=1), timedelta(days=3)
DENSER, DENSE = 6, 2
"""A release of at most one day is asked for six times as often as declared, one of at most three days twice as often."""

ONE_PASS = timedelta(minutes=30)
"""Listings of one list that were read within so long belong to one pass over it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How known releases are asked for again: those published within `span`, each `every` so often (None: all of them now).

    `whole` says that listings carry the texts: then a page is asked for only to see whether it stands, once a day at most,
    where its release is missing from a listing that still has older ones. At most `limit` at a time (None: all that are
    due), the longest overdue first."""

    span: timedelta
    every: timedelta | None = None
    whole: bool = False
    limit: int | None = None

    def interval(self, age: timedelta) -> timedelta:
        """How long after its last answer a release of this age is asked for again."""
        if self.every is None:
            return timedelta()
        if self.whole:
            return max(self.every, timedelta(days=1))
        return self.every / (DENSER if age <= NEWEST else DENSE if age <= NEW else 1)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a list showed when it was last read: its keys, and the day of the oldest (ISO 8601)."""

    keys: frozenset[str]
    oldest: str | None

    def missed(self, key: str, published_on: str | None) -> bool:
        """Whether a release is not there although older ones are."""
        return key not in self.keys and self.oldest is not None and (published_on or "") > self.oldest


class Rechecks:
    """Verbs on rechecks."""

    store: Store

    def recheck_due(
        self, list_ids: Sequence[int], pace: Pace, now: datetime, unconditional_after: timedelta
    ) -> list[Known]:
        """Known releases that are to be asked for again, longest overdue first: those published within `pace.span`
        (undated: first seen), those whose changed text or absence waits for a verdict, and withdrawn ones.

        Validators are left out where the last full answer is older than `unconditional_after`, and where the last answer
        was that it is gone.
        """
        marks = ",".join("?" * len(list_ids))
        since = now - pace.span
        rows = self.store.all(
            # Led by what may be due: by itself SQLite would go through all releases of the office.
            "WITH due (id) AS MATERIALIZED (SELECT id FROM releases WHERE published_on >= ? "
            "UNION SELECT id FROM releases INDEXED BY releases_undated WHERE published_on IS NULL AND first_seen_at >= ? "
            "UNION SELECT release_id FROM pending_changes "
            "UNION SELECT release_id FROM absences WHERE withdrawal_id IS NULL "
            "UNION SELECT release_id FROM withdrawals WHERE restored_at IS NULL AND withdrawn_at >= ?) "
            f"{_KNOWN} FROM due CROSS JOIN releases r ON r.id = due.id {_OF_LIST} WHERE l.id IN ({marks})",
            (since.date().isoformat(), to_text(since), to_text(now - WITHDRAWN_ASKED), *list_ids),
        )
        holes = {list_id: self._standing(list_id, since) for list_id in list_ids} if pace.whole else {}
        full = to_text(now - unconditional_after)
        found: list[tuple[datetime, Known]] = []
        for row in rows:
            withdrawn_at = opt_from_text(row["withdrawn_at"])
            wait = pace.interval(_age(row["first_seen_at"], row["published_on"], now))
            if pace.every is not None and withdrawn_at is not None:
                wait = max(pace.every, timedelta(days=1)) if now - withdrawn_at > pace.span else pace.every
            elif pace.every is not None and row["missing"]:
                wait = pace.every / DENSE
            due = from_text(row["checked_at"]) + wait
            unasked = pace.whole and withdrawn_at is None and not row["missing"]
            if due > now or (unasked and not holes[row["list_id"]].missed(row["key"], row["published_on"])):
                continue
            conditional = row["read_at"] > full and not row["missing"] and withdrawn_at is None
            found.append((due, _known(row, conditional=conditional)))
        found.sort(key=lambda pair: (pair[0], -pair[1].release_id))
        return [known for _, known in found[: pace.limit]]

    def newest_known(self, list_ids: Sequence[int], limit: int) -> list[Known]:
        """The releases of these lists that were published last and stand, to be asked for again without conditions."""
        marks = ",".join("?" * len(list_ids))
        rows = self.store.all(
            f"{_KNOWN} FROM releases r {_OF_LIST} WHERE l.id IN ({marks}) AND r.withdrawn_at IS NULL "
            "ORDER BY r.published_on DESC, r.id DESC LIMIT ?",
            (*list_ids, limit),
        )
        return [_known(row, conditional=False) for row in rows]

    def _standing(self, list_id: int, since: datetime) -> _Standing:
        rows = self.store.all(
            "SELECT key, last_seen_at, published_on FROM listing_rows WHERE list_id = ? AND last_seen_at >= ?",
            (list_id, to_text(since)),
        )
        if not rows:
            return _Standing(frozenset(), None)
        last = from_text(max(row["last_seen_at"] for row in rows))
        there = [row for row in rows if last - from_text(row["last_seen_at"]) <= ONE_PASS]
        days = [row["published_on"] for row in there if row["published_on"]]
        return _Standing(frozenset(row["key"] for row in there), min(days, default=None))


_KNOWN = (
    "SELECT r.id, l.id AS list_id, r.section, r.language, r.url, r.key, r.etag, r.last_modified, r.read_at, "
    "r.checked_at, r.first_seen_at, r.published_on, r.withdrawn_at, r.title, r.story_id, "
    "EXISTS (SELECT 1 FROM absences a WHERE a.release_id = r.id AND a.withdrawal_id IS NULL) AS missing"
)
_OF_LIST = "JOIN lists l ON l.office = r.office AND l.section = r.section AND l.language = r.language"


def _known(row: sqlite3.Row, *, conditional: bool) -> Known:
    return Known(
        release_id=row["id"],
        list_id=row["list_id"],
        section=row["section"],
        language=row["language"],
        url=row["url"],
        key=row["key"],
        etag=row["etag"] if conditional else "",
        last_modified=row["last_modified"] if conditional else "",
        story_id=row["story_id"],
        title=row["title"],
        withdrawn=row["withdrawn_at"] is not None,
    )


def _age(first_seen_at: str, published_on: str | None, now: datetime) -> timedelta:
    """How old a release is: since it was first seen, or since its day where that is over a day before."""
    seen, day = from_text(first_seen_at), opt_date(published_on)
    if day is not None:
        dated = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if seen - dated > timedelta(days=2):
            seen = dated
    return now - seen
