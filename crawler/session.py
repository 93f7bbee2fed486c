"""One crawl of one office from its lock to its verdict: what the spider, the command and the daemon share.

A session owns the office's lock and the run; the writer, the announcer and the robots cache may be shared with other
sessions of the same process.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alerts.config import told_of
from alerts.raising import Announcer
from crawler.apart import ReadingProcess
from crawler.browser import demand_chromium
from crawler.config import Configuration
from crawler.intake import Closed, Intake
from crawler.office import Office
from crawler.options import CrawlOptions
from crawler.robots import RobotsCache
from storage import times
from storage.database import archive_path
from storage.locks import ProcessLock, office_lock
from storage.protocol import Archive
from storage.writer import Writer

log = logging.getLogger("podium.crawl")

SLICE_SECONDS = 600.0
"""A walk through the depth of the lists ends its run after so long, so that polls come through, and goes on next time."""


@dataclass(slots=True)
class Session:
    """A crawl about to run, running or done. `closed` is set at its end."""

    office: Office
    options: CrawlOptions
    configuration: Configuration
    writer: Writer
    intake: Intake
    robots: RobotsCache
    lock: ProcessLock
    owns_writer: bool = True
    slice_seconds: float = SLICE_SECONDS
    stopped: str = ""
    gave_up: bool = False
    """It stopped because the site gave no answers, or asked for patience."""
    pausing: bool = False
    """It stopped with more to do and nothing against going on at once."""
    fault: BaseException | None = None
    cool_until: datetime | None = None
    closed: Closed | None = None
    opened: bool = field(default=False)
    robots_requests: int = 0
    """How often robots.txt was asked for; no part of the run's requests."""
    apart: ReadingProcess | None = None
    """Reads the pages, when they come fast."""
    _tried_apart: bool = False

    @classmethod
    def begin(
        cls,
        office: Office,
        options: CrawlOptions,
        configuration: Configuration,
        *,
        writer: Writer | None = None,
        announcer: Announcer | None = None,
        robots: RobotsCache | None = None,
        path: Path | None = None,
    ) -> Session:
        """Take the office's lock and make everything ready; without a `writer` one is opened on the archive.

        Raises `ArchiveBusy` when the office is being crawled by another process, `ArchiveError` when the archive cannot
        be used, `NoBrowser` when the office is to be read through a browser and there is none. Give the lock back with
        `release()`.
        """
        if options.reach == "browser":
            demand_chromium(office.name)
        path = writer.path if writer else (path or archive_path())
        own = writer is None
        writer = writer or Writer(path)
        lock = office_lock(path, office.name)
        try:
            lock.acquire()
            if announcer is None:
                announcer = writer.run_sync(load_announcer, configuration)
        except BaseException:
            lock.release()
            if own:
                writer.close()
            raise
        intake = Intake(office, options, announcer, told_of(configuration.settings))
        return cls(office, options, configuration, writer, intake, robots or RobotsCache(), lock, owns_writer=own)

    def read_apart(self) -> None:
        """Read pages in a process of their own from now on, where there is a core for it; tried once."""
        if self._tried_apart:
            return
        self._tried_apart = True
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if cores < 2:
            return
        try:
            self.apart = ReadingProcess(self.office, self.intake.announcer.matcher)
        except OSError as problem:
            log.warning("no process to read pages in can be started (%s); they are read in this one", problem)

    def stop(self, reason: str, *, gave_up: bool = False, pausing: bool = False) -> None:
        """Ask for an early end; the first reason counts. `gave_up`: for want of answers; `pausing`: only to let others
        through."""
        if not self.stopped:
            self.stopped, self.gave_up, self.pausing = reason, gave_up, pausing

    def break_off(self, fault: BaseException) -> None:
        """The crawl cannot go on (disk full, archive locked, a fault of the program): end it and say so."""
        self.fault = self.fault or fault
        self.stop(str(fault))

    async def close(self, requests: int) -> Closed | None:
        """Judge and close the run; None when it was never opened or the archive refuses even that."""
        if self.apart is not None:
            self.apart.close()
        if not self.opened or self.closed is not None:
            return self.closed
        error = "" if self.fault is None else f"{self.fault}"
        try:
            self.closed = await self.writer.run(_close, self, requests, error)
        except Exception as fault:
            self.fault = self.fault or fault
            log.error("%s", fault)
        return self.closed

    def release(self) -> None:
        """Give back the lock, and the writer if it is this session's own; no process is left behind."""
        if self.apart is not None:
            self.apart.close()
            self.apart.join()
            self.apart = None
        self.lock.release()
        if self.owns_writer:
            self.writer.close()


def load_announcer(archive: Archive, configuration: Configuration) -> Announcer:
    """The announcer of a configuration; in the writer thread."""
    return Announcer.load(archive, configuration.topics, times.now())


def _close(archive: Archive, session: Session, requests: int, error: str) -> Closed:
    closed = session.intake.close(
        archive, requests=requests, stopped=session.stopped, gave_up=session.gave_up, error=error
    )
    name = session.office.name
    if session.cool_until is not None or archive.cool_until(name) is not None:
        archive.cool_down(name, session.cool_until)
    return closed
