"""What became of a delivery is written down, whatever keeps the archive from taking it for a while.

The archive is locked by a real second process, as by a person with an open transaction in another program.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import alerts.scribe
from alerts.channels import Channel
from alerts.config import Settings
from alerts.outbox import ArchiveOutbox
from alerts.result import DELIVERED, Result
from alerts.worker import LEASE, PATIENCE, deliver
from storage import ArchiveError, open_archive, times
from storage.outgoing import Delivery, Outcome
from storage.writer import Writer
from tests.alerts.test_worker import Clock, FakeChannel, MemoryOutbox, failing
from tests.faults.outboxes import fill, states

pytestmark = pytest.mark.anyio
LOCKER = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None); "
    "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read(); c.execute('ROLLBACK')"
)


@contextlib.contextmanager
def locker(path: Path) -> Iterator[None]:
    """Another process that holds the write lock."""
    command = [sys.executable, "-c", LOCKER, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline().strip() == "locked"
        yield
    finally:
        process.communicate()


class Lock:
    """A channel's end that has the archive locked when it takes the first delivery, until told to let go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sent: list[str] = []
        self._stack = contextlib.ExitStack()
        self._locked = asyncio.Event()

    async def send(self, delivery: Delivery) -> Result:
        self.sent.append(delivery.uid)
        if len(self.sent) == 1:
            await asyncio.to_thread(self._stack.enter_context, locker(self.path))
            self._locked.set()
        await self._locked.wait()
        return DELIVERED

    def free(self) -> None:
        self._stack.close()


@asynccontextmanager
async def filled(path: Path, number: int) -> AsyncIterator[tuple[ArchiveOutbox, Lock, dict[str, Channel]]]:
    fill(path, number, ["hook"], times.now())
    writer, lock = Writer(path), Lock(path)
    try:
        yield ArchiveOutbox(writer, Settings()), lock, {"hook": FakeChannel("hook", lock.send)}
    finally:
        lock.free()
        writer.close()


def told(log: pytest.LogCaptureFixture, words: str) -> list[str]:
    return [record.getMessage() for record in log.records if words in record.getMessage()]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def test_an_outcome_is_kept_while_another_program_holds_the_archive(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "podium.db"
    async with filled(path, 3) as (outbox, lock, channels):
        working = asyncio.ensure_future(deliver(outbox, channels))
        with caplog.at_level(logging.INFO):
            await until(lambda: len(told(caplog, "cannot be written down yet")) == 3)
        loud = [each for each in caplog.records if each.levelno >= logging.WARNING]
        assert len(loud) == 1 and not working.done(), "the three wait for the same, which is said once"
        lock.free()
        report = await working
        assert report.delivered == 3
    assert len(lock.sent) == len(set(lock.sent)) == 3
    archive = open_archive(path)
    assert states(archive) == {"delivered": 3}
    assert archive.next_due_at(["hook"]) is None, "nothing comes back when the leases end"
    archive.close()


async def test_nothing_more_is_taken_on_a_channel_whose_outcome_is_not_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "podium.db"
    async with filled(path, 40) as (outbox, lock, channels):
        working = asyncio.ensure_future(deliver(outbox, channels))
        await until(lambda: told(caplog, "cannot be written down yet"))
        await asyncio.sleep(0.3)
        said = len(lock.sent)
        assert said <= 16, "no more than were taken at once"
        lock.free()
        assert (await working).delivered == 40
    assert len(lock.sent) == len(set(lock.sent)) == 40


async def test_a_worker_that_is_told_to_stop_tries_for_a_bounded_time_and_says_what_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts.scribe, "AT_END", timedelta(seconds=1))
    path = tmp_path / "podium.db"
    async with filled(path, 1) as (outbox, lock, channels):
        working = asyncio.ensure_future(deliver(outbox, channels, patience=None))
        await until(lambda: told(caplog, "cannot be written down yet"))
        began = time.monotonic()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert 0.9 < time.monotonic() - began < 5
        [left] = told(caplog, "was not written down")
        assert lock.sent[0] in left and "may be said again under the same id" in left
        await outbox._writer.run(lambda archive: None)  # its last try is over
        lock.free()
        # And so it is: a promise kept at least once, under one id.
        later = ArchiveOutbox(outbox._writer, Settings(), now=lambda: times.now() + LEASE)
        report = await deliver(later, channels, now=lambda: times.now() + LEASE)
    assert report.delivered == 1 and len(lock.sent) == 2 and len(set(lock.sent)) == 1


