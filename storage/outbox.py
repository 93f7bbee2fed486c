"""Topics, matches and alerts: what is to be said, and to whom. What becomes of it stands in `storage.deliveries`.

The unique rows are the promise: an alert is unique per (topic, story, cause, occurrence), a delivery per (kind, subject,
channel), and its `uid` is a UUIDv5 of what is said to whom, so that neither a repeated crawl nor a restored backup can
say it again under another id.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.database import Store
from storage.model import AlertRequest, Cause, Topic
from storage.times import from_text, to_text

NAMESPACE = uuid.UUID("6f2b1b0e-6a51-5d1c-9e0b-7a6a3c1e4d50")
"""The UUIDv5 namespace of delivery ids; it must never change."""
JOIN_HOURS = 24
"""Other languages of a story join an alert on an edit, withdrawal or restoration for so long (design: §1, alert)."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a listing of alerts."""

    id: int
    topic: str
    office: str
    cause: Cause
    occurrence: int
    title: str
    url: str
    language: str
    raised_at: datetime
    silence: str
    deliveries: tuple[tuple[str, str, str], ...]
    """(channel, state, last error or reason) of each."""


def delivery_uid(topic: str, office: str, story: str, cause: str, occurrence: int, channel: str) -> str:
    """The id under which this is said on this channel, now and for ever."""
    return str(uuid.uuid5(NAMESPACE, "\n".join((topic, office, story, cause, str(occurrence), channel))))


