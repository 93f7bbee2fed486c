"""The delivery worker: takes what is due from the outbox, sends it, and writes down what became of it.

Delivery is at least once: what a dead process had taken comes back when its lease is over, under the same
id. Each channel goes its own pace, so that a slow or dead one delays no other.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from alerts.channels import Channel
from alerts.excerpts import one_line
from alerts.result import DeliveryReport, Result
from alerts.scribe import Scribe
from storage.outgoing import Delivery, Outcome

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a taken delivery is this worker's; several times what the slowest attempt may take."""
PATIENCE = LEASE - timedelta(seconds=30)
"""So long a known outcome is tried to be written down by default: after the lease another may send the same again."""
BACK_OFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""The wait after each failed attempt: about three days in all (Standard Webhooks 1.0.0, "Deliverability")."""
JITTER = 0.1
"""Waits vary by this share either way, so that what failed together does not come back together."""
LOOK_AGAIN_SECONDS = 0.2
AHEAD = 4
"""So many deliveries a free place are taken at once by channels that take several at a time: a claim costs a commit."""
UNDELIVERED = ("held", "pending", "retry", "leased", "parked")


class Outbox(Protocol):
    """What the worker needs of the archive; every verb is asynchronous, so that it may run in a writer
    thread.
    """

    async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
        """Take up to `limit` due deliveries of these channels for `lease`."""
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        """Write down, durably, what became of attempts; returns the channels that this disabled. Raises `ArchiveError`
        soon when that is not possible now: the worker keeps the outcomes and comes again."""
        ...

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """Give back what was taken and not attempted."""
        ...

    async def due_at(self, channels: Sequence[str]) -> datetime | None:
        """When the next delivery of these channels is due; None when nothing waits."""
        ...

    async def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many deliveries stand in each state: channel → state → number."""
        ...


def utc_now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def next_outcome(
    delivery: Delivery,
    result: Result,
    now: datetime,
    jitter: Callable[[float, float], float] = random.uniform,
) -> Outcome:
    """What a result means for a delivery: after the last wait of `BACK_OFF` it is given up, with the last error.

    Whether it is then dead or parked with its channel is the outbox's to know.
    """
    if result.state == "delivered":
        return Outcome(delivery.id, "delivered")
    if result.state in ("dead", "gone"):
        return Outcome(delivery.id, "dead", result.error, gone=result.state == "gone", transmitted=result.transmitted)
    if result.ambiguous and delivery.ambiguous:
        twice = f"{result.error}; that was the second time, so it may well have arrived and is not sent again"
        return Outcome(delivery.id, "dead", twice, channel_fault=True, ambiguous=True)
    waits = [wait * jitter(1 - JITTER, 1 + JITTER) for wait in BACK_OFF]
    if result.retry_after is not None:
        waits = [max(wait, result.retry_after) for wait in waits]
    exhausted = delivery.failures >= len(BACK_OFF)
    error = f"given up after {delivery.failures + 1} failed attempts: {result.error}" if exhausted else result.error
    return Outcome(
        delivery.id,
        "dead" if exhausted else "retry",
        error,
        None if exhausted else now + waits[delivery.failures],
        channel_fault=result.channel_fault,
        channel_waits=waits if result.channel_fault else (),
        exhausted=exhausted,
        transmitted=result.transmitted,
        ambiguous=result.ambiguous,
    )


async def deliver(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    *,
    now: Callable[[], datetime] = utc_now,
    limit: int | None = None,
    patience: timedelta | None = PATIENCE,
) -> DeliveryReport:
    """Send everything that is due, at most `limit` deliveries, and settle each as soon as it is known.

    An outcome that the archive does not take (it is locked, the disk is full) is kept and tried again for `patience` (None:
    as long as this runs); meanwhile its channel takes nothing more. When cancelled it takes nothing more, waits for what
    is in flight, settles it, for at most `AT_END`, and then raises `CancelledError`. An outbox that cannot be used raises
    what it raises, after the other channels are done.
    """
    work = _Pass(outbox, channels, now, limit, patience)
    running = asyncio.ensure_future(work.run())
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        work.stop()
        await asyncio.wait({running})
        if not running.cancelled() and (fault := running.exception()) is not None:
            log.error("delivery ended with an error while it was stopped: %s", fault)
        raise


