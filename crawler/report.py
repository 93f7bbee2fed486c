"""What a person sees of a crawl by hand: a progress bar in a terminal, and one table at the end."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from scrapy import signals
from scrapy.exceptions import NotConfigured

from alerts.result import DeliveryReport

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.session import Session

VERDICT_STYLES = {"ok": "green", "quiet": "yellow"}
"""Every other verdict is red."""


class Reporter:
    """Scrapy extension: a progress bar while a crawl by hand runs in a terminal."""

    def __init__(self, crawler: Crawler) -> None:
        session: Session = crawler.spider.session  # type: ignore[union-attr]
        if not session.owns_writer or not sys.stderr.isatty():
            raise NotConfigured
        self._intake = session.intake
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("releases, {task.fields[listings]} listings"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(session.office.name, total=None, listings=0)
        logging.getLogger("podium").setLevel(logging.WARNING)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._moved, signals.response_received)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reporter:
        return cls(crawler)

    def _opened(self) -> None:
        self._progress.start()

    def _moved(self) -> None:
        done, total = self._intake.progress
        listings = len(self._intake.facts.listings)
        self._progress.update(self._task, completed=done, total=total or None, listings=listings)

    def _closed(self) -> None:
        self._progress.stop()


def print_summary(session: Session, delivered: DeliveryReport | None, console: Console | None = None) -> None:
    """One table: what was seen, read, raised and delivered, and the verdict with its reason."""
    closed = session.closed
    assert closed is not None
    console = console or Console()
    counts = closed.counts
    table = Table(title=f"{session.office.full_title} ({session.office.name})", title_justify="left")
    for heading in ("listings", "rows", "new", "edited", "unchanged", "unreadable", "alerts", "time"):
        table.add_column(heading, justify="right")
    table.add_row(
        str(counts.listings),
        str(counts.rows_seen),
        str(counts.releases_new),
        str(counts.releases_edited),
        str(counts.releases_unchanged),
        str(counts.unreadable),
        str(counts.alerts),
        f"{closed.seconds:.1f} s",
    )
    console.print(table)
    style = VERDICT_STYLES.get(closed.verdict.name, "red")
    console.print(f"[bold {style}]{closed.verdict.name}[/]: ", end="")
    console.print(closed.verdict.reason, markup=False, highlight=False)
    for line in _notes(session, delivered):
        console.print(line, markup=False, highlight=False)


def _notes(session: Session, delivered: DeliveryReport | None) -> list[str]:
    closed = session.closed
    assert closed is not None
    notes = []
    if session.stopped:
        notes.append(f"stopped early: {session.stopped}")
    if closed.held:
        notes.append(f"{closed.held} alerts are held until a run can read the site again")
    if delivered is not None and (delivered.attempts or delivered.stranded):
        notes += delivered.lines()
    return notes
