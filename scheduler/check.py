"""`podium check`: can this office be read from here? A small crawl into an archive that is thrown away.

The first listing of every list, and a few releases; by the same code as every crawl, at the same slow pace. An office that
nobody has verified on the live site is watched only after its check has passed on the operator's own network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.config import Configuration
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from storage.model import FailedPage, Release
from storage.protocol import Archive
from storage.writer import Writer

RELEASES = 3
"""So many releases are read: enough to see every selector at work."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check saw. It has passed when the site could be read and at least one release came out of it."""

    office: str
    verdict: str
    reason: str
    healthy: bool
    rows: int = 0
    releases: list[Release] = field(default_factory=list)
    failed: list[FailedPage] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.healthy and bool(self.releases)


def job_name(office: str) -> str:
    """The name under which the archive remembers that a check has passed."""
    return f"check {office}"


async def check_office(
    name: str,
    configuration: Configuration,
    options: CrawlOptions,
    overrides: dict[str, str],
    running: Callable[[Crawls], None] = lambda crawls: None,
) -> Checked:
    """Crawl an office a little, into a temporary archive. `running` is handed the crawl, for who may want to stop it."""
    quiet = replace(configuration, topics={})
    small = replace(options, listings=1, walk="", since=None, recheck=None, releases=RELEASES)
    with tempfile.TemporaryDirectory(prefix="podium-check-") as folder:
        writer = Writer(Path(folder) / "check.db")
        try:
            crawls = Crawls(writer, quiet, await writer.run(load_announcer, quiet), dict(overrides))
            running(crawls)
            session, closed = await crawls.crawl(name, small)
            if closed is None:
                return Checked(name, "missing", f"the crawl broke off: {session.fault or session.stopped}", False)
            verdict = closed.verdict

            def seen(archive: Archive) -> tuple[list[Release], list[FailedPage]]:
                return list(archive.releases(office=name)), archive.failed_pages(closed.run_id)

            releases, failed = await writer.run(seen)
            healthy = verdict.healthy and session.fault is None and not session.stopped
            return Checked(name, verdict.name, verdict.reason, healthy, closed.counts.rows_seen, releases, failed)
        finally:
            writer.close()


def is_known_to_work(archive: Archive, name: str) -> bool:
    """Whether the office needs no check: verified by its authors, checked here before, or read here before."""
    return bool(
        find_office(name).verified
        or archive.job_succeeded_at(job_name(name)) is not None
        or any(run.healthy and run.counts.rows_seen for run in archive.runs(name, 50))
    )
