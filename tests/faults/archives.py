"""An outbox that many use at once, whose disk is full, or that another program holds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import uvloop

from alerts.channels import open_channels
from alerts.outbox import ArchiveOutbox
from alerts.result import Result
from alerts.worker import LEASE, deliver
from crawler.config import load_configuration
from storage import ArchiveError, open_archive, times
from storage.outgoing import Delivery, Outcome
from storage.writer import Writer
from tests.faults.deployment import Clock
from tests.faults.outboxes import fill, states
from tests.faults.places import READER, WRITER, Shown, deliver_once, other, place


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
                        uvloop.run(deliver_once(folder, "hook", patient=True))
                        code = 0
                    finally:
                        os._exit(code)
                children.append(pid)
            codes = [os.waitpid(pid, 0)[1] for pid in children]
            seconds = time.monotonic() - began
            time.sleep(max(0.0, hold_reader - seconds))
            fill(folder / "podium.db", 1, ["hook"], times.now(), first=number)
            uvloop.run(deliver_once(folder, "hook", patient=True))
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
            asyncio.run(deliver_once(folder, "hook", clock=clock, patient=True))
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
                    with contextlib.suppress(
                        ArchiveError
                    ):  # of a claim that met the lock, after all outcomes were written
                        await deliver(outbox, {"hook": hook})
                    await deliver(outbox, {"hook": hook})
            finally:
                held.close()
                writer.close()

        began = time.monotonic()
        asyncio.run(work())
        lasted = time.monotonic() - began
        clock = Clock()
        clock.ahead = LEASE * 2
        asyncio.run(deliver_once(folder, "hook", clock=clock, patient=True))
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
