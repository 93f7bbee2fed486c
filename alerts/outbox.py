"""The archive's outbox as the delivery worker sees it: every verb through the writer thread."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from alerts.config import Settings, all_channels, told_of
from alerts.rhythm import placements
from storage import times
from storage.outgoing import Delivery, Outcome
from storage.writer import Writer


class ArchiveOutbox:
    """`alerts.worker.Outbox` on a writer, for the channels of these settings. Its leases carry this process's id and a
    random part. `now` is the clock that leases, rhythms and waits go by."""

    def __init__(self, writer: Writer, settings: Settings, *, now: Callable[[], datetime] = times.now) -> None:
        self._writer = writer
        self._settings = settings
        self._now = now
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._tell = {name: told_of(settings, name) for name in all_channels(settings)}
        self._waiting: list[tuple[Sequence[Outcome], asyncio.Future[Sequence[str]]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
        now, owner = self._now(), self._owner
        places = placements(self._settings, now)
        return await self._writer.run(
            lambda archive: archive.claim_deliveries(channels, limit, lease, owner, now, places)
        )

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Returns when the outcomes are on the disk. What comes in while the writer is busy is committed together: a sync of
        the disk costs more than all else about a delivery."""
        done: asyncio.Future[Sequence[str]] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcomes, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.ensure_future(self._commit())
        return await done

    async def _commit(self) -> None:
        owner, tell = self._owner, self._tell
        while self._waiting:
            batch, self._waiting = self._waiting, []
            outcomes = [outcome for part, _ in batch for outcome in part]
            try:
                disabled = await self._writer.run(
                    lambda archive, outcomes: archive.settle_deliveries(outcomes, owner, self._now(), tell), outcomes
                )
            except Exception as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(disabled)

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        owner, ids = self._owner, [delivery.id for delivery in deliveries]
        await self._writer.run(lambda archive: archive.release_deliveries(ids, owner, self._now()))

    async def due_at(self, channels: Sequence[str]) -> datetime | None:
        return await self._writer.run(lambda archive: archive.next_due_at(channels))

    async def counts(self) -> Mapping[str, Mapping[str, int]]:
        return await self._writer.run(lambda archive: archive.delivery_counts())
