"""`podium check`: can this office be read from here? A small crawl into an archive that is thrown away.

One listing and one old release, or the first listing of every list and a few releases; by the same code as every crawl, at
the same slow pace. An office that nobody has verified on the live site is watched only after its check has passed on the
operator's own network.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.config import Configuration
from crawler.health import Verdict
from crawler.office import Office
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from storage.model import FailedPage, Release
from storage.protocol import Archive
from storage.writer import Writer

RELEASES = 3
"""So many releases are read where every list is checked: enough to see every selector at work."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a check found of one field: `value` as it was read ('' = nothing), `missing` whether it should have been there."""

    name: str
    value: str
    missing: bool


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
    found: list[Field] = field(default_factory=list)

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
    *,
    every_list: bool = False,
) -> Checked:
    """Crawl an office a little, into a temporary archive: one listing and the last release on it, or the first listing of
    `every_list` and the first few releases. `running` is handed the crawl, for who may want to stop it."""
    quiet = replace(configuration, topics={})
    small = replace(options, listings=1, walk="", since=None, recheck=None, releases=RELEASES)
    office = find_office(name)
    if not every_list:
        sections, languages = options.sections or office.sections, options.languages or office.languages
        small = replace(small, sections=sections[:1], languages=languages[:1], releases=1, oldest_first=True)
    with tempfile.TemporaryDirectory(prefix="podium-check-") as folder:
        writer = Writer(Path(folder) / "check.db")
        try:
            crawls = Crawls(writer, quiet, await writer.run(load_announcer, quiet), dict(overrides))
            running(crawls)
            session, closed = await crawls.crawl(name, small)
            if closed is None:
                return Checked(name, "missing", f"the crawl broke off: {session.fault or session.stopped}", False)
            verdict = closed.verdict
            if verdict.name == "quiet" and not every_list:  # one old release says nothing of what is new
                verdict = Verdict("ok", f"{closed.counts.rows_seen} rows, an old release read")

            def seen(archive: Archive) -> tuple[list[Release], list[FailedPage]]:
                return list(archive.releases(office=name)), archive.failed_pages(closed.run_id)

            releases, failed = await writer.run(seen)
            healthy = verdict.healthy and session.fault is None and not session.stopped
            rows = closed.counts.rows_seen
            found = _fields(office, rows, releases[0] if releases else None)
            return Checked(name, verdict.name, verdict.reason, healthy, rows, releases, failed, found)
        finally:
            writer.close()


def _fields(office: Office, rows: int, release: Release | None) -> list[Field]:
    """What was found of each field of a listing and of one release."""
    least, most = office.expect.rows
    found = [Field("rows", f"{rows} ({least} to {most} are expected)", rows < least)]
    if release is None:
        return [*found, *(Field(name, "", True) for name in ("title", "date", "text"))]
    shortest = office.expect.body_characters
    dated = bool(office.date) or any("<date>" in address.pattern for address in office.releases) or bool(office.row_date)
    return [
        *found,
        Field("title", release.title, not release.title),
        Field("date", str(release.published_on or ""), dated and release.published_on is None),
        Field("time", f"{release.published_at:%H:%M} UTC" if release.published_at else "", bool(office.time)
              and release.published_at is None),
        Field("text", f"{len(release.body)} characters (at least {shortest} are expected)", release.thin),
        Field("language", release.text_language, False),
        Field("story", release.story_key, False),
    ]  # fmt: skip


def is_known_to_work(archive: Archive, name: str) -> bool:
    """Whether the office needs no check: verified by its authors, checked here before, or read here before."""
    return bool(
        find_office(name).verified
        or archive.job_succeeded_at(job_name(name)) is not None
        or any(run.healthy and run.counts.rows_seen for run in archive.runs(name, 50))
    )
