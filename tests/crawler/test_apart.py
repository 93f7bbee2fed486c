"""Reading in a process of its own: it says what reading here says, and whoever dies, nothing is lost and nobody stays."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import psutil
import pytest

import crawler.session
from alerts.matching import Matcher
from crawler.apart import ReadingProcess
from crawler.config import load_configuration
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.prepared import Prepared, prepare
from crawler.reading import Unreadable, read_listing
from crawler.session import load_announcer
from language.query import parse
from language.words import FIELDS, Terms
from scheduler.crawls import Crawls
from storage.model import ListSpec, Page
from storage.writer import Writer
from tests.conftest import Deployment
from tests.replica.client import Replica
from tests.running import query, wait_for

OFFICE = find_office("president_am")
MATCHER = Matcher(enumerate(map(parse, ("NATO", "президент", '"наш сосед" OR Հայաստան', "visite AND NOT lang:en"))))
AT = datetime(2026, 3, 1, tzinfo=UTC)
TOPICS = "topics:\n  nato: {query: NATO OR НАТО OR ՆԱՏՕ OR OTAN}\n  head: {query: президент OR president OR Նախագահ}\n"
HURRIED = ("-s", "CONCURRENT_REQUESTS=8", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-a", "listings=all")


def pages(office: Replica) -> list[tuple[Page, str, str]]:
    """Every release of the replica and some pages that are none, each with the section and language of its list."""
    found = []
    with httpx.Client(base_url=office.url) as client:
        for truth in office.stories():
            answer = client.get(truth["url"].split("president.am", 1)[1])
            page = Page(truth["url"], answer.status_code, dict(answer.headers), answer.content, AT)
            found.append((page, truth["section"], truth["language"]))
    first = found[0][0]
    for status, body in ((404, b""), (200, b"<html><script src='//captcha.perfdrive.com/x'>"), (200, b"\xff\xfe\xff")):
        found.append((Page(first.url, status, {}, body, AT), "press-release", "hy"))
    return found


def sorted_terms(prepared: Prepared) -> Prepared:
    """The terms of the word index stand in no order, which differs from process to process."""
    title, body = (" ".join(sorted(prepared.terms.terms(name).split())) for name in FIELDS)
    return replace(prepared, terms=Terms(title, body))


def here(page: Page, section: str, language: str) -> Prepared | tuple[str, str]:
    try:
        return sorted_terms(prepare(page, OFFICE, MATCHER, section=section, language=language, listed_on=None))
    except Unreadable as problem:
        return problem.kind, problem.reason


async def there(process: ReadingProcess, page: Page, section: str, language: str) -> Prepared | tuple[str, str] | None:
    try:
        prepared = await process.read(page, ListSpec(OFFICE.name, section, language, ""), None)
        return prepared and sorted_terms(prepared)
    except Unreadable as problem:
        return problem.kind, problem.reason


@pytest.mark.asyncio
async def test_it_says_of_every_page_what_reading_here_says(office: Replica) -> None:
    read = pages(office)
    process = ReadingProcess(OFFICE, MATCHER)
    try:
        answers = await asyncio.gather(*(there(process, *page) for page in read))
    finally:
        process.close()
        process.join()
    assert answers == [here(*page) for page in read]
    assert [kind for kind, _ in answers[-3:]] == ["gone", "wall", "foreign"]
    assert any(answer.matches for answer in answers if isinstance(answer, Prepared))


@pytest.mark.asyncio
async def test_it_says_of_every_listing_what_reading_here_says(office: Replica) -> None:
    spec = OFFICE.lists(["press-release"], ["en"])[0]
    path = "/en/press-release/"
    found = Page(spec.url, 200, {}, httpx.get(office.url.rstrip("/") + path).content, AT)
    wall = Page(spec.url, 200, {}, b"<script src='//captcha.perfdrive.com/x'>", AT)
    process = ReadingProcess(OFFICE, MATCHER)
    try:
        there = await process.read_listing(found, spec)
        here = read_listing(found, OFFICE, spec)
        assert there is not None and list(there) == list(here) and len(here) > 5
        assert (there.following, there.pages, there.carries) == (here.following, here.pages, here.carries)
        with pytest.raises(Unreadable, match="Radware") as problem:
            await process.read_listing(wall, spec)
        assert problem.value.kind == "wall"
        with pytest.raises(Unreadable) as lacking:
            await process.read(replace(found, body=b"<h1>Title</h1>", url=here[0].url), spec, None)
        assert lacking.value.missing == ("container",)
    finally:
        process.close()
        process.join()


@pytest.mark.asyncio
async def test_when_it_dies_whoever_waits_is_told_to_read_here(
    office: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    read = pages(office)
    process = ReadingProcess(OFFICE, MATCHER)
    try:
        assert await there(process, *read[0]) == here(*read[0])
        waiting = [asyncio.ensure_future(there(process, *page)) for page in read]
        await asyncio.sleep(0)
        with caplog.at_level(logging.WARNING, "podium.crawl"):
            process._process.kill()
            answers = await asyncio.wait_for(asyncio.gather(*waiting), 30)
        assert None in answers
        assert all(answer in (None, here(*page)) for answer, page in zip(answers, read, strict=True))
        assert await there(process, *read[0]) is None
        assert [record.getMessage() for record in caplog.records] == [
            "the reading process ended by itself; pages are read in the crawl's own process from here on"
        ]
    finally:
        process.close()
        process.join()


def reader_of(crawl: subprocess.Popen[str]) -> psutil.Process | None:
    """The reading process of a running crawl."""
    return next((child for child in psutil.Process(crawl.pid).children() if "crawler.apart" in child.cmdline()), None)


def started(crawl: subprocess.Popen[str]) -> psutil.Process:
    wait_for(lambda: reader_of(crawl) is not None)
    reader = reader_of(crawl)
    assert reader is not None
    return reader


STORED = """
    SELECT r.url, r.title, r.body, r.text_language, r.published_on, r.content_hash, p.sha256, length(p.body), w.title, w.body,
        (SELECT group_concat(t.name || m.explanation) FROM matches m JOIN topics t ON t.id = m.topic_id
         WHERE m.release_id = r.id)
    FROM releases r JOIN releases_words w ON w.rowid = r.id
    JOIN revisions v ON v.release_id = r.id JOIN pages p ON p.id = v.page_id ORDER BY r.url
