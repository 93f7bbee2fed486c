"""Edits, withdrawals and changes of a whole site, through real crawls of an office on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.offices import find_office
from crawler.selectors import compile_selectors
from crawler.walls import says_not_found
from tests.crawler.desk import Desk, desk_for
from tests.replica.client import Replica
from tests.running import DETAIL


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An office whose baseline was read, with one release on NATO in two languages published since."""
    with Replica.start(stories=24) as office, desk_for(tmp_path, office) as made:
        made.crawl()
        yield made


def publish(desk: Desk, **arguments: object) -> list[str]:
    urls = [truth["url"] for truth in desk.office.publish(languages=["hy", "en"], **{"topic": "nato", **arguments})]
    assert desk.crawl().verdict.healthy
    return urls


def test_an_edit_is_a_revision_with_its_class_and_alerts_those_who_ask_for_edits(desk: Desk) -> None:
    hy, en = publish(desk)
    desk.office.edit(en, change="paragraph")
    assert desk.recheck().counts.releases_edited == 1
    stored = desk.release(en)
    assert [(each.number, each.origin) for each in stored.revisions] == [(1, "live"), (2, "live")]
    assert stored.revisions[1].edit_class in ("figures and names", "wording")
    assert [(line.cause, line.occurrence, line.url) for line in desk.alerts()] == [("edited", 1, en)]
    desk.office.edit(hy, change="paragraph")
    desk.recheck()
    (joined,) = desk.alerts()
    assert desk.look("alert_content", joined.id).with_languages == ("hy",), "another language of the story joins"
    desk.office.edit(hy, change="paragraph")
    desk.recheck()
    assert [line.occurrence for line in desk.alerts()] == [1, 2], "a second edit of it is another event"
    assert desk.recheck().counts.releases_edited == 0


def test_a_withdrawal_needs_three_checks_over_six_hours(desk: Desk) -> None:
    hy, en = publish(desk)
    desk.office.withdraw(en)
    for hours in (0, 3):
        desk.wait(hours=hours)
        assert desk.recheck().verdict.healthy
        assert desk.release(en).withdrawn_at is None and not desk.alerts()
    desk.wait(hours=2)
    desk.recheck()
    assert desk.release(en).withdrawn_at is None, "three checks, but within five hours"
    desk.wait(hours=1, minutes=1)
    desk.recheck()
    stored = desk.release(en)
    assert stored.withdrawn_at is not None and stored.release.body
    assert [(line.cause, line.url) for line in desk.alerts()] == [("withdrawn", en)]
    (withdrawal,) = desk.look("withdrawals", stored.id)
    assert [answer for _, answer, _ in withdrawal.answers] == ["HTTP 404"] * 4
    assert desk.look("page", withdrawal.answers[0][2]).status == 404

    desk.wait(days=2)
    desk.recheck()
    assert len(desk.alerts()) == 1, "said once"
    desk.office.restore(en)
    desk.recheck()
    assert desk.release(en).withdrawn_at is None
    assert [line.cause for line in desk.alerts()] == ["withdrawn", "restored"]
    assert desk.release(hy).withdrawn_at is None


def test_one_readable_answer_clears_what_was_said_against_a_release(desk: Desk) -> None:
    _, en = publish(desk)
    desk.office.withdraw(en)
    desk.recheck()
    desk.wait(hours=4)
    desk.recheck()
    desk.office.restore(en)
    desk.recheck()
    desk.office.withdraw(en)
    desk.wait(hours=4)
    desk.recheck()
    assert desk.release(en).withdrawn_at is None and not desk.alerts()
    assert desk.sql("SELECT count(*) FROM absences") == [(1,)]
    assert desk.sql("SELECT count(*) FROM pages WHERE status = 404") == [(1,)]


@pytest.mark.parametrize("kind", ["soft404", "wall", "500", "login", "cut", "same"])
def test_what_is_no_answer_that_a_release_is_gone_withdraws_nothing(desk: Desk, kind: str) -> None:
    publish(desk)
    desk.office.misbehave(kind, path=DETAIL)
    for _ in range(4):
        desk.recheck()
        desk.wait(hours=4)
    assert desk.sql("SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL OR revision > 1") == [(0,)]
    assert desk.sql("SELECT count(*) FROM absences") == [(0,)]
    assert not desk.alerts()


def test_checks_in_runs_that_could_not_read_the_site_do_not_count(desk: Desk) -> None:
    _, en = publish(desk)
    desk.office.withdraw(en)
    desk.office.misbehave("wall", path="^/hy/press-release/$")
    for _ in range(4):
        assert not desk.recheck().verdict.healthy
        desk.wait(hours=4)
    assert desk.release(en).withdrawn_at is None
    desk.office.behave()
    for hours in (0, 3, 4):
        desk.wait(hours=hours)
        desk.recheck()
    assert [line.cause for line in desk.alerts()] == ["withdrawn"], "three healthy ones do"


