"""`poll` and `memory`: what "nothing new" costs inside the daemon. `python -m benchmarks.poll` prints JSON."""

from __future__ import annotations

import gc
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil
import uvloop

from benchmarks.common import POLITENESS_OFF, Figure, configure
from crawler.config import load_configuration
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from storage.writer import Writer
from tests.replica.client import Replica

POLLS = 2_000
EARLY = 50


def run() -> list[Figure]:
    """Measure in a fresh process, which nothing else has warmed or filled."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.poll"], capture_output=True, text=True, check=True)
    m = json.loads(done.stdout.splitlines()[-1])
    note = f"{1000 * m['one']:.2f} ms, a conditional GET by a kept httpx client {1000 * m['get']:.2f} ms of CPU"
    return [
        Figure("poll: one list, over one conditional GET", m["one"] / m["get"], 24, False, note),
        Figure("poll: each further list, over one conditional GET", m["further"] / m["get"], 4, False,
               f"{1000 * m['further']:.2f} ms"),
        Figure("poll: requests a list", m["requests"], 1, False, "from the replica's log, robots.txt apart"),
        Figure(f"memory: resident after {POLLS} polls over after {EARLY}", m["memory"], 1.05, False,
               f"{m['early']:.0f} → {m['late']:.0f} MB"),
    ]  # fmt: skip


async def _polls(crawls: Crawls, options: CrawlOptions, number: int) -> float:
    """CPU seconds (all threads) of one poll, as the median of ten parts."""
    parts = []
    for _ in range(10):
        began = time.process_time()
        for _ in range(number // 10):
            _, closed = await crawls.crawl("president_am", options)
            assert closed is not None and closed.verdict.healthy and closed.counts.rows_seen == 0
        parts.append((time.process_time() - began) / (number // 10))
    return statistics.median(parts)


async def _gets(url: str, number: int) -> float:
    async with httpx.AsyncClient() as client:
        etag = (await client.get(url)).headers["etag"]
        began = time.process_time()
        for _ in range(number):
            assert (await client.get(url, headers={"If-None-Match": etag})).status_code == 304
        return (time.process_time() - began) / number


async def _measure(office: Replica, writer: Writer, folder: Path) -> dict[str, float]:
    configuration = load_configuration(folder)
    announcer = await writer.run(load_announcer, configuration)
    crawls = Crawls(writer, configuration, announcer, {**POLITENESS_OFF, "LOG_ENABLED": "False"})
    base = office.url.rstrip("/")
    one = CrawlOptions(sections=("press-release",), languages=("en",), base_url=base)
    four = CrawlOptions(sections=("press-release",), base_url=base)
    await crawls.crawl("president_am", four)
    process = psutil.Process()
    for _ in range(EARLY):
        await crawls.crawl("president_am", one)
    gc.collect()
    early = process.memory_info().rss / 2**20
    office.clear_log()
    cpu_one = await _polls(crawls, one, 200)
    requests = len([entry for entry in office.log() if entry["path"] != "/robots.txt"]) / 200
    cpu_four = await _polls(crawls, four, 200)
    for _ in range(POLLS - EARLY - 400):
        await crawls.crawl("president_am", one)
    gc.collect()
    late = process.memory_info().rss / 2**20
    get = await _gets(f"{base}/en/press-release/", 1_000)
    return {
        "one": cpu_one, "further": (cpu_four - cpu_one) / 3, "get": get, "requests": requests,
        "memory": late / early, "early": early, "late": late,
    }  # fmt: skip


def main() -> None:
    logging.getLogger("podium").setLevel(logging.ERROR)
    with Replica.start(stories=60) as office, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, office)
        writer = Writer(folder / "podium.db")
        try:
            print(json.dumps(uvloop.run(_measure(office, writer, folder))))
        finally:
            writer.close()


if __name__ == "__main__":
    main()
