"""`podium new-office`: the first draft of an office from the address of its listing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from cli.fetching import Site
from cli.shown import console
from crawler.config import load_configuration
from crawler.drafting import DraftProblem, Wish, draft

ROOT = Path(__file__).parents[1]


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
    site = Site(load_configuration().user_agent, files)
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
