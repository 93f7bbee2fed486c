"""The contract of the archive's verbs: what a backend must keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from language.words import Words
from storage import Archive, ArchiveError, open_archive
from storage.frontier import OfficeRecord
from storage.locks import office_lock
from storage.model import AlertRequest, ListSpec, Page, Release, Row, RunCounts
from storage.outgoing import Outcome
from storage.usual import ListOutcome

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OFFICE = OfficeRecord("president_am", "President", "AM", "Asia/Yerevan", "https://www.president.am/")
SPEC = ListSpec("president_am", "press-release", "en", "https://www.president.am/en/press-release/")
KEY = "2026/11/01/Visit"


def release(text: str = "The President met the NATO chief.", language: str = "en", key: str = KEY) -> Release:
    url = f"https://www.president.am/{language}/press-release/item/{key}/"
    return Release(
        "president_am", "press-release", language, language, url, key, key, "A visit", text, date(2026, 11, 1)
    )


def page(release: Release, at: datetime = NOW) -> Page:
    return Page(release.url, 200, {"etag": '"1"'}, release.body.encode(), at)


def words(release: Release) -> Words:
    return Words.of(release.title, release.body, release.text_language)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = open_archive(tmp_path / "podium.db")
    opened.open_lists(OFFICE, [SPEC, replace(SPEC, language="hy")])
    yield opened
    opened.close()


def close(archive: Archive, run: int, verdict: str = "ok", outcomes: list[ListOutcome] | None = None) -> int:
    return archive.close_run(run, verdict, "because", RunCounts(), {}, outcomes or [], NOW)


def raise_one(archive: Archive, run: int | None, *, silence: str = "", language: str = "en") -> int:
    made = release(language=language)
    change = archive.record(made, page(made), words(made), run)
    topic = archive.sync_topics({"nato": "NATO"}, NOW)[0]
    request = AlertRequest(
        topic.id,
        change.story_id,
        "published",
        ("desk", "hook"),
        change.release_id,
        change.revision,
        silence=silence,
    )
    return archive.raise_alerts([request], run, NOW)


def test_the_same_text_again_only_moves_when_it_was_seen(archive: Archive) -> None:
    first = release()
    later = NOW + timedelta(hours=1)
    assert archive.record(first, page(first), words(first), None).kind == "new"
    assert archive.record(first, page(first, later), words(first), None).kind == "unchanged"
    stored = archive.release_at(first.url)
    assert stored is not None
    assert (stored.revision, stored.last_seen_at, stored.changed_at) == (1, later, NOW)


def test_a_changed_text_is_a_revision_with_its_page_and_is_found_by_its_new_words(archive: Archive) -> None:
    from language.query import parse

    first, second = release(), release("The President met the OSCE chief.")
    archive.record(first, page(first), words(first), None)
    change = archive.record(second, page(second), words(second), None)
    assert (change.kind, change.revision, change.previous) == ("edited", 2, (first.title, first.body))
    stored = archive.release_at(first.url)
    assert stored is not None
    assert [archive.page(v.page_id or 0).body.decode() for v in stored.revisions] == [first.body, second.body]
    assert [hit.url for hit in archive.search(parse("OSCE"))] == [first.url]
    assert archive.search(parse("NATO")) == []


def test_languages_of_one_story_are_joined(archive: Archive) -> None:
    for language in ("en", "hy"):
        one = release(language=language)
        archive.record(one, page(one), words(one), None)
    stored = archive.release_at(release().url)
    assert stored is not None and [other.language for other in stored.others] == ["hy"]


def test_rows_seen_and_not_read_stay_on_the_frontier(archive: Archive) -> None:
    state = archive.open_lists(OFFICE, [SPEC])[0]
    rows = [Row(release(key=key).url, key, "A visit") for key in (KEY, "2026/11/01/Other")]
    listing = Page(SPEC.url, 200, {"etag": '"L"'}, b"", NOW)
    assert len(archive.store_listing(state, 1, rows, listing, unconditional=True).unread) == 2
    one = release()
    archive.record(one, page(one), words(one), None)
    assert [row.key for row in archive.unread_rows([state.id], NOW)] == ["2026/11/01/Other"]
    assert archive.open_lists(OFFICE, [SPEC])[0].etag == '"L"', "validators are stored with the rows"


def test_a_list_is_silent_until_its_first_pass_is_complete(archive: Archive) -> None:
    def see(key: str) -> str:
        state = archive.open_lists(OFFICE, [SPEC])[0]
        one = release(key=key)
        listing = Page(SPEC.url, 200, {}, b"", NOW)
        archive.store_listing(state, 1, [Row(one.url, key, "x")], listing, unconditional=True)
        return archive.record(one, page(one), words(one), None).silence

    assert "first pass" in see("2026/11/01/Before")
    state = archive.open_lists(OFFICE, [SPEC])[0]
    run = archive.open_run("president_am", NOW)
    close(archive, run, outcomes=[ListOutcome(state.id, 1, 1)])
    assert see("2026/11/01/After") == ""


def test_an_alert_is_raised_once_and_its_deliveries_wait_for_the_verdict(archive: Archive) -> None:
    run = archive.open_run("president_am", NOW)
    assert raise_one(archive, run) == 1
    assert raise_one(archive, run, language="hy") == 0, "another language joins"
    assert archive.delivery_counts() == {"desk": {"held": 1}, "hook": {"held": 1}}
    assert close(archive, run) == 2
    assert archive.delivery_counts() == {"desk": {"pending": 1}, "hook": {"pending": 1}}


def test_an_unhealthy_run_keeps_its_deliveries(archive: Archive) -> None:
    run = archive.open_run("president_am", NOW)
    raise_one(archive, run)
    assert close(archive, run, "walled") == 0
    assert close(archive, archive.open_run("president_am", NOW)) == 0
    assert archive.delivery_counts()["desk"] == {"held": 1}


def test_what_a_run_that_died_held_is_freed_by_the_next_healthy_one(archive: Archive) -> None:
    died = archive.open_run("president_am", NOW)
    raise_one(archive, died)
    following = archive.open_run("president_am", NOW)
    assert archive.run(died).verdict == "missing"
    assert close(archive, following) == 2


def test_a_silent_alert_becomes_loud_when_a_loud_language_of_the_story_comes(archive: Archive) -> None:
    run = archive.open_run("president_am", NOW)
    assert raise_one(archive, run, silence="first pass") == 0
    assert archive.delivery_counts()["desk"] == {"suppressed": 1}
    assert archive.alerts(silent=True)[0].silence == "first pass"
    assert raise_one(archive, run, language="hy") == 1
    assert archive.delivery_counts()["desk"] == {"held": 1}


def test_a_delivery_is_claimed_once_keeps_its_id_and_content_and_comes_back_when_its_lease_is_over(
    archive: Archive,
) -> None:
    raise_one(archive, None)
    lease = timedelta(minutes=10)
    (first,) = archive.claim_deliveries(["desk"], 5, lease, "one", NOW)
    assert archive.claim_deliveries(["desk"], 5, lease, "two", NOW) == []
    (again,) = archive.claim_deliveries(["desk"], 5, lease, "two", NOW + lease)
    assert (again.uid, again.content, again.attempt) == (first.uid, first.content, 2)
    archive.settle_deliveries([Outcome(first.id, "dead")], "one", NOW)
    assert archive.delivery_counts()["desk"] == {"leased": 1}, "the lease is another's by now"
    archive.settle_deliveries([Outcome(first.id, "delivered")], "one", NOW)
    assert archive.claim_deliveries(["desk"], 5, lease, "one", NOW + timedelta(days=9)) == []
    assert first.content.title == "A visit" and first.content.topic == "nato"


def test_a_failed_transaction_leaves_nothing_behind(archive: Archive) -> None:
    one = release()
    with pytest.raises(RuntimeError), archive.transaction():
        archive.record(one, page(one), words(one), None)
        raise RuntimeError
    assert archive.release_at(one.url) is None


def test_an_archive_is_opened_again_as_it_was(archive: Archive, tmp_path: Path) -> None:
    one = release()
    archive.record(one, page(one), words(one), None)
    again = open_archive(tmp_path / "podium.db")
    assert [found.key for found in again.releases()] == [KEY]
    again.close()


def test_a_locked_archive_is_a_sentence_and_loses_nothing(archive: Archive, tmp_path: Path) -> None:
    from storage.archive import SqliteArchive
    from storage.database import Store

    impatient = SqliteArchive(Store(tmp_path / "podium.db", busy_seconds=0.1))
    with archive.transaction():
        archive.open_run("president_am", NOW)
        with pytest.raises(ArchiveError, match="is locked"):
            impatient.open_run("president_am", NOW)
    impatient.close()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "theirs.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ArchiveError, match="another program"):
        open_archive(foreign)
    with pytest.raises(ArchiveError, match="There is no archive"):
        open_archive(tmp_path / "none.db", create=False)
    with pytest.raises(ArchiveError, match="is a folder"):
        open_archive(tmp_path)


def test_a_full_disk_is_a_sentence_and_rolls_back(archive: Archive, tmp_path: Path) -> None:
    from storage.archive import SqliteArchive
    from storage.database import Store

    small = SqliteArchive(Store(tmp_path / "podium.db"))
    pages = small.store.execute("PRAGMA page_count").fetchone()[0]
    small.store.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to meet SQLITE_FULL
    big = release("x " * 200_000)
    with pytest.raises(ArchiveError, match="is full"):
        small.record(big, page(big), words(big), None)
    small.close()
    assert archive.release_at(big.url) is None


def test_an_office_is_locked_for_others_until_given_back(tmp_path: Path) -> None:
    path = tmp_path / "podium.db"
    with office_lock(path, "president_am"):
        with pytest.raises(ArchiveError, match="being crawled by another process"):
            office_lock(path, "president_am").acquire()
        office_lock(path, "president_ru").acquire()
    office_lock(path, "president_am").acquire()
