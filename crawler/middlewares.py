"""Downloader middlewares: staying on the office's hosts, and giving a site time when it asks for it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from storage import times

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spider import OfficeSpider

log = logging.getLogger("podium.crawl")

LONGEST_WAIT = 120.0
"""Seconds; a Retry-After beyond this ends the run, and the daemon leaves the office alone until then."""


def _spider(crawler: Crawler) -> OfficeSpider:
    spider = crawler.spider
    assert spider is not None
    return spider  # type: ignore[return-value]


class OfficeRedirectMiddleware(RedirectMiddleware):
    """Follows redirects within the office's hosts only; any other comes back to the spider unfollowed."""

    def handle_referer(self, request: Request, response: Response) -> None:
        """No Referer is sent at all."""
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """The referer middleware is off by choice; Scrapy's own method would warn of that."""

    def process_response(
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        location = response.headers.get("Location")
        if location is None or response.status not in (301, 302, 303, 307, 308):
            return response
        target = urljoin(request.url, location.decode("latin-1"))
        mirrored = _spider(self.crawler).mirror(target)
        if mirrored is None:
            return response
        if mirrored != target:
            response.headers["Location"] = mirrored
        redirected = super().process_response(request, response)
        if isinstance(redirected, Request):  # a condition was for the first address's text
            for name in ("If-None-Match", "If-Modified-Since"):
                redirected.headers.pop(name, None)
        return redirected


class PatientRetryMiddleware(RetryMiddleware):
    """Retries with growing pauses, and honours Retry-After (RFC 9110 §10.2.3).

    While a request waits here nothing else goes out: one request at a time is the site's limit.
    """

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response, spider: Spider | None = None
    ) -> Request | Response:
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            return response
        wait = retry_after(response.headers.get("Retry-After"), times.now())
        if wait is not None and wait > LONGEST_WAIT:
            session = _spider(self.crawler).session
            session.cool_until = times.now() + timedelta(seconds=wait)
            session.stop(
                f"HTTP {response.status} asks for patience until {session.cool_until:%Y-%m-%d %H:%M} UTC", gave_up=True
            )
            return response
        retry = super().process_response(request, response)
        if isinstance(retry, Request):
            await self._pause(retry, wait)
        return retry

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception, spider: Spider | None = None
    ) -> Request | Response | None:
        retry = super().process_exception(request, exception)
        if isinstance(retry, Request):
            await self._pause(retry, None)
        return retry

    async def _pause(self, retry: Request, wait: float | None) -> None:
        """The pause asked for, else the crawl's delay doubled with every try (none where the delay is 0)."""
        if wait is None:
            wait = self.crawler.settings.getfloat("DOWNLOAD_DELAY") * 2 ** retry.meta.get("retry_times", 1)
        wait = min(wait, LONGEST_WAIT)
        if wait > 0:
            log.info("waiting %.0f s before %s is asked for again", wait, urlsplit(retry.url).path)
            await asyncio.sleep(wait)


def retry_after(header: bytes | None, now: datetime) -> float | None:
    """Seconds to wait, from a Retry-After header in seconds or as a date; None without one that can be read."""
    if header is None:
        return None
    text = header.decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - now).total_seconds())
