"""`scrapy crawl NAME`: one crawl by hand or from cron, delivered and accounted for before it ends.

Exit code 0: the site could be read (`ok`, `quiet`). 1: it could not, or the crawl broke off. 2: a mistake of the user's,
said in one sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys

from scrapy.commands.crawl import Command as ScrapyCrawl

from alerts.channels import check_channels, open_channels
from alerts.heartbeat import beat
from alerts.outbox import ArchiveOutbox
from alerts.result import DeliveryReport
from alerts.worker import drain
from alerts.yamlfile import ConfigError
from crawler.config import Configuration, load_configuration
from crawler.offices import UnknownOffice, find_office
from crawler.options import CrawlOptions, UsageProblem
from crawler.report import print_summary
from crawler.session import Session
from storage import times
from storage.errors import ArchiveError


class Command(ScrapyCrawl):
    """Scrapy's `crawl`, within a session."""

    def syntax(self) -> str:
        return "[options] <office>"

    def short_desc(self) -> str:
        return "Crawl one press office: read what is new, archive it, deliver alerts"

    def long_desc(self) -> str:
        return (
            "Crawl one press office: read what is new, archive it, deliver alerts. Arguments: -a languages=hy,en "
            "-a sections=press-release -a listings=5 (or all) -a sweep=20 -a since=2024-01-01 -a recheck=30d "
            "-a reach=browser -a base_url=http://127.0.0.1:8000. The archive is $PODIUM_DB, the YAML files are in $PODIUM_CONFIG."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if len(args) != 1:
            self._refuse("name one office to crawl, for example: scrapy crawl president_am")
            return
        if opts.loglevel is None:
            logging.getLogger("scrapy").setLevel(logging.WARNING)
        # What fails is said in a sentence by the spider; Scrapy would add its traceback, pymorphy3 what it loads.
        logging.getLogger("scrapy.core.scraper").setLevel(logging.CRITICAL)
        logging.getLogger("pymorphy3").setLevel(logging.WARNING)
        try:
            office = find_office(args[0])
            configuration = load_configuration()
            options = CrawlOptions.parse(office, opts.spargs, configuration.schedule(office.name))
            _check_secrets(configuration)
            session = Session.begin(office, options, configuration)
        except (UnknownOffice, UsageProblem, ConfigError, ArchiveError) as problem:
            self._refuse(str(problem))
            return
        # Topics and dictionaries stay as long as the process: looking through them for garbage again and again costs a
        # tenth of a long crawl.
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
        try:
            assert self.crawler_process is not None
            self.crawler_process.crawl(self._create_crawler(office.name), session=session)
            self.crawler_process.start()
            delivered = asyncio.run(_deliver(session)) if session.closed else None
        except ConfigError as problem:
            delivered = None
            self._refuse(f"nothing was delivered: {problem}")
        finally:
            session.release()
        if session.closed is not None:
            print_summary(session, delivered)
        if session.fault is not None:
            print(f"podium: the crawl broke off: {session.fault}", file=sys.stderr)
        healthy = session.closed is not None and session.closed.verdict.healthy and session.fault is None
        self.exitcode = self.exitcode or (0 if healthy else 1)

    def _refuse(self, sentence: str) -> None:
        print(f"podium: {sentence}", file=sys.stderr)
        self.exitcode = 2


def _check_secrets(configuration: Configuration) -> None:
    """A missing or malformed secret is said before the crawl, not after it."""
    loop = asyncio.new_event_loop()  # `asyncio.run` would take the thread's loop away from Scrapy
    try:
        loop.run_until_complete(check_channels(configuration.settings))
    finally:
        loop.close()


async def _deliver(session: Session) -> DeliveryReport:
    """Deliver what is due, notices of incidents too; give the sign of life after a run that could read its site."""
    await session.writer.run(lambda archive: archive.tell_notices(times.now()))
    heartbeat = session.configuration.settings.heartbeat
    well = session.closed is not None and session.closed.verdict.healthy
    if heartbeat is not None and well and (problem := await beat(heartbeat.value())):
        print(f"podium: the heartbeat address could not be called: {problem}", file=sys.stderr)
    async with open_channels(session.configuration.settings) as channels:
        return await drain(ArchiveOutbox(session.writer, session.configuration.settings), channels)
