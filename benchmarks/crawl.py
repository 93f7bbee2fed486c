"""`crawl`: pages a second of the whole path, over those of a bare spider that only fetches the same pages."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import POLITENESS_OFF, Figure, configure
from storage import open_archive
from tests.replica.client import Replica
from tests.replica.load import measure

ROUNDS = 3


def run() -> list[Figure]:
    """Alternate both crawls `ROUNDS` times on one replica and compare the medians."""
    with Replica.start(stories=1200, no_log=True) as office, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, office)
        paths = office.paths()
        addresses = folder / "addresses"
        addresses.write_text("\n".join(office.url.rstrip("/") + path for path in paths), encoding="utf-8")
        alone = measure(office.url, paths, seconds=3.0)
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(_bare(addresses))
            ours.append(_podium(folder, office, number))
    fetched = statistics.median(bare)
    note = f"podium {statistics.median(ours):.0f}, bare Scrapy {fetched:.0f}, the replica alone {alone:.0f} pages/s"
    if alone < 3 * fetched:
        note += "; VOID: the replica is too slow"
    return [Figure("crawl: whole path over bare fetching", statistics.median(ours) / fetched, 0.8, True, note)]


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
    assert made.verdict == "ok" and made.finished_at is not None, made.reason
    return made.counts.requests / (made.finished_at - made.started_at).total_seconds()
