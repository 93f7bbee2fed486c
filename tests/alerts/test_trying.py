"""What a query would have found and said, on a small archive of known texts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from alerts.trying import MANY_A_DAY, compare, try_query
from language.query import parse
from storage.archive import SqliteArchive
from storage.database import Store
from tests.faults.outboxes import OFFICE
from tests.storage.test_search import release, store

MONDAY = date(2025, 3, 3)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SqliteArchive]:
    made = SqliteArchive(Store(tmp_path / "podium.db"))
    made.open_lists(OFFICE, [])
    texts = [
        (0, "en", "The envoy spoke of peace and of gas."),
        (1, "en", "The envoys spoke of peace and of war."),
        (8, "en", "An envoy spoke of gas."),
        (29, "ru", "Послы говорили о мире и о газе."),
    ]
    for number, (days, language, text) in enumerate(texts):
        store(made, replace(release(number, "A title", text, language), published_on=MONDAY + timedelta(days=days)))
    yield made
    made.close()


def test_hits_are_counted_by_week_office_and_language_newest_first(archive: SqliteArchive) -> None:
    trial = try_query(archive, parse("(envoy OR посол) AND (peace OR мир)"))
    assert [hit.release_id for hit in trial.hits] == [4, 2, 1]
    assert trial.weeks == tuple((MONDAY + timedelta(weeks=week), number) for week, number in enumerate((2, 0, 0, 0, 1)))
    assert trial.offices == (("president_am", 3),) and dict(trial.languages) == {"en": 2, "ru": 1}
    assert trial.alerts == 3 and trial.alerts_a_month == pytest.approx(3 / 30 * 30.44) and not trial.noisy
    later = try_query(archive, parse("envoy OR посол"), since=MONDAY + timedelta(days=7))
    assert [hit.release_id for hit in later.hits] == [4, 3]


def test_what_one_clause_alone_keeps_away_is_told_with_the_clause(archive: SqliteArchive) -> None:
    trial = try_query(archive, parse("envoy AND peace AND gas NOT title:envoy"))
    assert [hit.release_id for hit in trial.hits] == [1]
    assert {(missed.clause, missed.hit.release_id) for missed in trial.missed} == {("peace", 3), ("gas", 2)}
    excluded = try_query(archive, parse("envoy AND peace NOT war"))
    assert {(missed.clause, missed.hit.release_id) for missed in excluded.missed} == {("peace", 3), ("NOT war", 2)}


def test_another_query_is_compared_release_by_release(archive: SqliteArchive) -> None:
    gained, lost = compare(try_query(archive, parse("gas")), archive.search(parse("peace"), limit=None))
    assert ([hit.release_id for hit in gained], [hit.release_id for hit in lost]) == ([3], [2])


def test_more_alerts_on_one_day_than_anybody_reads_are_a_warning(archive: SqliteArchive, tmp_path: Path) -> None:
    for number in range(100, 101 + MANY_A_DAY):
        store(archive, replace(release(number, "A title", "Budget news.", "en"), published_on=MONDAY))
        assert try_query(archive, parse("budget")).noisy == (number == 100 + MANY_A_DAY)
    (tmp_path / "topics.yaml").write_text("topics: {}\n", encoding="utf-8")
    environment = os.environ | {"PODIUM_DB": str(archive.store.path), "PODIUM_CONFIG": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "topics", "try", "budget"],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and f"warning: 31 alerts on {MONDAY}, more than 30 a day" in done.stderr
    assert done.stdout.count("*Budget* news.") == 20, "the first twenty, their words marked"
