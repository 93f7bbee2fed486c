"""SIGKILL at random moments and at every named step of crawl and delivery, again and again on one archive.

Each child is forked from a warmed process and does what a user's process does: crawl the office, deliver what is due. Between two
children a release is published and the clock goes on by more than a lease. At the end the receivers behave, what waits is
delivered, and everything that reached them is compared with what was published.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvloop

from alerts.outbox import ArchiveOutbox
from alerts.reconcile import compare
from alerts.worker import LEASE, deliver
from benchmarks.common import POLITENESS_OFF
from crawler.config import Configuration, load_configuration
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from storage import open_archive, times
from storage.archive import SqliteArchive
from storage.writer import Writer
from tests.faults.deployment import Clock, configure, impatient_channels, silence
from tests.faults.receivers import Running, running
from tests.replica.client import Replica

STEPS = (
    "open_lists", "open_run", "store_listing", "record", "store_matches", "raise_alerts", "close_run",
    "claim_deliveries", "send", "settle_deliveries",
)  # fmt: skip
PHASES = ("before", "commit", "after")
ZONE = ZoneInfo("Asia/Yerevan")


@dataclass(slots=True)
class Counts:
    """What came of it. `lost`, `two_ids`, `two_bodies`, `unverified` and `integrity` must be 0 (or "ok")."""

    kills: int = 0
    by_step: Counter[str] = field(default_factory=Counter)
    published: int = 0
    attempts: int = 0
    by_mode: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    lost: int = 0
    two_ids: int = 0
    two_bodies: int = 0
    unverified: int = 0
    dead: int = 0
    missing: int = 0
    integrity: str = ""

    def add(self, other: Counts) -> None:
        """Take in what came of another archive."""
        for each in fields(self):
            if each.name == "integrity":
                self.integrity = "; ".join(dict.fromkeys(filter(None, (self.integrity, other.integrity))))
            elif isinstance(getattr(self, each.name), Counter):
                getattr(self, each.name).update(getattr(other, each.name))
            else:
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def fine(self) -> bool:
        wrong = self.lost + self.two_ids + self.two_bodies + self.unverified + self.missing
        return wrong == 0 and self.integrity == "ok"

    def lines(self) -> list[str]:
        steps = ", ".join(f"{name} {number}" for name, number in sorted(self.by_step.items()))
        modes = ", ".join(f"{name} {number}" for name, number in sorted(self.by_mode.items()))
        return [
            f"SIGKILLs {self.kills} ({steps})",
            f"receivers: {self.attempts} messages arrived ({modes}), {self.repeats} of them repeats under a known id",
            f"published {self.published}; alerts lost {self.lost}, with two ids {self.two_ids}, ids with two bodies "
            f"{self.two_bodies}, webhooks that do not verify {self.unverified}, given up with a word {self.dead}, "
            f"differences of reconcile {self.missing}, integrity {self.integrity}",
        ]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(step: str, phase: str, count: int) -> Callable[[Any], Any]:
    """Have this process die at the `count`-th time that `step` is reached, before it, at the next commit, or after it."""
    left = [count]
    armed = [False]

    def due() -> bool:
        left[0] -= 1
        return left[0] == 0

    def at_commit(sql: str) -> None:
        if armed[0] and sql == "COMMIT":
            _die()

    if step != "send":
        plain = getattr(SqliteArchive, step)

        def verb(self: SqliteArchive, *args: Any, **more: Any) -> Any:
            now = due()
            if now and phase == "before":
                _die()
            if now and phase == "commit":
                armed[0] = True
                self.store._conn.set_trace_callback(at_commit)
            result = plain(self, *args, **more)
            if now and phase == "after":
                _die()
            return result

        setattr(SqliteArchive, step, verb)

    def channel(plain: Any) -> Any:
        send = plain.send

        async def sent(delivery: Any) -> Any:
            now = step == "send" and due()
            if now and phase == "before":
                _die()
            result = await send(delivery)
            if now:
                _die()
            return result

        plain.send = sent
        return plain

    return channel


async def _work(folder: Path, configuration: Configuration, url: str, arm: Callable[[Any], Any]) -> None:
    writer = Writer(folder / "podium.db")
    announcer = await writer.run(load_announcer, configuration)
    crawls = Crawls(writer, configuration, announcer, {**POLITENESS_OFF, "LOG_ENABLED": "False"})
    options = CrawlOptions(sections=("press-release",), languages=("en",), base_url=url)
    await crawls.crawl("president_am", options)
    async with impatient_channels(configuration.settings) as channels:
        outbox = ArchiveOutbox(writer, configuration.settings, now=times.now)
        await deliver(outbox, {name: arm(channel) for name, channel in channels.items()}, now=times.now)
    writer.close()


def _child(
    folder: Path, configuration: Configuration, url: str, begun: int, arm: Callable[[], Callable[[Any], Any]]
) -> None:
    plain = SqliteArchive.open_run

    def open_run(self: SqliteArchive, office: str, now: datetime) -> int:
        number = plain(self, office, now)
        os.write(begun, b"!")  # the first write is done
        return number

    SqliteArchive.open_run = open_run  # type: ignore[method-assign]
    uvloop.run(_work(folder, configuration, url, arm()))


def _fork(work: Callable[[int], None]) -> tuple[int, int]:
    """Fork a child that does `work(descriptor)`; its process id and the reading end of what it writes there."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            work(writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return pid, reading


