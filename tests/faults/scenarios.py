"""Faults that need no kill: many workers, a jumping clock, a full disk, a locked archive, a mail server that is down.

Every scenario returns a `Shown`: a sentence with its figures, and whether they are as they must be.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import uvloop

from alerts.channels import open_channels
from alerts.config import EmailChannelSpec, Settings, Smtp
from alerts.outbox import ArchiveOutbox
from alerts.result import Result
from alerts.worker import BACK_OFF, LEASE, deliver
from alerts.yamlfile import Secret
from crawler.config import load_configuration
from storage import ArchiveError, open_archive, times
from storage.outgoing import Delivery, Outcome
from storage.writer import Writer
from tests.alerts.receivers import PASSWORD, USER, MailServer, mail_server
from tests.faults.deployment import Clock, configure, impatient_channels
from tests.faults.outboxes import fill, states
from tests.faults.receivers import Running, running

_OTHER = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None); {}; "
    "print('begun', flush=True); sys.stdin.read(); c.execute('ROLLBACK')"
)
READER = _OTHER.format("c.execute('BEGIN'); c.execute('SELECT count(*) FROM deliveries').fetchone()")
WRITER = _OTHER.format("c.execute('BEGIN IMMEDIATE')")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a scenario showed."""

    line: str
    fine: bool


@contextlib.contextmanager
def place() -> Iterator[tuple[Path, Running]]:
    """A folder with YAML files, and receivers that behave."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder / "received.jsonl") as receivers:
            receivers.mode("fine")
            configure(folder, receivers)
            yield folder, receivers


@contextlib.contextmanager
def other(program: str, path: Path) -> Iterator[None]:
    """Another process that holds the archive: as `READER` a snapshot of it, as `WRITER` the write lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "begun"
        yield
    finally:
        process.communicate()


async def _deliver(folder: Path, *channels: str, clock: Clock | None = None, patient: bool = False) -> None:
    """One pass over the outbox; `patient` with podium's own time limits, under which only a receiver that hangs times out."""
    configuration = load_configuration(folder)
    writer = Writer(folder / "podium.db")
    now = clock.now if clock else times.now
    open_them = open_channels if patient else impatient_channels
    try:
        async with open_them(configuration.settings) as opened:
            chosen = {name: channel for name, channel in opened.items() if not channels or name in channels}
            await deliver(ArchiveOutbox(writer, configuration.settings, now=now), chosen, now=now)
    finally:
        writer.close()


def workers(number: int = 10_000, processes: int = 4, hold_reader: float = 0.0) -> Shown:
    """Several processes on one outbox, with a reader that holds a snapshot of it meanwhile."""
    with place() as (folder, receivers):
        fill(folder / "podium.db", number, ["hook"], times.now())
        began = time.monotonic()
        with other(READER, folder / "podium.db"):
            children = []
            for _ in range(processes):
                pid = os.fork()
                if pid == 0:
                    code = 1
                    try:
                        uvloop.run(_deliver(folder, "hook", patient=True))
                        code = 0
                    finally:
                        os._exit(code)
                children.append(pid)
            codes = [os.waitpid(pid, 0)[1] for pid in children]
            seconds = time.monotonic() - began
            time.sleep(max(0.0, hold_reader - seconds))
            fill(folder / "podium.db", 1, ["hook"], times.now(), first=number)
            uvloop.run(_deliver(folder, "hook", patient=True))
            held = time.monotonic() - began
        ids = [entry["id"] for entry in receivers.received()]
        archive = open_archive(folder / "podium.db")
        left = states(archive)
        archive.close()
    fine = len(ids) == len(set(ids)) == number + 1 and left == {"delivered": number + 1} and not any(codes)
    return Shown(
        f"{processes} workers, {number} deliveries: {len(set(ids))} ids arrived in {len(ids)} posts, "
        f"{number / seconds:.0f} a second; a reader held a snapshot for {held:.0f} s meanwhile",
        fine,
    )


