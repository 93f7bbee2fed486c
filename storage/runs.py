"""Runs: opened before the first request, closed with a verdict; and what binds runs to one another.

The transaction that closes a run also settles what waited for its verdict: lists that completed their first pass,
deliveries that are freed or kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from storage.held import Held
from storage.model import DIED, HEALTHY_VERDICTS, Run, RunCounts
from storage.times import from_text, opt_date, opt_from_text, to_text
from storage.usual import ListHistory, ListOutcome, Usual

DIED_REASON = "the run never ended: its process was killed or the machine stopped"


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


class Runs(Usual, Held):
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
                self.keep_outcome(outcome, at)
            freed = self.store.execute(
                "UPDATE deliveries SET state = 'pending', held_by = '', next_attempt_at = ? WHERE held_by = 'run' AND run_id IN "
                "(SELECT id FROM runs WHERE id = ? OR (verdict = ? AND office = (SELECT office FROM runs WHERE id = ?)))",
                (at, run_id, DIED, run_id),
            )
            unmodified = [outcome.list_id for outcome in outcomes if outcome.not_modified]
            return freed.rowcount + self.free_standing(run_id, unmodified, at)

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
            self.list_histories(office),
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
