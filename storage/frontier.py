"""The durable frontier: lists, the rows seen on them, and what is still to be read.

A row is stored in the transaction that saves its listing's validators, so that nothing seen can be forgotten: what is
unread is asked for again whatever the listing answers next time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Store
from storage.model import FrontierRow, ListSpec, ListState, Page, Row
from storage.times import from_text, opt_date, opt_from_text, to_text

READ_TRIES = 3
"""After so many tries without landmarks a row counts as unreadable, or as gone after so many 404 or 410."""
LATE_TRIES = 10
"""A row that was unreadable or gone is asked for again once a day until it was tried so often."""

SILENT_FIRST_PASS = "seen in the first pass over its list"
SILENT_DEEP = "seen deeper than the first pass over its list had gone"


@dataclass(frozen=True, slots=True)
class OfficeRecord:
    """What the archive keeps of an office."""

    name: str
    title: str
    country: str
    timezone: str
    home_url: str


@dataclass(frozen=True, slots=True)
class StoredListing:
    """What storing one listing found: how many of its rows were known, how many of these since a healthy run (`trusted`),
    and the unread rows it brought."""

    known: int
    trusted: int
    new: int
    unread: tuple[FrontierRow, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a deep walk has come on one list: the last listing it stored, and whether it is through."""

    listing: int = 0
    done: bool = False


def _silences(
    state: ListState, number: int, rows: Sequence[Row], known: Collection[str], all_new_above: bool
) -> dict[str, str]:
    """Why each row is silent, if it is first seen now ('' = it is new)."""
    if state.baseline_at is None:
        return dict.fromkeys((row.key for row in rows), SILENT_FIRST_PASS)
    silences = dict.fromkeys((row.key for row in rows), "")
    if number <= state.baseline_listings:
        return silences
    last_known = max((position for position, row in enumerate(rows) if row.key in known), default=-1)
    contiguous = all_new_above and last_known < 0
    for position, row in enumerate(rows):
        # A date is local; a day's grace is cheaper than a missed release, and `max_age` looks at it again.
        dated_since = row.published_on is not None and row.published_on >= state.baseline_at.date()
        if not (dated_since or position < last_known or contiguous):
            silences[row.key] = SILENT_DEEP
    return silences