def test_a_redirect_to_the_home_page_says_that_a_release_is_gone(desk: Desk) -> None:
    _, en = publish(desk)
    desk.office.misbehave("home", path=en.partition(".am")[2])
    for _ in range(3):
        assert desk.recheck().verdict.name == "ok"
        desk.wait(hours=4)
    assert [line.cause for line in desk.alerts()] == ["withdrawn"]


def test_a_wall_in_the_middle_of_a_recheck_changes_no_release(desk: Desk) -> None:
    publish(desk)
    desk.wait(days=2)
    before = desk.sql("SELECT id, title, body, revision, withdrawn_at FROM releases ORDER BY id")
    english = desk.office.stories(language="en", section="press-release")
    for truth in english[:2]:
        desk.office.edit(truth["url"], change="mention")
    desk.office.withdraw(english[2]["url"])
    desk.office.clear_log()
    desk.office.misbehave("wall", path=english[8]["url"].partition(".am")[2])
    assert desk.recheck().verdict.name == "walled"
    assert any(entry["path"] in english[8]["url"] for entry in desk.office.log())
    assert desk.sql("SELECT id, title, body, revision, withdrawn_at FROM releases ORDER BY id") == before
    assert not desk.alerts()


def test_a_change_of_the_whole_site_is_one_incident_and_no_edit(desk: Desk) -> None:
    urls = [truth["url"] for truth in desk.office.stories(section="press-release") if truth["language"] in ("hy", "en")]
    for url in urls:
        desk.office.edit(url, old="", paragraphs=[*paragraphs(desk, url), "Share this page with your friends."])
    closed = desk.recheck()
    assert closed.counts.releases_edited == 0 and closed.verdict.healthy
    (incident,) = desk.incidents()
    assert (incident.kind, incident.office) == ("site changed", "president_am")
    assert incident.reason.startswith("president_am: ") and "another text" in incident.reason
    assert incident.evidence["table"][0][1:] == ["nothing", "Share this page with your friends ."]
    assert len(incident.evidence["table"]) == 6 and incident.evidence["command"] == "podium check president_am"
    assert "podium incidents accept president_am" in incident.evidence["advice"]
    desk.recheck()
    assert len(desk.incidents()) == 1 and not desk.alerts()
    assert desk.sql("SELECT count(*) FROM revisions WHERE number > 1") == [(0,)]

    assert desk.look("decide_site_change", "president_am", "accept", desk.now) == len(urls)
    assert desk.sql("SELECT origin, count(*) FROM revisions WHERE number > 1 GROUP BY 1") == [("accepted", len(urls))]
    desk.recheck()
    assert desk.incidents() == [] and not desk.alerts(), "nothing waits any more"
    desk.office.edit(urls[0], change="mention")
    assert desk.recheck().counts.releases_edited == 1


def paragraphs(desk: Desk, url: str) -> list[str]:
    (truth,) = desk.office.stories(url=url)
    return list(truth["paragraphs"])


def test_released_changes_of_a_site_are_edits_and_what_the_site_takes_back_closes_the_incident(desk: Desk) -> None:
    english = [truth["url"] for truth in desk.office.stories(language="en", section="press-release")]
    before = {url: paragraphs(desk, url) for url in english}
    for url in english:
        desk.office.edit(url, change="mention")
    desk.recheck()
    assert len(desk.incidents()) == 1
    for url in english[1:]:
        desk.office.edit(url, paragraphs=before[url])
    desk.recheck()
    assert desk.look("held_for_site", "president_am") == (1, 0)
    desk.look("decide_site_change", "president_am", "release", desk.now)
    desk.recheck()
    assert [line.url for line in desk.alerts()] == [english[0]]
    assert desk.incidents() == []


def test_many_releases_gone_at_once_are_a_change_of_the_site(desk: Desk) -> None:
    desk.office.misbehave("gone", path="^/en/.*/item/")
    desk.scope["languages"] = "en"
    for _ in range(4):
        desk.recheck()
        desk.wait(hours=4)
    assert desk.sql("SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL") == [(0,)]
    (incident,) = desk.incidents()
    assert "are gone" in incident.reason
    assert desk.look("decide_site_change", "president_am", "accept", desk.now) > 5
    assert not desk.alerts()
    desk.office.behave()
    desk.recheck()
    assert desk.sql("SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL") == [(0,)]
    assert not desk.alerts(), "what was never said to be gone is not said to be back"


def asked(desk: Desk) -> list[tuple[str, int]]:
    """The releases that were asked for since the log was cleared last, and the statuses they answered with."""
    found = [(entry["path"], entry["status"]) for entry in desk.office.log() if "/item/" in entry["path"]]
    desk.office.clear_log()
    return found


