"""`reading`: title, date, body and milliseconds a page on real pages, for podium and trafilatura, in one run.

The pages come from the folder that $PODIUM_REAL_PAGES names; without it nothing is measured. What is right is what each page
states of itself, found with selectors of this module's own. "Bare parsel" only evaluates the office's selectors on the same
bytes and joins the texts: what reading costs beyond it is the office's addresses, dates, paragraphs and language.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import html
from parsel import Selector
from rich.console import Console
from rich.table import Table

from benchmarks.common import Figure
from crawler.office import Office
from crawler.offices import find_office
from crawler.reading import read_release
from language.dates import read_date
from storage.model import Page

WORD_F1 = 0.995
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Truth:
    """A page and what it states of itself."""

    page: Page
    office: Office
    title: str
    day: str
    body: str


def run() -> list[Figure]:
    """Read every page with each reader and print the table; [] without pages."""
    folder = os.environ.get("PODIUM_REAL_PAGES")
    if not folder:
        Console().print("reading: PODIUM_REAL_PAGES names no folder of real pages, so nothing is measured")
        return []
    from trafilatura import bare_extraction

    def podium(truth: Truth) -> tuple[str, str, str]:
        office = truth.office
        release = read_release(truth.page, office, section=office.sections[0], language=office.languages[0])
        return release.title, str(release.published_on), release.body

    def trafilatura(truth: Truth) -> tuple[str, str, str]:
        found: Any = bare_extraction(truth.page.body, url=truth.page.url, with_metadata=True, include_comments=False)
        return (found.title or "", found.date or "", found.text or "") if found is not None else ("", "", "")

    figures: list[Figure] = []
    table = Table(title="reading real pages")
    for heading in ("site", "reader", "titles", "dates", f"bodies at F1 ≥ {WORD_F1}", "worst F1", "ms a page"):
        table.add_column(heading)
    for site, truths in (
        ("en.kremlin.ru", _kremlin(Path(folder))),
        ("whitehouse.gov 2017", _white_house(Path(folder))),
    ):
        if not truths:
            continue
        spent: dict[str, float] = {}
        # In turns, so that the machine's moods meet each of them.
        readers: dict[str, Callable[[Truth], Any]] = {
            "podium": podium,
            "trafilatura": trafilatura,
            "bare parsel": _parsel,
        }
        times: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(ROUNDS):
            for name, reader in readers.items():
                times[name].append(_time(reader, truths))
        spent = {name: statistics.median(measured) for name, measured in times.items()}
        for name in ("podium", "trafilatura"):
            read = [(truth, readers[name](truth)) for truth in truths]
            titles = sum(_words(title) == truth.title for truth, (title, _, _) in read)
            days = sum(day == truth.day for truth, (_, day, _) in read)
            scores = [same_words(truth.body, body) for truth, (_, _, body) in read]
            bodies = sum(score >= WORD_F1 for score in scores)
            counts = [f"{count} of {len(truths)}" for count in (titles, days, bodies)]
            table.add_row(site, name, *counts, f"{min(scores):.3f}", f"{spent[name]:.2f}")
            if name == "podium":
                note = f"{site}: {', '.join(counts)} titles, dates, bodies"
                right = min(titles, days, bodies) / len(truths)
                figures.append(Figure(f"reading: right in every column, {site}", right, 1.0, True, note))
        table.add_row(site, "bare parsel", "", "", "", "", f"{spent['bare parsel']:.2f}")
        if site == "en.kremlin.ru":
            note = ", ".join(f"{name} {each:.2f} ms" for name, each in spent.items())
            figures.append(
                Figure(
                    "reading: trafilatura's time over podium's", spent["trafilatura"] / spent["podium"], 5, True, note
                )
            )
            figures.append(
                Figure(
                    "reading: podium's time over bare parsel's",
                    spent["podium"] / spent["bare parsel"],
                    1.5,
                    False,
                    note,
                )
            )
    Console().print(table)
    return figures


def _time(reader: Callable[[Truth], Any], truths: list[Truth]) -> float:
    """Milliseconds of CPU a page."""
    began = time.process_time()
    for truth in truths:
        reader(truth)
    return (time.process_time() - began) / len(truths) * 1000


def _parsel(truth: Truth) -> list[str]:
    """The office's selectors for title, body, date and time on a parsel tree, their texts joined; nothing is dropped."""
    office, tree = truth.office, Selector(text=truth.page.body.decode())
    return [
        "".join(found.css("::text").getall()) if "::" not in css else found.get() or ""
        for field in (office.title, office.body, office.date, office.time)
        for css in _several(field)
        for found in tree.css(css)[:1]
    ]


def _several(css: str | tuple[str, ...]) -> tuple[str, ...]:
    return (css,) if isinstance(css, str) else css


def same_words(stated: str, read: str) -> float:
    """F1 over the words of two texts."""
    one, other = (Counter(re.findall(r"\w+", text)) for text in (stated, read))
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _words(text: str) -> str:
    return " ".join(text.split())


def _page(url: str, body: bytes) -> Page:
    return Page(url, 200, {"content-type": "text/html; charset=utf-8"}, body, datetime(2026, 1, 1, tzinfo=UTC))


def _kremlin(folder: Path) -> list[Truth]:
    office, found = find_office("president_ru"), []
    for file in sorted((folder / "en.kremlin.ru" / "news").glob("*.html")):
        tree = html.fromstring(file.read_bytes().decode())
        body = tree.cssselect("[itemprop=articleBody]")[0]
        for element in body.cssselect(".masha-ignore, .read__bottommeta, .slider, script"):
            element.drop_tree()
        title, day = tree.cssselect("h1.entry-title")[0], tree.cssselect("time.read__published")[0]
        page = _page(f"http://en.kremlin.ru/events/president/news/{file.stem}", file.read_bytes())
        found.append(Truth(page, office, _words(title.text_content()), day.get("datetime"), body.text_content()))
    return found


def _white_house(folder: Path) -> list[Truth]:
    office, found = find_office("whitehouse"), []
    for file in sorted((folder / "whitehouse.gov").glob("[!_]*.html")):
        tree = html.fromstring(file.read_bytes().decode())
        day = read_date(_words(tree.cssselect("#press_article_date_created")[0].text_content()), "en")
        body = tree.cssselect(".field-name-field-forall-body")[0].text_content()
        page = _page(f"https://www.whitehouse.gov/the-press-office/{day:%Y/%m/%d}/{file.stem}", file.read_bytes())
        found.append(Truth(page, office, _words(tree.cssselect("h1")[0].text_content()), str(day), body))
    return found
