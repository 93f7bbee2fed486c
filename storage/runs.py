"""Runs: opened before the first request, closed with a verdict; and what binds runs to one another.

The transaction that closes a run also settles what waited for its verdict: lists that completed their first pass,
deliveries that are freed or kept.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from storage.model import DIED, HEALTHY_VERDICTS, Page, Run, RunCounts
from storage.pages import Pages
from storage.times import from_text, opt_date, opt_from_text, to_text

DIED_REASON = "the run never ended: its process was killed or the machine stopped"


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


@dataclass(frozen=True, slots=True)
class RunHistory:
    """What a verdict may look back on. `last_verdict` and `last_reason` are those of the office's last run that ended;
    `lists` are by section and language."""

    newest_first_seen_at: datetime | None
    newest_published_on: date | None
    releases: int
    last_verdict: str | None = None
    last_reason: str = ""
    lists: Mapping[tuple[str, str], ListHistory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficeStatus:
    """One line of `podium status`."""

    office: str
    title: str
    last_run: Run | None
    newest_release: tuple[str, str, str] | None
    """(first seen at, title, url) of the release that was seen last."""
    releases: int
    next_run_at: datetime | None
    held: int


@dataclass(frozen=True, slots=True)
class Robots:
    """A kept robots.txt: its text counts only where `status` is 200."""

    fetched_at: datetime
    status: int
    body: str


def _run(row: sqlite3.Row) -> Run:
    return Run(
        id=row["id"],
        office=row["office"],
        started_at=from_text(row["started_at"]),
        finished_at=opt_from_text(row["finished_at"]),
        verdict=row["verdict"],
        reason=row["reason"],
        counts=RunCounts(**{name: row[name] for name in RunCounts.__dataclass_fields__}),
        facts=json.loads(row["facts"]),
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


class Runs(Pages):
    """Verbs on runs, the daemon's jobs and robots.txt copies."""


    def open_run(self, office: str, now: datetime) -> int:
        """Begin a run; runs of the office that never ended are judged first. The caller holds the office's lock."""
        with self.store.transaction():
            self.store.execute(
                "UPDATE runs SET finished_at = ?, verdict = ?, reason = ? WHERE office = ? AND finished_at IS NULL",
                (to_text(now), DIED, DIED_REASON, office),
            )
            cursor = self.store.execute("INSERT INTO runs (office, started_at) VALUES (?, ?)", (office, to_text(now)))
            return int(cursor.lastrowid or 0)

    def close_run(
        self,
        run_id: int,
        verdict: str,
        reason: str,
        counts: RunCounts,
        facts: Mapping[str, Any],
        outcomes: list[ListOutcome],
        now: datetime,
    ) -> int:
        """End a run with its verdict; returns how many deliveries that freed.

        A healthy run frees what it holds; what runs of this office that never ended left behind (they showed nothing
        bad, they were only cut short); and what earlier unhealthy runs held, where the release's row still stands on
        its list. A list whose pass is complete has its baseline from now on.
        """
        at, healthy = to_text(now), verdict in HEALTHY_VERDICTS
        with self.store.transaction():
            values = asdict(counts)
            self.store.execute(
                "UPDATE runs SET finished_at = ?, verdict = ?, reason = ?, facts = ?, "
                + ", ".join(f"{name} = ?" for name in values)
                + " WHERE id = ?",
                (at, verdict, reason, json.dumps(facts, ensure_ascii=False), *values.values(), run_id),
            )
            if not healthy:
                return 0
            for outcome in outcomes:
                self._keep_outcome(outcome, at)
            freed = self.store.execute(
                "UPDATE deliveries SET state = 'pending', held_by = '', next_attempt_at = ? WHERE held_by = 'run' AND run_id IN "
                "(SELECT id FROM runs WHERE id = ? OR (verdict = ? AND office = (SELECT office FROM runs WHERE id = ?)))",
                (at, run_id, DIED, run_id),
            )
            return freed.rowcount + self._free_standing(run_id, outcomes, at)

    def _keep_outcome(self, outcome: ListOutcome, at: str) -> None:
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

    def _free_standing(self, run_id: int, outcomes: list[ListOutcome], at: str) -> int:
        """Free what earlier unhealthy runs hold of releases that this healthy run saw on a list, or whose list answered
        that it is as it was when the row stood on it."""
        if self.store.one("SELECT 1 FROM deliveries WHERE held_by = 'run' AND run_id < ? LIMIT 1", (run_id,)) is None:
            return 0
        unmodified = [outcome.list_id for outcome in outcomes if outcome.not_modified]
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

    def run(self, run_id: int) -> Run:
        row = self.store.one("SELECT * FROM runs WHERE id = ?", (run_id,))
        if row is None:
            raise KeyError(run_id)
        return _run(row)

    def runs(self, office: str | None = None, limit: int = 20) -> list[Run]:
        """The last runs, newest first."""
        where, parameters = ("WHERE office = ?", [office]) if office else ("", [])
        rows = self.store.all(f"SELECT * FROM runs {where} ORDER BY id DESC LIMIT ?", [*parameters, limit])
        return [_run(row) for row in rows]

    def history(self, office: str) -> RunHistory:
        """What is known of an office from its releases, its lists and its last run that ended."""
        row = self.store.one(
            "SELECT (SELECT max(first_seen_at) FROM releases WHERE office = :office) AS seen, "
            "(SELECT max(published_on) FROM releases WHERE office = :office) AS published, "
            "(SELECT count(*) FROM releases WHERE office = :office) AS n",
            {"office": office},
        )
        last = self.store.one(
            "SELECT verdict, reason FROM runs WHERE office = ? AND verdict IS NOT NULL AND verdict <> ? "
            "ORDER BY id DESC LIMIT 1",
            (office, DIED),
        )
        assert row is not None
        return RunHistory(
            opt_from_text(row["seen"]),
            opt_date(row["published"]),
            row["n"],
            last["verdict"] if last else None,
            last["reason"] if last else "",
            {
                (one["section"], one["language"]): _list_history(one)
                for one in self.store.all("SELECT * FROM lists WHERE office = ?", (office,))
            },
        )

    def cool_down(self, office: str, until: datetime | None) -> None:
        """Until when the daemon leaves this office alone, as its Retry-After asked (None: no longer)."""
        with self.store.transaction():
            self.store.execute(
                "UPDATE offices SET cool_until = ? WHERE name = ?", (to_text(until) if until else None, office)
            )

    def cool_until(self, office: str) -> datetime | None:
        row = self.store.one("SELECT cool_until FROM offices WHERE name = ?", (office,))
        return opt_from_text(row["cool_until"]) if row else None

    def statuses(self) -> list[OfficeStatus]:
        """A line for every office that was ever crawled, by name."""
        lines = []
        for office in self.store.all("SELECT name, title FROM offices ORDER BY name"):
            name = office["name"]
            runs = self.runs(name, limit=1)
            newest = self.store.one(
                "SELECT first_seen_at, title, url FROM releases WHERE office = ? "
                "ORDER BY first_seen_at DESC, published_on DESC, id DESC LIMIT 1",
                (name,),
            )
            count = self.store.one("SELECT count(*) AS n FROM releases WHERE office = ?", (name,))
            held = self.store.one(
                "SELECT count(*) AS n FROM deliveries d JOIN runs r ON r.id = d.run_id "
                "WHERE d.held_by = 'run' AND r.office = ?",
                (name,),
            )
            job = self.store.one("SELECT next_run_at FROM jobs WHERE name = ?", (f"poll {name}",))
            lines.append(
                OfficeStatus(
                    office=name,
                    title=office["title"],
                    last_run=runs[0] if runs else None,
                    newest_release=tuple(newest) if newest else None,
                    releases=count["n"] if count else 0,
                    next_run_at=opt_from_text(job["next_run_at"]) if job else None,
                    held=held["n"] if held else 0,
                )
            )
        return lines

    def job_succeeded_at(self, name: str) -> datetime | None:
        row = self.store.one("SELECT succeeded_at FROM jobs WHERE name = ?", (name,))
        return opt_from_text(row["succeeded_at"]) if row else None

    def job_succeeded(self, name: str, at: datetime) -> None:
        """A job of the daemon ended well: what a restarted daemon goes on from."""
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO jobs (name, succeeded_at) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET succeeded_at = excluded.succeeded_at",
                (name, to_text(at)),
            )

    def plan_jobs(self, plan: Mapping[str, datetime | None]) -> None:
        """When each job runs next, for `podium status`; jobs that are not named are not planned any more."""
        with self.store.transaction():
            self.store.execute("UPDATE jobs SET next_run_at = NULL WHERE next_run_at IS NOT NULL")
            self.store.executemany(
                "INSERT INTO jobs (name, next_run_at) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET next_run_at = excluded.next_run_at",
                [(name, to_text(at) if at else None) for name, at in plan.items()],
            )

    def robots(self, origin: str) -> Robots | None:
        """The kept robots.txt of `scheme://host[:port]`."""
        row = self.store.one("SELECT fetched_at, status, body FROM robots WHERE origin = ?", (origin,))
        return Robots(from_text(row["fetched_at"]), row["status"], row["body"]) if row else None

    def keep_robots(self, origin: str, robots: Robots) -> None:
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO robots (origin, fetched_at, status, body) VALUES (?, ?, ?, ?) ON CONFLICT (origin) "
                "DO UPDATE SET fetched_at = excluded.fetched_at, status = excluded.status, body = excluded.body",
                (origin, to_text(robots.fetched_at), robots.status, robots.body),
            )
