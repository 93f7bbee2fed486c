"""Writing down what became of deliveries, again and again while the archive does not take it.

What was said and not written down is said again when its lease ends. So a known outcome is kept until the archive takes
it: another program may hold it locked for minutes, or its disk be full for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from storage.errors import ArchiveError
from storage.outgoing import Delivery, Outcome

log = logging.getLogger(__name__)

AT_END = timedelta(seconds=10)
"""So long it is still tried once there is haste, or since it became known after that."""
WRITE_AGAIN = (0.1, 10.0)
"""Seconds between two tries: the first, doubled up to the last."""
LOOK_SECONDS = 0.2
"""So often a try under way is looked at for haste."""


class Scribe:
    """Writes outcomes down by `settle` (`alerts.worker.Outbox.settle`), each for at most `patience` (None: without end)."""

    def __init__(
        self, settle: Callable[[Sequence[Outcome]], Awaitable[Sequence[str]]], patience: timedelta | None
    ) -> None:
        self._settle = settle
        self._patience = patience
        self._haste = asyncio.Event()
        self._haste_since = 0.0

    @property
    def hurried(self) -> bool:
        """Whether `hurry()` was called."""
        return self._haste.is_set()

    def hurry(self) -> None:
        """Come to an end: from now on at most `AT_END` is given to an outcome."""
        self._haste_since = asyncio.get_running_loop().time()
        self._haste.set()

    async def write(self, channel: str, delivery: Delivery, outcome: Outcome, unwritten: set[int]) -> Sequence[str]:
        """Returns what `settle` does once the archive took the outcome; `unwritten` holds the delivery's id while it does not.

        Raises the archive's last refusal, or `TimeoutError` when it does not even refuse, after the log said what is left.
        """
        loop = asyncio.get_running_loop()
        known_at, (wait, longest) = loop.time(), WRITE_AGAIN
        what = f"{channel}: that {delivery.uid} is {outcome.state}"
        while True:
            attempt = asyncio.ensure_future(self._settle([outcome]))
            while not (done := (await asyncio.wait({attempt}, timeout=LOOK_SECONDS))[0]):
                # Once there is haste, not even an archive that does not answer may hold it up.
                if self.hurried and loop.time() > self._until(known_at):
                    attempt.add_done_callback(lambda late: late.cancelled() or late.exception())
                    break
            problem = attempt.exception() if done else TimeoutError("the archive does not answer")
            if problem is None:
                if delivery.id in unwritten:
                    unwritten.discard(delivery.id)
                    log.info("%s is written down now", what)
                return attempt.result()
            if not isinstance(problem, ArchiveError | TimeoutError):
                raise problem
            if delivery.id not in unwritten:
                # Said loudly once: the others wait for the same.
                level = logging.INFO if unwritten else logging.WARNING
                unwritten.add(delivery.id)
                log.log(level, "%s cannot be written down yet and is tried again: %s", what, problem)
            left = self._until(known_at) - loop.time()
            if not done or left <= 0:
                then = "may be said again under the same id" if outcome.state == "delivered" else "is tried again"
                log.error("%s was not written down: %s; it %s when its lease is over", what, problem, then)
                raise problem
            wait = WRITE_AGAIN[0] if await self._pause(min(wait, left)) else min(2 * wait, longest)

    def _until(self, known_at: float) -> float:
        """Until when, by the loop's clock, an outcome that became known then is tried."""
        ends = [known_at + self._patience.total_seconds()] if self._patience is not None else []
        if self.hurried:
            ends.append(max(known_at, self._haste_since) + AT_END.total_seconds())
        return min(ends, default=math.inf)

    async def _pause(self, seconds: float) -> bool:
        """Wait; True when haste came meanwhile."""
        if self.hurried:
            await asyncio.sleep(seconds)
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._haste.wait(), seconds)
        return self.hurried
