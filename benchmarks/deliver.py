"""`deliver`: deliveries a second with eight workers to a local receiver, over bare httpx posting the same bodies.

Both have eight posts under way at a time. A delivery is everything: claimed in the archive, its content frozen on the disk,
rendered, signed, posted by a guarded connection, its outcome synced to the disk. The receiver is a process of its own that
answers 204 as fast as it can.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import uvloop

from alerts.channels import open_channels
from alerts.config import Settings, WebhookChannelSpec
from alerts.messages import payload_bytes
from alerts.outbox import ArchiveOutbox
from alerts.worker import deliver
from alerts.yamlfile import Secret
from benchmarks.common import Figure
from storage import open_archive, times
from storage.writer import Writer
from tests.faults.outboxes import fill, states
from tests.faults.receivers import SECRET

DELIVERIES, WORKERS, ROUNDS = 2_000, 8, 3


class _Receiver(asyncio.Protocol):
    """Answers every whole request with 204; reads no more of HTTP than the length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.waiting = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self.waiting) < end + 4 + length:
                return
            self.waiting = self.waiting[end + 4 + length :]
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def _receiver() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.deliver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/hook"
    finally:
        process.communicate()


async def _bare(url: str, bodies: list[bytes]) -> float:
    waiting = iter(bodies)

    async def work(client: httpx.AsyncClient) -> None:
        for body in waiting:
            answer = await client.post(url, content=body, headers={"content-type": "application/json"})
            assert answer.status_code == 204

    async with httpx.AsyncClient(trust_env=False) as client:
        began = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(WORKERS)))
        return len(bodies) / (time.perf_counter() - began)


async def _podium(path: Path, settings: Settings, number: int) -> float:
    writer = Writer(path)
    try:
        async with open_channels(settings) as channels:
            for channel in channels.values():
                channel.in_flight = WORKERS  # type: ignore[misc]
            began = time.perf_counter()
            await deliver(ArchiveOutbox(writer, settings), channels)
            rate = number / (time.perf_counter() - began)
    finally:
        writer.close()
    archive = open_archive(path)
    assert states(archive) == {"delivered": number}
    archive.close()
    return rate


def run() -> list[Figure]:
    """Alternate both `ROUNDS` times against one receiver and compare the medians."""
    ours, bare = [], []
    with _receiver() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        spec = WebhookChannelSpec(webhook=url, secret=Secret("file:secret", base=folder), allow_private=True)
        settings = Settings(channels={"hook": spec})
        for number in range(ROUNDS):
            path = folder / f"{number}.db"
            fill(path, DELIVERIES, ["hook"], times.now())
            archive = open_archive(path)
            bodies = [payload_bytes(archive.alert_content(alert)) for alert in range(1, DELIVERIES + 1)]
            archive.close()
            bare.append(uvloop.run(_bare(url, bodies)))
            ours.append(uvloop.run(_podium(path, settings, DELIVERIES)))
    fetched, rate = statistics.median(bare), statistics.median(ours)
    note = f"podium {rate:.0f}, bare httpx {fetched:.0f} a second, {WORKERS} workers"
    return [Figure("deliver: signed and durable over bare httpx", rate / fetched, 0.7, True, note)]


if __name__ == "__main__":
    uvloop.run(_serve())