async def test_a_stop_still_writes_down_what_the_archive_takes_within_the_bound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "podium.db"
    async with filled(path, 1) as (outbox, lock, channels):
        working = asyncio.ensure_future(deliver(outbox, channels, patience=None))
        await until(lambda: told(caplog, "cannot be written down yet"))
        working.cancel()
        await asyncio.sleep(0.1)
        lock.free()
        with pytest.raises(asyncio.CancelledError):
            await working
    archive = open_archive(path)
    assert states(archive) == {"delivered": 1} and not told(caplog, "was not written down")
    archive.close()


class Stubborn(MemoryOutbox):
    """An outbox whose archive refuses the first `refusals` outcomes."""

    def __init__(self, clock: Clock, *deliveries: Delivery, refusals: int) -> None:
        super().__init__(clock, *deliveries)
        self.refusals, self.tries = refusals, 0

    async def settle(self, outcomes: Sequence[Outcome]) -> Sequence[str]:
        self.tries += 1
        if self.tries <= self.refusals:
            raise ArchiveError("the disk is full")
        return await super().settle(outcomes)


async def test_the_waits_grow_and_end_before_the_lease_does(
    make_delivery: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(0) < LEASE - PATIENCE < timedelta(minutes=1)
    monkeypatch.setattr(alerts.scribe, "WRITE_AGAIN", (0.01, 0.04))
    clock = Clock()
    outbox = Stubborn(clock, make_delivery(), refusals=10**6)
    channels: dict[str, Channel] = {"desk": FakeChannel("desk", failing)}
    with pytest.raises(ArchiveError, match="disk is full"):
        await deliver(outbox, channels, now=clock.now, patience=timedelta(seconds=0.5))
    # 0.01 + 0.02 + 0.04 + 0.04 … = 0.5: about 14 tries; without a longest wait it would be 7, without waits hundreds.
    assert 8 <= outbox.tries <= 16


async def test_a_full_disk_that_has_room_again_costs_nothing(make_delivery: Callable[..., Delivery]) -> None:
    async def fine(delivery: Delivery) -> Result:
        return DELIVERED

    clock = Clock()
    outbox = Stubborn(clock, make_delivery(1), make_delivery(2), refusals=3)
    report = await deliver(outbox, {"desk": FakeChannel("desk", fine)}, now=clock.now)
    assert report.delivered == 2 and outbox.states == ["delivered"] * 2


async def test_what_was_taken_ahead_long_ago_is_given_back_instead_of_sent(
    make_delivery: Callable[..., Delivery],
) -> None:
    """This machine slept, say: others may soon hold it."""
    clock, since = Clock(), dict[int, datetime]()

    class Dated(MemoryOutbox):
        async def claim(self, channels: Sequence[str], limit: int, lease: timedelta) -> list[Delivery]:
            claimed = await super().claim(channels, limit, lease)
            since.update({delivery.id: clock.at for delivery in claimed})
            return claimed

    async def slow(delivery: Delivery) -> Result:
        assert clock.at - since[delivery.id] <= LEASE * 0.7, "half a lease, and who was sent beside it"
        clock.at += LEASE / 5
        return DELIVERED

    outbox = Dated(clock, *(make_delivery(n) for n in range(16)))
    channel = FakeChannel("desk", slow, in_flight=2)
    report = await deliver(outbox, {"desk": channel}, now=clock.now)
    assert report.delivered == len({each.id for each in channel.sent}) == 16 and report.retried == 0
