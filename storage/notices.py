"""Incidents, and the notices by which the operator hears of them: opened once, closed once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from storage.contents import freeze
from storage.database import Store
from storage.outbox import NAMESPACE
from storage.outgoing import Incident, IncidentContent, IncidentEvent
from storage.times import from_text, opt_from_text, to_text


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
        channel: then nothing is told, and its evidence stays that of its beginning."""
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
            self._notify(int(cursor.lastrowid or 0), "opened", channels, now)
        return True

    def close_incident(
        self,
        kind: str,
        channels: Sequence[str],
        now: datetime,
        *,
        office: str | None = None,
        channel: str | None = None,
    ) -> bool:
        """Close the open incident of this kind, office and channel and tell it; False when there is none."""
        with self.store.transaction():
            row = self.store.one(
                "SELECT id FROM incidents WHERE kind = ? AND office IS ? AND channel IS ? AND closed_at IS NULL",
                (kind, office, channel),
            )
            if row is None:
                return False
            self.store.execute("UPDATE incidents SET closed_at = ? WHERE id = ?", (to_text(now), row["id"]))
            self._notify(row["id"], "closed", channels, now)
        return True

    def incidents(self, *, open_only: bool = False, limit: int = 50) -> list[Incident]:
        """Incidents, newest first."""
        rows = self.store.all(
            f"SELECT * FROM incidents {'WHERE closed_at IS NULL' if open_only else ''} ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        found = []
        for row in rows:
            evidence = json.loads(row["evidence"])
            found.append(
                Incident(
                    id=row["id"],
                    kind=row["kind"],
                    office=row["office"] or "",
                    channel=row["channel"] or "",
                    opened_at=from_text(row["opened_at"]),
                    closed_at=opt_from_text(row["closed_at"]),
                    reason=str(evidence.get("reason", "")),
                    evidence=evidence,
                )
            )
        return found

    def _notify(self, incident_id: int, event: IncidentEvent, channels: Sequence[str], now: datetime) -> None:
        """One notice and its deliveries. Its id depends on what happened and when, so that a restored copy says it again
        under the same one."""
        row = self.store.one("SELECT * FROM incidents WHERE id = ?", (incident_id,))
        assert row is not None
        at, evidence = to_text(now), json.loads(row["evidence"])
        cursor = self.store.execute(
            "INSERT INTO notices (incident_id, event, at) VALUES (?, ?, ?)", (incident_id, event, at)
        )
        content = IncidentContent(
            incident_id=incident_id,
            event=event,
            kind=row["kind"],
            reason=str(evidence.get("reason", "")),
            opened_at=row["opened_at"],
            closed_at=row["closed_at"] or "",
            office=row["office"] or "",
            channel=row["channel"] or "",
            advice=str(evidence.get("advice", "")) if event == "opened" else "",
        )
        what = "\n".join(str(value) for name, value in asdict(content).items() if name != "incident_id")
        for channel in dict.fromkeys(channels):
            uid = str(uuid.uuid5(NAMESPACE, f"incident\n{what}\n{channel}"))
            self.store.execute(
                "INSERT INTO deliveries (uid, kind, subject_id, channel, state, urgent, next_attempt_at, payload, "
                "created_at, placed_at) VALUES (?, 'incident', ?, ?, 'pending', 1, ?, ?, ?, ?)",
                (uid, cursor.lastrowid, channel, at, freeze(content), at, at),
            )
