"""The archive's outbox as the delivery worker sees it: every verb through the writer thread."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from storage import times
from storage.model import Delivery, Outcome
from storage.writer import Writer


class ArchiveOutbox:
    """`alerts.worker.Outbox` on a writer. Its leases carry this process's id and a random part."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
        now, owner = times.now(), self._owner
        return await self._writer.run(lambda archive: archive.claim_deliveries(channels, limit, lease, owner, now))

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        owner = self._owner
        await self._writer.run(lambda archive: archive.settle_deliveries(outcomes, owner, times.now()))

    async def due_at(self, channels: Sequence[str]) -> datetime | None:
        return await self._writer.run(lambda archive: archive.next_due_at(channels))

    async def counts(self) -> Mapping[str, Mapping[str, int]]:
        return await self._writer.run(lambda archive: archive.delivery_counts())
