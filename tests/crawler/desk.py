"""Crawls of one office in this process, one after another, by a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from crawler.config import load_configuration
from crawler.intake import Closed
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from storage import Archive, times
from storage.outbox import AlertLine
from storage.outgoing import Incident
from storage.releases import StoredRelease
from storage.writer import Writer
from tests.replica.client import Replica

EVENTS = "topics:\n  nato: {query: NATO OR НАТО OR ՆԱՏՕ OR OTAN, on: [published, edited, withdrawn], tell: [desk]}\n"
SETTINGS = (
    "operator: operator@example.org\nsmtp: {host: 127.0.0.1, port: 9, security: none, sender: p@example.org}\n"
    "channels: {desk: {email: analyst@example.org}}\noffices: {president_am: {every: 10m}}\n"
)
OVERRIDES = {"DOWNLOAD_DELAY": "0", "AUTOTHROTTLE_ENABLED": "False", "LOG_ENABLED": "False", "RETRY_TIMES": "0"}


@dataclass
class Desk:
    """An archive and the office that is read into it. `ahead` is how far its clock is before the machine's."""

    writer: Writer
    folder: Path
    office: Replica
    name: str = "president_am"
    ahead: timedelta = field(default_factory=timedelta)
    scope: dict[str, str] = field(default_factory=lambda: {"sections": "press-release", "languages": "hy,en"})

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**span)

    def crawl(self, *, every: timedelta | None = None, **arguments: str) -> Closed:
        """One crawl; `every` lets only those releases be asked for again that are due."""
        configuration = load_configuration(self.folder)
        given = {"base_url": self.office.url, **self.scope, **arguments}
        options = replace(CrawlOptions.parse(find_office(self.name), given), recheck_every=every)
        present = times.now
        with mock.patch.object(times, "now", lambda: present() + self.ahead):
            crawls = Crawls(
                self.writer, configuration, self.writer.run_sync(load_announcer, configuration), dict(OVERRIDES)
            )
            _, closed = asyncio.run(crawls.crawl(self.name, options))
        assert closed is not None
        return closed

    def recheck(self, **arguments: Any) -> Closed:
        """One crawl that asks again for every known release."""
        return self.crawl(recheck="9999d", **arguments)

    @property
    def now(self) -> datetime:
        return times.now() + self.ahead

    def look(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """What a verb of the archive says."""
        return self.writer.run_sync(lambda archive: getattr(archive, function)(*arguments, **named))

    def release(self, url: str) -> StoredRelease:
        stored: StoredRelease | None = self.look("release_at", url)
        assert stored is not None
        return stored

    def alerts(self, *causes: str) -> list[AlertLine]:
        """The alerts that are said, of these causes (all but `published` by default), oldest first."""
        lines: list[AlertLine] = self.look("alerts", silent=False, limit=1_000)
        wanted = causes or ("edited", "withdrawn", "restored")
        return [line for line in reversed(lines) if line.cause in wanted]

    def incidents(self) -> list[Incident]:
        found: list[Incident] = self.look("incidents", open_only=True)
        return found

    def sql(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        def ask(archive: Archive) -> list[tuple[object, ...]]:
            return [tuple(row) for row in archive.store.all(statement, parameters)]  # type: ignore[attr-defined]

        return self.writer.run_sync(ask)


@contextmanager
def desk_for(folder: Path, office: Replica, topics: str = EVENTS) -> Iterator[Desk]:
    (folder / "schedules.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "topics.yaml").write_text(topics, encoding="utf-8")
    writer = Writer(folder / "podium.db")
    try:
        yield Desk(writer, folder, office)
    finally:
        writer.close()
