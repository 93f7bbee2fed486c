"""Offices whose listings carry the texts: a page is asked for only where its release is missing from among older ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage import times
from tests.crawler.desk import Desk, desk_for
from tests.crawler.site import Site, serve

NEWS = "/events/president/news"
TOPICS = "topics:\n  talks: {query: переговоры, on: [published, edited, withdrawn], tell: [desk]}\n"


def feed(numbers: list[int], said: str = "Переговоры шли") -> str:
    """A feed of releases, of which the highest number is the newest, one a day."""
    entries = ""
    for number in numbers:
        day = times.now() - timedelta(days=10 - number)
        entries += (
            f"<entry><id>{number}</id><title>Встреча {number} в зале</title><link href='http://kremlin.ru{NEWS}/{number}'/>"
            f"<updated>{day:%Y-%m-%dT%H:%M:%SZ}</updated><content type='html'>{said} в день {number}, долго. "
            f"{'Они всё шли и шли. ' * 10}</content></entry>"
        )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>News</title>{entries}</feed>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Iterator[Desk]:
    with desk_for(tmp_path, site, TOPICS) as made:  # type: ignore[arg-type]
        made.name, made.scope = "kremlin_ru", {"sections": "news"}
        publish(site, feed(list(range(9, 0, -1))))
        assert made.crawl().counts.releases_new == 9
        yield made


def publish(site: Site, listing: str) -> None:
    site.put(f"GET {NEWS}/feed", listing, "application/atom+xml")


def pages(desk: Desk, site: Site, **later: float) -> list[str]:
    """The releases' own pages that a poll so much later asks for."""
    desk.wait(**later)
    site.asked.clear()
    assert desk.crawl(recheck="14d", every=timedelta(hours=6)).verdict.healthy
    return [address for address, _ in site.asked if not address.endswith("/feed")]


def test_what_left_the_middle_of_a_feed_and_answers_404_is_withdrawn(desk: Desk, site: Site) -> None:
    assert pages(desk, site, hours=25) == [], "all stand in the feed"
    publish(site, feed([9, 8, 7, 6, 4, 3]))
    assert pages(desk, site, minutes=40) == []
    assert pages(desk, site, hours=24) == [f"GET {NEWS}/5"], "1 and 2 have only been pushed out"
    assert pages(desk, site, hours=2) == []
    assert pages(desk, site, hours=1, minutes=1) == [f"GET {NEWS}/5"]
    assert pages(desk, site, hours=3, minutes=1) == [f"GET {NEWS}/5"]
    assert [(line.cause, line.url.rpartition("/")[2]) for line in desk.alerts()] == [("withdrawn", "5")]

    publish(site, feed([9, 8, 7, 6, 5, 4, 3]))
    desk.crawl()
    assert [line.cause for line in desk.alerts()] == ["withdrawn", "restored"], "it stands in the feed again"


def test_a_page_that_shows_its_title_stands_whatever_else_it_says(desk: Desk, site: Site) -> None:
    publish(site, feed([9, 8, 7, 6, 4, 3]))
    site.put(f"GET {NEWS}/5", "<title>News</title><h1>Встреча 5 в зале</h1><p>Another text altogether.</p>")
    assert pages(desk, site, hours=1) == []
    for _ in range(3):
        assert pages(desk, site, hours=25) == [f"GET {NEWS}/5"], "once a day"
    site.put(f"GET {NEWS}/5", "<title>Oops</title><h1>There is nothing here</h1>")
    for _ in range(3):
        pages(desk, site, hours=25)
    assert desk.sql("SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL OR revision > 1") == [(0,)]
    assert not desk.alerts()


def test_a_text_that_changes_in_the_feed_is_an_edit(desk: Desk, site: Site) -> None:
    entries = feed([9, 8, 7, 6, 4, 3]).replace("в день 7", "в день седьмой")
    publish(site, entries)
    assert desk.crawl().counts.releases_edited == 1
    assert [(line.cause, line.url.rpartition("/")[2]) for line in desk.alerts()] == [("edited", "7")]


def test_a_feed_whose_texts_all_change_is_a_change_of_the_site(desk: Desk, site: Site) -> None:
    publish(site, feed(list(range(9, 0, -1)), said="Фото: пресс-служба. Переговоры шли"))
    assert desk.crawl().counts.releases_edited == 0
    assert [incident.kind for incident in desk.incidents()] == ["site changed"]
    publish(site, feed(list(range(9, 0, -1))))
    desk.crawl()
    assert desk.incidents() == [], "the site took it back"
