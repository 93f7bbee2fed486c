"""The proof that nothing is missing, on archives from which something was taken away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.config import Settings
from alerts.raising import Announcer
from alerts.reconcile import Reconciliation, compare, repair
from alerts.topics import TopicSpec, load_topics
from language.words import Words
from storage import Archive, open_archive
from storage.model import AlertContent, ListSpec, Page, Release
from storage.outgoing import Outcome
from storage.times import to_text
from tests.faults.outboxes import OFFICE

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Yerevan")
CHANNELS: dict[str, Any] = {"desk": {"email": "a@example.org"}, "hook": {"email": "b@example.org"}}


class Place:
    """An archive with an announcer, told of releases one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "podium.db"
        self.archive: Archive = open_archive(self.path)
        self.archive.open_lists(OFFICE, [ListSpec("president_am", "press-release", "en", OFFICE.home_url)])
        self.declare(
            "nato: {query: NATO, on: [published, edited], tell: [desk, {hook: daily}]}", NOW - timedelta(days=9)
        )

    def declare(self, topics: str, now: datetime) -> None:
        (self.folder / "topics.yaml").write_text(
            f"topics:\n  {topics}\n" if topics else "topics: {}\n", encoding="utf-8"
        )
        settings = Settings.model_validate({"smtp": {"host": "h", "sender": "p@example.org"}, "channels": CHANNELS})
        specs: dict[str, TopicSpec] = load_topics(self.folder, settings)
        self.announcer = Announcer.load(self.archive, specs, now)

    def see(
        self, key: str, text: str, at: datetime, *, published: datetime | None = None, run: int | None = None
    ) -> None:
        url = f"{OFFICE.home_url}en/press-release/item/{key}/"
        release = Release(
            "president_am", "press-release", "en", "en", url, key, key, f"Title {key}", text, (published or at).date()
        )
        words = Words.of(release.title, text, "en", "president_am", "press-release")
        with self.archive.transaction():
            change = self.archive.record(release, Page(url, 200, {}, b"", at), words, None)
            self.announcer.announce(
                self.archive, change, self.announcer.match(words), zone=ZONE, run_id=run, now=at + timedelta(seconds=1)
            )

    def sql(self, statement: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute(statement)

    def compare(self) -> Reconciliation:
        return compare(self.archive, lambda name: ZONE, NOW)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    made.see("a", "The NATO chief came.", NOW - timedelta(days=3))
    made.see("b", "Nobody came.", NOW - timedelta(days=2))
    made.see("b", "The NATO chief came after all.", NOW - timedelta(days=1))
    yield made
    made.archive.close()


def test_an_archive_that_is_whole_has_no_difference(place: Place) -> None:
    found = place.compare()
    assert (found.events, found.expected, found.differences) == (3, 2, [])
    balance = place.archive.balance(NOW - timedelta(days=14))
    assert (balance.expected, balance.pending, balance.missing) == (4, 4, 0)


def test_an_alert_that_is_gone_is_raised_again_under_its_old_ids_and_opens_an_incident(place: Place) -> None:
    before = {line.uid for line in place.archive.deliveries()}
    place.sql("DELETE FROM deliveries WHERE kind = 'alert'")
    place.sql("DELETE FROM alerts")
    found = place.compare()
    assert len(found.differences) == 2
    assert "topic nato, published: Title a" in found.differences[0].sentence
    repair(place.archive, found, ["operator"], NOW)
    assert {line.uid for line in place.archive.deliveries() if line.kind == "alert"} == before
    assert [incident.kind for incident in place.archive.incidents(open_only=True)] == ["alerts missing"]
    again = place.compare()
    assert again.differences == []
    repair(place.archive, again, ["operator"], NOW)
    assert place.archive.incidents(open_only=True) == []


def test_an_alert_that_is_gone_with_its_match_says_why_all_the_same(place: Place) -> None:
    claimed = place.archive.claim_deliveries(["desk"], 9, timedelta(minutes=10), "one", NOW)
    why = {each.uid: each.content.explanation for each in claimed if isinstance(each.content, AlertContent)}
    assert len(why) == 2 and all(why.values())
    place.sql("DELETE FROM deliveries")
    place.sql("DELETE FROM alerts")
    place.sql("DELETE FROM matches")
    repair(place.archive, place.compare(), [], NOW)
    claimed = place.archive.claim_deliveries(["desk"], 9, timedelta(minutes=10), "one", NOW)
    assert {each.uid: each.content.explanation for each in claimed if isinstance(each.content, AlertContent)} == why
    assert place.compare().differences == []


def test_edits_are_reckoned_by_the_rules_of_the_live_run(place: Place) -> None:
    """What an edit brings in is news to topics on `published`, not to those on withdrawals."""
    place.declare(
        "edits: {query: chief, on: [edited], tell: [desk]}\n  news: {query: chief, tell: [desk]}\n"
        "  gone: {query: chief, on: [withdrawn], tell: [desk]}",
        NOW - timedelta(hours=9),
    )
    place.see("f", "Nobody came.", NOW - timedelta(hours=7))
    place.see("f", "The chief came.", NOW - timedelta(hours=6))
    place.see("f", "The chief came at last.", NOW - timedelta(hours=5))
    told = [(line.topic, line.cause, line.occurrence) for line in reversed(place.archive.alerts(limit=3))]
    assert sorted(told) == [("edits", "edited", 1), ("edits", "edited", 2), ("news", "edited", 1)]
    assert place.compare().differences == []
    lost = "(SELECT a.id FROM alerts a JOIN topics t ON t.id = a.topic_id WHERE t.name = 'news')"
    place.sql(f"DELETE FROM deliveries WHERE subject_id IN {lost}")
    place.sql(f"DELETE FROM alerts WHERE id IN {lost}")
    assert [found.sentence.split(":")[0] for found in place.compare().differences] == ["topic news, edited"]


def test_a_delivery_that_is_gone_is_missing_in_the_balance_and_made_again(place: Place) -> None:
    uids = {line.uid for line in place.archive.deliveries(channel="hook")}
    place.sql("DELETE FROM deliveries WHERE channel = 'hook'")
    assert place.archive.balance(NOW - timedelta(days=14)).missing == 2
    found = place.compare()
    assert [difference.channels for difference in found.differences] == [("hook",), ("hook",)]
    repair(place.archive, found, [], NOW)
    assert {line.uid for line in place.archive.deliveries(channel="hook")} == uids
    assert place.archive.balance(NOW - timedelta(days=14)).missing == 0


def test_the_topics_of_that_time_count_not_those_of_today(place: Place) -> None:
    place.declare("nato: {query: NATO OR Nobody, tell: [desk]}", NOW - timedelta(hours=1))
    assert place.compare().differences == [], "a wider query does not look back"
    place.declare("", NOW)
    place.sql("DELETE FROM deliveries")
    place.sql("DELETE FROM alerts")
    assert len(place.compare().differences) == 2, "that a topic ended today excuses nothing"


def test_what_was_silent_then_is_not_missed(place: Place) -> None:
    place.declare("late: {query: chief, tell: [desk]}", NOW - timedelta(hours=2))
    place.see("c", "The chief came.", NOW - timedelta(hours=3))
    place.sql("INSERT INTO listing_rows (list_id, url, key, title, listing, silence, first_seen_at, last_seen_at) "
              "VALUES (1, 'u', 'd', 't', 1, 'first pass', '2026-11-10T10:00:00.000Z', '2026-11-10T10:00:00.000Z')")  # fmt: skip
    place.see("d", "The chief came.", NOW - timedelta(hours=1))
    assert place.compare().differences == []


def test_the_max_age_of_that_time_counts_not_that_of_today(place: Place) -> None:
    place.declare("old: {query: envoy, max_age: 30d, tell: [desk]}", NOW - timedelta(days=9))
    old = NOW - timedelta(days=12)
    place.see("g", "The envoy came.", NOW - timedelta(days=3), published=old)
    place.declare("old: {query: envoy, max_age: 1d, tell: [desk]}", NOW - timedelta(days=2))
    place.see("h", "The envoy came.", NOW - timedelta(days=1), published=old)
    place.declare("old: {query: envoy, max_age: 30d, tell: [desk]}", NOW - timedelta(hours=2))
    assert place.compare().differences == [], "one was said by the first rule, one was silent by the second"
    place.sql("DELETE FROM deliveries WHERE kind = 'alert'")
    place.sql("DELETE FROM alerts")
    missing = [
        found.sentence.split(" (")[0] for found in place.compare().differences if found.sentence.startswith("topic old")
    ]
    assert missing == ["topic old, published: Title g"]


def test_what_is_held_until_its_run_is_judged_is_pending_and_not_missed(place: Place) -> None:
    run = place.archive.open_run("president_am", NOW - timedelta(hours=2))
    place.see("i", "The NATO chief came.", NOW - timedelta(hours=1), run=run)
    found, balance = place.compare(), place.archive.balance(NOW - timedelta(days=14))
    assert found.differences == [] and found.expected == 3
    assert (balance.expected, balance.pending, balance.missing) == (6, 6, 0)
    assert {line.reason for line in place.archive.deliveries(state="held")} == {"run"}


def test_a_restored_copy_says_again_under_the_old_ids(place: Place, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    place.archive.backup(copy)
    place.see("e", "NATO again.", NOW - timedelta(hours=2))
    lease = timedelta(minutes=10)
    said = place.archive.claim_deliveries(["desk"], 99, lease, "one", NOW)
    place.archive.settle_deliveries([Outcome(each.id, "delivered") for each in said], "one", NOW)
    first = {each.uid: each.content.title for each in said}
    place.archive.close()

    for suffix in ("", "-wal", "-shm"):
        place.path.with_name(place.path.name + suffix).unlink(missing_ok=True)
    copy.rename(place.path)
    place.archive = open_archive(place.path)
    place.see("e", "NATO again.", NOW + timedelta(hours=1))  # read again from the site
    again = place.archive.claim_deliveries(["desk"], 99, lease, "one", NOW + timedelta(hours=2))
    assert {each.uid: each.content.title for each in again} == first
    with sqlite3.connect(place.path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


class TestRowsThatCannotBeRead:
    """They are heard by their listing's title, by the topics of the moment at which they were given up."""

    def give_up(
        self, place: Place, title: str, first_seen: datetime, given_up: datetime, announce: bool = True
    ) -> None:
        [state] = place.archive.open_lists(OFFICE, [ListSpec("president_am", "press-release", "en", OFFICE.home_url)])
        place.sql("UPDATE lists SET baseline_at = '2026-01-01T00:00:00.000Z', baseline_listings = 1")
        url = f"{OFFICE.home_url}en/press-release/item/{title.replace(' ', '-')}/"
        place.sql(
            "INSERT INTO listing_rows (list_id, url, key, title, listing, attempts, published_on, first_seen_at, "
            f"last_seen_at) VALUES (1, '{url}', '{url}', '{title}', 1, 3, '{first_seen.date()}', '{to_text(first_seen)}', "
            f"'{to_text(given_up)}')"
        )
        with place.archive.transaction():
            [row] = place.archive.give_up_rows([state.id], given_up)
            story = place.archive.story_of_row(row.id, "president_am", title, given_up)
            release = Release(
                "president_am", "press-release", "en", "en", row.url, row.key, title, title, "", row.published_on
            )
            if announce:
                run = place.archive.open_run("president_am", given_up)
                place.announcer.announce_unreadable(
                    place.archive, listing_row_id=row.id, story_id=story, release=release, seen_at=row.first_seen_at,
                    words=Words.of(title, "", "en", "president_am", "press-release"), zone=ZONE, run_id=run, now=given_up,
                )  # fmt: skip

    def test_nothing_is_missing_when_they_were_announced(self, place: Place) -> None:
        self.give_up(place, "NATO visit", NOW - timedelta(hours=5), NOW - timedelta(hours=3))
        found = place.compare()
        assert (found.events, found.expected, found.differences) == (4, 3, [])

    def test_one_that_is_lost_is_raised_again_under_its_old_ids_and_says_that_it_could_not_be_read(
        self, place: Place
    ) -> None:
        self.give_up(place, "NATO visit", NOW - timedelta(hours=5), NOW - timedelta(hours=3))
        before = {line.uid for line in place.archive.deliveries(ids=(5, 6))}
        place.sql("DELETE FROM deliveries WHERE id > 4")
        place.sql("DELETE FROM alerts WHERE listing_row_id IS NOT NULL")
        found = place.compare()
        assert [d.sentence.split(" (")[0] for d in found.differences] == ["topic nato, published: NATO visit"]
        repair(place.archive, found, [], NOW)
        assert {line.uid for line in place.archive.deliveries(limit=2)} == before and len(before) == 2
        claimed = place.archive.claim_deliveries(["desk"], 9, timedelta(minutes=10), "one", NOW)
        [content] = [d.content for d in claimed if isinstance(d.content, AlertContent) and not d.content.readable]
        assert content.title == "NATO visit" and content.explanation["clauses"][0]["clause"] == "NATO"
        assert place.compare().differences == []

    def test_a_topic_of_later_or_one_that_asks_for_edits_only_misses_none(self, place: Place) -> None:
        place.declare(
            "nato: {query: NATO, on: [published, edited], tell: [desk, {hook: daily}]}\n"
            "  edits: {query: visit, on: [edited], tell: [desk]}",
            NOW - timedelta(days=8),
        )
        self.give_up(place, "A visit", NOW - timedelta(hours=5), NOW - timedelta(hours=3), announce=False)
        place.declare("late: {query: visit, tell: [desk]}", NOW - timedelta(hours=4))
        self.give_up(place, "Another visit", NOW - timedelta(hours=5), NOW - timedelta(hours=3), announce=False)
        assert place.compare().differences == [], "first seen before the topic was made"

    def test_one_that_is_older_than_max_age_is_not_missed(self, place: Place) -> None:
        self.give_up(place, "NATO visit", NOW - timedelta(days=8, hours=6), NOW - timedelta(hours=3), announce=False)
        assert place.compare().differences == []

    def test_a_story_that_was_told_in_another_language_long_before_is_not_missed(self, place: Place) -> None:
        """The alert is older than the span that is compared; the row was given up within it."""
        at = NOW - timedelta(days=16)
        place.sql("UPDATE topic_versions SET from_at = '2026-01-01T00:00:00.000Z'")
        self.give_up(place, "NATO visit", at, NOW - timedelta(days=13, hours=23))
        place.sql("UPDATE topic_versions SET declared = json_set(declared, '$.max_age', 9e6)")
        place.sql(f"UPDATE alerts SET raised_at = '{to_text(at)}', silence = '' WHERE listing_row_id IS NOT NULL")
        assert place.compare().differences == []


class TestEvents:
    """Edits, withdrawals and restorations, each of which may be lost by itself."""

    def lose(self, place: Place, cause: str, occurrence: int = 1) -> set[str]:
        """Take an alert away with its deliveries; the ids that these had."""
        which = f"SELECT id FROM alerts WHERE cause = '{cause}' AND occurrence = {occurrence}"
        with sqlite3.connect(place.path) as connection:
            uids = {uid for (uid,) in connection.execute(f"SELECT uid FROM deliveries WHERE subject_id IN ({which})")}
            connection.execute(f"DELETE FROM deliveries WHERE subject_id IN ({which})")
            connection.execute(f"DELETE FROM alert_editions WHERE alert_id IN ({which})")
            connection.execute(f"DELETE FROM alerts WHERE cause = '{cause}' AND occurrence = {occurrence}")
        return uids

    def mended(self, place: Place) -> set[str]:
        """Repair; the ids of what is said by that."""
        before = {line.uid for line in place.archive.deliveries()}
        repair(place.archive, place.compare(), [], NOW)
        assert place.compare().differences == []
        return {line.uid for line in place.archive.deliveries()} - before

    def test_the_second_of_two_edits_of_one_day_is_missed(self, place: Place) -> None:
        place.see("a", "The NATO chief came at 5.", NOW - timedelta(hours=5))
        place.see("a", "The NATO chief came at 6.", NOW - timedelta(hours=3))
        assert place.compare().differences == []
        uids = self.lose(place, "edited", 2)
        [missing] = place.compare().differences
        assert missing.sentence.startswith("topic nato, edited: Title a") and missing.request.revision == 3
        assert self.mended(place) == uids and len(uids) == 2

    def test_the_first_of_two_edits_is_missed_and_said_under_its_own_id(self, place: Place) -> None:
        place.see("a", "The NATO chief came at 5.", NOW - timedelta(hours=5))
        place.see("a", "The NATO chief came at 6.", NOW - timedelta(hours=3))
        place.see("a", "The NATO chief came at 7.", NOW - timedelta(hours=2))
        uids = self.lose_of(place, "a", 1) | self.lose_of(place, "a", 2)
        assert [missing.request.revision for missing in place.compare().differences] == [2, 3]
        assert self.mended(place) == uids and len(uids) == 4

    def lose_of(self, place: Place, key: str, occurrence: int) -> set[str]:
        """As `lose`, of edits of one story."""
        story = f"(SELECT id FROM stories WHERE key = '{key}')"
        with sqlite3.connect(place.path) as connection:
            [(number,)] = connection.execute(
                f"SELECT id FROM alerts WHERE cause = 'edited' AND story_id = {story} AND occurrence = {occurrence}"
            )
            uids = {uid for (uid,) in connection.execute("SELECT uid FROM deliveries WHERE subject_id = ?", (number,))}
            for table, column in (("deliveries", "subject_id"), ("alert_editions", "alert_id"), ("alerts", "id")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
        return uids

    def test_an_edit_that_took_the_topic_out_is_missed_and_said_as_such(self, place: Place) -> None:
        place.see("a", "Nobody came after all.", NOW - timedelta(hours=3))
        assert place.compare().differences == []
        line = next(line for line in place.archive.alerts() if line.cause == "edited" and line.title == "Title a")
        told = place.archive.alert_content(line.id)
        place.sql(f"DELETE FROM deliveries WHERE subject_id = {line.id}")
        place.sql(f"DELETE FROM alert_editions WHERE alert_id = {line.id}")
        place.sql(f"DELETE FROM alerts WHERE id = {line.id}")
        repair(place.archive, place.compare(), [], NOW)
        again = place.archive.alert_content(place.archive.alerts(limit=1)[0].id)
        assert (again.effect, again.explanation, again.body) == ("left", told.explanation, told.body)
        with sqlite3.connect(place.path) as connection:
            assert connection.execute(
                "SELECT count(*) FROM matches WHERE revision = 2 AND release_id = 1"
            ).fetchone() == (0,)
        assert place.compare().differences == []

    def test_withdrawals_and_restorations_are_missed_and_said_under_their_old_ids(self, place: Place) -> None:
        place.declare("nato: {query: NATO, on: [published, withdrawn], tell: [desk]}", NOW - timedelta(hours=20))
        known = place.archive.latest("president_am", "en", "a")
        assert known is not None
        gone = place.archive.withdraw(known.release_id, NOW - timedelta(hours=9))
        place.announcer.announce_event(place.archive, gone, "withdrawn", run_id=None, now=NOW - timedelta(hours=9))
        assert place.compare().differences == []
        back = place.archive.restore(known.release_id, NOW - timedelta(hours=2))
        assert back is not None
        place.announcer.announce_event(place.archive, back, "restored", run_id=None, now=NOW - timedelta(hours=2))
        found = place.compare()
        assert (found.events, found.differences) == (5, [])
        uids = self.lose(place, "withdrawn") | self.lose(place, "restored")
        assert [missing.sentence.split(":")[0] for missing in place.compare().differences] == [
            "topic nato, withdrawn", "topic nato, restored",
        ]  # fmt: skip
        assert self.mended(place) == uids and len(uids) == 2

    def test_what_came_with_a_change_of_the_whole_site_is_not_missed(self, place: Place) -> None:
        place.declare("nato: {query: NATO, on: [withdrawn], tell: [desk]}", NOW - timedelta(hours=20))
        known = place.archive.latest("president_am", "en", "a")
        assert known is not None
        place.archive.withdraw(known.release_id, NOW - timedelta(hours=9), "accepted")
        place.archive.restore(known.release_id, NOW - timedelta(hours=2))
        assert place.compare().differences == []


def test_a_topic_is_reckoned_by_what_it_leant_on_when_a_text_was_seen(tmp_path: Path) -> None:
    """A change of another topic, or of the spellings of a name, is a new version of every topic that leans on it."""
    place = Place(tmp_path)
    visits = "visits: {query: 'topic:guests AND visit', tell: [desk]}"
    place.declare(f"guests: {{query: chief}}\n  {visits}", NOW - timedelta(days=3))
    place.see("v", "A chief is here on a visit.", NOW - timedelta(days=2))
    place.declare(f"guests: {{query: envoy OR Aliev}}\n  {visits}\nnames: [[Aliev, Aliyev]]", NOW - timedelta(days=1))
    place.see("w", "A chief is here on a visit.", NOW - timedelta(hours=9))
    place.see("x", "Aliyev is here on a visit.", NOW - timedelta(hours=8))
    place.declare(f"guests: {{query: envoy OR Aliev}}\n  {visits}\nnames: [[Aliev, Алиев]]", NOW - timedelta(hours=7))
    place.see("y", "Aliyev is here on another visit.", NOW - timedelta(hours=6))
    versions = [version for version in place.archive.topic_versions() if version.name == "visits"]
    assert [version.from_at for version in versions] == [NOW - timedelta(hours=hours) for hours in (72, 24, 7)]
    assert {version.made_at for version in versions} == {NOW - timedelta(days=3)}
    found = place.compare()
    assert (found.events, found.expected, found.differences) == (4, 4, [])  # two of each topic
    place.sql("DELETE FROM deliveries")
    place.sql("DELETE FROM alerts")
    lost = [difference.sentence for difference in place.compare().differences]
    assert [sentence[: sentence.index(" (")] for sentence in lost if "topic visits" in sentence] == [
        f"topic visits, published: Title {key}" for key in "vx"
    ]
    place.declare(f"guests: {{query: envoy OR Aliev}}\n  {visits}\nnames: [[Aliev, Алиев]]", NOW)
    assert len([version for version in place.archive.topic_versions() if version.name == "visits"]) == 3
    place.archive.close()
