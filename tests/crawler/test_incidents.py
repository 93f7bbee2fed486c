"""Incidents of offices: opened once, brought to mind, closed once; what bad runs hold, and who decides on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.contents import thaw
from storage.outgoing import IncidentContent
from tests.crawler.desk import Desk, desk_for
from tests.replica.client import Replica

ALL = "^/(hy|en)/"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An office whose baseline was read."""
    with Replica.start(stories=24) as office, desk_for(tmp_path, office) as made:
        assert made.crawl().verdict.healthy
        yield made


def told(desk: Desk) -> list[IncidentContent]:
    """What the operator is told, oldest first, as of now."""
    desk.look("tell_notices", desk.now)
    rows = desk.sql("SELECT payload FROM deliveries WHERE kind = 'incident' AND channel = 'operator' ORDER BY id")
    found = [thaw("incident", str(payload)) for (payload,) in rows]
    assert all(isinstance(content, IncidentContent) for content in found)
    return found  # type: ignore[return-value]


def events(desk: Desk) -> list[tuple[str, str]]:
    return [(content.event, content.kind) for content in told(desk)]


@pytest.mark.parametrize(
    ("kind", "path", "verdict", "runs", "word"),
    [
        ("wall", ALL, "walled", 1, "wall"),
        ("wall-redirect", ALL, "walled", 1, "redirected"),
        ("empty", "press-release/$", "redesigned", 1, "rows "),
        ("soft404", ALL, "redesigned", 1, "rows "),
        ("500", ALL, "unreachable", 2, "HTTP 500"),
    ],
)
def test_a_verdict_its_incident_and_its_recovery(
    desk: Desk, kind: str, path: str, verdict: str, runs: int, word: str
) -> None:
    desk.office.misbehave(kind, path=path)
    for number in range(1, 4):
        desk.wait(minutes=10)
        closed = desk.crawl()
        assert (closed.verdict.name, closed.verdict.healthy) == (verdict, False) and word in closed.verdict.reason
        assert events(desk) == ([("opened", verdict)] if number >= runs else []), f"after {number} bad runs"
    (opened,) = told(desk)
    assert opened.office == "president_am" and word in opened.reason and opened.advice and opened.last_good
    assert opened.command == "podium check president_am"
    if verdict == "redesigned":
        (rows,) = [line for line in opened.table if line[0] == "rows"]
        assert int(rows[1]) > 5 and rows[2].startswith(("0", "none"))
        assert len(opened.pages) == 2
    desk.office.behave()
    desk.office.publish(topic="nato", languages=["hy", "en"])
    desk.wait(minutes=10)
    assert desk.crawl().verdict.healthy
    assert events(desk) == [("opened", verdict), ("closed", verdict)]
    assert "2 new releases" in told(desk)[-1].caught_up
    desk.wait(minutes=10)
    desk.crawl()
    assert len(events(desk)) == 2, "said once each"


def test_one_bad_run_between_good_ones_is_not_told(desk: Desk) -> None:
    for _ in range(3):
        desk.office.misbehave("500", path=ALL)
        desk.wait(minutes=10)
        assert not desk.crawl().verdict.healthy
        desk.office.behave()
        desk.wait(minutes=10)
        assert desk.crawl().verdict.healthy
    assert events(desk) == []


def test_an_open_incident_is_brought_to_mind_daily_and_then_weekly(desk: Desk) -> None:
    desk.office.misbehave("wall", path=ALL)
    desk.crawl()
    for _ in range(4 * 35):
        desk.wait(hours=6)
        desk.look("remind", ["operator"], desk.now)
        desk.look("tell_notices", desk.now)
    assert events(desk) == [("opened", "walled")] + [("reminded", "walled")] * (7 + 4)


def test_unreadable_releases_stay_unreadable_until_one_was_read(desk: Desk) -> None:
    desk.office.misbehave("soft404", path="/item/")
    desk.office.publish(topic="nato", languages=["hy", "en"])
    desk.wait(minutes=10)
    assert desk.crawl().verdict.name == "unreadable"
    for _ in range(4):  # three tries of each row, then none is asked for any more
        desk.wait(minutes=10)
        closed = desk.crawl()
        assert closed.verdict.name == "unreadable", closed.verdict
    (opened,) = told(desk)
    assert ("title: h1", "1", "1") not in opened.table and opened.kind == "unreadable"
    assert any(what.startswith("body:") and then != now for what, then, now in opened.table), opened.table
    assert "container on 0 of" in opened.reason or "heading on 0 of" in opened.reason
    desk.office.behave()
    desk.wait(days=1, minutes=1)
    assert desk.crawl().verdict.healthy, "known releases are read again to see it"
    assert [event for event, _ in events(desk)] == ["opened", "closed"]


def test_garbled_letters_are_inconsistent_and_no_edit(desk: Desk) -> None:
    desk.office.misbehave("garbled", path="/hy/.*/item/")
    for number in (1, 2):
        desk.wait(hours=6)
        closed = desk.recheck()
        assert closed.verdict.name == "inconsistent", closed.verdict
        assert "broken letters on" in closed.verdict.reason and "press-release/hy" in closed.verdict.reason
        assert events(desk) == ([] if number == 1 else [("opened", "inconsistent")])
    assert any(what == "characters" for what, _, _ in told(desk)[0].table)
    desk.office.behave()
    desk.wait(hours=6)
    assert desk.crawl().verdict.healthy
    assert [event for event, _ in events(desk)] == ["opened", "closed"]
    assert desk.sql("SELECT max(number) FROM revisions") == [(1,)]
    assert not desk.alerts()


