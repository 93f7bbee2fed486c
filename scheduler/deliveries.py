"""Deliveries in the daemon: a loop of its own for every channel, so that a slow or dead one delays no other."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from datetime import timedelta

from alerts.channels import Channel, open_channels
from alerts.config import Settings
from alerts.outbox import ArchiveOutbox
from alerts.worker import deliver
from storage import times
from storage.errors import ArchiveError
from storage.writer import Writer

log = logging.getLogger("podium.watch")

IDLE = timedelta(seconds=30)
"""So often the outbox is looked at when nothing is known to be due: another process may have filled it, and the clock may
have been put right."""
SOONEST = timedelta(seconds=1)
"""What is due and yet not to be had is looked at again after so long."""


class Deliverer:
    """Delivers on the channels of some settings until stopped. `wake()` makes every loop look at once."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._stack = AsyncExitStack()
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._wakes: dict[str, asyncio.Event] = {}

    async def use(self, settings: Settings) -> None:
        """Go over to these settings; what is in flight is finished on the old ones. Raises `ConfigError` and keeps the old
        ones when the new channels cannot be opened."""
        stack = AsyncExitStack()
        channels = await stack.enter_async_context(open_channels(settings))
        await self.stop()
        self._stack = stack
        outbox = ArchiveOutbox(self._writer, settings)
        for name, channel in channels.items():
            self._wakes[name] = asyncio.Event()
            self._loops[name] = asyncio.create_task(
                self._deliver(outbox, channel, self._wakes[name]), name=f"deliveries on {name}"
            )

    def wake(self) -> None:
        """Something may be due."""
        for wake in self._wakes.values():
            wake.set()

    async def stop(self) -> None:
        """Finish what is in flight, take nothing more, close the channels."""
        self._wakes.clear()
        for loop in self._loops.values():
            loop.cancel()
        await asyncio.gather(*self._loops.values(), return_exceptions=True)
        self._loops.clear()
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    async def _deliver(self, outbox: ArchiveOutbox, channel: Channel, wake: asyncio.Event) -> None:
        while (
            self._wakes.get(channel.name) is wake
        ):  # a cancellation alone may be lost in `wait_for` (python/cpython#86296)
            wake.clear()
            try:
                await deliver(outbox, {channel.name: channel}, patience=None)
                due = await outbox.due_at([channel.name])
            except ArchiveError as problem:
                log.error("deliveries on %s: %s", channel.name, problem)
                due = None
            except Exception:
                # A loop that ended would be a channel that falls silent without a word.
                log.exception("deliveries on %s failed inside podium; they go on in %s", channel.name, IDLE)
                due = None
            wait = IDLE if due is None else min(max(due - times.now(), SOONEST), IDLE)
            try:
                await asyncio.wait_for(wake.wait(), wait.total_seconds())
            except TimeoutError:
                continue
