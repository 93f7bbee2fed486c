"""The one spider: it fetches what the intake asks for, one office at a time, and knows nothing of the archive.

`OfficeLoader` makes a spider of every declared office, so that `scrapy list` and `scrapy crawl NAME` work as everywhere.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import scrapy
from scrapy import Request, signals
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response

from crawler.browser import Interrupted
from crawler.config import load_configuration
from crawler.intake import Intake, validators
from crawler.listings import Listing, ListingRequest
from crawler.office import Office
from crawler.offices import UnknownOffice, find_office, offices
from crawler.options import CrawlOptions
from crawler.prepared import Prepared
from crawler.reading import Unreadable
from crawler.session import Session
from storage import times
from storage.errors import ArchiveError
from storage.model import FrontierRow, Known, ListSpec, ListState, Page, Release
from storage.protocol import Archive

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

FAILURES_IN_A_ROW = 3
"""So many requests without an answer, one after another, end a run: the site is not there."""

MANY_RELEASES = 200
"""From so many on a crawl without delays starts a process to read them in: it takes a second to be ready."""

FIRST_LISTING, DETAIL, RECHECK = 20, 10, -10
"""Priorities: polls first; what was seen is read before more is looked for; known releases come last."""


class OfficeSpider(scrapy.Spider):
    """Crawls one office within a `Session`; yields every `Release` that it read where a feed or a pipeline wants them."""

    office: Office
    session: Session

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, session: Session | None = None, **kwargs: Any) -> OfficeSpider:
        """Scrapy's constructor. Without a `session` one is begun from the configuration and the spider's arguments."""
        if session is None:
            configuration = load_configuration()
            schedule = configuration.schedule(cls.office.name)
            session = Session.begin(cls.office, CrawlOptions.parse(cls.office, kwargs, schedule), configuration)
        spider = cls()
        spider._set_crawler(crawler)
        spider.session = session
        spider.prepare(crawler.settings)
        crawler.signals.connect(spider.on_opened, signals.spider_opened)
        crawler.signals.connect(spider.on_closed, signals.spider_closed)
        crawler.signals.connect(spider.on_request, signals.request_reached_downloader)
        return spider

    def prepare(self, settings: BaseSettings) -> None:
        """What the configuration says of this crawl; `-s` on the command line wins."""
        configuration = self.session.configuration
        settings.set("USER_AGENT", configuration.user_agent, priority="spider")
        schedule = configuration.schedule(self.office.name)
        if schedule is not None and schedule.delay is not None:
            settings.set("DOWNLOAD_DELAY", schedule.delay, priority="spider")
        base = urlsplit(self.session.options.base_url)
        self._base = (base.scheme, base.netloc) if base.netloc else None
        self._failures = self._requests = 0
        # An item that nobody takes costs a tenth of fetching its page.
        self._items_wanted = bool(settings.getdict("FEEDS") or settings.getwithbase("ITEM_PIPELINES"))
        self._began = time.monotonic()
        self._walking = bool(self.session.options.walk)
        # Only a mirror is crawled so; at a site's pace there is time enough to read in between.
        self._hurried = (
            not (settings.getfloat("DOWNLOAD_DELAY") or settings.getbool("AUTOTHROTTLE_ENABLED"))
            and settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") != 1
        )
        if self._hurried and self._walking:
            self.session.read_apart()

    # ---- addresses -------------------------------------------------------------------------------------------------

    def mirror(self, url: str) -> str | None:
        """The address to ask for instead of a live one; None when it is on no host of the office."""
        parts = urlsplit(url)
        if self._base is None:
            return url if parts.netloc.lower() in self.office.all_hosts else None
        if parts.netloc.lower() in self.office.all_hosts or parts.netloc == self._base[1]:
            return urlunsplit((*self._base, parts.path, parts.query, ""))
        return None

    def live(self, url: str) -> str:
        """The live address of what a mirror answered."""
        parts = urlsplit(url)
        if self._base is None or parts.netloc != self._base[1]:
            return url
        return urlunsplit((self.office.scheme, self.office.host, parts.path, parts.query, ""))

    def _page(self, response: Response) -> Page:
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in response.headers.items()
            if name.lower() not in _PRIVATE_HEADERS
        }
        location = ""
        if 300 <= response.status < 400 and "location" in headers:
            location = urljoin(response.url, headers["location"])
        return Page(self.live(response.url), response.status, headers, response.body, times.now(), location)

    # ---- the crawl -------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        """The first listing of every list, then what earlier runs left unread, then the releases to ask for again."""
        plan = await self._write(Intake.open)
        self.session.opened = True
        if self.session.stopped:
            return
        for state in plan.lists:
            first = self.office.listing_request(state.spec, 1)
            assert first is not None
            yield self._listing_request(state, 1, first)
        for row in plan.unread:
            yield self._release_request(row)
        for known in plan.known:
            yield self._recheck_request(known)

    def _request(self, url: str, callback: Any, errback: Any, priority: int, **kwargs: Any) -> Request:
        asked = self.mirror(url)
        assert asked is not None, f"{url} is on no host of {self.office.name}"
        headers = kwargs.pop("headers", {})
        if self.session.options.reach == "browser":  # the page may be as it was while what its scripts fetch is new
            headers = {name: value for name, value in headers.items() if name not in _CONDITIONS}
        return Request(
            asked, callback=callback, errback=errback, priority=priority, headers=headers, dont_filter=True,
            method=kwargs.pop("method", "GET"), body=kwargs.pop("body", b""), cb_kwargs=kwargs,
        )  # fmt: skip

    def _listing_request(self, state: ListState, number: int, wanted: ListingRequest) -> Request:
        headers = self.session.intake.conditions(state) if number == 1 and wanted.method == "GET" else {}
        return self._request(
            wanted.url,
            self.parse_listing,
            self.listing_failed,
            FIRST_LISTING if number == 1 or not self._walking else 0,
            headers=headers | dict(wanted.headers),
            method=wanted.method,
            body=wanted.body,
            state=state,
            number=number,
            wanted=wanted,
        )

    def _release_request(self, row: FrontierRow) -> Request:
        return self._request(row.url, self.parse_release, self.release_failed, DETAIL, row=row)

    def _recheck_request(self, known: Known) -> Request:
        return self._request(
            known.url,
            self.parse_known,
            self.known_failed,
            RECHECK,
            headers=validators(known.etag, known.last_modified),
            known=known,
        )

    async def parse_listing(
        self, response: Response, state: ListState, number: int, wanted: ListingRequest
    ) -> AsyncIterator[Any]:
        """A listing: store its rows, then ask for what is new and for the next listing if it is wanted."""
        assert response.request is not None
        conditional = any(name in response.request.headers for name in ("If-None-Match", "If-Modified-Since"))
        page = self._page(response)
        ready: Listing | Unreadable | None = None
        if self.session.apart is not None and page.status == 200:
            try:
                ready = await self.session.apart.read_listing(page, state.spec)
            except Unreadable as problem:
                ready = problem
        ahead = await self._write(Intake.take_listing, state, number, page, conditional, wanted.queue, ready)
        self._check(response.status)
        for release in ahead.releases if self._items_wanted else ():
            yield release
        for row in ahead.rows:
            yield self._release_request(row)
        if ahead.request is not None:
            if self.mirror(ahead.request.url) is None:
                self.logger.warning("%s leads to the next listing and leaves the office's hosts", ahead.request.url)
            else:
                yield self._listing_request(state, ahead.number, ahead.request)

    async def parse_release(self, response: Response, row: FrontierRow) -> AsyncIterator[Release]:
        """A release: read and store it; the item is for whoever exports the crawl's items."""
        page = self._page(response)
        release = await self._write(Intake.take_release, row, page, await self._ready(page, row))
        self._check(response.status)
        if release is not None and self._items_wanted:
            yield release

    async def _ready(self, page: Page, row: FrontierRow) -> Prepared | Unreadable | None:
        """What the reading process says of a page; None without one: then the intake reads it."""
        if self._hurried and self.session.intake.progress[1] > MANY_RELEASES:
            self.session.read_apart()
        if self.session.apart is None:
            return None
        try:
            spec = ListSpec(self.office.name, row.section, row.language, "")
            return await self.session.apart.read(page, spec, row.published_on)
        except Unreadable as problem:
            return problem

    async def parse_known(self, response: Response, known: Known) -> AsyncIterator[Release]:
        """A known release that was asked for again."""
        release = await self._write(Intake.take_known, known, self._page(response))
        self._check(response.status)
        if release is not None and self._items_wanted:
            yield release

    async def listing_failed(self, failure: Failure) -> None:
        """No answer to a listing."""
        if isinstance(failure.value, Interrupted):
            return
        kwargs = failure.request.cb_kwargs  # type: ignore[attr-defined]
        await self._write(Intake.listing_failed, kwargs["state"], kwargs["number"], self._reason(failure))
        self._check(failure.value)

    async def release_failed(self, failure: Failure) -> None:
        """No answer to a release."""
        if isinstance(failure.value, Interrupted):
            return
        url = failure.request.cb_kwargs["row"].url  # type: ignore[attr-defined]
        await self._write(Intake.release_failed, url, self._reason(failure))
        self._check(failure.value)

    async def known_failed(self, failure: Failure) -> None:
        """No answer to a recheck."""
        if isinstance(failure.value, Interrupted):
            return
        known = failure.request.cb_kwargs["known"]  # type: ignore[attr-defined]
        await self._write(Intake.known_failed, known, self._reason(failure))
        self._check(failure.value)

    @staticmethod
    def _reason(failure: Failure) -> str:
        error = failure.value
        if isinstance(error, IgnoreRequest):
            return str(error) or "refused by robots.txt"
        return f"{error}" or type(error).__name__

    async def _write(self, function: Any, *args: Any) -> Any:
        """Call a method of the intake in the writer thread; what breaks there ends the crawl with a sentence."""
        try:
            return await self.session.writer.run(_on_intake, self.session.intake, function, args)
        except Exception as fault:
            if not isinstance(fault, ArchiveError):
                self.logger.exception("the intake failed")
            self.session.break_off(fault)
            raise CloseSpider("broken off") from fault

    def _check(self, answer: int | BaseException | None) -> None:
        """End the run early when there is a reason; `answer` is a status, or what came instead of one."""
        if isinstance(answer, IgnoreRequest):
            pass  # robots.txt: nothing was asked for, so nothing failed to answer
        elif not isinstance(answer, int) or answer >= 500 or answer == 429:
            self._failures += 1
        else:
            self._failures = 0
        if self.session.intake.walled:
            self.session.stop("met a wall; asking on would only harden it")
        elif self._failures >= FAILURES_IN_A_ROW:
            self.session.stop(f"{self._failures} requests in a row were not answered", gave_up=True)
        elif self._walking and time.monotonic() - self._began > self.session.slice_seconds:
            self.session.stop("this slice of the walk is over; the next one goes on from here", pausing=True)
        if self.session.stopped:
            raise CloseSpider("stopped early")

    # ---- signals ---------------------------------------------------------------------------------------------------

    def on_request(self) -> None:
        """Something goes out: a request, a repetition, what a redirect leads to, robots.txt."""
        self._requests += 1

    def on_opened(self) -> None:
        self._began = time.monotonic()

    async def on_closed(self, reason: str) -> None:
        """Close the run with its verdict, whatever ended the crawl."""
        if reason == "shutdown":
            self.session.stop("interrupted")
        await self.session.close(self._requests - self.session.robots_requests)


_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_PRIVATE_HEADERS = frozenset({b"set-cookie", b"set-cookie2"})


def _on_intake(archive: Archive, intake: Intake, function: Any, args: tuple[Any, ...]) -> Any:
    return function(intake, archive, *args)


class OfficeLoader:
    """Scrapy's spider loader: a spider class for every office (`scrapy list`, `scrapy crawl NAME`)."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> OfficeLoader:
        return cls()

    def load(self, spider_name: str) -> type[OfficeSpider]:
        """The spider of an office; KeyError with a sentence for an unknown name."""
        try:
            return spider_class(find_office(spider_name))
        except UnknownOffice as error:
            raise KeyError(str(error)) from error

    def list(self) -> builtins.list[str]:
        return sorted(offices())

    def find_by_request(self, request: Request) -> builtins.list[str]:
        return [name for name, office in offices().items() if office.locate(request.url) is not None]


def spider_class(office: Office) -> type[OfficeSpider]:
    """The spider class of an office, named like it."""
    return type(type(office).__name__, (OfficeSpider,), {"name": office.name, "office": office})