def held(desk: Desk) -> int:
    (row,) = desk.sql("SELECT count(*) FROM deliveries WHERE held_by = 'run'")
    return int(str(row[0]))


def new_addresses(desk: Desk) -> Any:
    """A run that sees none of the rows it knows: the site gave every release another address."""

    def rename(archive: Any) -> None:
        with archive.transaction():
            archive.store.execute("UPDATE listing_rows SET key = 'old-' || key")
            archive.store.execute("UPDATE releases SET key = 'old-' || key, url = url || 'old/'")

    desk.writer.run_sync(rename)
    return desk.crawl()


def test_a_list_without_one_known_row_is_another_list_until_the_operator_accepts_it(desk: Desk) -> None:
    desk.wait(days=1)
    closed = new_addresses(desk)
    assert closed.verdict.name == "redesigned" and "not one of" in closed.verdict.reason
    desk.wait(minutes=10)
    again = desk.crawl()
    assert again.verdict.name == "redesigned", "what a bad run stored does not become known by being seen twice"
    assert [event for event, _ in events(desk)] == ["opened"]
    pending = "SELECT count(*) FROM deliveries WHERE kind = 'alert' AND state <> 'suppressed'"
    assert desk.sql(pending) == [(held(desk),)]
    desk.writer.run_sync(_decide, "accept", desk)
    assert desk.sql(pending) == [(0,)]
    desk.wait(minutes=10)
    assert desk.crawl().verdict.healthy
    assert [event for event, _ in events(desk)] == ["opened", "closed"]
    assert "accepted by the operator" in told(desk)[-1].caught_up
    desk.office.publish(topic="nato", languages=["hy", "en"])
    desk.wait(minutes=10)
    assert desk.crawl().verdict.healthy
    assert desk.sql(pending) == [(1,)], "from then on what is new is news again"


def _decide(archive: Any, decision: Any, desk: Desk) -> None:
    from crawler.incidents import decide

    decide(archive, "president_am", decision, ["operator"], desk.now)


@pytest.mark.parametrize(("decision", "state"), [("release", "pending"), ("drop", "suppressed")])
def test_the_operator_decides_on_what_a_bad_run_holds(desk: Desk, decision: str, state: str) -> None:
    desk.office.publish(topic="nato", languages=["hy", "en"])
    desk.office.misbehave("empty", path="/hy/press-release/$")
    desk.wait(minutes=10)
    assert desk.crawl().verdict.name == "redesigned"
    assert held(desk) == 1
    desk.writer.run_sync(_decide, decision, desk)
    said = "SELECT state FROM deliveries WHERE kind = 'alert' AND reason NOT LIKE 'seen in the first pass%'"
    assert desk.sql(said) == [(state,)]
    if decision == "drop":
        assert next(line.silence for line in desk.look("alerts", silent=True)) == "by the operator: dropped"


def test_more_than_three_incidents_in_a_cycle_are_one_message(desk: Desk) -> None:
    def open_some(archive: Any, names: list[str]) -> None:
        for name in names:
            with archive.transaction():
                archive.store.execute(
                    "INSERT OR IGNORE INTO offices (name, title, country, timezone, home_url) VALUES (?, ?, 'X', 'UTC', '')",
                    (name, name),
                )
                archive.open_incident("unreachable", f"{name} is unreachable: DNS", ["operator"], desk.now, office=name)

    desk.writer.run_sync(open_some, ["a", "b"])
    assert events(desk) == [("opened", "unreachable")] * 2, "few are told one by one"
    desk.wait(minutes=20)
    desk.writer.run_sync(open_some, [f"office{number}" for number in range(12)])
    assert events(desk) == [("opened", "unreachable")] * 2 + [("opened", "several")]
    last = told(desk)[-1]
    assert last.reason.startswith("12 offices cannot be read: office0 (unreachable), ") and len(last.offices) == 12

    desk.wait(minutes=20)
    desk.writer.run_sync(open_some, ["x", "y", "z"])
    assert len(events(desk)) == 6
    desk.wait(minutes=1)
    desk.writer.run_sync(open_some, ["v", "w"])
    assert len(events(desk)) == 6, "the fourth waits for the end of the cycle"
    desk.wait(minutes=10)
    assert len(events(desk)) == 8


def test_dead_links_on_a_list_hold_nothing_back(desk: Desk) -> None:
    """Releases that are listed and gone, more of them than there is news, and alerts come all the same."""
    dead = [truth["url"] for _ in range(4) for truth in desk.office.publish(topic="culture", languages=["hy", "en"])]
    for url in dead:
        desk.office.misbehave("gone", path=url.partition(".am")[2])
    desk.wait(minutes=10)
    assert desk.crawl().verdict.name == "unreadable", "all that is new is gone: that may be the site"
    desk.office.publish(topic="nato", languages=["hy", "en"])
    desk.wait(minutes=10)
    closed = desk.crawl()
    assert closed.verdict.healthy, closed.verdict
    assert "8 gone since" in closed.verdict.reason and closed.counts.alerts == 1
