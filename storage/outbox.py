"""Topics, matches, alerts and the outbox: what is to be said, to whom, and what became of it.

The unique rows are the promise: an alert is unique per (topic, story, cause, occurrence), a delivery per (kind, subject,
channel), and its `uid` is a UUIDv5 of what is said to whom, so that neither a repeated crawl nor a restored backup can
say it again under another id.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from storage.database import Store
from storage.model import AlertContent, AlertRequest, Cause, Delivery, Edition, Outcome, Topic
from storage.times import from_text, opt_from_text, to_text

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
    """Verbs on topics, matches, alerts and deliveries."""

    store: Store

    def sync_topics(self, queries: Mapping[str, str], now: datetime) -> list[Topic]:
        """Take over the declared topics (name → query); those no longer declared are disabled, none is deleted."""
        rows = {
            row["name"]: row
            for row in self.store.all(
                "SELECT t.id, t.name, t.enabled, v.query, min(f.from_at) AS made_at FROM topics t "
                "JOIN topic_versions f ON f.topic_id = t.id JOIN topic_versions v ON v.topic_id = t.id AND v.from_at = "
                "(SELECT max(from_at) FROM topic_versions WHERE topic_id = t.id) GROUP BY t.id"
            )
        }
        fresh = [name for name, query in queries.items() if name not in rows or rows[name]["query"] != query]
        gone = [row["id"] for name, row in rows.items() if name not in queries and row["enabled"]]
        back = [rows[name]["id"] for name in queries if name in rows and not rows[name]["enabled"]]
        if fresh or gone or back:
            with self.store.transaction():
                at = to_text(now)
                for topic_id in gone:
                    self.store.execute("UPDATE topics SET enabled = 0 WHERE id = ?", (topic_id,))
                for topic_id in back:
                    self.store.execute("UPDATE topics SET enabled = 1 WHERE id = ?", (topic_id,))
                for name in fresh:
                    self.store.execute(
                        "INSERT INTO topics (name, enabled) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET enabled = 1",
                        (name,),
                    )
                    self.store.execute(
                        "INSERT INTO topic_versions (topic_id, query, from_at) "
                        "SELECT id, ?, ? FROM topics WHERE name = ? "
                        "ON CONFLICT (topic_id, from_at) DO UPDATE SET query = excluded.query",
                        (queries[name], at, name),
                    )
            return self.sync_topics(queries, now)
        return [Topic(rows[n]["id"], n, rows[n]["query"], from_text(rows[n]["made_at"])) for n in queries]

    def store_matches(self, release_id: int, revision: int, matches: Sequence[tuple[int, str]]) -> None:
        """Keep which topics this revision meets: (id, explanation as JSON)."""
        self.store.executemany(
            "INSERT INTO matches (topic_id, release_id, revision, explanation) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (release_id, revision, topic_id) DO UPDATE SET explanation = excluded.explanation",
            [(topic_id, release_id, revision, explanation) for topic_id, explanation in matches],
        )

    def matched_topics(self, release_id: int, revision: int) -> set[int]:
        """The topics that one revision met."""
        rows = self.store.all(
            "SELECT topic_id FROM matches WHERE release_id = ? AND revision = ?", (release_id, revision)
        )
        return {row["topic_id"] for row in rows}

    def story_of_row(self, office: str, story_key: str, now: datetime) -> int:
        """The story that an unreadable row belongs to, made when it is the first of it."""
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO stories (office, key, first_seen_at) VALUES (?, ?, ?) ON CONFLICT (office, key) DO NOTHING",
                (office, story_key, to_text(now)),
            )
            row = self.store.one("SELECT id FROM stories WHERE office = ? AND key = ?", (office, story_key))
        assert row is not None
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
        if request.cause == "published" and self._insert_alert(request, 1, run_id, now):
            return 0 if request.silence else 1
        last = self.store.one(
            "SELECT id, occurrence, release_id, raised_at, silence FROM alerts "
            "WHERE topic_id = ? AND story_id = ? AND cause = ? ORDER BY occurrence DESC LIMIT 1",
            (request.topic_id, request.story_id, request.cause),
        )
        occurrence = 1
        if last is not None:
            joins = request.cause == "published" or (
                last["release_id"] != request.release_id
                and from_text(last["raised_at"]) > now - timedelta(hours=JOIN_HOURS)
            )
            if joins and (request.silence or not last["silence"]):
                return 0
            if joins:
                self.store.execute(
                    "UPDATE alerts SET silence = '', release_id = ?, revision = ?, listing_row_id = ?, run_id = ?, "
                    "raised_at = ?, explanation = ? WHERE id = ?",
                    (
                        request.release_id,
                        request.revision,
                        request.listing_row_id,
                        run_id,
                        to_text(now),
                        request.explanation,
                        last["id"],
                    ),
                )
                self._deliveries(int(last["id"]), request, last["occurrence"], run_id, now)
                return 1
            occurrence = last["occurrence"] + 1
        self._insert_alert(request, occurrence, run_id, now)
        return 0 if request.silence else 1

    def _insert_alert(self, request: AlertRequest, occurrence: int, run_id: int | None, now: datetime) -> bool:
        """Insert an alert with its deliveries; False when it is there already."""
        # One statement an alert: a statement of many rows costs SQLite three times as much here.
        cursor = self.store.execute(
            "INSERT INTO alerts (topic_id, story_id, release_id, revision, listing_row_id, run_id, cause, occurrence, "
            "raised_at, silence, explanation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
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
            ),
        )
        if cursor.rowcount != 1:
            return False
        self._deliveries(int(cursor.lastrowid or 0), request, occurrence, run_id, now)
        return True

    def _deliveries(
        self, alert_id: int, request: AlertRequest, occurrence: int, run_id: int | None, now: datetime
    ) -> None:
        if not request.channels:
            return
        names = self.store.one(
            "SELECT t.name AS topic, s.office, s.key FROM topics t, stories s WHERE t.id = ? AND s.id = ?",
            (request.topic_id, request.story_id),
        )
        assert names is not None
        state = "suppressed" if request.silence else "held" if run_id is not None else "pending"
        at = to_text(now)
        for channel in request.channels:
            uid = delivery_uid(names["topic"], names["office"], names["key"], request.cause, occurrence, channel)
            self.store.execute(
                "INSERT INTO deliveries (uid, kind, subject_id, channel, run_id, state, reason, next_attempt_at, "
                "created_at) VALUES (?, 'alert', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, subject_id, channel) DO UPDATE "
                "SET state = excluded.state, reason = excluded.reason, run_id = excluded.run_id, "
                "next_attempt_at = excluded.next_attempt_at WHERE state = 'suppressed'",
                (uid, alert_id, channel, run_id, state, request.silence, at if state == "pending" else None, at),
            )

    def claim_deliveries(
        self, channels: Sequence[str], limit: int, lease: timedelta, owner: str, now: datetime
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries of these channels, oldest first, for `lease`; in one statement.

        What a dead process had taken is due again when its lease is over. The content is frozen at the first claim.
        """
        at = to_text(now)
        marks = ",".join("?" * len(channels))
        due = (
            f"channel IN ({marks}) AND ((state IN ('pending', 'retry') AND next_attempt_at <= ?) "
            "OR (state = 'leased' AND lease_until <= ?))"
        )
        if self.store.one(f"SELECT 1 FROM deliveries WHERE {due} LIMIT 1", (*channels, at, at)) is None:
            return []
        with self.store.transaction():
            rows = self.store.all(
                "UPDATE deliveries SET state = 'leased', lease_owner = ?, lease_until = ?, attempts = attempts + 1 "
                f"WHERE id IN (SELECT id FROM deliveries WHERE {due} ORDER BY next_attempt_at, id LIMIT ?) "
                "RETURNING id, uid, kind, subject_id, channel, attempts, payload",
                (owner, to_text(now + lease), *channels, at, at, limit),
            )
            claimed = []
            for row in sorted(rows, key=lambda row: int(row["id"])):
                if row["payload"] is None:
                    content = self.alert_content(row["subject_id"])
                    self.store.execute(
                        "UPDATE deliveries SET payload = ? WHERE id = ?",
                        (json.dumps(asdict(content), ensure_ascii=False), row["id"]),
                    )
                else:
                    content = _content(json.loads(row["payload"]))
                claimed.append(Delivery(row["id"], row["uid"], row["kind"], row["channel"], row["attempts"], content))
        return claimed

    def settle_deliveries(self, outcomes: Sequence[Outcome], owner: str, now: datetime) -> None:
        """Write down what became of attempts, by id; synced to disk, because the outside world has seen them.

        A failure counts only while the lease is still `owner`'s: another may have taken the delivery since.
        """
        with self.store.transaction(durable=True):
            for outcome in outcomes:
                delivered = outcome.state == "delivered"
                self.store.execute(
                    "UPDATE deliveries SET state = ?, last_error = ?, next_attempt_at = ?, lease_owner = NULL, "
                    "lease_until = NULL, delivered_at = ? WHERE id = ? AND state <> 'delivered' AND (? OR lease_owner = ?)",
                    (
                        outcome.state,
                        outcome.error,
                        to_text(outcome.next_attempt_at) if outcome.next_attempt_at else None,
                        to_text(now) if delivered else None,
                        outcome.delivery_id,
                        delivered,
                        owner,
                    ),
                )

    def next_due_at(self, channels: Sequence[str]) -> datetime | None:
        """When the next delivery of these channels is due (now or past: at once); None when nothing waits."""
        marks = ",".join("?" * len(channels))
        row = self.store.one(
            "SELECT min(CASE state WHEN 'leased' THEN lease_until ELSE next_attempt_at END) AS at FROM deliveries "
            f"WHERE state IN ('pending', 'retry', 'leased') AND channel IN ({marks})",
            tuple(channels),
        )
        return opt_from_text(row["at"]) if row else None

    def delivery_counts(self) -> dict[str, dict[str, int]]:
        """How many deliveries stand in each state: channel → state → number."""
        counts: dict[str, dict[str, int]] = {}
        for row in self.store.all("SELECT channel, state, count(*) AS n FROM deliveries GROUP BY channel, state"):
            counts.setdefault(row["channel"], {})[row["state"]] = row["n"]
        return counts

    def alert_content(self, alert_id: int) -> AlertContent:
        """What is to be said of an alert, from the archive as it is now. KeyError when there is none of that id."""
        row = self.store.one(
            "SELECT a.id, a.release_id, a.revision, a.listing_row_id, a.story_id, a.cause, a.occurrence, a.raised_at, "
            "coalesce(m.explanation, a.explanation) AS explanation, t.name AS topic, s.office, o.title AS office_title, "
            "o.timezone, "
            "(SELECT query FROM topic_versions WHERE topic_id = t.id AND from_at <= a.raised_at "
            " ORDER BY from_at DESC LIMIT 1) AS query "
            "FROM alerts a JOIN topics t ON t.id = a.topic_id JOIN stories s ON s.id = a.story_id "
            "JOIN offices o ON o.name = s.office LEFT JOIN matches m ON m.topic_id = a.topic_id "
            "AND m.release_id = a.release_id AND m.revision = a.revision WHERE a.id = ?",
            (alert_id,),
        )
        if row is None:
            raise KeyError(alert_id)
        common = {
            "alert_id": alert_id,
            "topic": row["topic"],
            "query": row["query"] or "",
            "office": row["office"],
            "office_title": row["office_title"],
            "timezone": row["timezone"],
            "cause": row["cause"],
            "occurrence": row["occurrence"],
            "raised_at": row["raised_at"],
            "explanation": json.loads(row["explanation"]),
        }
        if row["release_id"] is None:
            about = self.store.one(
                "SELECT r.*, l.section, l.language FROM listing_rows r JOIN lists l ON l.id = r.list_id WHERE r.id = ?",
                (row["listing_row_id"],),
            )
            assert about is not None
            return AlertContent(
                **common,
                section=about["section"],
                language=about["language"],
                text_language=about["language"],
                title=about["title"],
                body="",
                url=about["url"],
                published_on=about["published_on"] or "",
                readable=False,
            )
        release = self.store.one("SELECT * FROM releases WHERE id = ?", (row["release_id"],))
        text = self._revision(row["release_id"], row["revision"])
        before = self._revision(row["release_id"], row["revision"] - 1) if row["cause"] == "edited" else None
        assert release is not None and text is not None
        others = self.store.all(
            "SELECT language, title, url FROM releases WHERE story_id = ? AND id <> ? ORDER BY language",
            (row["story_id"], row["release_id"]),
        )
        return AlertContent(
            **common,
            section=release["section"],
            language=release["language"],
            text_language=release["text_language"],
            title=text["title"],
            body=text["body"],
            url=release["url"],
            published_on=release["published_on"] or "",
            others=tuple(Edition(*other) for other in others),
            previous_title=before["title"] if before else "",
            previous_body=before["body"] if before else "",
        )

    def _revision(self, release_id: int, number: int) -> sqlite3.Row | None:
        return self.store.one(
            "SELECT title, body FROM revisions WHERE release_id = ? AND number = ?", (release_id, number)
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


def _content(fields: dict[str, Any]) -> AlertContent:
    fields["others"] = tuple(Edition(**other) for other in fields["others"])
    return AlertContent(**fields)