async def drain(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    *,
    seconds: float = 60.0,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> DeliveryReport:
    """Deliver until nothing is due within `seconds` from now; short waits for a second try are waited out.

    For runs by hand. What is due later stays in the outbox.
    """
    deadline = now() + timedelta(seconds=seconds)
    report, idle = await deliver(outbox, channels, now=now), False
    while channels and (due := await outbox.due_at(list(channels))) is not None and due < deadline:
        at = now()
        if at >= deadline:
            break
        wait = (due - at).total_seconds()
        if wait > 0 or idle:
            # Due and yet not to be had (somebody else is taking it): look again a little later, not at once.
            await sleep(max(wait, LOOK_AGAIN_SECONDS))
        again = await deliver(outbox, channels, now=now)
        idle = again.attempts == 0
        report.add(again)
    return report


class _Pass:
    """One pass over the outbox."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        now: Callable[[], datetime],
        limit: int | None,
        patience: timedelta | None,
    ) -> None:
        self._outbox = outbox
        self._scribe = Scribe(outbox.settle, patience)
        self._channels = channels
        self._now = now
        self._left = limit
        self._report = DeliveryReport()
        self._said: dict[int, Delivery] = {}

    def stop(self) -> None:
        """Take nothing more."""
        self._scribe.hurry()

    async def run(self) -> DeliveryReport:
        due = await self._outbox.due_at(list(self._channels)) if self._channels else None
        if due is not None and due <= self._now():
            done = await asyncio.gather(
                *(self._serve(channel) for channel in self._channels.values()), return_exceptions=True
            )
            for fault in done:
                if isinstance(fault, BaseException):
                    raise fault
        self._report.stranded = {
            name: number
            for name, states in (await self._outbox.counts()).items()
            if name not in self._channels and (number := sum(states.get(state, 0) for state in UNDELIVERED))
        }
        return self._report

    async def _serve(self, channel: Channel) -> None:
        """Keep a channel busy with at most `in_flight` attempts until nothing of it is due, or until it fails.

        The next attempt does not wait until the last outcome is on the disk; no more than were taken at once wait for that,
        and none when one cannot be written down: what was said and not noted is what may be said twice.
        """
        several = channel.in_flight > 1
        wanted = channel.in_flight * AHEAD if several else 1
        sending: set[asyncio.Task[Outcome]] = set()
        settling: set[asyncio.Task[None]] = set()
        queue: deque[Delivery] = deque()
        claimed_at = self._now()
        unwritten: set[int] = set()
        faults: list[BaseException] = []
        more = True
        while True:
            stopped = self._scribe.hurried or faults or unwritten
            free = channel.in_flight - len(sending)
            if more and not stopped and free > len(queue) and (several or not settling) and len(settling) < wanted:
                if not queue:
                    claimed_at = self._now()
                claimed = await self._claim(channel.name, wanted, faults)
                more = len(claimed) == wanted
                queue.extend(claimed)
            while queue and free and not stopped:
                if self._now() - claimed_at > LEASE / 2:
                    # The archive or this machine stood still: another may soon hold what was taken ahead.
                    await self._release(queue, faults)
                    more = True
                    break
                sending.add(asyncio.ensure_future(self._attempt(channel, queue.popleft())))
                free -= 1
            if not sending and not settling:
                break
            done, _ = await asyncio.wait(sending | settling, return_when=asyncio.FIRST_COMPLETED)
            for sent in [task for task in sending if task in done]:
                outcome = sent.result()
                settling.add(asyncio.ensure_future(self._settle(channel.name, outcome, unwritten)))
                if outcome.channel_fault or outcome.gone:
                    # What was taken ahead waits with the others, without an attempt of its own.
                    await self._release(queue, faults)
            faults += [fault for task in done & settling if (fault := task.exception()) is not None]
            sending -= done
            settling -= done
        await self._release(queue, faults)
        if faults:
            raise faults[0]

    async def _release(self, queue: deque[Delivery], faults: list[BaseException]) -> None:
        if queue:
            given_back = list(queue)
            queue.clear()
            if self._left is not None:
                self._left += len(given_back)
            try:
                await self._outbox.release(given_back)
            except Exception as error:
                faults.append(error)

    async def _claim(self, name: str, free: int, faults: list[BaseException]) -> list[Delivery]:
        number = free if self._left is None else min(free, self._left)
        if number <= 0:
            return []
        # Reserved before the first wait, so that channels working side by side keep to the limit together.
        if self._left is not None:
            self._left -= number
        try:
            claimed = await self._outbox.claim([name], number, LEASE)
        except Exception as error:
            # What is in flight must be settled first; `_serve` raises it then.
            faults.append(error)
            return []
        if self._left is not None:
            self._left += number - len(claimed)
        return claimed

    async def _attempt(self, channel: Channel, delivery: Delivery) -> Outcome:
        """One attempt: what became of it."""
        began_at = self._now()
        try:
            result = await channel.send(delivery)
        except Exception as error:
            log.exception("delivery %s on channel %s failed inside podium", delivery.uid, channel.name)
            result = Result("retry", f"podium failed to send it: {type(error).__name__}: {one_line(str(error))}")
        self._said[delivery.id] = delivery
        return replace(next_outcome(delivery, result, self._now()), began_at=began_at)

    async def _settle(self, channel: str, outcome: Outcome, unwritten: set[int]) -> None:
        delivery = self._said.pop(outcome.delivery_id)
        disabled = await self._scribe.write(channel, delivery, outcome, unwritten)
        self._tell(channel, delivery, outcome, parked=channel in disabled)

    def _tell(self, channel: str, delivery: Delivery, outcome: Outcome, *, parked: bool) -> None:
        if outcome.state == "delivered":
            self._report.delivered += 1
            log.info("delivered %s on %s", delivery.uid, channel)
            return
        again = outcome.next_attempt_at
        if parked:
            self._report.parked += 1
            then = f"the channel is disabled and the delivery parked, until `podium channels enable {channel}`"
        elif outcome.state == "retry":
            self._report.retried += 1
            then = f"again at {again:%Y-%m-%d %H:%M:%S} UTC" if again else "again"
        else:
            self._report.dead += 1
            then = "given up"
        line = f"{channel}: {one_line(delivery.content.title)[:80]}: {outcome.error}; {then}"
        log.warning("%s", line)
        self._report.failures.append(line)
