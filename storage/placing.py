"""When a delivery may go: rhythm, quiet hours, the daily limit, and the digests that gather what may not go by itself.

Everything here runs inside the transaction of a claim, so that no other worker can take what has not been placed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.contents import Contents, freeze
from storage.outbox import NAMESPACE
from storage.outgoing import DigestContent, DigestItem, Placement
from storage.times import from_text, to_text

LONGEST_WAIT = timedelta(hours=27)
"""No delivery waits longer for its next attempt: 24 hours and a tenth, or a Retry-After of a day. What says it does was
written while the clock was ahead."""


def digest_uid(channel: str, items: Sequence[str]) -> str:
    """The id of a digest: it depends on the channel and on what it holds, so that one with other items is another."""
    return str(uuid.uuid5(NAMESPACE, "\n".join(("digest", channel, *sorted(items)))))


class Placing(Contents):
    """The steps that place what is due on one channel."""

    def park(self, channel: str) -> None:
        """A disabled channel's deliveries wait for `enable_channel`."""
        self.store.execute(
            "UPDATE deliveries SET state = 'parked', held_by = '', next_attempt_at = NULL, lease_owner = NULL, "
            "lease_until = NULL WHERE channel = ? AND next_attempt_at IS NOT NULL AND state <> 'leased'",
            (channel,),
        )

    def place(self, channel: str, placement: Placement, now: datetime) -> None:
        """Bring the deliveries of a channel in order for a claim at `now`."""
        at = to_text(now)
        self._mend_clock(channel, placement, now)
        if placement.quiet_until is None:
            self.store.execute(
                "UPDATE deliveries SET state = CASE failures WHEN 0 THEN 'pending' ELSE 'retry' END, held_by = '', "
                "next_attempt_at = ?, placed_at = ? WHERE channel = ? AND held_by = 'quiet hours'",
                (at, at, channel),
            )
        self._place_new(channel, placement, at)
        self._close_digests(channel, placement, at)
        if placement.quiet_until is not None:
            self.store.execute(
                "UPDATE deliveries SET state = 'held', held_by = 'quiet hours', next_attempt_at = ? WHERE channel = ? "
                "AND next_attempt_at IS NOT NULL AND state IN ('pending', 'retry') AND NOT urgent",
                (to_text(placement.quiet_until), channel),
            )

    def _mend_clock(self, channel: str, placement: Placement, now: datetime) -> None:
        """Take back waits that only a clock that ran ahead can have set. No open digest is due later than one that would be
        opened now."""
        at = to_text(now)
        self.store.execute(
            "UPDATE deliveries SET next_attempt_at = ? WHERE channel = ? AND next_attempt_at > ?",
            (at, channel, to_text(now + LONGEST_WAIT)),
        )
        self.store.execute(
            "UPDATE channels SET not_before = NULL WHERE name = ? AND not_before > ?",
            (channel, to_text(now + LONGEST_WAIT)),
        )
        for rhythm, due in placement.digest_at.items():
            self.store.execute(
                "UPDATE digests SET due_at = ? WHERE channel = ? AND rhythm = ? AND closed_at IS NULL AND due_at > ?",
                (to_text(due), channel, rhythm, to_text(due)),
            )

    def _place_new(self, channel: str, placement: Placement, at: str) -> None:
        """Freed deliveries go by themselves, or into a digest by their rhythm or when the day's singles are used up."""
        rows = self.store.all(
            "SELECT id, rhythm, urgent FROM deliveries WHERE channel = ? AND state = 'pending' AND placed_at IS NULL "
            "ORDER BY id",
            (channel,),
        )
        if not rows:
            return
        left = len(rows) if placement.singles is None else placement.singles - self._singles_of_day(channel, placement)
        singles: list[tuple[str, int]] = []
        for row in rows:
            if row["rhythm"] != "at once":
                self._attach(row["id"], channel, row["rhythm"], placement, at)
            elif row["urgent"] or left > 0:
                left -= 1
                singles.append((at, row["id"]))
            else:
                self._attach(row["id"], channel, "overflow", placement, at)
        self.store.executemany("UPDATE deliveries SET placed_at = ? WHERE id = ?", singles)

    def _singles_of_day(self, channel: str, placement: Placement) -> int:
        row = self.store.one(
            "SELECT count(*) AS n FROM deliveries WHERE channel = ? AND placed_at >= ? AND kind = 'alert' "
            "AND digest_id IS NULL",
            (channel, to_text(placement.day_start)),
        )
        return int(row["n"]) if row else 0

    def _attach(self, delivery_id: int, channel: str, rhythm: str, placement: Placement, at: str) -> None:
        """Put a delivery into the channel's open digest of this rhythm; the first opens it."""
        self.store.execute(
            "INSERT INTO digests (channel, rhythm, due_at) VALUES (?, ?, ?) "
            "ON CONFLICT (channel, rhythm) WHERE closed_at IS NULL DO NOTHING",
            (channel, rhythm, to_text(placement.digest_at[rhythm])),
        )
        self.store.execute(
            "UPDATE deliveries SET state = 'held', held_by = 'digest', next_attempt_at = NULL, placed_at = ?, digest_id = "
            "(SELECT id FROM digests WHERE channel = ? AND rhythm = ? AND closed_at IS NULL) WHERE id = ?",
            (at, channel, rhythm, delivery_id),
        )

    def _close_digests(self, channel: str, placement: Placement, at: str) -> None:
        """Freeze each digest that is due and make its delivery; what is raised from now on goes into the next one."""
        due = self.store.all(
            "SELECT id, rhythm, due_at FROM digests WHERE channel = ? AND closed_at IS NULL AND due_at <= ?",
            (channel, at),
        )
        for digest in due:
            rows = self.store.all(
                "SELECT id, uid, subject_id FROM deliveries WHERE digest_id = ? AND kind = 'alert' ORDER BY id",
                (digest["id"],),
            )
            items = tuple(DigestItem(row["uid"], self.alert_content(row["subject_id"])) for row in rows)
            content = DigestContent(
                digest_id=digest["id"],
                channel=channel,
                rhythm=digest["rhythm"],
                timezone=placement.timezone,
                due_at=digest["due_at"],
                items=items,
                limit=placement.singles if digest["rhythm"] == "overflow" else None,
            )
            self.store.execute("UPDATE digests SET closed_at = ? WHERE id = ?", (at, digest["id"]))
            self.store.execute(
                "INSERT INTO deliveries (uid, kind, subject_id, channel, state, next_attempt_at, payload, created_at, "
                "placed_at) VALUES (?, 'digest', ?, ?, 'pending', ?, ?, ?, ?)",
                (
                    digest_uid(channel, [item.uid for item in items]),
                    digest["id"],
                    channel,
                    digest["due_at"],
                    freeze(content),
                    at,
                    digest["due_at"],
                ),
            )

    def digest_waits(self, channel: str, placement: Placement | None, now: datetime) -> bool:
        """Whether an open digest of a channel is due, or due at the wrong time."""
        rows = self.store.all("SELECT rhythm, due_at FROM digests WHERE channel = ? AND closed_at IS NULL", (channel,))
        return any(
            row["due_at"] <= to_text(now)
            or (placement is not None and row["due_at"] > to_text(placement.digest_at[row["rhythm"]]))
            for row in rows
        )

    def next_digest_at(self, channel: str) -> datetime | None:
        """When the next open digest of a channel is due."""
        row = self.store.one(
            "SELECT min(due_at) AS at FROM digests WHERE channel = ? AND closed_at IS NULL", (channel,)
        )
        return from_text(row["at"]) if row and row["at"] else None
