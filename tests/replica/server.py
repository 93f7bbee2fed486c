"""The site itself: addresses to pages, validators, the request log, and faults carried out on the wire.

Built on aiohttp's low-level server: every page is rendered once and kept as bytes until its story or list
changes, so that one core serves many times what a crawler can read.
"""

import asyncio
import re
import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from html import escape
from itertools import count

from aiohttp import web
from multidict import CIMultiDict

from tests.replica import pages
from tests.replica.misbehave import Fault, Faults
from tests.replica.stories import SECTIONS, Stories
from tests.replica.story import LANGUAGES, Story

HTML = "text/html; charset=utf-8"
_LOG_LENGTH = 100_000
_LIST = re.compile(rf"/({'|'.join(LANGUAGES)})/({'|'.join(SECTIONS)})/(?:page/([1-9][0-9]{{0,5}})/)?")


@dataclass(frozen=True)
class Page:
    """One rendered answer: 200 or 404, with validators when it is a list or a release."""

    status: int
    body: bytes
    content_type: str = HTML
    etag: str = ""
    modified: datetime | None = None

    @property
    def headers(self) -> CIMultiDict[str]:
        headers = CIMultiDict({"Content-Type": self.content_type})
        if self.modified:
            headers["ETag"] = self.etag
            headers["Last-Modified"] = format_datetime(self.modified, usegmt=True)
        return headers


@dataclass(frozen=True)
class Seen:
    """One request in the log. `status` 0 means that no answer was given; `fault` names the misbehaviour that
    met it.
    """

    number: int
    time: float
    method: str
    path: str
    status: int
    host: str
    user_agent: str
    if_none_match: str
    if_modified_since: str
    fault: str


