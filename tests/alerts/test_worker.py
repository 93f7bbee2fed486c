"""The delivery worker: what it takes, when it tries again, and that nobody waits for somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels import Channel
from alerts.result import DELIVERED, DeliveryReport, Result
from alerts.worker import BACK_OFF, JITTER, LEASE, deliver, drain, next_outcome
from storage.outgoing import Delivery, Outcome

pytestmark = pytest.mark.anyio
START = datetime(2024, 3, 19, 10, 5, tzinfo=UTC)
MakeDelivery = Callable[..., Delivery]


class Clock:
    """A clock that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class MemoryOutbox:
    """An outbox in memory, for the pure timing of the worker."""

    def __init__(self, clock: Clock, *deliveries: Delivery) -> None:
        self.clock = clock
        self.waiting = {delivery.id: (clock.now(), delivery) for delivery in deliveries}
        self.leased: dict[int, Delivery] = {}
        self.settled: list[Outcome] = []
        self.claims: list[tuple[tuple[str, ...], int]] = []

    async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
        assert lease == LEASE
        self.claims.append((tuple(channels), limit))
        due = [
            delivery
            for at, delivery in self.waiting.values()
            if delivery.channel in channels and at <= self.clock.now()
        ][:limit]
        for delivery in due:
            del self.waiting[delivery.id]
            self.leased[delivery.id] = delivery
        await asyncio.sleep(0)
        return due

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        await asyncio.sleep(0)
        for outcome in outcomes:
            self.settled.append(outcome)
            was = self.leased.pop(outcome.delivery_id)
            if outcome.next_attempt_at is not None:
                again = replace(was, attempt=was.attempt + 1, failures=was.failures + 1)
                self.waiting[was.id] = (outcome.next_attempt_at, again)
        return ()

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            del self.leased[delivery.id]
            self.waiting[delivery.id] = (self.clock.now(), delivery)

    async def due_at(self, channels: Sequence[str]) -> datetime | None:
        return min((at for at, delivery in self.waiting.values() if delivery.channel in channels), default=None)

    async def counts(self) -> Mapping[str, Mapping[str, int]]:
        counts: dict[str, dict[str, int]] = {}
        for _, delivery in self.waiting.values():
            states = counts.setdefault(delivery.channel, {"delivered": 5})
            states["pending"] = states.get("pending", 0) + 1
        return counts

    @property
    def states(self) -> list[str]:
        return [outcome.state for outcome in self.settled]


class FakeChannel:
    """A channel that does as told and counts how many deliveries it has at a time."""

    def __init__(self, name: str, act: Callable[[Delivery], Awaitable[Result]], in_flight: int = 4) -> None:
        self.name = name
        self.in_flight = in_flight
        self.sent: list[Delivery] = []
        self.busy = self.most_busy = 0
        self._act = act

    async def send(self, delivery: Delivery) -> Result:
        self.sent.append(delivery)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            return await self._act(delivery)
        finally:
            self.busy -= 1


async def fine(delivery: Delivery) -> Result:
    await asyncio.sleep(0)
    return DELIVERED


async def failing(delivery: Delivery) -> Result:
    return Result("retry", "the host answered 500")


def channels_of(*channels: FakeChannel) -> dict[str, Channel]:
    return {channel.name: channel for channel in channels}


async def test_everything_due_is_sent_once_and_settled(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock, *(make_delivery(n) for n in range(25)))
    channel = FakeChannel("desk", fine)
    report = await deliver(outbox, channels_of(channel), now=clock.now)
    assert sorted(delivery.id for delivery in channel.sent) == list(range(25))
    assert outbox.states == ["delivered"] * 25
    assert (report.delivered, report.retried, report.dead, report.failures) == (25, 0, 0, [])
    assert channel.most_busy == 4


