"""Deliveries: claimed in one statement, sent outside any transaction, settled by id; and how their channels fare.

`next_attempt_at` is set exactly while a delivery is to be looked at again: due (pending, retry), when its lease is over
(leased), or when quiet hours end (held). Channels have a circuit breaker: after `BREAKER` failures in a row a channel is
left alone for a while that grows, then tried with a single delivery; what works again lets all the others go at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage.contents import freeze, thaw
from storage.notices import Notices
from storage.outgoing import Content, Delivery, Outcome, Placement
from storage.placing import LONGEST_WAIT, Placing
from storage.times import from_text, opt_from_text, to_text

BREAKER = 3
"""Failures in a row after which a channel is left alone: one may be chance, two a restart of the receiver."""
LATE = timedelta(hours=1)
"""What is sent so long after it was due says so."""
SETTLE_BUSY_SECONDS = 2.0
"""How long writing down an outcome waits for another writer before the worker, which keeps it, comes again: the writer
thread is everybody's."""
DISABLED, UNDELIVERABLE = "channel disabled", "not deliverable"
"""Kinds of incidents that this module opens, each of one channel."""

Places = Mapping[str, Placement]
Tell = Mapping[str, Sequence[str]]
"""Channel → the channels on which the operator hears of its faults."""


class Deliveries(Placing, Notices):
    """Verbs by which workers take deliveries and write down what became of them."""

    def claim_deliveries(
        self,
        channels: Sequence[str],
        limit: int,
        lease: timedelta,
        owner: str,
        now: datetime,
        places: Places | None = None,
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries of these channels, oldest first, for `lease`; one statement a channel.

        What a dead process had taken is due again when its lease is over. The content is frozen, durably, at the first
        claim; as long as nothing of it can have left this machine, an attempt that comes late says so in it.
        """
        waiting = [channel for channel in channels if self._anything_due(channel, (places or {}).get(channel), now)]
        if not waiting:
            return []
        claimed: list[Delivery] = []
        with self.store.transaction(durable=True):
            for channel in waiting:
                free = self._free(channel, limit - len(claimed), now)
                if free and places and channel in places:
                    self.place(channel, places[channel], now)
                if free:
                    claimed += self._claim(channel, free, lease, owner, now)
        return claimed

    def _anything_due(self, channel: str, placement: Placement | None, now: datetime) -> bool:
        """Whether a claim may find anything: due, in a due digest, or put off by a clock that ran ahead."""
        at = to_text(now)
        first = self.store.one(
            # Two look-ups in an index; asked for together they would be a walk through all that waits.
            "SELECT (SELECT min(next_attempt_at) FROM deliveries WHERE channel = :name AND next_attempt_at IS NOT NULL) "
            "AS first, (SELECT max(next_attempt_at) FROM deliveries WHERE channel = :name "
            "AND next_attempt_at IS NOT NULL) AS last",
            {"name": channel},
        )
        assert first is not None
        if first["first"] is not None and (first["first"] <= at or first["last"] > to_text(now + LONGEST_WAIT)):
            return True
        return self.digest_waits(channel, placement, now)

    def _free(self, channel: str, limit: int, now: datetime) -> int:
        """How many deliveries this channel may be given now; a disabled one parks what it has."""
        row = self.store.one("SELECT failures, not_before, disabled_at FROM channels WHERE name = ?", (channel,))
        if row is None or limit <= 0:
            return max(limit, 0)
        if row["disabled_at"] is not None:
            self.park(channel)
            return 0
        if row["not_before"] is not None:
            until = from_text(row["not_before"])
            if now < until <= now + LONGEST_WAIT:
                return 0
        if row["failures"] < BREAKER:
            return limit
        probing = self.store.one(
            "SELECT 1 FROM deliveries WHERE channel = ? AND state = 'leased' AND next_attempt_at > ? LIMIT 1",
            (channel, to_text(now)),
        )
        return 0 if probing else 1

    def _claim(self, channel: str, limit: int, lease: timedelta, owner: str, now: datetime) -> list[Delivery]:
        at, until = to_text(now), to_text(now + lease)
        rows = self.store.all(
            "UPDATE deliveries SET state = 'leased', lease_owner = ?, lease_until = ?, next_attempt_at = ?, "
            "attempts = attempts + 1, transmitted = transmitted * 2 + 1 "
            "WHERE id IN (SELECT id FROM deliveries WHERE channel = ? AND next_attempt_at <= ? "
            "AND state IN ('pending', 'retry', 'leased') ORDER BY next_attempt_at, id LIMIT ?) "
            "RETURNING id, uid, kind, subject_id, channel, attempts, failures, urgent, transmitted, ambiguous, payload, "
            "coalesce(placed_at, created_at) AS due_since",
            (owner, until, until, channel, at, limit),
        )
        claimed, frozen = [], []
        for row in sorted(rows, key=lambda row: int(row["id"])):
            content = self._content(row, now)
            payload = freeze(content) if row["transmitted"] == 1 else row["payload"]
            if payload != row["payload"]:
                frozen.append((payload, row["id"]))
            claimed.append(
                Delivery(
                    row["id"], row["uid"], row["kind"], row["channel"], row["attempts"], content, row["failures"],
                    bool(row["urgent"]),
                    row["ambiguous"],
                )
            )  # fmt: skip
        self.store.executemany("UPDATE deliveries SET payload = ? WHERE id = ?", frozen)
        return claimed

    def _content(self, row: sqlite3.Row, now: datetime) -> Content:
        content = self.alert_content(row["subject_id"]) if row["payload"] is None else thaw(row["kind"], row["payload"])
        if row["transmitted"] == 1 and now - from_text(row["due_since"]) > LATE:
            return replace(content, late=to_text(now))
        return content

    def release_deliveries(self, ids: Sequence[int], owner: str, now: datetime) -> None:
        """Give back what was claimed and not attempted, as if it had never been taken."""
        with self.store.transaction():
            self.store.executemany(
                "UPDATE deliveries SET state = CASE failures WHEN 0 THEN 'pending' ELSE 'retry' END, "
                "next_attempt_at = ?, attempts = attempts - 1, transmitted = transmitted / 2, lease_owner = NULL, "
                "lease_until = NULL WHERE id = ? AND state = 'leased' AND lease_owner = ?",
                [(to_text(now), number, owner) for number in ids],
            )

    def settle_deliveries(
        self, outcomes: Sequence[Outcome], owner: str, now: datetime, tell: Tell | None = None
    ) -> list[str]:
        """Write down what became of attempts, by id; synced to disk, because the outside world has seen them.

        A failure counts only while the lease is still `owner`'s: another may have taken the delivery since. Returns the
        channels that were disabled by this; the operator is told of them, and of what is dead, in the same transaction.
        """
        disabled: list[str] = []
        with self.store.transaction(durable=True, busy_seconds=SETTLE_BUSY_SECONDS):
            worked: set[str] = set()
            for outcome in outcomes:
                row = self.store.one(
                    "SELECT id, kind, subject_id, channel, state, attempts, lease_owner, transmitted, "
                    "coalesce(placed_at, created_at) AS due_since FROM deliveries WHERE id = ?",
                    (outcome.delivery_id,),
                )
                assert row is not None
                delivered = outcome.state == "delivered"
                if row["state"] == "delivered" or not (delivered or row["lease_owner"] == owner):
                    continue
                if delivered:
                    worked.add(row["channel"])
                    self._settle(row, outcome, "delivered", now)
                    continue
                since = outcome.began_at or now
                hopeless = outcome.gone or self._hopeless(row, outcome, now)
                if outcome.channel_fault or outcome.gone:
                    hopeless |= self._channel_failed(row["channel"], outcome, since, now)
                if hopeless:
                    self._settle(row, outcome, "parked", now)
                    self._disable(row["channel"], outcome.error, now, (tell or {}).get(row["channel"], ()))
                    disabled.append(row["channel"])
                    continue
                self._settle(row, outcome, outcome.state, now)
                if outcome.state == "dead" and row["kind"] != "incident":
                    self._tell_dead(row, outcome, now, (tell or {}).get(row["channel"], ()))
            for channel in worked:
                self._channel_worked(channel, now, (tell or {}).get(channel, ()))
        return disabled

    def _settle(self, row: sqlite3.Row, outcome: Outcome, state: str, now: datetime) -> None:
        at, delivered = to_text(now), state == "delivered"
        # What certainly never left may still say that it is late: back to what was known before this claim.
        transmitted = row["transmitted"] if outcome.transmitted else row["transmitted"] // 2
        self.store.execute(
            "UPDATE deliveries SET state = ?, held_by = '', last_error = ?, next_attempt_at = ?, lease_owner = NULL, "
            "lease_until = NULL, transmitted = ?, failures = failures + ?, ambiguous = ambiguous + ?, "
            "delivered_at = ? WHERE id = ?",
            (
                state,
                outcome.error,
                to_text(outcome.next_attempt_at) if outcome.next_attempt_at and state == "retry" else None,
                min(transmitted, 1),
                not delivered,
                outcome.ambiguous,
                at if delivered else None,
                row["id"],
            ),
        )
        if row["kind"] == "digest" and state in ("delivered", "dead"):
            self.store.execute(
                "UPDATE deliveries SET state = ?, held_by = '', last_error = ?, delivered_at = ? "
                "WHERE digest_id = ? AND kind = 'alert' AND held_by = 'digest'",
                (state, outcome.error, at if delivered else None, row["subject_id"]),
            )
        self.store.execute(
            "INSERT INTO attempts (delivery_id, number, began_at, ended_at, state, error) VALUES (?, ?, ?, ?, ?, ?)",
            (
                row["id"],
                row["attempts"],
                to_text(outcome.began_at) if outcome.began_at else None,
                at,
                state,
                outcome.error,
            ),
        )

    def _hopeless(self, row: sqlite3.Row, outcome: Outcome, now: datetime) -> bool:
        """Whether a delivery without a wait left is its channel's end: nothing got through since it was due."""
        if not outcome.exhausted:
            return False
        channel = self.store.one("SELECT succeeded_at FROM channels WHERE name = ?", (row["channel"],))
        worked = channel["succeeded_at"] if channel else None
        return worked is None or worked < row["due_since"]

    def _channel_failed(self, channel: str, outcome: Outcome, began_at: datetime, now: datetime) -> bool:
        """Count a failure of the channel; attempts that were under way together count once. True: its waits are used up."""
        at = to_text(now)
        self.store.execute("INSERT INTO channels (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (channel,))
        counted = self.store.execute(
            "UPDATE channels SET failures = failures + 1, failed_at = ?, failing_since = coalesce(failing_since, ?), "
            "reason = ? WHERE name = ? AND (failed_at IS NULL OR failed_at < ? OR failed_at > ?)",
            (at, at, outcome.error, channel, to_text(began_at), at),
        )
        row = self.store.one("SELECT failures FROM channels WHERE name = ?", (channel,))
        assert row is not None
        failures, waits = int(row["failures"]), outcome.channel_waits
        if failures >= BREAKER and waits and counted.rowcount:
            wait = waits[min(failures, len(waits)) - 1]
            self.store.execute("UPDATE channels SET not_before = ? WHERE name = ?", (to_text(now + wait), channel))
        return bool(waits) and failures > len(waits)

    def _channel_worked(self, channel: str, now: datetime, tell: Sequence[str]) -> None:
        at = to_text(now)
        row = self.store.one("SELECT failures FROM channels WHERE name = ?", (channel,))
        self.store.execute(
            "INSERT INTO channels (name, succeeded_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET failures = 0, "
            "failing_since = NULL, failed_at = NULL, not_before = NULL, reason = CASE WHEN disabled_at IS NULL THEN '' "
            "ELSE reason END, succeeded_at = excluded.succeeded_at",
            (channel, at),
        )
        self.close_incident(UNDELIVERABLE, tell, now, channel=channel)
        if row is not None and row["failures"] >= BREAKER:
            self.store.execute(
                "UPDATE deliveries SET next_attempt_at = ? WHERE channel = ? AND next_attempt_at > ? AND state = 'retry'",
                (at, channel, at),
            )

    def _disable(self, channel: str, reason: str, now: datetime, tell: Sequence[str]) -> None:
        self.store.execute(
            "INSERT INTO channels (name, disabled_at, reason) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "disabled_at = coalesce(disabled_at, excluded.disabled_at), reason = excluded.reason",
            (channel, to_text(now), reason),
        )
        self.park(channel)
        self.open_incident(
            DISABLED,
            f"channel {channel} takes nothing any more and was disabled: {reason}",
            tell,
            now,
            channel=channel,
            advice=f"Its deliveries are parked. When it works again: podium channels enable {channel}",
        )

    def _tell_dead(self, row: sqlite3.Row, outcome: Outcome, now: datetime, tell: Sequence[str]) -> None:
        self.open_incident(
            UNDELIVERABLE,
            f"a delivery on channel {row['channel']} was given up: {outcome.error}",
            tell,
            now,
            channel=row["channel"],
            advice=f"podium deliveries --channel {row['channel']} --state dead lists all of them; "
            "podium deliveries --resend ID sends one again.",
            evidence={"delivery": row["id"]},
        )

    def next_due_at(self, channels: Sequence[str]) -> datetime | None:
        """When the next delivery of these channels is due (now or past: at once); None when nothing waits."""
        found: list[datetime] = []
        for channel in channels:
            row = self.store.one(
                "SELECT min(next_attempt_at) AS at, (SELECT not_before FROM channels WHERE name = :name) AS not_before, "
                "(SELECT disabled_at FROM channels WHERE name = :name) AS disabled_at FROM deliveries "
                "WHERE channel = :name AND next_attempt_at IS NOT NULL",
                {"name": channel},
            )
            assert row is not None
            at = opt_from_text(row["at"])
            dues = [due for due in (at, self.next_digest_at(channel)) if due is not None]
            if dues and row["disabled_at"] is None:
                soonest, until = min(dues), opt_from_text(row["not_before"])
                found.append(max(soonest, until) if until else soonest)
        return min(found, default=None)

    def delivery_counts(self) -> dict[str, dict[str, int]]:
        """How many deliveries stand in each state: channel → state → number."""
        counts: dict[str, dict[str, int]] = {}
        for row in self.store.all("SELECT channel, state, count(*) AS n FROM deliveries GROUP BY channel, state"):
            counts.setdefault(row["channel"], {})[row["state"]] = row["n"]
        return counts