class Site:
    """The press office: stories, their pages, faults in force and the log of what was asked."""

    def __init__(self, stories: Stories, latency: float = 0.0, keep_log: bool = True, wall_url: str = "") -> None:
        """`latency` is in seconds, before every answer; `wall_url` is where "wall-redirect" sends people."""
        self.stories = stories
        self.faults = Faults()
        self.latency = latency
        self.keep_log = keep_log
        self.wall_url = wall_url
        self.log: deque[Seen] = deque(maxlen=_LOG_LENGTH)
        self._pages: dict[str, tuple[Page, CIMultiDict[str]]] = {}
        self._answers: dict[str, bytes] = {}
        self._numbers = count(1)
        self._nonces = count(int(time.time() * 1000))

    # pages

    def changed(self, story: Story) -> None:
        """Forget the rendered pages that a change of this story touches."""
        self._answers.clear()
        for language in LANGUAGES:
            self._pages.pop(story.path(language), None)
            prefix = f"/{language}/{story.section}/"
            for path in [p for p in self._pages if p.startswith(prefix) and "/item/" not in p]:
                del self._pages[path]

    def page(self, path: str) -> Page:
        """The page at a path, whatever the faults in force."""
        return self._kept(path)[0]

    def paths(self) -> list[str]:
        """The paths of every list page and every release."""
        lists = [
            f"/{language}/{section}/" + (f"page/{n}/" if n > 1 else "")
            for language, section in self.stories.lists
            for n in range(1, self._last(language, section) + 1)
        ]
        return lists + [p for p, (s, x) in self.stories.by_path.items() if not s.editions[x].withdrawn]

    def _kept(self, path: str) -> tuple[Page, CIMultiDict[str]]:
        kept = self._pages.get(path)
        if kept is None:
            page = self._render(path)
            kept = (page, page.headers)
            if page.modified:
                self._pages[path] = kept
        return kept

    def _render(self, path: str) -> Page:
        if path == "/robots.txt":
            return Page(200, pages.ROBOTS, "text/plain; charset=utf-8")
        if path == "/static/app.js":
            return Page(200, pages.SCRIPT, "text/javascript; charset=utf-8")
        slashed = path.rstrip("/") + "/"
        if slashed == "/" or slashed[1:-1] in LANGUAGES:
            return Page(200, pages.home(slashed[1:-1] or "hy"))
        if found := self.stories.by_path.get(slashed):
            story, language = found
            edition = story.editions[language]
            if not edition.withdrawn:
                return _validated(pages.release(story, language), edition.modified)
        elif (asked := _LIST.fullmatch(slashed)) and self.stories.lists[asked[1], asked[2]]:
            return self._render_list(asked[1], asked[2], int(asked[3] or 1))
        return Page(404, pages.not_found(_language(path)))

    def _last(self, language: str, section: str) -> int:
        return max(1, -(-len(self.stories.rows(language, section)) // pages.ROWS))

    def _render_list(self, language: str, section: str, number: int, empty: bool = False) -> Page:
        last = self._last(language, section)
        if number > last:
            return Page(404, pages.not_found(language))
        start = (number - 1) * pages.ROWS
        rows = [] if empty else self.stories.rows(language, section)[start : start + pages.ROWS]
        return _validated(
            pages.listing(language, section, rows, number, last), self.stories.modified(language, section)
        )

    @property
    def plain(self) -> bool:
        """Whether requests are only answered: no faults, no latency, no log."""
        return not (self.faults or self.latency or self.keep_log)

    def whole_answer(self, path: str) -> bytes | None:
        """Headers and body for a page that was rendered before; None where there is none."""
        answer = self._answers.get(path)
        if answer is None and path in self._pages:
            page, headers = self._pages[path]
            lines = [f"{name}: {value}" for name, value in headers.items()]
            head = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"Content-Length: {len(page.body)}", "\r\n"])
            answer = self._answers[path] = head.encode("latin-1") + page.body
        return answer

    def wall_page(self) -> bytes:
        """A block page, never the same twice."""
        return pages.wall(f"{next(self._nonces):x}")

    # answering

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and write it down."""
        path = request.path
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take(path) if self.faults else None
        if fault is None:
            answer = self._answer(request, path)
            self._write_down(request, answer.status)
            return answer
        if fault.kind in ("hang", "cut"):
            self._write_down(request, 0 if fault.kind == "hang" else 200, fault.kind)
            return await (self._hang() if fault.kind == "hang" else self._cut(request, path))
        answer = await self._faulty(request, path, fault)
        self._write_down(request, answer.status, fault.kind)
        return answer

    def _write_down(self, request: web.BaseRequest, status: int, fault: str = "") -> None:
        if not self.keep_log:
            return
        get = request.headers.get
        self.log.append(
            Seen(
                next(self._numbers),
                time.time(),
                request.method,
                request.path_qs,
                status,
                get("Host", ""),
                get("User-Agent", ""),
                get("If-None-Match", ""),
                get("If-Modified-Since", ""),
                fault,
            )
        )

    def log_entries(self) -> list[dict[str, object]]:
        """The log as JSON takes it."""
        return [asdict(seen) for seen in self.log]

    def _answer(self, request: web.BaseRequest, path: str) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        if path == "/api/main":
            page = self.page(request.query.get("path", "/"))
            return _html(pages.main_part(page.body), page.status)
        page, headers = self._kept(path)
        if page.modified and _unchanged(request, page):
            return web.Response(status=304, headers={k: v for k, v in headers.items() if k != "Content-Type"})
        return web.Response(status=page.status, body=page.body, headers=headers)

    async def _hang(self) -> web.StreamResponse:
        await asyncio.Event().wait()  # ended by the client's going away or by the end of the process
        raise AssertionError("an event that nobody sets cannot be waited for to the end")

    async def _cut(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        page, headers = self._kept(path)
        answer = web.StreamResponse(status=page.status, headers=headers)
        answer.content_length = len(page.body)
        await answer.prepare(request)
        await answer.write(page.body[: len(page.body) // 2])
        if request.transport is not None:
            request.transport.close()
        return answer

    async def _faulty(self, request: web.BaseRequest, path: str, fault: Fault) -> web.Response:
        language = _language(path)
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.delay)
                return self._answer(request, path)
            case "wall":
                return _html(self.wall_page())
            case "wall-redirect":
                return web.Response(status=302, headers={"Location": f"{self.wall_url}?ssa={next(self._nonces):x}"})
            case "empty":
                return _html(self._emptied(path))
            case "soft404":
                return _html(pages.not_found(language))
            case "login":
                return _html(pages.login(language))
            case "same":
                story = self.stories.all[-1]
                return _html(pages.release(story, next(iter(story.editions))))
            case "gone":
                return _html(pages.not_found(language), 404)
            case "home":
                return web.Response(status=302, headers={"Location": f"/{language}/"})
            case "redesign":
                page = self.page(path)
                return _html(pages.redesigned(page.body, fault.rows), page.status)
            case "script" if path.startswith(("/api/", "/static/")):
                return self._answer(request, path)
            case "script":
                page = self.page(path)
                return _html(pages.scripted(page.body), page.status)
            case "garbled":
                page = self.page(path)
                return _html(page.body.decode("latin-1").encode(), page.status)
            case "charset":
                return self._in_charset(path, fault)
            case status:
                return _html(
                    f"<html><title>{status}</title><h1>Error {status}</h1></html>".encode(),
                    int(status),
                    fault,
                )

    def _emptied(self, path: str) -> bytes:
        slashed = path.rstrip("/") + "/"
        if asked := _LIST.fullmatch(slashed):
            return pages.listing(asked[1], asked[2], [], 1, 1)
        if slashed in self.stories.by_path:
            story, language = self.stories.by_path[slashed]
            heading = escape(str(story.truth(language)["title"]))
            return pages.layout(language, heading, f"<h1>{heading}</h1>", self.stories.until)
        return self.page(path).body

    def _in_charset(self, path: str, fault: Fault) -> web.Response:
        page, headers = self._kept(path)
        headers, body = CIMultiDict(headers), page.body
        if fault.encode:
            body = body.decode().encode(fault.charset, errors="replace")
        else:
            headers["Content-Type"] = f"text/html; charset={fault.charset}"
        return web.Response(status=page.status, body=body, headers=headers)


def _html(body: bytes, status: int = 200, fault: Fault | None = None) -> web.Response:
    headers = {"Content-Type": HTML, "Cache-Control": "no-store"}
    if status in (429, 503) and fault is not None:
        headers["Retry-After"] = str(fault.retry_after)
    return web.Response(status=status, body=body, headers=headers)


def _validated(body: bytes, modified: datetime) -> Page:
    return Page(200, body, HTML, f'"{blake2b(body, digest_size=8).hexdigest()}"', modified)


def _unchanged(request: web.BaseRequest, page: Page) -> bool:
    """RFC 9110 §13: If-None-Match counts before If-Modified-Since, which is ignored when it is no date."""
    if tags := request.headers.get("If-None-Match"):
        return tags.strip() == "*" or page.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    if since := request.headers.get("If-Modified-Since"):
        try:
            asked = parsedate_to_datetime(since)
        except ValueError:
            return False
        return page.modified is not None and page.modified <= asked.replace(tzinfo=asked.tzinfo or UTC)
    return False


def _language(path: str) -> str:
    first = path.split("/")[1] if path.startswith("/") else ""
    return first if first in LANGUAGES else "hy"