def run(kills: int, seed: int = 1, seconds: float = 420.0) -> Counts:
    """Kill children until `kills` have died, or `seconds` are over; then settle and count."""
    chance, counts, clock = random.Random(seed), Counts(), Clock()
    clock.install()
    silence()
    try:
        with tempfile.TemporaryDirectory() as name, Replica.start(stories=60, no_log=True) as office:
            folder = Path(name)
            with running(folder / "received.jsonl", seed) as receivers:
                configure(folder, receivers)
                _trials(folder, office, receivers, clock, chance, counts, kills, seconds)
    finally:
        clock.remove()
    return counts


def _trials(
    folder: Path, office: Replica, receivers: Running, clock: Clock, chance: random.Random, counts: Counts, kills: int,
    seconds: float,
) -> None:  # fmt: skip
    configuration, url = load_configuration(folder), office.url.rstrip("/")

    def whole() -> None:
        uvloop.run(_work(folder, configuration, url, lambda channel: channel))

    whole()  # the baseline, and what warms this process
    made = office.publish(topic="nato", languages=["en"], section="press-release", date=clock.now().date().isoformat())
    published = [truth["url"] for truth in made]
    began = time.monotonic()
    whole()
    # Random kills come at any moment of a child's work, however fast this machine is just now.
    span = max(0.2, 1.2 * (time.monotonic() - began))
    steps = [(step, phase) for step in STEPS for phase in PHASES if (step, phase) != ("send", "commit")]
    end = time.monotonic() + seconds
    while counts.kills < kills and time.monotonic() < end:
        clock.ahead += LEASE + timedelta(minutes=1)
        day = clock.now().astimezone(ZONE).date()
        made = office.publish(topic="nato", languages=["en"], section="press-release", date=day.isoformat())
        published += [truth["url"] for truth in made]
        if len(published) % 5 == 0:
            archive = open_archive(folder / "podium.db")
            for state in archive.channel_states():
                if state.disabled_at is not None:
                    archive.enable_channel(state.name, clock.now())
            archive.close()
        named = counts.kills % 2 == 0
        step, phase = steps[counts.kills // 2 % len(steps)]
        count = (
            chance.choice((1, 1, 2, 3)) if step in ("record", "claim_deliveries", "send", "settle_deliveries") else 1
        )
        wait = chance.uniform(0, span)

        def arm() -> Callable[[Any], Any]:
            return _arm(step, phase, count) if named else lambda channel: channel  # noqa: B023

        pid, begun = _fork(lambda writing: _child(folder, configuration, url, writing, arm))
        if not named:
            if select.select([begun], [], [], 10)[0]:
                os.read(begun, 1)
            first = time.monotonic()
            select.select([begun], [], [], wait)  # readable again when the child has ended by itself
            if time.monotonic() - first < wait:
                span = (span + 1.2 * (time.monotonic() - first)) / 2  # this machine has become faster
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(begun)
        if os.WIFSIGNALED(status):
            counts.kills += 1
            counts.by_step[f"{step}/{phase}" if named else "random"] += 1
        elif named:  # the step was not reached (nothing new to do): the next one then
            chance.shuffle(steps)
    _settle(folder, receivers, clock, configuration, whole)
    _count(folder, receivers, clock, counts, published)


def _settle(
    folder: Path, receivers: Running, clock: Clock, configuration: Configuration, whole: Callable[[], None]
) -> None:
    """The receivers behave; time goes on until nothing waits."""
    receivers.mode("fine")
    for _ in range(60):
        clock.ahead += timedelta(hours=3)
        archive = open_archive(folder / "podium.db")
        for state in archive.channel_states():
            if state.disabled_at is not None:
                archive.enable_channel(state.name, clock.now())
        archive.close()
        whole()
        archive = open_archive(folder / "podium.db")
        states: Counter[str] = Counter()
        for channel in archive.delivery_counts().values():
            states.update(channel)
        archive.close()
        if set(states) <= {"delivered", "dead", "suppressed"}:
            return


def _count(folder: Path, receivers: Running, clock: Clock, counts: Counts, published: list[str]) -> None:
    received = receivers.received()
    path = folder / "podium.db"
    archive = open_archive(path)
    counts.dead = sum(states.get("dead", 0) for states in archive.delivery_counts().values())
    counts.missing = len(compare(archive, lambda name: find_office(name).zone, clock.now()).differences)
    archive.close()
    counts.published, counts.attempts = len(published), len(received)
    ids: dict[tuple[str, str], set[str]] = {}
    bodies: dict[str, set[str]] = {}
    taken: set[tuple[str, str]] = set()
    for entry in received:
        counts.by_mode[entry["mode"]] += 1
        counts.repeats += entry["id"] in bodies
        counts.unverified += not entry["verified"]
        bodies.setdefault(entry["id"], set()).add(entry["body"])
        for uid, url in entry["about"]:
            if "/item/" in url:
                ids.setdefault((entry["channel"], url), set()).add(uid)
                if entry["taken"]:
                    taken.add((entry["channel"], url))
    wanted = {(channel, url) for url in published for channel in ("hook", "desk", "dig")}
    counts.lost = len(wanted - taken)
    counts.two_ids = sum(len(found) > 1 for found in ids.values())
    counts.two_bodies = sum(len(found) > 1 for found in bodies.values())
    connection = sqlite3.connect(path)
    counts.integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if connection.execute("PRAGMA foreign_key_check").fetchall():
        counts.integrity = "foreign keys broken"
    connection.close()