def clock_jumps(number: int = 20) -> Shown:
    """The clock three days ahead while a receiver fails, then put right; and back by a day in mid-lease."""
    clock = Clock()
    with place() as (folder, receivers):
        path = folder / "podium.db"
        fill(path, number, ["hook", "dig"], clock.now(), rhythms={"dig": "daily"})
        clock.ahead = timedelta(days=3)
        receivers.mode("wild")
        for _ in range(3):
            asyncio.run(_deliver(folder, clock=clock))  # retries and a digest are put off, three days too far
        clock.ahead = timedelta(days=-1)
        archive = open_archive(path)
        archive.claim_deliveries(["hook"], 3, LEASE, "a worker that dies", clock.now())
        archive.close()
        receivers.mode("fine")
        for hours in range(0, 48, 3):
            clock.ahead = timedelta(days=-1, hours=hours)
            archive = open_archive(path)
            for state in archive.channel_states():
                if state.disabled_at is not None:
                    archive.enable_channel(state.name, clock.now())
            archive.close()
            asyncio.run(_deliver(folder, clock=clock))
        archive = open_archive(path)
        left = states(archive)
        archive.close()
        received = receivers.received()
    taken = {(e["channel"], uid) for e in received if e["taken"] for uid, url in e["about"] if "/item/" in url}
    bodies: dict[str, set[str]] = {}
    for entry in received:
        bodies.setdefault(entry["id"], set()).add(entry["body"])
    two = sum(len(found) > 1 for found in bodies.values())
    fine = len(taken) == 2 * number and set(left) == {"delivered"} and two == 0
    return Shown(
        f"clock 3 days ahead, then 4 days back, in mid-lease: {len(taken)} of {2 * number} alerts arrived within two "
        f"days of the right time, ids with two bodies {two}",
        fine,
    )


def full_disk(number: int = 300) -> Shown:
    """The disk is full when outcomes are to be written. A process that ends meanwhile leaves them to their leases: the same
    ids come again, with the same bodies. One that goes on keeps them until there is room: nothing comes again."""
    repeats, fine, integrity = [], True, ""
    for ends in (True, False):
        with place() as (folder, receivers):
            path = folder / "podium.db"
            fill(path, number, ["hook"], times.now())
            archive = open_archive(path)
            # Frozen before: then it is the outcomes that find no room, after the receiver has taken the posts.
            owner = "a worker with a name so long that the next finds room for its own"
            claimed = archive.claim_deliveries(["hook"], number, LEASE, owner, times.now())
            archive.release_deliveries([delivery.id for delivery in claimed], owner, times.now())
            archive.close()
            refusals = asyncio.run(_deliver_on_a_full_disk(folder, ends=ends))
            clock = Clock()
            clock.ahead = LEASE * 2
            asyncio.run(_deliver(folder, "hook", clock=clock, patient=True))
            received = receivers.received()
            archive = open_archive(path)
            left = states(archive)
            archive.close()
            with sqlite3.connect(path) as connection:
                integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        ids = {entry["id"] for entry in received}
        repeats.append(len(received) - len(ids))
        once = len(ids) == len({(entry["id"], entry["body"]) for entry in received}) == number
        fine &= refusals > 0 and once and set(left) == {"delivered"} and integrity == "ok"
        fine &= repeats[-1] > 0 if ends else repeats[-1] == 0
    return Shown(
        f"disk full in the midst of {number} deliveries: all arrived, {repeats[0]} repeats under known ids and bodies when "
        f"the process ends before there is room, {repeats[1]} when there is room again; integrity {integrity}",
        bool(fine),
    )


