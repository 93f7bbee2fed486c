"""Fetching single pages by hand, for `podium new-office` and `podium save`: slowly, and within robots.txt."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from protego import Protego

from crawler.drafting import DraftProblem
from crawler.recognise import saved_page
from storage.model import Page

PAUSE = 5.0
"""Seconds between two requests, none on loopback."""
SIZE_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a site answers, with the address that it answered from."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    """Fetches slowly, within robots.txt; addresses that a file was given for come from it."""

    def __init__(self, user_agent: str, files: dict[str, Path]) -> None:
        self._files = files
        self._user_agent = user_agent
        self._robots: dict[str, Protego] = {}
        self._last = 0.0

    def fetch(self, url: str) -> Page:
        """The page of an address; `DraftProblem` when there is none to be had."""
        if url in self._files:
            try:
                return saved_page(url, self._files[url].read_bytes())
            except OSError as error:
                raise DraftProblem(f"{self._files[url]} cannot be read ({error.strerror}).") from None
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            answer = self._get(f"{origin}/robots.txt")
            if answer.status >= 500:
                raise DraftProblem(f"{origin}/robots.txt cannot be read (HTTP {answer.status}), so nothing may be asked.")
            self._robots[origin] = Protego.parse(answer.body.decode("utf-8", "replace") if answer.status == 200 else "")
        if not self._robots[origin].can_fetch(url, self._user_agent):
            raise DraftProblem(
                f"{origin}/robots.txt refuses {url}: ask the office, or save the page and give it with --file."
            )
        answer = self._get(url)
        if answer.status != 200:
            raise DraftProblem(
                f"{url} answered HTTP {answer.status}: save the page with a browser and give it with --file."
            )
        if _host(answer.url) != _host(url):
            raise DraftProblem(f"{url} leads to {answer.url}: give that address if it is the office's.")
        return saved_page(url, answer.body, answer.headers)

    def _get(self, url: str) -> _Answer:
        if urlsplit(url).hostname not in ("127.0.0.1", "localhost") and self._last:
            time.sleep(max(0.0, PAUSE - (time.monotonic() - self._last)))
        self._last = time.monotonic()
        try:
            return asyncio.run(_ask(url, self._user_agent))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DraftProblem(f"{url} cannot be reached ({error or type(error).__name__}).") from None


async def _ask(url: str, user_agent: str) -> _Answer:
    async with (
        aiohttp.ClientSession(
            headers={"User-Agent": user_agent}, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(45)
        ) as session,
        session.get(url) as answer,
    ):
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > SIZE_LIMIT:
                raise DraftProblem(f"{url} is larger than {SIZE_LIMIT // 1024 // 1024} MB: give the address of a list.")
        wanted = ("content-type", "etag", "last-modified")
        headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() in wanted}
        return _Answer(str(answer.url), answer.status, headers, bytes(body))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
