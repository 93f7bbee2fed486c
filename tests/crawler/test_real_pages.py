"""Pages of real sites, from the folder that $PODIUM_REAL_PAGES names: what the pages state comes out exactly."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from crawler.office import Office
from crawler.offices import find_office
from crawler.reading import Unreadable, read_release
from language.dates import read_date
from storage.model import Page, Release
from tests.conftest import Deployment
from tests.running import wait_for

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


@contextmanager
def served() -> Iterator[str]:
    """The saved pages under their live addresses; the server ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, str(Path(str(REAL)) / "serve.py"), str(port)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None and server.stdout.readline().startswith(b"http://")
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=10)


def test_a_crawl_archives_each_of_the_eighty_as_its_page_states_it(tmp_path: Path) -> None:
    with served() as url:
        deployment = Deployment(tmp_path, url)
        deployment.configure(schedules="offices:\n  president_ru: {every: 10m}\n")
        done = deployment.crawl("-a", "listings=all", office="president_ru", scope=False)
        assert done.returncode == 0, done.stdout + done.stderr[-2000:]
        again = deployment.crawl("-a", "recheck=99999d", office="president_ru", scope=False)
        assert again.returncode == 0, again.stdout + again.stderr[-2000:]
    archive = deployment.archive()
    read = {release.key: release for release in archive.releases(office="president_ru")}
    counts = archive.runs(limit=1)[0].counts
    archive.close()
    assert (counts.releases_new, counts.releases_edited, counts.releases_unchanged) == (0, 0, 80)
    pages = files("en.kremlin.ru/news")
    assert set(read) == {file.stem for file in pages} and len(read) == 80
    for file in pages:
        tree = html.fromstring(file.read_bytes().decode())
        assert read[file.stem].title == words(tree.cssselect("h1.entry-title")[0].text_content())
        assert str(read[file.stem].published_on) == tree.cssselect("time.read__published")[0].get("datetime")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("no date", r'<time class="read__published".*?</time>', ""),
        ("no time", r'<div class="read__time">.*?</div>', ""),
        ("another heading before", r"<article", "<h2>Events</h2><article"),
        ("a nested slider", r"</p>\s*<p>", "</p> <div class=slider><div class='slider masha-ignore'>Photo: TASS</div></div> <p>"),
        ("when it was updated", r'<div class="read__meta">',
         '<div class="read__updated">Last updated at <time datetime="2021-01-01">January 1, 2021</time></div>'
         '<div class="read__meta">'),
    ],
)  # fmt: skip
def test_pages_that_differ_a_little_come_out_the_same(name: str, old: str, new: str) -> None:
    office = find_office("president_ru")
    for file in files("en.kremlin.ru/news")[::4]:
        raw, url = file.read_bytes(), f"http://en.kremlin.ru/events/president/transcripts/{file.stem}"
        before = read(raw, url, office)
        changed = re.sub(old, new, raw.decode(), count=3, flags=re.S).encode()
        after = read(changed, url, office)
        assert (after.title, after.body, after.key) == (before.title, before.body, file.stem), name
        assert after.published_on == (None if name == "no date" else before.published_on)


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
