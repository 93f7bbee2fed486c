"""The main job, end to end: real crawl processes against a press office on loopback, real mail and web servers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3

import pytest

from crawler.offices import find_office
from tests.alerts.receivers import MailServer
from tests.conftest import Deployment
from tests.replica.client import Replica
from tests.running import DETAIL, NATO, SECRET, keys, last_run, query, receivers, wait_for, with_channels


def test_a_release_is_said_once_on_every_channel_though_it_stands_in_four_languages(
    deployment: Deployment, office: Replica
) -> None:
    with receivers() as (mails, hooks):
        deployment.scope = ("-a", "sections=press-release")
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        assert deployment.crawl().returncode == 0
        assert not mails.envelopes and not hooks.received, "the first pass over a list is silent"

        published = office.publish(topic="nato")
        assert len(published) == 4
        assert deployment.crawl().returncode == 0
        assert (len(mails.envelopes), len(hooks.received)) == (1, 1)
        assert last_run(deployment).counts.releases_new == 4

        assert deployment.crawl().returncode == 0
        assert (len(mails.envelopes), len(hooks.received)) == (1, 1)

        office.edit(published[0]["url"], change="paragraph")
        assert deployment.crawl("-a", "recheck=2d").returncode == 0
        assert last_run(deployment).counts.releases_edited == 1
        archive = deployment.archive()
        stored = archive.release_at(published[0]["url"])
        archive.close()
        assert stored is not None and [revision.number for revision in stored.revisions] == [1, 2]
        assert (len(mails.envelopes), len(hooks.received)) == (1, 1), "this topic does not ask for edits"


def test_what_is_read_is_what_the_office_published(deployment: Deployment, office: Replica) -> None:
    deployment.crawl("-a", "listings=all", scope=False)
    archive = deployment.archive()
    read = {release.url: release for release in archive.releases()}
    archive.close()
    truths = office.stories()
    assert len(read) == len(truths) > 100
    for truth in truths:
        release = read[truth["url"]]
        assert " ".join(release.body.split()) == " ".join(" ".join(truth["paragraphs"]).split())
        assert (release.published_on and release.published_on.isoformat()) == truth["date"]
        assert release.text_language == truth["text_language"]
        assert release.title == truth["own_title"], "where the heading is the section's name the text's own counts"


def test_every_section_of_the_office_is_read_decrees_laws_and_announcements_too(
    deployment: Deployment, office: Replica
) -> None:
    crawl = deployment.crawl("-a", "listings=all", scope=False)
    assert crawl.returncode == 0 and last_run(deployment).verdict == "ok"
    archive = deployment.archive()
    read = list(archive.releases())
    archive.close()
    assert {release.section for release in read} == set(find_office("president_am").sections)
    assert {(release.section, release.language) for release in read} >= {
        (section, language) for section in ("decrees", "signed-laws", "announcements") for language in ("hy", "en", "ru", "fr")
    }  # fmt: skip
    laws = [release for release in read if release.section == "signed-laws"]
    assert {release.text_language for release in laws} == {"hy"}
    assert all(release.title.startswith("Հայաստանի Հանրապետության օրենքը") for release in laws)
    assert all(release.published_on is not None for release in laws), "their text states the day on a line of its own"
    told = [release for release in read if release.section == "announcements"]
    assert {(release.language, release.text_language) for release in told} == {
        ("hy", "hy"), ("en", "en"), ("ru", "ru"), ("fr", "hy")
    }  # fmt: skip
    assert {release.published_on for release in told} == {None}, "two days in the text are none of publication"
    stories = {release.story_key for release in read if release.section in ("decrees", "signed-laws")}
    assert {"decrees/2100", "signed-laws/2100"} <= stories, "one number in two sections is two stories"


def test_scrapy_exports_what_was_read(deployment: Deployment) -> None:
    assert deployment.crawl("-O", str(deployment.folder / "read.jsonl")).returncode == 0
    lines = (deployment.folder / "read.jsonl").read_text(encoding="utf-8").splitlines()
    assert {(item["url"], item["title"], item["published_on"]) for item in map(json.loads, lines)} == set(
        query(deployment, "SELECT url, title, published_on FROM releases")
    )


def test_crawling_twice_changes_nothing_but_when_it_was_seen(deployment: Deployment) -> None:
    sql = "SELECT id, url, title, content_hash, revision, changed_at FROM releases ORDER BY id"
    deployment.crawl()
    before = query(deployment, sql)
    deployment.crawl()
    deployment.crawl("-a", "recheck=9999d")
    assert query(deployment, sql) == before
    assert query(deployment, "SELECT count(*) FROM revisions") == [(len(before),)]
    assert last_run(deployment).counts.releases_unchanged == len(before)


def test_an_edit_of_the_furniture_only_is_no_revision(deployment: Deployment, office: Replica) -> None:
    deployment.crawl()
    url = next(truth["url"] for truth in office.stories(language="en", section="press-release"))
    office.edit(url, change="furniture")
    deployment.crawl("-a", "recheck=9999d")
    assert last_run(deployment).counts.releases_edited == 0


def test_a_crawl_killed_between_listing_and_release_loses_nothing(deployment: Deployment, office: Replica) -> None:
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        deployment.crawl()
        known = keys(deployment)
        office.publish(topic="nato")
        office.misbehave("hang", path=DETAIL)
        office.clear_log()
        crawl = deployment.start()
        wait_for(lambda: any("/item/" in entry["path"] for entry in office.log()))
        os.kill(crawl.pid, signal.SIGKILL)
        crawl.communicate()
        assert keys(deployment) == known, "seen on the listing, not yet read"
        office.behave()

        assert deployment.crawl().returncode == 0
        assert len(keys(deployment) - known) == 2
        assert (len(mails.envelopes), len(hooks.received)) == (1, 1)
        assert query(deployment, "SELECT verdict FROM runs ORDER BY id") == [("ok",), ("missing",), ("ok",)]


def test_an_alert_raised_by_a_crawl_that_died_is_said_by_the_next(deployment: Deployment, office: Replica) -> None:
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        deployment.crawl()
        office.publish(topic="nato", languages=["hy", "en"])
        office.misbehave("hang", path="^/en/.*/item/")
        crawl = deployment.start("-s", "CONCURRENT_REQUESTS=2", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2")
        wait_for(lambda: query(deployment, "SELECT count(*) FROM deliveries WHERE state = 'held'") == [(2,)])
        os.kill(crawl.pid, signal.SIGKILL)
        crawl.communicate()
        assert not mails.envelopes
        office.behave()
        deployment.crawl()
        assert (len(mails.envelopes), len(hooks.received)) == (1, 1)


def test_a_first_pass_that_is_killed_stays_silent_when_it_is_finished(deployment: Deployment, office: Replica) -> None:
    office.publish(topic="nato")
    office.misbehave("hang", path=DETAIL)
    deployment.configure(topics=NATO.replace("desk, hook", ""))
    crawl = deployment.start()
    wait_for(lambda: any("/item/" in entry["path"] for entry in office.log()))
    os.kill(crawl.pid, signal.SIGKILL)
    crawl.communicate()
    office.behave()
    deployment.crawl()
    assert last_run(deployment).counts.alerts == 0
    assert query(deployment, "SELECT count(*) FROM releases")[0][0] > 40  # type: ignore[operator]


def test_a_language_added_later_is_silent_at_first(deployment: Deployment, office: Replica) -> None:
    deployment.configure(topics=NATO.replace("desk, hook", ""))
    office.publish(topic="nato")
    deployment.crawl()
    deployment.crawl("-a", "languages=hy,en,fr")
    assert last_run(deployment).counts.releases_new > 0
    assert last_run(deployment).counts.alerts == 0


def test_two_crawls_of_one_office_never_run_at_once_and_a_killed_one_leaves_no_lock(
    deployment: Deployment, office: Replica
) -> None:
    office.misbehave("hang", path=DETAIL)
    first = deployment.start()
    wait_for(lambda: any("/item/" in entry["path"] for entry in office.log()))
    second = deployment.crawl()
    assert second.returncode == 2
    assert f"being crawled by another process ({first.pid})" in second.stderr
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    office.behave()
    assert deployment.crawl().returncode == 0


@pytest.mark.parametrize(
    ("kind", "path", "options", "verdict", "reason"),
    [
        ("wall", "", {}, "walled", "Radware"),
        ("wall-redirect", "", {}, "walled", "redirected"),
        ("500", "", {}, "unreachable", "HTTP 500"),
        ("429", "", {"retry_after": 3600}, "unreachable", "HTTP 429"),
        ("cut", "", {}, "unreachable", "no list of 1 of 1 sections answered"),
        ("empty", "press-release/$", {}, "redesigned", "without one row"),
        ("soft404", "", {}, "redesigned", "without one row"),
        ("login", "", {}, "redesigned", "login"),
    ],
)
def test_a_site_that_cannot_be_read_has_a_name_and_a_reason(
    deployment: Deployment, office: Replica, kind: str, path: str, options: dict[str, float], verdict: str, reason: str
) -> None:
    office.misbehave(kind, path=path or "^/(hy|en)/", **options)
    crawl = deployment.crawl()
    run = last_run(deployment)
    assert (run.verdict, crawl.returncode) == (verdict, 1)
    assert reason in run.reason + str(run.facts)
    assert keys(deployment) == set()
    assert verdict in crawl.stdout


def test_releases_without_landmarks_are_kept_as_pages_and_hold_the_run(deployment: Deployment, office: Replica) -> None:
    deployment.crawl()
    office.misbehave("soft404", path=DETAIL)
    office.publish(topic="nato")
    crawl = deployment.crawl()
    assert (last_run(deployment).verdict, crawl.returncode) == ("unreadable", 1)
    assert query(deployment, "SELECT count(*) FROM failed_pages") == [(2,)]
    office.behave()
    deployment.crawl()
    assert last_run(deployment).counts.releases_new == 2, "what could not be read is tried again"


def to_analysts(mails: MailServer) -> int:
    """How many mails went to others than the operator."""
    return sum(envelope.rcpt_tos != ["operator@example.org"] for envelope in mails.envelopes)


def test_an_unhealthy_run_holds_its_alerts(deployment: Deployment, office: Replica) -> None:
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        deployment.crawl()
        office.publish(topic="nato", languages=["hy", "en"])
        office.misbehave("wall", path="^/hy/.*/item/")
        assert deployment.crawl().returncode == 1
        assert last_run(deployment).verdict == "walled"
        assert to_analysts(mails) == 0 and not hooks.received
        assert [envelope.rcpt_tos for envelope in mails.envelopes] == [["operator@example.org"]], "told of the wall"
        office.behave()
        assert deployment.crawl().returncode == 0
        assert (to_analysts(mails), len(hooks.received)) == (1, 1), "the row still stands: said by the healthy run"


def test_a_changed_text_found_by_a_walled_run_is_no_revision(deployment: Deployment, office: Replica) -> None:
    deployment.crawl()
    english = office.stories(language="en", section="press-release")
    for truth in english[:2]:
        office.edit(truth["url"], change="paragraph")
    office.misbehave("wall", path="^/hy/press-release/$")
    deployment.crawl("-a", "recheck=9999d")
    assert last_run(deployment).verdict == "walled"
    assert query(deployment, "SELECT count(*) FROM revisions WHERE number > 1") == [(0,)]


def test_a_short_retry_after_is_waited_for(deployment: Deployment, office: Replica) -> None:
    office.misbehave("429", path="^/en/press-release/$", times=1, retry_after=1)
    assert deployment.crawl().returncode == 0
    asked = [entry for entry in office.log() if entry["path"] == "/en/press-release/"]
    assert [entry["status"] for entry in asked] == [429, 200]
    assert asked[1]["time"] - asked[0]["time"] >= 1


def test_a_wrong_charset_in_the_header_does_not_spoil_the_text(deployment: Deployment, office: Replica) -> None:
    office.misbehave("charset", path="/", charset="iso-8859-1")
    deployment.crawl()
    archive = deployment.archive()
    titles = {release.url: release.title for release in archive.releases(language="hy")}
    archive.close()
    truths = {truth["url"]: truth["title"] for truth in office.stories(language="hy", section="press-release")}
    assert titles and all(truths[url] == title for url, title in titles.items())


def test_a_poll_asks_once_for_each_list_and_conditionally(deployment: Deployment, office: Replica) -> None:
    deployment.crawl()
    office.clear_log()
    deployment.crawl()
    log = office.log()
    assert [(entry["path"], entry["status"]) for entry in log] == [
        ("/hy/press-release/", 304),
        ("/en/press-release/", 304),
    ], "robots.txt is kept for a day"
    assert all(entry["user_agent"].startswith("podium/") for entry in log)


def test_a_deep_walk_reads_the_whole_archive(deployment: Deployment, office: Replica) -> None:
    deployment.crawl("-a", "listings=1")
    assert deployment.crawl("-a", "listings=all").returncode == 0
    wanted = {
        (truth["language"], truth["key"])
        for language in ("hy", "en")
        for truth in office.stories(language=language, section="press-release")
    }
    assert len(keys(deployment)) == len(wanted)


def test_since_leaves_out_what_is_older(deployment: Deployment) -> None:
    deployment.crawl("-a", "since=2020-01-01")
    days = [str(row[0]) for row in query(deployment, "SELECT published_on FROM releases")]
    assert days and min(days) >= "2020-01-01"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-a", "languages=xx"], "president_am has no language 'xx'"),
        (["-a", "sections=press-releases"], "did you mean press-release?"),
        (["-a", "listing=3"], "did you mean listings?"),
        (["-a", "since=yesterday"], "is no date"),
        (["-a", "listings=many"], "is no number of listings"),
        (["-a", "recheck=soon"], "30d"),
        (["-a", "base_url=nowhere"], "is no site"),
    ],
)
def test_a_mistake_in_the_call_is_one_sentence(deployment: Deployment, arguments: list[str], sentence: str) -> None:
    crawl = deployment.crawl(*arguments)
    assert crawl.returncode == 2
    assert sentence in crawl.stderr and "Traceback" not in crawl.stderr + crawl.stdout


def test_an_unknown_office_is_named_with_the_near_one(deployment: Deployment) -> None:
    crawl = deployment.crawl(office="presidentam", scope=False)
    assert crawl.returncode == 2
    assert "did you mean president_am?" in crawl.stderr and "Traceback" not in crawl.stderr


def test_a_broken_yaml_is_one_sentence_with_its_line(deployment: Deployment) -> None:
    deployment.configure(schedules="offices:\n  president_am:\n    evry: 10m\n")
    crawl = deployment.crawl()
    assert crawl.returncode == 2
    assert "schedules.yaml:3" in crawl.stderr and "every" in crawl.stderr and "Traceback" not in crawl.stderr


def test_a_foreign_database_file_is_refused_and_left_alone(deployment: Deployment) -> None:
    deployment.db.write_bytes(b"this is no database, but somebody's notes\n" * 100)
    before = deployment.db.read_bytes()
    crawl = deployment.crawl()
    assert crawl.returncode == 2 and "is not an SQLite database" in crawl.stderr
    assert deployment.db.read_bytes() == before

    deployment.db.unlink()
    with sqlite3.connect(deployment.db) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    crawl = deployment.crawl()
    assert crawl.returncode == 2 and "database of another program" in crawl.stderr


def test_an_unreachable_site_is_one_sentence(deployment: Deployment) -> None:
    deployment.url = "http://127.0.0.1:9/"
    crawl = deployment.crawl()
    assert crawl.returncode == 1
    assert last_run(deployment).verdict == "unreachable"
    assert "unreachable" in crawl.stdout and "Traceback" not in crawl.stderr