async def test_a_channel_is_given_no_more_at_a_time_than_it_takes(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    channel = FakeChannel("desk", fine, in_flight=1)
    outbox = MemoryOutbox(clock, *(make_delivery(n) for n in range(5)))
    await deliver(outbox, channels_of(channel), now=clock.now)
    assert channel.most_busy == 1 and len(channel.sent) == 5
    assert all(limit == 1 for _, limit in outbox.claims)


async def test_an_outbox_with_nothing_due_is_not_claimed_from(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock)
    assert (await deliver(outbox, channels_of(FakeChannel("desk", fine)), now=clock.now)).attempts == 0
    assert outbox.claims == []


async def test_a_channel_that_hangs_delays_no_other_and_results_are_settled_at_once(
    make_delivery: MakeDelivery,
) -> None:
    released, clock = asyncio.Event(), Clock()

    async def hang(delivery: Delivery) -> Result:
        await released.wait()
        return DELIVERED

    slow, quick = FakeChannel("slow", hang), FakeChannel("quick", fine)
    outbox = MemoryOutbox(
        clock,
        *(make_delivery(n, channel="slow") for n in range(10)),
        *(make_delivery(n, channel="quick") for n in range(10, 30)),
    )
    working = asyncio.ensure_future(deliver(outbox, channels_of(slow, quick), now=clock.now))
    async with asyncio.timeout(5):
        while len(outbox.settled) < 20:
            await asyncio.sleep(0)
    assert {outcome.delivery_id for outcome in outbox.settled} == set(range(10, 30))
    assert slow.busy == 4 and not working.done()
    released.set()
    assert (await working).delivered == 30


async def test_one_slow_delivery_does_not_hold_up_the_others_of_its_channel(make_delivery: MakeDelivery) -> None:
    released, clock = asyncio.Event(), Clock()

    async def first_hangs(delivery: Delivery) -> Result:
        if delivery.id == 0:
            await released.wait()
        return DELIVERED

    outbox = MemoryOutbox(clock, *(make_delivery(n) for n in range(12)))
    working = asyncio.ensure_future(deliver(outbox, channels_of(FakeChannel("desk", first_hangs)), now=clock.now))
    async with asyncio.timeout(5):
        while len(outbox.settled) < 11:
            await asyncio.sleep(0)
    released.set()
    assert (await working).delivered == 12


async def test_a_failure_is_tried_again_ten_times_over_three_days_and_then_given_up(
    make_delivery: MakeDelivery,
) -> None:
    clock, waits = Clock(), []
    outbox = MemoryOutbox(clock, make_delivery())
    channel = FakeChannel("desk", failing)
    report = DeliveryReport()
    while (due := await outbox.due_at(["desk"])) is not None:
        waits.append(due - clock.at)
        clock.at = due
        report.add(await deliver(outbox, channels_of(channel), now=clock.now))
    assert outbox.states == ["retry"] * 10 + ["dead"]
    assert [delivery.attempt for delivery in channel.sent] == list(range(1, 12))
    assert len({delivery.uid for delivery in channel.sent}) == 1
    assert outbox.settled[-1].error == "given up after 11 failed attempts: the host answered 500"
    for wait, plain in zip(waits[1:], BACK_OFF, strict=True):
        assert plain * (1 - JITTER) <= wait <= plain * (1 + JITTER)
    assert timedelta(days=2.7) < clock.at - START < timedelta(days=3.6)
    assert (report.retried, report.dead) == (10, 1)


def test_a_retry_is_never_earlier_than_the_receiver_asked(make_delivery: MakeDelivery) -> None:
    def plain(low: float, high: float) -> float:
        return 1.0

    for asked, wait in ((timedelta(hours=1), timedelta(hours=1)), (timedelta(), BACK_OFF[0])):
        outcome = next_outcome(make_delivery(), Result("retry", "busy", asked), START, plain)
        assert outcome.next_attempt_at == START + wait


def test_what_is_dead_is_not_tried_again(make_delivery: MakeDelivery) -> None:
    outcome = next_outcome(make_delivery(), Result("dead", "gone"), START)
    assert (outcome.state, outcome.error, outcome.next_attempt_at) == ("dead", "gone", None)


async def test_a_poison_message_stops_no_other_and_is_told(
    make_delivery: MakeDelivery, caplog: pytest.LogCaptureFixture
) -> None:
    async def poisoned(delivery: Delivery) -> Result:
        if delivery.id == 2:
            raise KeyError("mangled")
        return DELIVERED

    clock = Clock()
    outbox = MemoryOutbox(clock, *(make_delivery(n) for n in range(6)))
    report = await deliver(outbox, channels_of(FakeChannel("desk", poisoned)), now=clock.now)
    assert (report.delivered, report.retried) == (5, 1)
    assert "podium failed to send it: KeyError: 'mangled'" in report.failures[0]
    assert any(record.exc_info for record in caplog.records)


async def test_the_limit_holds_over_all_channels(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock, *(make_delivery(n, channel="ab"[n % 2]) for n in range(20)))
    channels = channels_of(FakeChannel("a", fine), FakeChannel("b", fine))
    assert (await deliver(outbox, channels, now=clock.now, limit=7)).attempts == 7
    assert len(outbox.waiting) == 13 and outbox.leased == {}


async def test_deliveries_of_a_channel_that_is_gone_stay_and_are_reported(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock, make_delivery(1), make_delivery(2, channel="old"), make_delivery(3, channel="old"))
    report = await deliver(outbox, channels_of(FakeChannel("desk", fine)), now=clock.now)
    assert report.stranded == {"old": 2} and set(outbox.waiting) == {2, 3}
    assert report.lines() == [
        "delivered 1, to be tried again 0, given up 0",
        "channel old is not in schedules.yaml any more: 2 deliveries waiting for it",
    ]


async def test_a_failure_is_one_line_of_the_report(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock, make_delivery(title="A title\r\nof two lines"))
    report = await deliver(outbox, channels_of(FakeChannel("desk", failing)), now=clock.now)
    [line] = report.failures
    assert line.startswith("desk: A title of two lines: the host answered 500; again at 2024-03-19 10:05:0")


async def test_a_cancelled_worker_lets_what_is_in_flight_finish_and_takes_no_more(make_delivery: MakeDelivery) -> None:
    started, released, clock = asyncio.Event(), asyncio.Event(), Clock()

    async def slow(delivery: Delivery) -> Result:
        started.set()
        await released.wait()
        return DELIVERED

    outbox = MemoryOutbox(clock, *(make_delivery(n) for n in range(10)))
    channel = FakeChannel("desk", slow)
    working = asyncio.ensure_future(deliver(outbox, channels_of(channel), now=clock.now))
    await started.wait()
    while channel.busy < 4:
        await asyncio.sleep(0)
    working.cancel()
    await asyncio.sleep(0)
    assert not working.done()
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert outbox.states == ["delivered"] * 4
    assert outbox.leased == {} and len(outbox.waiting) == 6


async def test_an_outbox_that_fails_is_an_error_after_the_other_channels_are_done(make_delivery: MakeDelivery) -> None:
    class Broken(MemoryOutbox):
        async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
            if outcomes[0].delivery_id == 1:
                raise OSError("disk full")
            return await super().settle(outcomes)

    clock = Clock()
    outbox = Broken(clock, make_delivery(1, channel="a"), *(make_delivery(n, channel="b") for n in range(2, 9)))
    with pytest.raises(OSError, match="disk full"):
        await deliver(outbox, channels_of(FakeChannel("a", fine), FakeChannel("b", fine)), now=clock.now)
    assert outbox.states == ["delivered"] * 7


async def test_draining_waits_out_a_short_retry(make_delivery: MakeDelivery) -> None:
    async def second_time(delivery: Delivery) -> Result:
        return DELIVERED if delivery.attempt == 2 else Result("retry", "busy")

    clock = Clock()
    outbox = MemoryOutbox(clock, make_delivery())
    report = await drain(outbox, channels_of(FakeChannel("desk", second_time)), now=clock.now, sleep=clock.sleep)
    assert (report.delivered, report.retried) == (1, 1)
    assert timedelta(seconds=4) < clock.at - START < timedelta(seconds=6)


async def test_draining_ends_in_time_and_leaves_the_rest_in_the_outbox(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    outbox = MemoryOutbox(clock, make_delivery())
    channels = channels_of(FakeChannel("desk", failing))
    # The waits are 5 s and 60 s, each a tenth more or less: the third try is never due within 50 s.
    report = await drain(outbox, channels, seconds=50, now=clock.now, sleep=clock.sleep)
    assert report.retried == 2 and clock.at - START < timedelta(seconds=50)
    assert len(outbox.waiting) == 1


async def test_draining_without_channels_reports_what_waits(make_delivery: MakeDelivery) -> None:
    clock = Clock()
    report = await drain(MemoryOutbox(clock, make_delivery()), {}, now=clock.now, sleep=clock.sleep)
    assert report.stranded == {"desk": 1}


async def test_draining_what_somebody_else_is_taking_does_not_spin(make_delivery: MakeDelivery) -> None:
    class Contested(MemoryOutbox):
        async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
            await super().claim([], limit, lease)
            return []

    clock = Clock()
    outbox = Contested(clock, make_delivery())
    report = await drain(outbox, channels_of(FakeChannel("desk", fine)), seconds=10, now=clock.now, sleep=clock.sleep)
    assert report.attempts == 0 and len(outbox.claims) < 60
