"""What every part of a run's work on the archive shares: what it is about, what it saw, what went wrong."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.raising import Announcer
from crawler.facts import Facts
from crawler.office import Office
from crawler.options import CrawlOptions
from storage import times
from storage.model import Page
from storage.protocol import Archive

log = logging.getLogger("podium.crawl")

KEPT_FAILURES = 20
"""So many pages that were no releases are kept of one run: enough to see why, too few to fill a disk."""


@dataclass(slots=True)
class Notes:
    """A run and what it noted. Used from the writer thread only."""

    office: Office
    options: CrawlOptions
    announcer: Announcer
    tell: Sequence[str] = ()
    """The channels on which the operator hears of trouble."""
    clock: Callable[[], datetime] = field(default_factory=lambda: times.now)
    facts: Facts = field(default_factory=Facts)
    walled: bool = False
    run_id: int = 0
    progress: tuple[int, int] = (0, 0)
    """(releases done, releases asked for): read by the progress bar."""
    counts: Counter[str] = field(default_factory=Counter)
    kept_failures: int = 0

    def failed(
        self, archive: Archive, page: Page | None, sentence: str, second: Mapping[str, str] | None = None
    ) -> None:
        """Note that something went wrong; `page` is kept with the run, with a general reader's `second` reading of it."""
        self.counts["errors"] += 1
        self.facts.trouble(sentence)
        log.warning("%s", sentence)
        if page is not None and page.status != 404 and self.kept_failures < KEPT_FAILURES:
            self.kept_failures += 1
            archive.keep_failed_page(self.run_id, page, sentence, second)

    def answered(self, page: Page) -> None:
        """Note that the site answered."""
        self.facts.statuses[str(page.status)] += 1
        self.facts.received_bytes += len(page.body)
