"""What a crawl does when a site, or the machine, misbehaves: nothing is lost, nothing false is concluded."""

from __future__ import annotations

import signal
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Deployment
from tests.replica.client import Replica
from tests.running import DETAIL, NATO, last_run, query, wait_for

ENGLISH = ("-a", "sections=press-release", "-a", "languages=en")
SHORT_TIMEOUT = ("-s", "DOWNLOAD_TIMEOUT=1")


@pytest.fixture
def deployment(deployment: Deployment) -> Deployment:
    """One list, in English."""
    deployment.scope = ENGLISH
    return deployment


def releases(deployment: Deployment) -> int:
    return int(str(query(deployment, "SELECT count(*) FROM releases")[0][0]))


def test_a_crawl_killed_between_two_listings_owes_the_second(deployment: Deployment, office: Replica) -> None:
    deployment.crawl()
    before = releases(deployment)
    for number in range(30):
        office.publish(slug=f"New-{number}", languages=["en"])
    office.misbehave("hang", path="/page/2/")
    process = deployment.start()
    try:
        wait_for(lambda: query(deployment, "SELECT pass_listing FROM lists") == [(1,)])
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    office.behave()
    deployment.crawl()
    assert releases(deployment) == before + 30


def test_pages_in_another_charset_than_they_declare_are_no_edits(deployment: Deployment, office: Replica) -> None:
    deployment.scope = ("-a", "sections=press-release", "-a", "languages=ru")
    deployment.crawl()
    office.misbehave("charset", path=DETAIL, charset="windows-1251", encode=True)
    assert deployment.crawl("-a", "recheck=9999d").returncode == 1
    assert last_run(deployment).verdict == "unreadable"
    office.behave()
    deployment.crawl("-a", "recheck=9999d")
    assert query(deployment, "SELECT max(revision) FROM releases") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "verdict"), [("cut", "unreachable"), ("hang", "unreachable"), ("500", "unreachable"), ("gone", "unreadable")]
)
def test_a_site_whose_lists_answer_and_whose_releases_do_not_is_not_healthy(
    deployment: Deployment, office: Replica, kind: str, verdict: str
) -> None:
    office.misbehave(kind, path=DETAIL)
    crawl = deployment.crawl(*SHORT_TIMEOUT)
    assert crawl.returncode == 1 and last_run(deployment).verdict == verdict
    assert "Traceback" not in crawl.stderr


def test_a_release_that_was_gone_for_a_while_is_read_when_it_is_back(deployment: Deployment, office: Replica) -> None:
    office.misbehave("gone", path=DETAIL)
    for _ in range(3):
        deployment.crawl("-a", "listings=1")
    rows = query(deployment, "SELECT count(*) FROM listing_rows WHERE state = 'gone'")
    assert rows != [(0,)] and releases(deployment) == 0
    office.behave()
    with sqlite3.connect(deployment.db) as connection:  # a day later
        connection.execute("UPDATE listing_rows SET attempted_at = '2020-01-01T00:00:00.000Z'")
    deployment.crawl("-a", "listings=1")
    assert [(releases(deployment),)] == rows


def test_a_sweep_leaves_an_unfinished_walk_where_it_was(deployment: Deployment, office: Replica) -> None:
    for number in range(50):
        office.publish(slug=f"More-{number}", languages=["en"])
    office.misbehave("hang", path="/page/4/")
    process = deployment.start("-a", "listings=all")
    try:
        reached = "SELECT listing FROM walks WHERE kind = 'all'"
        wait_for(lambda: query(deployment, reached) == [(3,)])
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    office.behave()
    office.clear_log()
    assert deployment.crawl("-a", "sweep=2").returncode == 0
    assert [entry["path"] for entry in office.log() if "/item/" not in entry["path"]][-1].endswith("/page/2/")
    assert query(deployment, "SELECT kind, listing FROM walks") == [("all", 3)]
    office.clear_log()
    assert deployment.crawl("-a", "listings=all").returncode == 0
    pages = [entry["path"] for entry in office.log() if "/page/" in entry["path"]]
    assert pages[0].endswith("/page/3/"), "it goes on with the last one it had, from which rows may have moved down"
    assert query(deployment, "SELECT count(*) FROM walks") == [(0,)]


def test_since_looks_back_after_an_ordinary_crawl_too(deployment: Deployment, office: Replica) -> None:
    deployment.crawl("-a", "listings=1")
    before = releases(deployment)
    deployment.crawl("-a", "since=2000-01-01")
    wanted = office.stories(section="press-release", language="en")
    assert before < releases(deployment) == len(wanted)


@pytest.mark.parametrize("path", ["", DETAIL])
def test_a_site_that_hangs_is_left_after_a_few_requests(deployment: Deployment, office: Replica, path: str) -> None:
    office.misbehave("hang", path=path or "^/(?!robots)")
    deployment.crawl(*SHORT_TIMEOUT)
    hung = [entry for entry in office.log() if entry["path"] != "/robots.txt"]
    assert len(hung) <= 14, "three releases (or one list), three tries each, and what led to them"
    assert last_run(deployment).verdict == "unreachable"


