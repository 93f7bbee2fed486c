"""What the scenarios share: a folder with receivers, another process that holds the archive, one pass over the outbox."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alerts.channels import open_channels
from alerts.outbox import ArchiveOutbox
from alerts.worker import deliver
from crawler.config import load_configuration
from storage import times
from storage.writer import Writer
from tests.faults.deployment import Clock, configure, impatient_channels
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


async def deliver_once(folder: Path, *channels: str, clock: Clock | None = None, patient: bool = False) -> None:
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
