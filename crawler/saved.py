"""Saved pages of an office and what is expected of them: how a reader is tested without the site.

A folder holds the raw bytes of a listing and of releases, `pages.json` with their addresses, headers and times, and
`expected.json` with what must be read from them. An expectation counts only when a person has compared it with the pages
and set `reviewed` to true.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.office import Office
from crawler.reading import read_listing, read_release
from storage.model import ListSpec, Page, Release, Row

PAGES, EXPECTED = "pages.json", "expected.json"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page with the list that it belongs to. `kind` is "listing" or "release"; `file` its name in the folder."""

    file: str
    kind: str
    section: str
    language: str
    page: Page


def load_pages(folder: Path) -> list[SavedPage]:
    """The saved pages of a folder. Raises OSError, KeyError or ValueError for a folder that is none."""
    found = []
    for saved in json.loads((folder / PAGES).read_text(encoding="utf-8")):
        fetched_at = datetime.fromisoformat(saved["fetched_at"])
        body = (folder / saved["file"]).read_bytes()
        page = Page(saved["url"], saved["status"], saved["headers"], body, fetched_at)
        found.append(SavedPage(saved["file"], saved["kind"], saved["section"], saved["language"], page))
    return found


def save_pages(folder: Path, pages: Sequence[SavedPage]) -> None:
    """Write pages so that `load_pages` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for saved in pages:
        (folder / saved.file).write_bytes(saved.page.body)
        index.append({
            "file": saved.file, "kind": saved.kind, "section": saved.section, "language": saved.language,
            "url": saved.page.url, "status": saved.page.status, "headers": dict(saved.page.headers),
            "fetched_at": saved.page.fetched_at.isoformat(),
        })  # fmt: skip
    (folder / PAGES).write_text(json.dumps(index, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_all(office: Office, pages: Sequence[SavedPage]) -> dict[str, Any]:
    """What the office reads from saved pages, in the form of `expected.json` without `reviewed`.

    Releases that a listing carries whole are read from it. Raises `Unreadable` where a page cannot be read.
    """
    rows: list[dict[str, Any]] = []
    releases: list[dict[str, Any]] = []
    listed: dict[str, Row] = {}
    for saved in pages:
        if saved.kind == "listing":
            spec = ListSpec(office.name, saved.section, saved.language, saved.page.url)
            listing = read_listing(saved.page, office, spec)
            listed |= {row.key: row for row in listing}
            rows += [_plain(asdict(row)) for row in listing]
            carried = listing.pages.values()
            releases += [_release(office, page, saved.section, saved.language, listed) for page in carried]
        else:
            releases.append(_release(office, saved.page, saved.section, saved.language, listed))
    return {"rows": rows, "releases": releases}


def _release(office: Office, page: Page, section: str, language: str, listed: dict[str, Row]) -> dict[str, Any]:
    located = office.locate(page.url)
    row = listed.get(located.key) if located is not None else None
    listed_on = row.published_on if row is not None else None
    return release_fields(read_release(page, office, section=section, language=language, listed_on=listed_on))


def release_fields(release: Release) -> dict[str, Any]:
    """The fields of a release that an expectation states."""
    names = ("url", "key", "section", "language", "text_language", "title", "published_on", "published_at", "remarks")
    fields = {name: getattr(release, name) for name in names}
    return _plain(fields | {"remarks": list(release.remarks), "body": release.body.split("\n\n")})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Dates and instants as text, as JSON has them."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in fields.items()}
