"""Incidents, and the notices by which the operator hears of them: opened once, closed once, reminded of in between.

A notice of an office's incident waits in `notices` until it is told: several that come together are one message.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from storage.contents import freeze
from storage.database import Store
from storage.outbox import NAMESPACE
from storage.outgoing import Incident, IncidentContent, IncidentEvent
from storage.times import from_text, opt_from_text, to_text

CYCLE = timedelta(minutes=10)
"""Notices of one kind within so long are of one cycle: every office was asked once in it, or about so."""
SINGLES = 3
"""More notices of one kind in a cycle than these are one message."""
DAILY = 7
"""An open incident is brought to mind every day for a week, then every week."""


class Notices:
    """Verbs on incidents."""

    store: Store

    def open_incident(
        self,
        kind: str,
        reason: str,
        channels: Sequence[str],
        now: datetime,
        *,
        office: str | None = None,
        channel: str | None = None,
        advice: str = "",
        evidence: Mapping[str, Any] | None = None,
    ) -> bool:
        """Open an incident and tell it on these channels; False when one of its kind is open already for that office and
        channel: then nothing is told, and its evidence stays that of its beginning. One of an office is told by
        `tell_notices`, any other at once."""
        with self.store.transaction():
            same = (kind, office, channel)
            if self.store.one(
                "SELECT 1 FROM incidents WHERE kind = ? AND office IS ? AND channel IS ? AND closed_at IS NULL", same
            ):
                return False
            told = {**(evidence or {}), "reason": reason, "advice": advice}
            cursor = self.store.execute(
                "INSERT INTO incidents (kind, office, channel, opened_at, evidence) VALUES (?, ?, ?, ?, ?)",
                (*same, to_text(now), json.dumps(told, ensure_ascii=False)),
            )
            self._notify(int(cursor.lastrowid or 0), "opened", channels, now, gathered=office is not None)
        return True

    def close_incident(
        self,
        kind: str,
        channels: Sequence[str],
        now: datetime,
        *,
        office: str | None = None,
        channel: str | None = None,
        caught_up: str = "",
    ) -> bool:
        """Close the open incident of this kind, office and channel and tell it; False when there is none. `caught_up` says
        what its end brought."""
        with self.store.transaction():
            row = self.store.one(
                "SELECT id FROM incidents WHERE kind = ? AND office IS ? AND channel IS ? AND closed_at IS NULL",
                (kind, office, channel),
            )
            if row is None:
                return False
            self.store.execute(
                "UPDATE incidents SET closed_at = ?, evidence = json_set(evidence, '$.caught_up', ?) WHERE id = ?",
                (to_text(now), caught_up, row["id"]),
            )
            self._notify(row["id"], "closed", channels, now, gathered=office is not None)
        return True

    def change_incident(self, incident_id: int, evidence: Mapping[str, Any]) -> None:
        """Add to what is known of an incident, or put it right."""
        with self.store.transaction():
            row = self._incident_row(incident_id)
            merged = {**json.loads(row["evidence"]), **evidence}
            self.store.execute(
                "UPDATE incidents SET evidence = ? WHERE id = ?", (json.dumps(merged, ensure_ascii=False), incident_id)
            )

    def incidents(self, *, open_only: bool = False, office: str | None = None, limit: int = 50) -> list[Incident]:
        """Incidents, newest first; with `office` those of that office."""
        where, parameters = ["1"], list[object]()
        if open_only:
            where.append("closed_at IS NULL")
        if office is not None:
            where.append("office = ?")
            parameters.append(office)
        rows = self.store.all(
            f"SELECT * FROM incidents WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?", (*parameters, limit)
        )
        return [_incident(row) for row in rows]

    def incident(self, incident_id: int) -> Incident:
        """KeyError when there is none of that id."""
        return _incident(self._incident_row(incident_id))

    def remind(self, channels: Sequence[str], now: datetime) -> int:
        """Bring open incidents to mind, each when it is due: daily for a week, then weekly. Returns how many were."""
        number = 0
        with self.store.transaction():
            for row in self.store.all(
                "SELECT i.id, i.opened_at, (SELECT max(number) FROM notices WHERE incident_id = i.id "
                "AND event = 'reminded') AS last FROM incidents i WHERE i.closed_at IS NULL"
            ):
                due = _reminders_due(now - from_text(row["opened_at"]))
                if due > (row["last"] or 0):  # what fell into a time without a daemon is not made up for
                    self._notify(row["id"], "reminded", channels, now, gathered=True, number=due)
                    number += 1
        return number

    def tell_notices(self, now: datetime, gather: timedelta = timedelta(0)) -> int:
        """Tell the notices that wait: each in a message of its own, or those of one kind together when they are more than
        `SINGLES` in a `CYCLE`. `gather` is how long the first of them waits for company. Returns how many messages.

        What comes after three single messages within a cycle waits for its end.
        """
        told = 0
        with self.store.transaction():
            for (event,) in self.store.all("SELECT DISTINCT event FROM notices WHERE told_at IS NULL ORDER BY event"):
                waiting = self.store.all(
                    "SELECT * FROM notices WHERE told_at IS NULL AND event = ? ORDER BY id", (event,)
                )
                since = from_text(waiting[0]["at"])
                if now - since < gather:
                    continue
                singly = self.store.one(
                    "SELECT count(*) AS n FROM notices n JOIN incidents i ON i.id = n.incident_id WHERE n.event = ? "
                    "AND n.told_at > ? AND n.together_with IS NULL AND i.office IS NOT NULL",
                    (event, to_text(now - CYCLE)),
                )
                assert singly is not None
                if len(waiting) + singly["n"] <= SINGLES or (len(waiting) == 1 and now - since >= CYCLE):
                    for notice in waiting:
                        self._tell(notice, self._said(notice), now)
                        told += 1
                elif singly["n"] == 0 or now - since >= CYCLE:
                    self._tell_together(waiting, now)
                    told += 1
        return told

    def _tell_together(self, notices: Sequence[sqlite3.Row], now: datetime) -> None:
        first = notices[0]
        contents = [self._said(notice) for notice in notices]
        names = [f"{content.office or content.channel} ({content.kind})" for content in contents]
        event = contents[0].event
        said = {
            "opened": "{n} offices cannot be read: {names}",
            "reminded": "{n} incidents are open: {names}",
            "closed": "{n} incidents are over: {names}",
        }[event]
        together = IncidentContent(
            incident_id=first["incident_id"],
            event=event,
            kind="several",
            reason=said.format(n=len(names), names=", ".join(names)),
            opened_at=min(content.opened_at for content in contents),
            closed_at=max(content.closed_at for content in contents),
            advice="So many at once point to this machine or its network. podium status and podium incidents show each."
            if event == "opened"
            else "",
            at=first["at"],
            offices=tuple(content.office for content in contents if content.office),
            caught_up=" ".join(f"{c.office}: {c.caught_up}." for c in contents if c.caught_up),
        )
        channels = {name for notice in notices for name in json.loads(notice["channels"])}
        self._tell(first, together, now, sorted(channels))
        self.store.executemany(
            "UPDATE notices SET told_at = ?, together_with = ? WHERE id = ?",
            [(to_text(now), first["id"], notice["id"]) for notice in notices],
        )

    def _notify(
        self,
        incident_id: int,
        event: IncidentEvent,
        channels: Sequence[str],
        now: datetime,
        *,
        gathered: bool,
        number: int = 1,
    ) -> None:
        """One notice; told at once unless it may be gathered with others."""
        cursor = self.store.execute(
            "INSERT INTO notices (incident_id, event, number, at, channels) VALUES (?, ?, ?, ?, ?)",
            (incident_id, event, number, to_text(now), json.dumps(list(dict.fromkeys(channels)))),
        )
        if not gathered:
            notice = self.store.one("SELECT * FROM notices WHERE id = ?", (cursor.lastrowid,))
            assert notice is not None
            self._tell(notice, self._said(notice), now)

    def _incident_row(self, incident_id: int) -> sqlite3.Row:
        row = self.store.one("SELECT * FROM incidents WHERE id = ?", (incident_id,))
        if row is None:
            raise KeyError(incident_id)
        return row

    def _said(self, notice: sqlite3.Row) -> IncidentContent:
        row = self._incident_row(notice["incident_id"])
        evidence = json.loads(row["evidence"])
        goes_on = notice["event"] != "closed"
        return IncidentContent(
            incident_id=row["id"],
            event=notice["event"],
            kind=row["kind"],
            reason=str(evidence.get("reason", "")),
            opened_at=row["opened_at"],
            closed_at="" if goes_on else row["closed_at"] or "",
            office=row["office"] or "",
            channel=row["channel"] or "",
            advice=str(evidence.get("advice", "")) if goes_on else "",
            at=notice["at"],
            last_good=str(evidence.get("last_good", "")) if goes_on else "",
            table=tuple((str(a), str(b), str(c)) for a, b, c in evidence.get("table", ())) if goes_on else (),
            pages=tuple(evidence.get("pages", ())) if goes_on else (),
            command=str(evidence.get("command", "")) if goes_on else "",
            caught_up="" if goes_on else str(evidence.get("caught_up", "")),
        )

    def _tell(
        self, notice: sqlite3.Row, content: IncidentContent, now: datetime, channels: Sequence[str] | None = None
    ) -> None:
        """The deliveries of a notice. Their ids depend on what happened and when, so that a restored copy says it again
        under the same ones."""
        told_at = to_text(now)
        what = "\n".join(str(value) for name, value in asdict(content).items() if name != "incident_id")
        for channel in json.loads(notice["channels"]) if channels is None else channels:
            uid = str(uuid.uuid5(NAMESPACE, f"incident\n{what}\n{channel}"))
            self.store.execute(
                "INSERT INTO deliveries (uid, kind, subject_id, channel, state, urgent, next_attempt_at, payload, "
                "created_at, placed_at) VALUES (?, 'incident', ?, ?, 'pending', 1, ?, ?, ?, ?)",
                (uid, notice["id"], channel, told_at, freeze(content), told_at, told_at),
            )
        self.store.execute("UPDATE notices SET told_at = ? WHERE id = ?", (told_at, notice["id"]))


def _reminders_due(age: timedelta) -> int:
    """How many reminders an incident of this age has had, if none was missed."""
    return age.days if age.days <= DAILY else DAILY + (age.days - DAILY) // 7


def _incident(row: sqlite3.Row) -> Incident:
    evidence = json.loads(row["evidence"])
    return Incident(
        id=row["id"],
        kind=row["kind"],
        office=row["office"] or "",
        channel=row["channel"] or "",
        opened_at=from_text(row["opened_at"]),
        closed_at=opt_from_text(row["closed_at"]),
        reason=str(evidence.get("reason", "")),
        evidence=evidence,
    )
