"""robots.txt, kept for a day across crawls and processes.

RFC 9309: a copy may be used for 24 hours (§2.4); 4xx means that everything may be asked for (§2.3.1.3); when the server
fails or cannot be reached nothing may be (§2.3.1.4), unless an older copy says what it allowed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler

from storage import times
from storage.protocol import Archive
from storage.runs import Robots

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.session import Session

log = logging.getLogger("podium.crawl")

KEPT_FOR = timedelta(hours=24)
LONGEST_CRAWL_DELAY = 120.0
"""Seconds; a Crawl-delay beyond this is meant to keep robots out that follow every link, not one that polls a list."""
SIZE_LIMIT = 512 * 1024
"""Bytes that are parsed of a robots.txt; RFC 9309 §2.5 asks for at least 500 kibibytes."""


@dataclass(slots=True)
class RobotsCache:
    """Parsed robots.txt of this process, by origin (`scheme://host[:port]`)."""

    parsed: dict[str, tuple[Robots, RobotParser]] = field(default_factory=dict)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's robots.txt middleware with copies that outlive the crawl, and with RFC 9309's answer to failures."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session: Session = crawler.spider.session  # type: ignore[union-attr]
        self._polite = crawler.settings.getfloat("DOWNLOAD_DELAY") > 0
        self._unread: dict[str, str] = {}
        """Origins whose robots.txt could not be read in this crawl, with the sentence that says so."""

    async def robot_parser(self, request: Request) -> RobotParser | None:
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        cache, writer = self._session.robots.parsed, self._session.writer
        now = times.now()
        if origin in self._unread:
            raise IgnoreRequest(self._unread[origin])
        if origin in cache and now - cache[origin][0].fetched_at < KEPT_FOR:
            return cache[origin][1]
        kept = await writer.run(lambda archive: archive.robots(origin))
        if kept is None or now - kept.fetched_at >= KEPT_FOR:
            fetched = await self._fetch(origin)
            if fetched is not None:
                kept = fetched
                await writer.run(_keep, origin, fetched)
            elif kept is not None:
                log.warning("%s/robots.txt cannot be read; the copy of %s counts", origin, kept.fetched_at)
            else:
                self._unread[origin] = f"{origin}/robots.txt cannot be read, so nothing may be asked for"
                self._session.stop(self._unread[origin], gave_up=True)
                raise IgnoreRequest(self._unread[origin])
        body = kept.body if kept.status == 200 else ""
        parser = build_from_crawler(self._parserimpl, self.crawler, body.encode())
        cache[origin] = (kept, parser)
        return parser

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Refuse what robots.txt forbids, and keep the distance that its Crawl-delay asks for."""
        super().process_request_2(rp, request)
        if rp is None or not self._polite:
            return
        assert self.crawler.engine is not None
        downloader = self.crawler.engine.downloader
        wanted = rp.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if wanted is not None and slot is not None:  # AutoThrottle may have come back under it since
            slot.delay = max(slot.delay, min(wanted, LONGEST_CRAWL_DELAY))

    async def _fetch(self, origin: str) -> Robots | None:
        """Ask for robots.txt; None when the server fails or is not reached."""
        request = Request(
            f"{origin}/robots.txt",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True, "dont_retry": True},
            callback=NO_CALLBACK,
        )
        self._session.robots_requests += 1
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as fault:
            log.warning("%s/robots.txt: %s", origin, fault or type(fault).__name__)
            return None
        if response.status >= 500 or response.status == 429:
            log.warning("%s/robots.txt: HTTP %d", origin, response.status)
            return None
        text = response.body[:SIZE_LIMIT].decode("utf-8", "replace") if response.status == 200 else ""
        return Robots(times.now(), response.status, text)


def _keep(archive: Archive, origin: str, robots: Robots) -> None:
    archive.keep_robots(origin, robots)
