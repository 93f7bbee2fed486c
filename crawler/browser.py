"""One Chromium for one crawl: it runs the scripts of pages that podium fetched, and has no way to the network of its own.

Every request that a page makes comes here and is asked for by podium, or is refused. Robots rules, pace, User-Agent, size
limits and the office's hosts are so the same as without a browser. Playwright drives the Chromium of the system; nothing
is downloaded.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crawler.options import UsageProblem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What a system's Chromium is called on the PATH; `$PODIUM_CHROMIUM` names another."""
MOST_PARTS = 60
"""So many scripts and data a page may ask for; one that asks for more does not come to rest."""
LONGEST_SCRIPT = 30.0
"""Seconds that a page's scripts may take between two answers, and that the browser may take to start."""
QUIET, LONGEST_CHANGING = 1.0, 10.0
"""Seconds: a page is done when nothing is asked for and its text stays as long for so long; a clock or a ticker in it
changes for ever, so after the second span it is done too."""
LOOK = 0.1
"""Seconds between two looks at the page."""

# The browser itself reaches nobody: names do not resolve, and everything goes to a proxy that is not there.
_FENCE = ("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>")
_THRIFT = ("--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--no-first-run")
_PARTS = frozenset({"script", "xhr", "fetch"})
"""Kinds of requests that a text may depend on; pictures, media, fonts, frames, beacons and sockets never go out."""
_OF_THE_BROWSER = frozenset({"user-agent", "referer", "cookie", "host", "origin", "connection", "accept-encoding",
                             "content-length", "upgrade-insecure-requests"})  # fmt: skip
_OF_THE_WIRE = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection", "set-cookie", "refresh",
                          "strict-transport-security", "content-disposition", "location", "link"})  # fmt: skip


class NoBrowser(UsageProblem):
    """The office is to be read through a browser and there is none; `str()` says what to install."""


class RenderProblem(Exception):
    """A page did not come to rest in the browser; `str()` says why. It counts as no answer: half a page is none."""


class Interrupted(Exception):
    """The crawl was ended while a page was in the browser. It says nothing of the site."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a page asks for: a script or data."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    is_script: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answers. Headers have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Fetch = Callable[[Part], Awaitable[Answer | None]]
"""Asks for a part as podium asks for everything; None where it may not be asked for. What it raises ends the page."""


def chromium() -> Path:
    """The program of the system's Chromium. Raises `NoBrowser` where it or the extra `browser` is missing."""
    if find_spec("playwright") is None:
        raise NoBrowser("its extra is missing: pip install 'podium[browser]' (in a copy of the repository: make browser)")
    named = os.environ.get("PODIUM_CHROMIUM", "").strip()
    if named:
        path = shutil.which(Path(named).expanduser())
        if path is None:
            raise NoBrowser(f"PODIUM_CHROMIUM is {named}, which is no program: set it to the Chromium of this system")
        return Path(path)
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    raise NoBrowser(
        "no Chromium is on the PATH: install one (on Debian: apt install chromium), or name it in $PODIUM_CHROMIUM"
    )


def demand_chromium(office: str) -> None:
    """Raise `NoBrowser`, naming the office, unless a browser can be had: it is never read directly instead."""
    try:
        chromium()
    except NoBrowser as problem:
        raise NoBrowser(f"{office} is to be read through a browser: {problem}; or choose reach: direct") from None


