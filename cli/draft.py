"""`podium new-office`: the first draft of an office from the address of its listing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
import typer
from protego import Protego

from cli.shown import console
from crawler.config import load_configuration
from crawler.drafting import DraftProblem, Wish, draft
from crawler.recognise import saved_page
from storage.model import Page

ROOT = Path(__file__).parents[1]
PAUSE = 5.0
"""Seconds between two requests, none on loopback."""
SIZE_LIMIT = 8 * 1024 * 1024


def new_office(
    name: Annotated[str, typer.Argument(help="Its name: small letters, such as president_xx.")],
    url: Annotated[str, typer.Argument(help="Address of its list of releases, its feed or its sitemap.")],
    country: Annotated[str, typer.Option(help="Two letters (ISO 3166).")] = "XX",
    timezone: Annotated[str, typer.Option(help="Such as Europe/Vienna.")] = "UTC",
    language: Annotated[str, typer.Option(help="Of this list, such as de.")] = "en",
    file: Annotated[Path | None, typer.Option(help="Read the listing from this file instead of the site.")] = None,
    release: Annotated[
        list[str] | None, typer.Option(help="A release from a file: ADDRESS=FILE. May be given several times.")
    ] = None,
    into: Annotated[Path, typer.Option(help="The folder with podium's crawler/ and tests/.")] = ROOT,
) -> None:
    """Draft an office: recognise the site, save a listing and two releases, write the class and what it reads.

    Then read docs/add-an-office.md: the draft is to be reviewed, and its test fails until it was.
    Example: podium new-office president_xx https://www.president.example/news --country XX --language en
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise DraftProblem(f"--timezone {timezone} is no time zone: write for example Europe/Vienna.") from None
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise DraftProblem(f"{url} is no address: write it with https://.")
    files = {} if file is None else {url: file}
    for given in release or ():
        address, equals, path = given.rpartition("=")
        if not equals:
            raise DraftProblem(f"--release {given}: write it as ADDRESS=FILE.")
        files[address] = Path(path)
    site = _Site(load_configuration().user_agent, files)
    made = draft(Wish(name, url, country.upper(), timezone, language, into), site.fetch)
    console.print(
        f"{made.module}: the class, on the platform {made.platform!r}", markup=False, highlight=False, soft_wrap=True
    )
    console.print(
        f"{made.folder}: its pages, and {made.folder / 'expected.json'}", markup=False, highlight=False, soft_wrap=True
    )
    for gap in made.gaps:
        console.print(f"not found: {gap}", markup=False, highlight=False, soft_wrap=True)
    console.print("Next: docs/add-an-office.md, step 2. Its test fails until you set `reviewed` to true.", markup=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a site answers, with the address that it answered from."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


class _Site:
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
