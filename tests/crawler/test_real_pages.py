"""Pages of real sites, from the folder that $PODIUM_REAL_PAGES names: what the pages state comes out exactly."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from crawler.office import Office
from crawler.offices import find_office
from crawler.reading import Unreadable, read_release
from language.dates import read_date
from storage.model import Page, Release

REAL = os.environ.get("PODIUM_REAL_PAGES")
pytestmark = pytest.mark.skipif(not REAL, reason="PODIUM_REAL_PAGES names no folder of saved pages of real sites")
WORD_F1 = 0.995


def files(folder: str, pattern: str = "*.html") -> list[Path]:
    found = sorted((Path(str(REAL)) / folder).glob(pattern))
    assert found, f"no pages in {folder}"
    return found


def read(raw: bytes, url: str, office: Office) -> Release:
    page = Page(url, 200, {"content-type": "text/html"}, raw, datetime(2026, 1, 1, tzinfo=UTC))
    return read_release(page, office, section=office.sections[0], language=office.languages[0])


def same_words(stated: str, ours: str) -> float:
    """F1 over the words of two texts."""
    one, other = (Counter(re.findall(r"\w+", text)) for text in (stated, ours))
    return 2 * (one & other).total() / (one.total() + other.total())


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_release_of_the_kremlin_comes_out_as_its_page_states_it() -> None:
    office = find_office("president_ru")
    for file in files("en.kremlin.ru/news"):
        tree = html.fromstring(file.read_bytes().decode())
        release = read(file.read_bytes(), f"http://en.kremlin.ru/events/president/news/{file.stem}", office)
        assert release.title == words(tree.cssselect("h1.entry-title")[0].text_content())
        assert str(release.published_on) == tree.cssselect("time.read__published")[0].get("datetime")
        assert release.published_at is not None
        local = release.published_at.astimezone(office.zone)
        assert f"{local:%H:%M}" == words(tree.cssselect(".read__time")[0].text_content())
        body = tree.cssselect("[itemprop=articleBody]")[0]
        for element in body.cssselect(".masha-ignore, .read__bottommeta, .slider, script"):
            element.drop_tree()
        assert same_words(body.text_content(), release.body) >= WORD_F1, file.name
        assert release.remarks == ()


def test_the_white_house_of_2017_comes_out_as_its_pages_state_it() -> None:
    office = find_office("whitehouse")
    for file in files("whitehouse.gov", "[!_]*.html"):
        tree = html.fromstring(file.read_bytes().decode())
        day = read_date(words(tree.cssselect("#press_article_date_created")[0].text_content()), "en")
        release = read(
            file.read_bytes(), f"https://www.whitehouse.gov/the-press-office/{day:%Y/%m/%d}/{file.stem}", office
        )
        assert release.title == words(tree.cssselect("h1")[0].text_content())
        assert release.published_on == day and release.remarks == ()
        body = tree.cssselect(".field-name-field-forall-body")[0]
        assert same_words(body.text_content(), release.body) >= WORD_F1, file.name


def test_a_home_page_in_the_place_of_a_release_is_no_release() -> None:
    for file in files("whitehouse.gov", "_*.html"):
        for path in ("the-press-office/2017/07/08/remarks", "remarks/2026/09/remarks-by-the-president"):
            with pytest.raises(Unreadable) as caught:
                read(file.read_bytes(), f"https://www.whitehouse.gov/{path}", find_office("whitehouse"))
            assert caught.value.kind == "foreign"


def test_a_mexican_release_comes_out_as_its_page_states_it() -> None:
    office = find_office("presidencia_mx")
    for file in files("gob.mx"):
        tree = html.fromstring(file.read_bytes().decode())
        release = read(file.read_bytes(), f"https://www.gob.mx/presidencia/prensa/{file.stem}", office)
        assert release.title == words(tree.cssselect("h1.bottom-buffer")[0].text_content())
        assert str(release.published_on) == "2019-09-11"
        assert same_words(tree.cssselect(".article-body")[0].text_content(), release.body) >= WORD_F1
