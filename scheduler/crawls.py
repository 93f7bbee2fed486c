"""One crawl inside a running event loop, with what the crawls of a process share."""

from __future__ import annotations

import asyncio
import logging
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from alerts.raising import Announcer
from crawler.config import Configuration
from crawler.intake import Closed
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.robots import RobotsCache
from crawler.session import Session
from crawler.spider import OfficeSpider, spider_class
from storage.writer import Writer

log = logging.getLogger("podium.watch")


class SharedSettings(Settings):
    """Settings whose copies share their values: Scrapy copies them deeply for every crawl, which costs more than half a poll.

    Setting a value in a copy still touches that copy only; no component of podium changes a value in place.
    """

    def copy(self) -> Self:
        made = copy(self)
        made.attributes = {name: copy(attribute) for name, attribute in self.attributes.items()}
        return made


@dataclass(slots=True)
class Crawls:
    """Runs crawls one after another or side by side (never two of one office) on one writer.

    `overrides` are Scrapy settings that win over everything, as `-s` does on the command line.
    """

    writer: Writer
    configuration: Configuration
    announcer: Announcer
    overrides: dict[str, str] = field(default_factory=dict)
    robots: RobotsCache = field(default_factory=RobotsCache)
    running: dict[str, Session] = field(default_factory=dict)
    _runner: AsyncCrawlerRunner | None = None

    async def crawl(self, office: str, options: CrawlOptions) -> tuple[Session, Closed | None]:
        """Crawl one office; returns its session, and how it ended (None when it could not even begin).

        Raises `ArchiveBusy` when another process is crawling it.
        """
        if self._runner is None:
            settings = SharedSettings()
            settings.setmodule("crawler.settings")
            settings.setdict(self.overrides, priority="cmdline")
            logging.getLogger("scrapy").setLevel(logging.ERROR)
            self._runner = AsyncCrawlerRunner(settings)
        session = Session.begin(
            find_office(office),
            options,
            self.configuration,
            writer=self.writer,
            announcer=self.announcer,
            robots=self.robots,
        )
        self.running[office] = session
        try:
            await self._runner.crawl(_spider(office), session=session)
            return session, session.closed
        finally:
            self.running.pop(office, None)
            session.release()

    async def stop(self, reason: str) -> None:
        """End every running crawl after what is in flight; returns when all have closed their runs."""
        for session in self.running.values():
            session.stop(reason, pausing=True)
        # Not by the runner's own `stop`: one that meets a crawl before its engine runs leaves it waiting for ever. Such a
        # crawl sees the session's word at its start.
        engines = [crawler.engine for crawler in self._runner.crawlers if crawler.engine] if self._runner else []
        await asyncio.gather(*(engine.close_spider_async(reason="shutdown") for engine in engines if engine.running))
        if self._runner is not None:
            await self._runner.join()


@cache
def _spider(office: str) -> type[OfficeSpider]:
    return spider_class(find_office(office))