@pytest.mark.parametrize("kind", ["500", "429", "hang"])
def test_a_robots_txt_that_cannot_be_read_is_asked_for_once(deployment: Deployment, office: Replica, kind: str) -> None:
    deployment.scope = ()
    office.misbehave(kind, path="robots")
    crawl = deployment.crawl(*SHORT_TIMEOUT)
    assert [entry["path"] for entry in office.log()] == ["/robots.txt"]
    assert crawl.returncode == 1 and last_run(deployment).verdict == "unreachable"
    assert "robots.txt cannot be read" in crawl.stdout


def test_new_releases_are_heard_though_they_stand_deeper_than_the_first_pass_went(
    deployment: Deployment, office: Replica
) -> None:
    deployment.configure(topics=NATO.replace("tell: [desk, hook]", "tell: []"))
    deployment.crawl("-a", "listings=1")
    for number in range(30):
        office.publish(slug=f"New-{number}", languages=["en"], topic="nato", date=date.today().isoformat())
    deployment.crawl("-a", "sweep=3")
    assert query(deployment, "SELECT count(*) FROM alerts WHERE silence = ''") == [(30,)]
    silent = query(deployment, "SELECT DISTINCT silence FROM listing_rows WHERE silence <> ''")
    assert ("seen deeper than the first pass over its list had gone",) in silent


def test_an_edit_found_by_a_crawl_that_was_killed_counts_when_the_next_one_is_well(
    deployment: Deployment, office: Replica
) -> None:
    deployment.crawl()
    newest, *_, oldest = [str(row[0]) for row in query(deployment, "SELECT url FROM releases ORDER BY published_on DESC")]
    office.edit(newest, change="paragraph")
    office.misbehave("hang", path=oldest.split(".am", 1)[1])
    process = deployment.start("-a", "recheck=99999d")
    try:
        wait_for(lambda: query(deployment, "SELECT count(*) FROM pending_changes") == [(1,)])
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    office.behave()
    deployment.crawl()
    assert query(deployment, "SELECT max(revision) FROM releases") == [(2,)]
    assert query(deployment, "SELECT count(*) FROM pending_changes") == [(0,)]
    orphans = (
        "SELECT count(*) FROM pages WHERE id NOT IN (SELECT page_id FROM revisions) "
        "AND id NOT IN (SELECT page_id FROM lists WHERE page_id IS NOT NULL)"
    )
    assert query(deployment, orphans) == [(0,)]


def test_one_text_under_every_address_is_no_release_and_no_edit(deployment: Deployment, office: Replica) -> None:
    office.misbehave("same", path=DETAIL)
    assert deployment.crawl("-a", "listings=1").returncode == 1
    assert last_run(deployment).verdict == "unreadable" and releases(deployment) <= 2
    assert "the same text stands under" in last_run(deployment).reason


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-a", "base_url=http://127.0.0.1:99999"], "is no site"),
        (["-a", "base_url=http://[::1"], "is no site"),
        (["-a", "base_url=http://127.0.0.1:80?x=1"], "is no site"),
        (["-a", "base_url="], "says nothing"),
        (["-a", "languages="], "says nothing"),
        (["-a", "listings=2", "-a", "sweep=3"], "exclude each other"),
    ],
)
def test_an_argument_that_means_nothing_is_refused(deployment: Deployment, arguments: list[str], sentence: str) -> None:
    crawl = deployment.crawl(*arguments)
    assert crawl.returncode == 2 and sentence in crawl.stderr and "Traceback" not in crawl.stderr


def test_a_secret_that_is_missing_is_said_before_anything_is_asked(deployment: Deployment, office: Replica) -> None:
    deployment.configure(
        schedules='channels: {hook: {webhook: "https://example.org/x", secret: env:PODIUM_NO_SUCH}}\n'
        "offices: {president_am: {every: 10m}}\n"
    )
    crawl = deployment.crawl()
    assert crawl.returncode == 2 and "PODIUM_NO_SUCH" in crawl.stderr
    assert office.log() == [] and not deployment.db.exists()


def test_one_archive_has_one_lock_through_any_link(deployment: Deployment, office: Replica, tmp_path: Path) -> None:
    deployment.crawl()
    office.misbehave("hang")
    first = deployment.start()
    try:
        wait_for(lambda: query(deployment, "SELECT count(*) FROM runs WHERE finished_at IS NULL") == [(1,)])
        link = tmp_path / "link.db"
        link.symlink_to(deployment.db)
        deployment.variables["PODIUM_DB"] = str(link)
        second = deployment.crawl()
        assert second.returncode == 2 and "is being crawled by another process" in second.stderr
    finally:
        first.kill()
        first.communicate()