@dataclass(slots=True)
class _Visit:
    """One page in the browser: what it has asked for so far."""

    url: str
    first: Answer
    fetch: Fetch
    shown: bool = False
    parts: int = 0
    pending: int = 0
    problem: str = ""
    answers: dict[tuple[str, str, bytes], asyncio.Future[Answer | None]] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class Chromium:
    """Started with the first page. `close()` ends it with all its processes."""

    def __init__(self, user_agent: str, size_limit: int) -> None:
        """`user_agent` is what scripts are told, the one that podium sends; `size_limit` is of a page as scripts made it,
        in bytes. Raises `NoBrowser`."""
        self._path = chromium()
        self._user_agent = user_agent
        self._size_limit = size_limit
        self._playwright: Any = None
        self._browser: Any = None
        self._starting = asyncio.Lock()
        self.version = ""

    async def _start(self) -> None:
        from playwright.async_api import Error, async_playwright

        async with self._starting:
            if self._browser is not None and self._browser.is_connected():
                return
            if self._playwright is None:
                self._playwright = await async_playwright().start()
            try:
                self._browser = await self._playwright.chromium.launch(
                    executable_path=str(self._path),
                    headless=True,
                    chromium_sandbox=os.geteuid() != 0,  # Chromium has none for root
                    handle_sigint=False,  # podium hears the signals, and closes it
                    handle_sigterm=False,
                    handle_sighup=False,
                    timeout=LONGEST_SCRIPT * 1000,
                    args=[*_FENCE, *_THRIFT],
                )
            except Error as problem:
                first = str(problem).strip().splitlines()[0]
                raise NoBrowser(
                    f"{self._path} could not be started ({first}); see what it says itself: {self._path} --headless about:blank"
                ) from None
            self.version = self._browser.version

    async def render(self, url: str, page: Answer, fetch: Fetch, stopped: Callable[[], bool]) -> bytes:
        """The page as its scripts leave it, in UTF-8. `page` is what the site answered at `url`; `stopped` ends the wait.

        Raises `RenderProblem` for a page that does not come to rest or lacks a part that it asked for, `Interrupted` when
        `stopped`, `NoBrowser` when the browser does not start.
        """
        from playwright.async_api import Error

        await self._start()
        visit = _Visit(url, page, fetch)
        try:
            # A context of its own: cookies and storage that scripts make end with the page.
            context = await self._browser.new_context(
                user_agent=self._user_agent, service_workers="block", accept_downloads=False
            )
            try:
                await context.route("**/*", lambda route: self._answer(visit, route))
                await context.route_web_socket("**/*", lambda socket: socket.close())
                tab = await context.new_page()
                tab.on("dialog", lambda dialog: dialog.dismiss())
                await tab.goto(url, wait_until="commit", timeout=LONGEST_SCRIPT * 1000)
                await self._rest(visit, tab, stopped)
                async with asyncio.timeout(LONGEST_SCRIPT):
                    html: str = await tab.content()
            finally:
                await context.close()
        except TimeoutError:
            raise RenderProblem(f"its scripts did not come to rest in {LONGEST_SCRIPT:.0f} s") from None
        except Error as problem:
            if stopped():  # a signal to the whole group of processes reaches the browser's driver too
                raise Interrupted("the crawl was ended meanwhile") from None
            raise RenderProblem(visit.problem or str(problem).strip().splitlines()[0]) from None
        rendered = html.encode("utf-8", "replace")
        if len(rendered) > self._size_limit:
            raise RenderProblem(f"its scripts made {len(rendered)} bytes of it, more than {self._size_limit}")
        return rendered

    async def _rest(self, visit: _Visit, tab: Any, stopped: Callable[[], bool]) -> None:
        """Wait until the page has all that it asked for and its text has stayed as long for a moment."""
        clock = asyncio.get_running_loop().time
        length, since, began = -1, clock(), clock()
        while True:
            if stopped():
                raise Interrupted("the crawl was ended meanwhile")
            if visit.problem:
                raise RenderProblem(visit.problem)
            if visit.pending:
                length = -1
                visit.moved.clear()
                try:
                    await asyncio.wait_for(visit.moved.wait(), LOOK * 10)
                except TimeoutError:
                    continue
                continue
            async with asyncio.timeout(LONGEST_SCRIPT):
                ready, now_long = await tab.evaluate(
                    "[document.readyState === 'complete', document.documentElement?.textContent.length ?? 0]"
                )
            now = clock()
            if length < 0:
                began = now
            if now_long != length:
                length, since = now_long, now
            if ready and (now - since >= QUIET or now - began >= LONGEST_CHANGING):
                return
            if now - began >= LONGEST_SCRIPT:
                raise TimeoutError
            await asyncio.sleep(LOOK)

    async def _answer(self, visit: _Visit, route: Any) -> None:
        """Answer one request of the page, or refuse it."""
        from playwright.async_api import Error

        asked = route.request
        try:
            if asked.resource_type == "document":
                if not visit.shown and asked.is_navigation_request():
                    visit.shown = True
                    await _fulfil(route, visit.first)
                else:  # frames, and scripts that would go elsewhere: the page stays what it is
                    await route.fulfill(status=204)
            elif asked.resource_type == "stylesheet":  # scripts may wait for it; no text depends on it
                await route.fulfill(status=200, content_type="text/css", body="")
            elif asked.resource_type in _PARTS and asked.method in ("GET", "POST"):
                answer = await self._part(visit, asked)
                await (route.abort("blockedbyclient") if answer is None else _fulfil(route, answer))
            else:
                await route.abort("blockedbyclient")
        except Error:
            pass  # the page was closed meanwhile: nobody waits for this any more

    async def _part(self, visit: _Visit, asked: Any) -> Answer | None:
        """One script or data; the same asked twice by one page is the same."""
        body = asked.post_data_buffer or b""
        identity = (asked.method, asked.url.partition("#")[0], body)
        task = visit.answers.get(identity)
        if task is None:
            visit.parts += 1
            if visit.parts > MOST_PARTS:
                visit.problem = visit.problem or f"it asks for more than {MOST_PARTS} parts"
                return None
            headers = {
                name: value
                for name, value in asked.headers.items()
                if name not in _OF_THE_BROWSER and not name.startswith("sec-")
            }
            part = Part(asked.method, identity[1], headers, body, asked.resource_type == "script")
            task = visit.answers[identity] = asyncio.ensure_future(visit.fetch(part))
        visit.pending += 1
        try:
            return await task
        except Exception as problem:
            visit.problem = visit.problem or f"{asked.url}, a part of it: {problem or type(problem).__name__}"
            return None
        finally:
            visit.pending -= 1
            visit.moved.set()

    async def close(self) -> None:
        """End the browser. May be called twice, and before it was ever started."""
        from playwright.async_api import Error

        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        try:
            if browser is not None:
                await browser.close()
        except Error:
            pass  # it is gone already
        finally:
            if playwright is not None:
                await playwright.stop()


async def _fulfil(route: Any, answer: Answer) -> None:
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_THE_WIRE}
    await route.fulfill(status=answer.status, headers=headers, body=answer.body)
