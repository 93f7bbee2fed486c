"""Looking after channels and deliveries: listing, sending again, enabling, and the balance of what was to be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.deliveries import DISABLED, Deliveries
from storage.outgoing import Attempt, Balance, ChannelState, DeliveryLine
from storage.times import from_text, opt_from_text, to_text

_SUBJECT = (
    "CASE d.kind WHEN 'digest' THEN (SELECT rhythm || ' digest of ' || "
    "(SELECT count(*) FROM deliveries i WHERE i.digest_id = g.id) FROM digests g WHERE g.id = d.subject_id) "
    "WHEN 'incident' THEN (SELECT 'incident ' || n.event || ': ' || json_extract(i.evidence, '$.reason') FROM notices n "
    "JOIN incidents i ON i.id = n.incident_id WHERE n.id = d.subject_id) "
    "ELSE (SELECT coalesce(r.title, w.title) FROM alerts a LEFT JOIN releases r ON r.id = a.release_id "
    "LEFT JOIN listing_rows w ON w.id = a.listing_row_id WHERE a.id = d.subject_id) END"
)
_TOPIC = (
    "CASE d.kind WHEN 'alert' THEN (SELECT t.name FROM alerts a JOIN topics t ON t.id = a.topic_id "
    "WHERE a.id = d.subject_id) ELSE '' END"
)


class Channels(Deliveries):
    """Verbs for the operator."""

    def deliveries(
        self,
        *,
        channel: str | None = None,
        state: str | None = None,
        topic: str | None = None,
        since: datetime | None = None,
        ids: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> list[DeliveryLine]:
        """Deliveries, newest first; `ids` is a range, both ends included, `since` looks at when they were made."""
        where: list[str] = ["1"]
        parameters: list[object] = []
        for clause, value in (
            ("d.channel = ?", channel),
            ("d.state = ?", state),
            (f"{_TOPIC} = ?", topic),
            ("d.created_at >= ?", to_text(since) if since else None),
        ):
            if value is not None:
                where.append(clause)
                parameters.append(value)
        if ids is not None:
            where.append("d.id BETWEEN ? AND ?")
            parameters += ids
        rows = self.store.all(
            f"SELECT d.*, {_SUBJECT} AS subject, {_TOPIC} AS topic FROM deliveries d WHERE {' AND '.join(where)} "
            "ORDER BY d.id DESC LIMIT ?",
            [*parameters, limit],
        )
        return [
            DeliveryLine(
                id=row["id"],
                uid=row["uid"],
                kind=row["kind"],
                subject=row["subject"] or "",
                topic=row["topic"] or "",
                channel=row["channel"],
                state=row["state"],
                reason=row["held_by"] or row["reason"],
                attempts=row["attempts"],
                next_attempt_at=opt_from_text(row["next_attempt_at"]),
                last_error=row["last_error"],
                created_at=from_text(row["created_at"]),
                delivered_at=opt_from_text(row["delivered_at"]),
            )
            for row in rows
        ]

    def attempts(self, delivery_id: int) -> list[Attempt]:
        """The attempts at one delivery, in their order."""
        rows = self.store.all("SELECT * FROM attempts WHERE delivery_id = ? ORDER BY rowid", (delivery_id,))
        return [
            Attempt(
                row["number"], opt_from_text(row["began_at"]), from_text(row["ended_at"]), row["state"], row["error"]
            )
            for row in rows
        ]

    def resend(self, ids: Sequence[int], now: datetime) -> list[int]:
        """Send these deliveries again, under their old ids and with their old content; returns those that will be.

        What is held, leased or waits already is left alone; what is silent stays so.
        """
        with self.store.transaction():
            return [
                row["id"]
                for number in ids
                for row in self.store.all(
                    "UPDATE deliveries SET state = 'pending', next_attempt_at = ?, failures = 0, ambiguous = 0, "
                    "placed_at = coalesce(placed_at, ?) WHERE id = ? AND state IN ('delivered', 'dead', 'parked') "
                    "RETURNING id",
                    (to_text(now), to_text(now), number),
                )
            ]

    def channel_states(self) -> list[ChannelState]:
        """How each channel that ever failed or worked fares, by name."""
        return [
            ChannelState(
                name=row["name"],
                failures=row["failures"],
                failing_since=opt_from_text(row["failing_since"]),
                not_before=opt_from_text(row["not_before"]),
                succeeded_at=opt_from_text(row["succeeded_at"]),
                disabled_at=opt_from_text(row["disabled_at"]),
                reason=row["reason"],
            )
            for row in self.store.all("SELECT * FROM channels ORDER BY name")
        ]

    def enable_channel(self, name: str, now: datetime, tell: Sequence[str] = ()) -> int:
        """Take a channel into use again, with its waits from the beginning; returns how many parked deliveries go on."""
        at = to_text(now)
        with self.store.transaction():
            self.store.execute(
                "UPDATE channels SET disabled_at = NULL, reason = '', failures = 0, failing_since = NULL, "
                "failed_at = NULL, not_before = NULL WHERE name = ?",
                (name,),
            )
            freed = self.store.execute(
                "UPDATE deliveries SET state = CASE WHEN digest_id IS NOT NULL AND kind = 'alert' THEN 'held' "
                "ELSE 'pending' END, next_attempt_at = CASE WHEN digest_id IS NOT NULL AND kind = 'alert' THEN NULL "
                "ELSE ? END, failures = 0, ambiguous = 0 WHERE channel = ? AND state = 'parked'",
                (at, name),
            )
            self.close_incident(DISABLED, tell, now, channel=name)
        return freed.rowcount

    def balance(self, since: datetime) -> Balance:
        """What should have been said since then: alerts that are not silent, on the channels that their topic told at the
        time, against the deliveries of these alerts."""
        row = self.store.one(
            "SELECT count(*) AS expected, coalesce(sum(d.state = 'delivered'), 0) AS delivered, "
            "coalesce(sum(d.state = 'dead'), 0) AS dead, "
            "coalesce(sum(d.state IN ('held', 'pending', 'leased', 'retry', 'parked')), 0) AS pending "
            "FROM alerts a JOIN topic_versions v ON v.topic_id = a.topic_id AND v.from_at = (SELECT max(from_at) "
            "FROM topic_versions WHERE topic_id = a.topic_id AND from_at <= a.raised_at), "
            "json_each(v.declared, '$.tell') c LEFT JOIN deliveries d ON d.kind = 'alert' AND d.subject_id = a.id "
            "AND d.channel = c.key WHERE a.silence = '' AND a.raised_at >= ?",
            (to_text(since),),
        )
        assert row is not None
        return Balance(row["expected"], row["delivered"], row["pending"], row["dead"])