class Outbox:
    """Verbs on topics, matches and alerts."""

    store: Store

    def sync_topics(
        self, queries: Mapping[str, str], now: datetime, declared: Mapping[str, Mapping[str, Any]] | None = None
    ) -> list[Topic]:
        """Take over the declared topics (name → query); those no longer declared are disabled, none is deleted.

        `declared` says what else stands with each (JSON objects): a change of it is a new version as well, and so is the
        end of a topic (`{"gone": true}`), so that what was in force at any instant can be told later.
        """
        rows = {
            row["name"]: row
            for row in self.store.all(
                "SELECT t.id, t.name, t.enabled, v.query, v.declared, min(f.from_at) AS made_at FROM topics t "
                "JOIN topic_versions f ON f.topic_id = t.id JOIN topic_versions v ON v.topic_id = t.id AND v.from_at = "
                "(SELECT max(from_at) FROM topic_versions WHERE topic_id = t.id) GROUP BY t.id"
            )
        }
        texts = {
            name: json.dumps((declared or {}).get(name, {}), ensure_ascii=False, sort_keys=True) for name in queries
        }
        fresh = {
            name: (query, texts[name])
            for name, query in queries.items()
            if name not in rows or (rows[name]["query"], rows[name]["declared"]) != (query, texts[name])
        }
        gone = [row for name, row in rows.items() if name not in queries and row["enabled"]]
        back = [rows[name]["id"] for name in queries if name in rows and not rows[name]["enabled"]]
        if fresh or gone or back:
            with self.store.transaction():
                at = to_text(now)
                self.store.executemany("UPDATE topics SET enabled = 0 WHERE id = ?", [(row["id"],) for row in gone])
                self.store.executemany("UPDATE topics SET enabled = 1 WHERE id = ?", [(number,) for number in back])
                self.store.executemany(
                    "INSERT INTO topics (name, enabled) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET enabled = 1",
                    [(name,) for name in fresh],
                )
                versions = [(name, *version) for name, version in fresh.items()]
                versions += [(row["name"], row["query"], '{"gone": true}') for row in gone]
                self.store.executemany(
                    "INSERT INTO topic_versions (topic_id, query, declared, from_at) "
                    "SELECT id, :query, :declared, :at FROM topics WHERE name = :name "
                    "ON CONFLICT (topic_id, from_at) DO UPDATE SET query = excluded.query, declared = excluded.declared",
                    [{"name": name, "query": query, "declared": text, "at": at} for name, query, text in versions],
                )
            return self.sync_topics(queries, now, declared)
        return [Topic(rows[n]["id"], n, rows[n]["query"], from_text(rows[n]["made_at"])) for n in queries]

    def store_matches(self, release_id: int, revision: int, matches: Sequence[tuple[int, str]]) -> None:
        """Keep which topics this revision meets: (id, explanation as JSON)."""
        self.store.executemany(
            "INSERT INTO matches (topic_id, release_id, revision, explanation) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (release_id, revision, topic_id) DO UPDATE SET explanation = excluded.explanation",
            [(topic_id, release_id, revision, explanation) for topic_id, explanation in matches],
        )

    def topics_ever_matched(self, release_id: int, before: int) -> set[int]:
        """The topics that any revision of a release before this one met."""
        rows = self.store.all(
            "SELECT DISTINCT topic_id FROM matches WHERE release_id = ? AND revision < ?", (release_id, before)
        )
        return {row["topic_id"] for row in rows}

    def story_of_row(self, row_id: int, office: str, story_key: str, now: datetime) -> int:
        """The story that an unreadable row belongs to, made when it is the first of it, and kept with the row."""
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO stories (office, key, first_seen_at) VALUES (?, ?, ?) ON CONFLICT (office, key) DO NOTHING",
                (office, story_key, to_text(now)),
            )
            row = self.store.one("SELECT id FROM stories WHERE office = ? AND key = ?", (office, story_key))
            assert row is not None
            self.store.execute("UPDATE listing_rows SET story_id = ? WHERE id = ?", (row["id"], row_id))
        return int(row["id"])

    def raise_alerts(self, requests: Sequence[AlertRequest], run_id: int | None, now: datetime) -> int:
        """Raise what was asked for, once; returns how many new alerts are to be said.

        An alert that exists is joined, not repeated. One that was silent becomes loud when a language of the story
        that is not silent asks for it: the analyst was never told. Deliveries of a run are held until its verdict.
        """
        raised = 0
        with self.store.transaction():
            for request in requests:
                raised += self._raise(request, run_id, now)
        return raised

    def _raise(self, request: AlertRequest, run_id: int | None, now: datetime) -> int:
        if request.occurrence or request.cause == "published":
            if self._insert_alert(request, request.occurrence or 1, run_id, now):
                return 0 if request.silence else 1
            if request.occurrence:
                return 0
        last = self.store.one(
            "SELECT id, occurrence, release_id, raised_at, silence, effect FROM alerts "
            "WHERE topic_id = ? AND story_id = ? AND cause = ? ORDER BY occurrence DESC LIMIT 1",
            (request.topic_id, request.story_id, request.cause),
        )
        occurrence = 1
        if last is not None:
            joins = request.cause == "published" or self._joins(last, request, now)
            if joins and request.cause != "published":
                self._said_with(last["id"], request.release_id)
            if joins and (request.silence or not last["silence"]):
                return 0
            if joins:
                self.store.execute(
                    "UPDATE alerts SET silence = '', release_id = ?, revision = ?, listing_row_id = ?, run_id = ?, "
                    "raised_at = ?, explanation = ?, effect = ? WHERE id = ?",
                    (
                        request.release_id,
                        request.revision,
                        request.listing_row_id,
                        run_id,
                        to_text(now),
                        request.explanation,
                        request.effect,
                        last["id"],
                    ),
                )
                self._deliveries(int(last["id"]), request, last["occurrence"], run_id, now)
                return 1
            occurrence = last["occurrence"] + 1
        self._insert_alert(request, occurrence, run_id, now)
        return 0 if request.silence else 1

    def _joins(self, last: sqlite3.Row, request: AlertRequest, now: datetime) -> bool:
        """Whether an event on one edition joins the last alert: in time, if that has not said this edition yet, and unless
        the one brought the topic in and the other took it out."""
        if (
            from_text(last["raised_at"]) <= now - timedelta(hours=JOIN_HOURS)
            or last["release_id"] == request.release_id
        ):
            return False
        if {last["effect"], request.effect} == {"entered", "left"}:
            return False
        said = self.store.one(
            "SELECT 1 FROM alert_editions WHERE alert_id = ? AND release_id = ?", (last["id"], request.release_id)
        )
        return said is None

    def _said_with(self, alert_id: int, release_id: int | None) -> None:
        """An alert on an event speaks of this edition."""
        self.store.execute(
            "INSERT INTO alert_editions (alert_id, release_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (alert_id, release_id),
        )

    def _insert_alert(self, request: AlertRequest, occurrence: int, run_id: int | None, now: datetime) -> bool:
        """Insert an alert with its deliveries; False when it is there already."""
        # One statement an alert: a statement of many rows costs SQLite three times as much here.
        cursor = self.store.execute(
            "INSERT INTO alerts (topic_id, story_id, release_id, revision, listing_row_id, run_id, cause, occurrence, "
            "raised_at, silence, explanation, effect) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (story_id, topic_id, cause, occurrence) DO NOTHING",
            (
                request.topic_id,
                request.story_id,
                request.release_id,
                request.revision,
                request.listing_row_id,
                run_id,
                request.cause,
                occurrence,
                to_text(now),
                request.silence,
                request.explanation,
                request.effect,
            ),
        )
        if cursor.rowcount != 1:
            return False
        if request.cause != "published":
            self._said_with(int(cursor.lastrowid or 0), request.release_id)
        self._deliveries(int(cursor.lastrowid or 0), request, occurrence, run_id, now)
        return True

    def _deliveries(
        self, alert_id: int, request: AlertRequest, occurrence: int, run_id: int | None, now: datetime
    ) -> None:
        if request.channels:
            self.deliver_on(alert_id, request, occurrence, request.channels, run_id, now)

    def deliver_on(
        self,
        alert_id: int,
        request: AlertRequest,
        occurrence: int,
        channels: Sequence[str],
        run_id: int | None,
        now: datetime,
    ) -> None:
        """Give an alert its deliveries on these channels; a silent one that became loud goes from now on."""
        names = self.store.one(
            "SELECT t.name AS topic, s.office, s.key FROM topics t, stories s WHERE t.id = ? AND s.id = ?",
            (request.topic_id, request.story_id),
        )
        assert names is not None
        state = "suppressed" if request.silence else "held" if run_id is not None else "pending"
        at = to_text(now)
        for channel in channels:
            uid = delivery_uid(names["topic"], names["office"], names["key"], request.cause, occurrence, channel)
            self.store.execute(
                "INSERT INTO deliveries (uid, kind, subject_id, channel, run_id, state, held_by, reason, rhythm, urgent, "
                "next_attempt_at, created_at) VALUES (?, 'alert', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (kind, subject_id, channel) DO UPDATE SET state = excluded.state, "
                "held_by = excluded.held_by, reason = excluded.reason, rhythm = excluded.rhythm, "
                "urgent = excluded.urgent, run_id = excluded.run_id, next_attempt_at = excluded.next_attempt_at "
                "WHERE state = 'suppressed'",
                (
                    uid,
                    alert_id,
                    channel,
                    run_id,
                    state,
                    "run" if state == "held" else "",
                    request.silence,
                    request.rhythms.get(channel, "at once"),
                    request.urgent,
                    at if state == "pending" else None,
                    at,
                ),
            )

    def alerts(
        self, *, run_id: int | None = None, silent: bool | None = None, topic: str | None = None, limit: int = 50
    ) -> list[AlertLine]:
        """Alerts, newest first; `silent` picks those that were suppressed, or those that were not."""
        where, parameters = ["1"], []
        for clause, value in (("a.run_id = ?", run_id), ("t.name = ?", topic)):
            if value is not None:
                where.append(clause)
                parameters.append(value)
        if silent is not None:
            where.append("a.silence <> ''" if silent else "a.silence = ''")
        rows = self.store.all(
            "SELECT a.id, t.name AS topic, s.office, a.cause, a.occurrence, coalesce(v.title, w.title) AS title, "
            "coalesce(r.url, w.url) AS url, coalesce(r.language, l.language) AS language, a.raised_at, a.silence "
            "FROM alerts a JOIN topics t ON t.id = a.topic_id JOIN stories s ON s.id = a.story_id "
            "LEFT JOIN releases r ON r.id = a.release_id "
            "LEFT JOIN revisions v ON v.release_id = a.release_id AND v.number = a.revision "
            "LEFT JOIN listing_rows w ON w.id = a.listing_row_id LEFT JOIN lists l ON l.id = w.list_id "
            f"WHERE {' AND '.join(where)} ORDER BY a.id DESC LIMIT ?",
            [*parameters, limit],
        )
        lines = []
        for row in rows:
            deliveries = self.store.all(
                "SELECT channel, state, CASE WHEN last_error <> '' THEN last_error ELSE reason END AS why "
                "FROM deliveries WHERE kind = 'alert' AND subject_id = ? ORDER BY channel",
                (row["id"],),
            )
            lines.append(
                AlertLine(
                    id=row["id"],
                    topic=row["topic"],
                    office=row["office"],
                    cause=row["cause"],
                    occurrence=row["occurrence"],
                    title=row["title"],
                    url=row["url"],
                    language=row["language"],
                    raised_at=from_text(row["raised_at"]),
                    silence=row["silence"],
                    deliveries=tuple((d["channel"], d["state"], d["why"]) for d in deliveries),
                )
            )
        return lines
