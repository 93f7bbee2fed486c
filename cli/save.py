"""`podium save`: renew the saved pages that an office's tests read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from cli.draft import ROOT
from cli.fetching import Site
from cli.shown import console
from crawler.config import load_configuration
from crawler.office import Office
from crawler.offices import find_office
from crawler.options import UsageProblem
from crawler.reading import Unreadable
from crawler.saved import EXPECTED, PAGES, SavedPage, load_pages, read_all, save_pages


def save(
    office: Annotated[str, typer.Argument(help="The office.", show_default=False)],
    urls: Annotated[list[str], typer.Argument(help="Live addresses: of listings, of releases.", show_default=False)],
    base_url: Annotated[str | None, typer.Option(help="A mirror: scheme and host.")] = None,
    into: Annotated[Path, typer.Option(help="The folder with podium's tests/.")] = ROOT,
) -> None:
    """Fetch pages of an office, slowly, and put them in the place of those that its tests read.

    A page at an address that is saved already is renewed, any other is added; what is read from all of them is written as
    the new expectation, which fails until a person has compared it and set `reviewed` to true.
    Example: podium save president_am https://www.president.am/en/press-release/
    """
    found = find_office(office)
    folder = into / "tests" / "offices" / found.name
    if not folder.parent.is_dir():
        raise UsageProblem(f"{folder.parent} is no folder: name podium's own with --into.")
    site = Site(load_configuration().user_agent, {})
    kept = load_pages(folder) if (folder / PAGES).exists() else []
    for url in urls:
        fresh = _fetch(found, site, url, base_url, kept)
        kept = [fresh if saved.file == fresh.file else saved for saved in kept]
        if fresh not in kept:
            kept.append(fresh)
        console.print(f"{folder / fresh.file}: {url}", markup=False, highlight=False, soft_wrap=True)
    try:
        expected = read_all(found, kept)
    except Unreadable as problem:
        raise UsageProblem(f"nothing is renewed: one of the pages cannot be read ({problem.reason}).") from None
    save_pages(folder, kept)
    text = json.dumps({"reviewed": False, **expected}, ensure_ascii=False, indent=2)
    (folder / EXPECTED).write_text(text + "\n", encoding="utf-8")
    console.print(f"Compare {folder / EXPECTED} with the pages, then set `reviewed` to true.", markup=False, soft_wrap=True)


def _fetch(office: Office, site: Site, url: str, base_url: str | None, kept: list[SavedPage]) -> SavedPage:
    """The page of a live address, in the place of the one that was saved of it."""
    located = office.locate(url)
    spec = next((spec for spec in office.lists() if spec.url.rstrip("/") == url.rstrip("/")), None)
    if located is None and spec is None:
        raise UsageProblem(f"{url} is neither a list nor a release of {office.name}.")
    live = located.url if located is not None else spec.url if spec is not None else url
    asked = live
    if base_url is not None:
        base, parts = urlsplit(base_url), urlsplit(live)
        asked = urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))
    page = replace(site.fetch(asked), url=live)
    before = next((saved for saved in kept if saved.page.url == live), None)
    if before is not None:
        return replace(before, page=page)
    if spec is not None:
        section, language, kind = spec.section, spec.language, "listing"
    else:
        assert located is not None
        section, language = located.section or office.sections[0], located.language or office.languages[0]
        kind = "release"
    start = page.body.lstrip()[:1]
    suffix = "json" if start in (b"{", b"[") else "xml" if page.body.lstrip()[:5] == b"<?xml" else "html"
    number = 1 + sum(saved.kind == kind for saved in kept)
    return SavedPage(f"{kind}-{number}.{suffix}", kind, section, language, page)
