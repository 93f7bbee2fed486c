"""`crawl`: pages a second of the whole path, over those of a bare spider that only fetches the same pages."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from benchmarks.common import POLITENESS_OFF, Figure, configure
from storage import open_archive
from tests.replica.client import Replica
from tests.replica.load import measure

P = ParamSpec("P")

ROUNDS = 3
STORIES = 6_000
"""Some 20,000 pages: an office's archive. Dictionaries are loaded once in a crawl, within what is measured (2 s of CPU):
the fewer the pages, the more that weighs."""


def run() -> list[Figure]:
    """Alternate both crawls `ROUNDS` times on one replica: the median of the rounds' ratios, because other work on the
    machine weighs on both crawls of a round alike."""
    with Replica.start(stories=STORIES, no_log=True) as office, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, office)
        paths = office.paths()
        addresses = folder / "addresses"
        addresses.write_text("\n".join(office.url.rstrip("/") + path for path in paths), encoding="utf-8")
        measure(office.url, paths, seconds=10.0)  # each page is made when it is first asked for
        alone = measure(office.url, paths, seconds=3.0)
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(_timed(_bare, addresses))
            ours.append(_timed(_podium, folder, office, number))
    ratios = [whole.rate / fetching.rate for whole, fetching in zip(ours, bare, strict=True)]
    fetched = statistics.median(fetching.rate for fetching in bare)
    note = (
        f"podium {statistics.median(whole.rate for whole in ours):.0f}, bare Scrapy {fetched:.0f}, the replica alone "
        f"{alone:.0f} pages/s; rounds {', '.join(f'{ratio:.2f}' for ratio in ratios)}"
    )
    if alone < 3 * fetched:
        note += "; VOID: the replica is too slow"
    cpu = [statistics.median(1000 * crawl.cpu / len(paths) for crawl in crawls) for crawls in (ours, bare)]
    return [
        Figure("crawl: whole path over bare fetching", statistics.median(ratios), 0.8, True, note),
        Figure("crawl: CPU a page, over bare fetching", cpu[0] / cpu[1], None, False,
               f"{cpu[0]:.1f} ms in two processes, bare {cpu[1]:.1f} ms; starting and ending within"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Crawl:
    """One crawl: pages a second while it ran, and the CPU seconds of its processes from start to end."""

    rate: float
    cpu: float


def _timed(crawl: Callable[P, float], *args: P.args, **kwargs: P.kwargs) -> _Crawl:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate = crawl(*args, **kwargs)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return _Crawl(rate, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def _bare(addresses: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare", str(addresses)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _podium(folder: Path, office: Replica, number: int) -> float:
    database = folder / f"{number}.db"
    settings = [part for name, value in POLITENESS_OFF.items() for part in ("-s", f"{name}={value}")]
    subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "president_am", "-a", f"base_url={office.url}", "-a", "listings=all",
         "-L", "WARNING", *settings],
        env=os.environ | {"PODIUM_DB": str(database), "PODIUM_CONFIG": str(folder)}, capture_output=True, check=True,
    )  # fmt: skip
    archive = open_archive(database)
    made = archive.runs(limit=1)[0]
    archive.close()
    for file in folder.glob(f"{number}.db*"):
        file.unlink()  # what is still to be written to the disk would weigh on the rounds to come
    assert made.verdict == "ok" and made.finished_at is not None, made.reason
    return made.counts.requests / (made.finished_at - made.started_at).total_seconds()
