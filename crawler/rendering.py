"""Downloader middleware for offices that are read through a browser: HTML goes through Chromium before it is read.

Only pages that were answered with 200 are worth it. Everything else (JSON, feeds, sitemaps, errors, walls that say so) is
read as it came.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import HtmlResponse, Response
from scrapy.http.headers import Headers
from scrapy.http.request import NO_CALLBACK

from crawler.browser import Answer, Chromium, Interrupted, NoBrowser, Part, RenderProblem
from crawler.walls import is_of_a_wall

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spider import OfficeSpider

log = logging.getLogger("podium.crawl")

PART = "podium_part"
"""Key of `Request.meta`: a request that a page made."""
KEPT_SCRIPTS = 16 * 1024 * 1024
"""Bytes of scripts that one crawl keeps, so that its pages share them."""
_OF_THE_SHELL = ("Content-Length", "Content-Encoding", "Content-Type", "ETag", "Last-Modified")
"""Headers that speak of the bytes that were sent, not of what scripts made of them."""


class BrowserMiddleware:
    """Puts what Chromium made of a page in the place of what the site sent."""

    def __init__(self, crawler: Crawler) -> None:
        spider: OfficeSpider = crawler.spider  # type: ignore[assignment]
        if spider.session.options.reach != "browser":
            raise NotConfigured
        self._crawler, self._spider = crawler, spider
        self._chromium = Chromium(spider.session.configuration.user_agent, crawler.settings.getint("DOWNLOAD_MAXSIZE"))
        self._turn = asyncio.Lock()
        self._scripts: dict[str, Answer] = {}
        self._kept = 0
        self._refused: set[str] = set()
        crawler.signals.connect(self._chromium.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BrowserMiddleware:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The page as its scripts leave it."""
        if PART in request.meta or request.callback is NO_CALLBACK:
            return response
        if response.status != 200 or not isinstance(response, HtmlResponse):
            return response
        page = Answer(response.status, _plain(response.headers), response.body)
        try:
            rendered = await self._chromium.render(response.url, page, self._fetch, self._is_stopped)
        except RenderProblem as problem:
            raise OSError(f"in the browser: {problem}") from None
        except NoBrowser as problem:
            self._spider.session.break_off(problem)
            raise IgnoreRequest(str(problem)) from None
        headers = Headers(response.headers)
        for name in _OF_THE_SHELL:
            headers.pop(name, None)
        headers["Content-Type"] = "text/html; charset=utf-8"
        headers["Podium-Reach"] = f"browser, Chromium {self._chromium.version}"
        return response.replace(body=rendered, headers=headers, encoding="utf-8")

    def _is_stopped(self) -> bool:
        engine = self._crawler.engine
        return bool(self._spider.session.stopped) or engine is None or not engine.running

    async def _fetch(self, part: Part) -> Answer | None:
        """Ask for a part as for everything: by robots.txt, on the office's hosts, one at a time and as slowly."""
        asked = self._spider.mirror(part.url)
        if asked is None or is_of_a_wall(part.url):
            self._refuse(part.url, "is on no host of the office" if asked is None else "is a bot manager's")
            return None
        if part.is_script and part.url in self._scripts:
            return self._scripts[part.url]
        request = Request(
            asked,
            method=part.method,
            headers=dict(part.headers),
            body=part.body,
            dont_filter=True,
            callback=NO_CALLBACK,
            meta={PART: True},
        )
        assert self._crawler.engine is not None
        async with self._turn:
            if self._is_stopped():
                raise Interrupted("the crawl was ended meanwhile")
            try:
                response = await self._crawler.engine.download_async(request)
            except IgnoreRequest as refusal:
                self._refuse(part.url, str(refusal) or "is forbidden by robots.txt")
                return None
        if response.status >= 500 or response.status == 429:
            raise RenderProblem(f"HTTP {response.status}")
        if 300 <= response.status < 400:
            self._refuse(part.url, "leads off the office's hosts")
            return None
        answer = Answer(response.status, _plain(response.headers), response.body)
        if part.is_script and response.status == 200 and self._kept + len(response.body) <= KEPT_SCRIPTS:
            self._scripts[part.url] = answer
            self._kept += len(response.body)
        return answer

    def _refuse(self, url: str, why: str) -> None:
        """Say once what a page asked for and did not get."""
        where = urlsplit(url)
        name = where.netloc if "host" in why else f"{where.netloc}{where.path}"
        if name not in self._refused:
            self._refused.add(name)
            log.info("%s %s: what the page wants there is not asked for", name, why)


def _plain(headers: Headers) -> Mapping[str, str]:
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in headers.items()
    }