async def _deliver_on_a_full_disk(folder: Path, *, ends: bool) -> int:
    """Deliver; the disk is full from the first post on, until the worker was refused and, with `ends`, has given up. Returns
    how many outcomes were refused."""
    configuration = load_configuration(folder)
    writer, refused = Writer(folder / "podium.db"), asyncio.Event()
    refusals, full = 0, False

    def limit(archive: Any, pages: int) -> None:
        archive.store.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to meet SQLITE_FULL

    try:
        async with open_channels(configuration.settings) as opened:
            outbox = ArchiveOutbox(writer, configuration.settings)
            hook, plain, settle = opened["hook"], opened["hook"].send, outbox.settle

            async def send(delivery: Delivery) -> Result:
                nonlocal full
                if not full:
                    full = True
                    await writer.run(limit, 1)  # never less than there are pages already
                return await plain(delivery)

            async def counted(outcomes: Sequence[Outcome]) -> Sequence[str]:
                nonlocal refusals
                try:
                    return await settle(outcomes)
                except ArchiveError as error:
                    refusals += "is full" in str(error)
                    refused.set()
                    raise

            hook.send, outbox.settle = send, counted  # type: ignore[method-assign]
            working = asyncio.ensure_future(deliver(outbox, {"hook": hook}))
            await asyncio.wait_for(refused.wait(), 30)
            if ends:
                with patch("alerts.scribe.AT_END", timedelta(seconds=1)):
                    working.cancel()
                    await asyncio.wait({working})
            else:
                await writer.run(limit, 2**30)
                await working
    finally:
        writer.close()
    return refusals


def locked(number: int = 30) -> Shown:
    """Another program holds the write lock for longer than podium waits: said in a sentence, and nothing is lost."""
    with place() as (folder, receivers):
        path = folder / "podium.db"
        fill(path, number, ["hook"], times.now())
        configuration = load_configuration(folder)

        async def work() -> str:
            writer = Writer(path)
            await writer.run(lambda archive: archive.store.execute("PRAGMA busy_timeout = 100"))  # type: ignore[attr-defined]
            try:
                async with open_channels(configuration.settings) as opened:
                    outbox = ArchiveOutbox(writer, configuration.settings)
                    said = ""
                    with other(WRITER, path):
                        try:
                            await deliver(outbox, {"hook": opened["hook"]})
                        except ArchiveError as error:
                            said = str(error)
                    await deliver(outbox, {"hook": opened["hook"]})
                    return said
            finally:
                writer.close()

        said = asyncio.run(work())
        ids = [entry["id"] for entry in receivers.received()]
    fine = "is locked" in said and len(ids) == len(set(ids)) == number
    return Shown(
        f"archive locked by a writer beyond the wait: said, then {len(set(ids))} of {number} arrived once", fine
    )


def locked_outcomes(number: int = 30, seconds: float = 4.0) -> Shown:
    """Another program takes the write lock once receivers have taken posts, and keeps it: what became of them is written down
    when it lets go, and nothing is said twice, not even after the leases."""
    with place() as (folder, receivers):
        path = folder / "podium.db"
        fill(path, number, ["hook"], times.now())
        configuration = load_configuration(folder)

        async def work() -> None:
            writer, held = Writer(path), contextlib.ExitStack()
            taking: asyncio.Future[None] | None = None
            try:
                async with open_channels(configuration.settings) as opened:
                    outbox = ArchiveOutbox(writer, configuration.settings)
                    hook, plain = opened["hook"], opened["hook"].send

                    async def send(delivery: Delivery) -> Result:
                        nonlocal taking
                        if taking is None:
                            taking = asyncio.ensure_future(asyncio.to_thread(held.enter_context, other(WRITER, path)))
                            taking.add_done_callback(
                                lambda _: asyncio.get_running_loop().call_later(seconds, held.close)
                            )
                        await asyncio.shield(taking)
                        return await plain(delivery)

                    hook.send = send  # type: ignore[method-assign]
                    await deliver(outbox, {"hook": hook})
            finally:
                held.close()
                writer.close()

        began = time.monotonic()
        asyncio.run(work())
        lasted = time.monotonic() - began
        clock = Clock()
        clock.ahead = LEASE * 2
        asyncio.run(_deliver(folder, "hook", clock=clock, patient=True))
        ids = [entry["id"] for entry in receivers.received()]
        archive = open_archive(path)
        left = states(archive)
        archive.close()
    fine = lasted >= seconds and len(ids) == len(set(ids)) == number and left == {"delivered": number}
    return Shown(
        f"archive locked by a writer for {seconds:.0f} s while outcomes wait: {len(set(ids))} of {number} arrived in "
        f"{len(ids)} posts, none again after the leases",
        fine,
    )


