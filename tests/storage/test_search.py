"""One meaning, two engines: what the archive's search finds is what the live stream would have matched."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlite_utils import Database

from alerts.matching import Matcher
from crawler.offices import find_office
from language.forms import RULES_VERSION
from language.query import QueryError, parse
from language.words import Words
from storage import open_archive
from storage.archive import SqliteArchive
from storage.database import Store
from storage.model import Page, Release
from storage.protocol import Archive
from storage.schema import m001_first, m004_word_index, m005_word_index_places
from tests.language.test_agreement import LANGUAGES, TEXT_WORDS, queries

SECTIONS = ("press-release", "notepad")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def release(number: int, title: str, body: str, language: str) -> Release:
    url = f"https://www.president.am/{language}/press-release/item/2025/01/01/n{number}/"
    day = date(2025, 1, 1) + timedelta(days=number)
    section = SECTIONS[number % 2]
    return Release("president_am", section, language, language, url, str(number), str(number), title, body, day)


def store(archive: Archive, made: Release) -> Words:
    words = Words.of(made.title, made.body, made.text_language, made.office, made.section)
    archive.record(made, Page(made.url, 200, {}, b"", NOW), words, None)
    return words


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteArchive, dict[int, Words]]]:
    archive = SqliteArchive(Store(tmp_path_factory.mktemp("search") / "a.db"))
    office = find_office("president_am")
    archive.open_lists(office.facts, office.lists())
    chance, known = random.Random(11), {}
    for number in range(80):
        title, body = (" ".join(chance.choices(TEXT_WORDS, k=size)) for size in (2, 7))
        known[number + 1] = store(archive, release(number, title, body, LANGUAGES[number % len(LANGUAGES)]))
    yield archive, known
    archive.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries)
def test_the_archive_and_the_live_stream_say_the_same_of_any_query(
    filled: tuple[SqliteArchive, dict[int, Words]], text: str
) -> None:
    archive, known = filled
    try:
        query = parse(text)
    except QueryError:
        return
    matcher = Matcher([(1, query)])
    live = {number: found[0][1].to_dict() for number, words in known.items() if (found := matcher.match(words))}
    hits = {hit.release_id: hit.explanation for hit in archive.search(query, limit=None)}
    assert hits == live
    assert {hit.release_id for hit in archive.search(query, limit=1_000)} == set(live)


def test_hits_are_filtered_by_every_column(filled: tuple[SqliteArchive, dict[int, Words]]) -> None:
    archive, _ = filled
    query = parse("lang:hy OR lang:ru")
    assert {hit.language for hit in archive.search(query, limit=None)} == {"hy", "ru"}
    found = archive.search(query, language="ru", section="notepad", since=date(2025, 2, 1), until=date(2025, 2, 28))
    assert found and {hit.language for hit in found} == {"ru"} and {hit.section for hit in found} == {"notepad"}
    assert all(date(2025, 2, 1) <= (hit.published_on or date.min) <= date(2025, 2, 28) for hit in found)
    assert archive.search(query, office="president_ru") == []


def test_an_index_made_under_older_rules_is_renewed_in_batches_and_finds_everything_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(tmp_path / "a.db")
    assert isinstance(archive, SqliteArchive)
    office = find_office("president_am")
    archive.open_lists(office.facts, office.lists())
    for number in range(5):
        store(archive, release(number, "", "Договорённости о мире", "ru"))
    assert archive.word_index_stale() == 0 and archive.renew_word_index() == 0
    with archive.transaction():  # as an older version left it: other rules, other terms
        archive.store.execute("UPDATE word_index SET rules_version = ?", (RULES_VERSION - 1,))
        archive.store.execute("DELETE FROM releases_words")
        archive.store.execute("INSERT INTO releases_words (rowid, title, body) SELECT id, '', 'old' FROM releases")
    store(archive, release(9, "", "Договорённости о войне", "ru"))  # a crawl after the update, under today's rules
    query = parse("договорённость")

    def found(limit: int | None, **filters: date) -> list[int]:
        return [hit.release_id for hit in archive.search(query, limit=limit, **filters)]

    assert archive.word_index_stale() == 6
    assert found(20) == [6, 5, 4, 3, 2, 1] and found(None) == [1, 2, 3, 4, 5, 6] and found(1) == [6]
    assert found(20, until=date(2025, 1, 3)) == [3, 2, 1]
    assert archive.renew_word_index(2) == 2 and archive.word_index_stale() == 4
    assert sorted(found(20)) == [1, 2, 3, 4, 5, 6] and sorted(found(20)[:3]) == [1, 2, 6]
    store(archive, release(10, "", "Договорённости о хлебе", "ru"))  # one in the midst of the renewal
    assert archive.renew_word_index(2, seconds=0.0) == 1
    assert [archive.renew_word_index(2) for _ in range(3)] == [2, 1, 0]
    assert archive.word_index_stale() == 0 and len(found(20)) == 7
    # A program that was left running through the update.
    monkeypatch.setattr("storage.releases.RULES_VERSION", RULES_VERSION - 1)
    store(archive, release(11, "", "Договорённости о воде", "ru"))
    assert archive.word_index_stale() == 1 and archive.renew_word_index() == 1 and archive.word_index_stale() == 0
    assert len(found(20)) == 8


def test_common_words_are_counted_by_key(filled: tuple[SqliteArchive, dict[int, Words]]) -> None:
    archive, known = filled
    common = archive.common_words(0.01)
    holding = sum(words.title.has_any(["визит"]) or words.body.has_any(["визит"]) for words in known.values())
    assert 1 < common["визит"] <= holding


def test_the_word_index_keeps_its_entries_and_its_merging_when_it_gains_places(tmp_path: Path) -> None:
    database = Database(tmp_path / "old.db")
    for migration in (m001_first, m004_word_index):
        migration(database)
    database.execute("INSERT INTO releases_words (rowid, title, body) VALUES (7, 'visit', 'nato summit')")
    m005_word_index_places(database)
    found = database.execute("SELECT rowid FROM releases_words WHERE releases_words MATCH 'body : nato'").fetchall()
    kept = dict(database.execute("SELECT k, v FROM releases_words_config").fetchall())
    assert found == [(7,)] and kept["automerge"] == 8 and kept["crisismerge"] == 64
    assert not database.execute("SELECT 1 FROM sqlite_master WHERE name LIKE '%before%'").fetchall()