"""


def stored(deployment: Deployment) -> list[tuple[object, ...]]:
    """What is stored of every release, its words in the index in no order."""
    rows = query(deployment, STORED)
    return [(*row[:8], sorted(row[8].split()), sorted(row[9].split()), row[10]) for row in rows]


def test_a_hurried_crawl_stores_what_an_unhurried_one_stores(
    deployment: Deployment, office: Replica, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unhurried = Deployment(tmp_path_factory.mktemp("unhurried"), deployment.url)
    for place in (deployment, unhurried):
        place.configure(topics=TOPICS)
    assert unhurried.crawl("-a", "listings=all", scope=False).returncode == 0
    crawl = deployment.start(*HURRIED, scope=False)
    started(crawl)
    out, _ = crawl.communicate(timeout=90)
    assert crawl.returncode == 0, out
    assert stored(deployment) == stored(unhurried)
    assert len(stored(deployment)) == len(office.stories())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_crawl_whose_reading_process_is_killed_reads_everything(
    deployment: Deployment, office: Replica, number: signal.Signals
) -> None:
    """SIGTERM it leaves to its parent, which is told by whoever ends a whole group of processes."""
    office.misbehave("slow", path="/item/", delay=0.05)
    crawl = deployment.start(*HURRIED, scope=False)
    reader = started(crawl)
    wait_for(lambda: query(deployment, "SELECT count(*) > 0 FROM releases") == [(1,)])
    reader.send_signal(number)
    _, err = crawl.communicate(timeout=90)
    assert crawl.returncode == 0
    assert ("the reading process ended by itself" in err) == (number == signal.SIGKILL)
    assert query(deployment, "SELECT count(*) FROM releases") == [(len(office.stories()),)]


def test_no_reading_process_outlives_its_crawl(deployment: Deployment, office: Replica) -> None:
    office.misbehave("slow", path="/item/", delay=0.05)
    crawl = deployment.start(*HURRIED, scope=False)
    reader = started(crawl)
    os.kill(crawl.pid, signal.SIGKILL)
    crawl.communicate()
    wait_for(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE)
    assert not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE


@pytest.mark.asyncio
async def test_a_crawl_at_a_site_s_pace_has_none(
    deployment: Deployment, office: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a polite crawl began a reading process")

    monkeypatch.setattr(crawler.session, "ReadingProcess", refuse)
    configuration = load_configuration(deployment.folder)
    writer = Writer(deployment.db)
    try:
        announcer = await writer.run(load_announcer, configuration)
        one_at_a_time = {"DOWNLOAD_DELAY": "0", "AUTOTHROTTLE_ENABLED": "False", "LOG_ENABLED": "False"}
        crawls = Crawls(writer, configuration, announcer, one_at_a_time)
        options = CrawlOptions.parse(OFFICE, {"listings": "all", "base_url": office.url}, None)
        _, closed = await crawls.crawl("president_am", options)
        assert closed is not None and closed.counts.releases_new == len(office.stories()) > 200
    finally:
        writer.close()