def smtp_down(days: float = 3.0) -> Shown:
    """The mail server is down for three simulated days, then up: every mail comes, once, and says that it is late."""
    clock = Clock()
    number = 5

    async def work(folder: Path) -> tuple[MailServer, int, bool]:
        path = folder / "podium.db"
        fill(path, number, ["desk"], clock.now())
        async with mail_server() as server:
            port = server.port
        settings = Settings(
            smtp=Smtp(host="127.0.0.1", port=port, security="none", sender="podium@example.org"),
            channels={"desk": EmailChannelSpec(email="desk@example.org")},
        )
        writer, tries = Writer(path), 0
        async with open_channels(settings) as channels:
            outbox = ArchiveOutbox(writer, settings, now=clock.now)
            until = clock.now() + timedelta(days=days)
            while (due := await outbox.due_at(["desk"])) is not None and due < until:
                clock.ahead += max(due - clock.now(), timedelta()) + timedelta(milliseconds=5)
                tries += (await deliver(outbox, channels, now=clock.now)).attempts
            clock.ahead += max(until - clock.now(), timedelta())
            disabled = any(state.disabled_at for state in await writer.run(lambda archive: archive.channel_states()))
            async with mail_server(port=port) as server:
                if disabled:
                    await writer.run(lambda archive: archive.enable_channel("desk", clock.now()))
                for _ in range(30):
                    clock.ahead += timedelta(hours=1)
                    await deliver(outbox, channels, now=clock.now)
        writer.close()
        return server, tries, disabled

    with tempfile.TemporaryDirectory() as name:
        server, tries, disabled = asyncio.run(work(Path(name)))
    mails = [
        message_from_bytes(e.content, policy=policy.default) for e in server.envelopes if isinstance(e.content, bytes)
    ]
    texts = [part.get_content() for mail in mails if (part := mail.get_body(("plain",))) is not None]
    late = sum("Late: noticed" in text for text in texts)
    fine = len(mails) == len({mail["Message-ID"] for mail in mails}) == number == late and tries <= 5 * len(BACK_OFF)
    return Shown(
        f"SMTP down for {days:g} simulated days: {tries} attempts meanwhile, {len(mails)} of {number} mails came, each once, "
        f"{late} say that they are late; the channel was {'parked and enabled again' if disabled else 'never disabled'}",
        fine,
    )


def changed_password() -> Shown:
    """The password changes at the server, then in podium's secret file: no restart, nothing lost."""
    clock = Clock()

    async def work(folder: Path) -> tuple[int, str, int]:
        path, secret = folder / "podium.db", folder / "password"
        secret.write_text("the old one", encoding="utf-8")
        fill(path, 4, ["desk"], clock.now())
        async with mail_server(login=True) as server:
            settings = Settings(
                smtp=Smtp(
                    host="127.0.0.1", port=server.port, security="none", sender="podium@example.org", user=USER,
                    password=Secret("file:password", base=folder),
                ),
                channels={"desk": EmailChannelSpec(email="desk@example.org")},
            )  # fmt: skip
            writer = Writer(path)
            async with open_channels(settings) as channels:
                outbox = ArchiveOutbox(writer, settings, now=clock.now)
                for _ in range(4):
                    await deliver(outbox, channels, now=clock.now)
                    clock.ahead += timedelta(minutes=10)
                why = (await writer.run(lambda archive: archive.channel_states()))[0].reason
                before = len(server.envelopes)
                secret.write_text(PASSWORD, encoding="utf-8")
                for _ in range(8):
                    clock.ahead += timedelta(hours=1)
                    await deliver(outbox, channels, now=clock.now)
            writer.close()
        return before, why, len(server.envelopes)

    with tempfile.TemporaryDirectory() as name:
        before, why, after = asyncio.run(work(Path(name)))
    fine = before == 0 and "refused the login" in why and after == 4
    return Shown(f"changed SMTP password: 0 of 4 mails before, {after} of 4 after the file was changed", fine)


ALL = (clock_jumps, full_disk, locked, locked_outcomes, smtp_down, changed_password)