class Frontier:
    """Verbs on offices, lists and listing_rows."""

    store: Store

    def open_lists(self, office: OfficeRecord, specs: Iterable[ListSpec]) -> list[ListState]:
        """Make sure that the office and its lists exist; returns the lists in the order of `specs`."""
        specs = list(specs)
        found = {
            (row["section"], row["language"]): row
            for row in self.store.all("SELECT * FROM lists WHERE office = ?", (office.name,))
        }
        known = self.store.one("SELECT * FROM offices WHERE name = ?", (office.name,))
        facts = (office.title, office.country, office.timezone, office.home_url)
        stale = known is None or (known["title"], known["country"], known["timezone"], known["home_url"]) != facts
        if stale or any(
            (spec.section, spec.language) not in found or found[spec.section, spec.language]["url"] != spec.url
            for spec in specs
        ):
            with self.store.transaction():
                self.store.execute(
                    "INSERT INTO offices (name, title, country, timezone, home_url) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (name) DO UPDATE SET title = excluded.title, country = excluded.country, "
                    "timezone = excluded.timezone, home_url = excluded.home_url",
                    (office.name, *facts),
                )
                self.store.executemany(
                    "INSERT INTO lists (office, section, language, url) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (office, section, language) DO UPDATE SET url = excluded.url",
                    [(spec.office, spec.section, spec.language, spec.url) for spec in specs],
                )
            found = {
                (row["section"], row["language"]): row
                for row in self.store.all("SELECT * FROM lists WHERE office = ?", (office.name,))
            }
        return [
            ListState(
                id=row["id"],
                spec=spec,
                etag=row["etag"],
                last_modified=row["last_modified"],
                read_at=opt_from_text(row["read_at"]),
                baseline_at=opt_from_text(row["baseline_at"]),
                baseline_listings=row["baseline_listings"],
                pass_listing=row["pass_listing"],
                rows_usual=row["rows_usual"],
                healthy_at=opt_from_text(row["healthy_at"]),
            )
            for spec in specs
            for row in (found[spec.section, spec.language],)
        ]

    def store_listing(
        self,
        list_state: ListState,
        number: int,
        rows: Sequence[Row],
        page: Page,
        *,
        unconditional: bool,
        all_new_above: bool = False,
    ) -> StoredListing:
        """Store the rows of listing `number` (from 1) of a list, and of its first listing the validators too.

        Rows of a list without a baseline are silent for good, and so are old rows of a listing deeper than the baseline
        went. There a row is new all the same, because new releases push the rest down, when it is dated since the
        baseline, when a known row follows it, or when everything above it is unknown too: `all_new_above` says that the
        listings before this one held no known row.
        """
        list_id, seen_at = list_state.id, to_text(page.fetched_at)
        office, language = list_state.spec.office, list_state.spec.language
        marks = ",".join("?" * len(rows))
        keys = [row.key for row in rows]
        with self.store.transaction():
            found = {
                row["key"]: row["first_seen_at"]
                for row in self.store.all(
                    f"SELECT key, first_seen_at FROM listing_rows WHERE list_id = ? AND key IN ({marks})",
                    (list_id, *keys),
                )
            }
            known, healthy = set(found), list_state.healthy_at
            trusted = 0 if healthy is None else sum(at <= to_text(healthy) for at in found.values())
            silences = _silences(list_state, number, rows, known, all_new_above)
            read = {
                row["key"]
                for row in self.store.all(
                    f"SELECT key FROM releases WHERE office = ? AND language = ? AND key IN ({marks})",
                    (office, language, *keys),
                )
            }
            self.store.executemany(
                "INSERT INTO listing_rows (list_id, url, key, title, published_on, listing, silence, state, "
                "first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (list_id, key) DO UPDATE SET last_seen_at = excluded.last_seen_at, "
                "title = CASE WHEN excluded.title = '' THEN title ELSE excluded.title END",
                [
                    (
                        list_id,
                        row.url,
                        row.key,
                        row.title,
                        row.published_on.isoformat() if row.published_on else None,
                        number,
                        silences[row.key],
                        "read" if row.key in read else "unread",
                        seen_at,
                        seen_at,
                    )
                    for row in rows
                ],
            )
            if number == 1:
                self.store.execute(
                    "UPDATE lists SET etag = ?, last_modified = ?, read_at = CASE WHEN ? THEN ? ELSE read_at END "
                    "WHERE id = ?",
                    (page.etag, page.last_modified, unconditional, seen_at, list_id),
                )
            new = [key for key in keys if key not in known]
            unread = self._rows(
                f"r.list_id = ? AND r.state = 'unread' AND r.key IN ({','.join('?' * len(new))})", (list_id, *new)
            )
        return StoredListing(len(known), trusted, len(new), tuple(unread))

    def save_pass(self, list_id: int, listing: int) -> None:
        """The last listing that an unfinished ordinary pass has stored (0: the pass is complete)."""
        with self.store.transaction():
            self.store.execute("UPDATE lists SET pass_listing = ? WHERE id = ?", (listing, list_id))

    def walks(self, list_ids: Sequence[int], kind: str) -> dict[int, Walk]:
        """How far an unfinished deep walk of this kind has come on these lists; lists it has not begun are left out."""
        marks = ",".join("?" * len(list_ids))
        rows = self.store.all(
            f"SELECT list_id, listing, done FROM walks WHERE kind = ? AND list_id IN ({marks})", (kind, *list_ids)
        )
        return {row["list_id"]: Walk(row["listing"], bool(row["done"])) for row in rows}

    def save_walk(self, list_id: int, kind: str, walk: Walk) -> None:
        """How far a deep walk has come on a list; never back behind what was reached."""
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO walks (list_id, kind, listing, done) VALUES (?, ?, ?, ?) ON CONFLICT (list_id, kind) "
                "DO UPDATE SET listing = max(listing, excluded.listing), done = excluded.done",
                (list_id, kind, walk.listing, walk.done),
            )

    def end_walk(self, list_ids: Sequence[int], kind: str) -> None:
        """A deep walk is through with all of these lists: the next one begins anew."""
        with self.store.transaction():
            marks = ",".join("?" * len(list_ids))
            self.store.execute(f"DELETE FROM walks WHERE kind = ? AND list_id IN ({marks})", (kind, *list_ids))

    def unread_rows(self, list_ids: Sequence[int], now: datetime) -> list[FrontierRow]:
        """Rows of these lists that are still to be read: newest first seen last, so that nothing old is starved.

        A row that was unreadable or gone is tried again when its last try is a day old: it stands on its list, and the
        site may have been unwell.
        """
        marks = ",".join("?" * len(list_ids))
        return self._rows(
            f"r.list_id IN ({marks}) AND r.state <> 'read' AND (r.state = 'unread' OR "
            "(r.attempts < ? AND r.attempted_at <= ?))",
            (*list_ids, LATE_TRIES, to_text(now - timedelta(days=1))),
        )

    def _rows(self, where: str, parameters: Sequence[object]) -> list[FrontierRow]:
        return [
            FrontierRow(
                id=row["id"],
                list_id=row["list_id"],
                section=row["section"],
                language=row["language"],
                url=row["url"],
                key=row["key"],
                title=row["title"],
                published_on=opt_date(row["published_on"]),
                attempts=row["attempts"],
                first_seen_at=from_text(row["first_seen_at"]),
            )
            for row in self.store.all(
                "SELECT r.id, r.list_id, l.section, l.language, r.url, r.key, r.title, r.published_on, r.attempts, "
                "r.first_seen_at "
                f"FROM listing_rows r JOIN lists l ON l.id = r.list_id WHERE {where} ORDER BY r.id",
                parameters,
            )
        ]

    def row_failed(self, row: FrontierRow, reason: str, now: datetime, *, gone: bool = False) -> None:
        """Count a try that found no release: no landmarks (or, `gone`, a 404 or 410), and say why."""
        with self.store.transaction():
            self.store.execute(
                "UPDATE listing_rows SET attempts = attempts + 1, attempted_at = ?, last_error = ?, "
                "state = CASE WHEN ? AND state = 'unread' AND attempts + 1 >= ? THEN 'gone' ELSE state END "
                "WHERE id = ?",
                (to_text(now), reason, gone, READ_TRIES, row.id),
            )

    def give_up_rows(self, list_ids: Sequence[int], now: datetime) -> list[FrontierRow]:
        """Mark rows that were tried `READ_TRIES` times as unreadable; returns those that are not silent."""
        if not list_ids:
            return []
        marks = ",".join("?" * len(list_ids))
        due = f"r.list_id IN ({marks}) AND r.state = 'unread' AND r.attempts >= ?"
        with self.store.transaction():
            loud = self._rows(due + " AND r.silence = ''", (*list_ids, READ_TRIES))
            self.store.execute(
                f"UPDATE listing_rows AS r SET state = 'unreadable', unreadable_at = ? WHERE {due}",
                (to_text(now), *list_ids, READ_TRIES),
            )
        return loud