def test_new_releases_are_asked_for_more_often_and_once_a_day_without_conditions(desk: Desk) -> None:
    _, en = publish(desk)
    path = en.partition(".am")[2]
    asked(desk)
    every = timedelta(hours=6)

    def poll(**later: float) -> list[int]:
        desk.wait(**later)
        assert desk.crawl(recheck="14d", every=every).verdict.healthy
        return [status for url, status in asked(desk) if url == path]

    assert poll(minutes=50) == []
    assert poll(minutes=11) == [304], "hourly on its first day"
    assert poll(minutes=50) == []
    assert poll(minutes=11) == [304]
    assert poll(hours=23) == [200], "once a day the whole page"
    assert poll(hours=2) == []
    assert poll(hours=1, minutes=1) == [304], "every three hours to its third day"
    assert poll(days=2) == [200]
    assert poll(hours=5) == []
    assert poll(hours=1, minutes=1) == [304], "then as the schedule says"
    assert poll(days=14) == [], "and not for ever"


def test_a_poll_asks_for_the_longest_overdue_first_and_leaves_the_rest_to_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.options.RECHECKS_AT_ONCE", 3)
    number = len(desk.office.stories(language="hy", section="press-release"))
    desk.scope["languages"] = "hy"
    desk.wait(days=30)
    asked(desk)
    seen: list[str] = []
    for _ in range(-(-number // 3)):
        desk.crawl(recheck="9999d", every=timedelta(days=20))
        paths = [path for path, _ in asked(desk)]
        assert len(paths) <= 3
        seen += paths
    assert len(seen) == len(set(seen)) == number


def test_a_release_that_is_missing_is_asked_for_often_and_a_withdrawn_one_for_ninety_days(desk: Desk) -> None:
    _, en = publish(desk)
    path = en.partition(".am")[2]
    desk.wait(days=5)
    desk.crawl(recheck="14d", every=timedelta(hours=6))
    desk.office.withdraw(en)
    asked(desk)

    def poll(**later: float) -> list[int]:
        desk.wait(**later)
        desk.crawl(recheck="14d", every=timedelta(hours=6))
        return [status for url, status in asked(desk) if url == path]

    assert poll(hours=6, minutes=1) == [404]
    assert poll(hours=2) == []
    assert poll(hours=1, minutes=1) == [404]
    assert poll(hours=3, minutes=1) == [404]
    assert [line.cause for line in desk.alerts()] == ["withdrawn"]
    assert poll(hours=5) == []
    assert poll(hours=1, minutes=1) == [404]
    assert poll(days=15) == [404]
    assert poll(hours=7) == [], "after `for` once a day"
    assert poll(days=60) == [404]
    assert poll(days=30) == []


def test_a_new_reader_over_an_unchanged_site_raises_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(desk)
    before = desk.sql("SELECT id, body FROM releases ORDER BY id")
    office = find_office("president_am")
    shorter = compile_selectors(title=office.title, body=office.body, date=office.date, time=office.time,
                                drop="p:last-of-type")  # fmt: skip
    monkeypatch.setattr(office, "selectors", shorter)
    desk.wait(days=2)
    closed = desk.recheck()
    assert closed.counts.releases_edited == 0 and closed.verdict.healthy
    changed = desk.sql("SELECT id, body FROM releases ORDER BY id")
    assert len(changed) == len(before) and sum(one != other for one, other in zip(before, changed, strict=True)) > 10
    assert {row[0] for row in desk.sql("SELECT origin FROM revisions WHERE number > 1")} == {"reread"}
    assert not desk.alerts() and not desk.incidents()
    assert desk.sql("SELECT count(*) FROM pending_changes") == [(0,)]


@pytest.mark.parametrize(
    "title", ["404", "Error 404", "404 Not Found", "Page not found", "Страница не найдена", "Էջը չի գտնվել", "Page introuvable"]
)
def test_a_page_that_says_that_it_was_not_found_is_no_text_whatever_it_looks_like(desk: Desk, title: str) -> None:
    _, en = publish(desk)
    desk.office.edit(en, title=title, paragraphs=["Go back to the home page, please."])
    for _ in range(4):
        assert desk.recheck().verdict.healthy
        desk.wait(hours=4)
    stored = desk.release(en)
    assert stored.revision == 1 and stored.withdrawn_at is None and not desk.alerts()



@pytest.mark.parametrize(
    "title", ["404-րդ գունդը", "410 homes for displaced families", "On the page that was not found in the book of 1404",
              "Missing soldiers have not been found", "Страницы истории"]
)  # fmt: skip
def test_a_release_may_tell_of_such_things(title: str) -> None:
    assert not says_not_found(title)
