"""What the archive keeps of edits and withdrawals: the schema's change, and reading it at little cost."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from storage import open_archive
from storage.model import ListSpec
from storage.rechecks import Pace
from storage.schema import migrations
from tests.faults.outboxes import OFFICE

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
AT = "2026-11-01T12:00:00.000Z"


def test_edits_of_an_older_archive_are_classed_when_it_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrations.apply(Database(connection), stop_before="m009_edits")
    connection.execute("INSERT INTO offices VALUES ('president_am', 't', 'AM', 'Asia/Yerevan', 'u', NULL)")
    connection.execute("INSERT INTO stories VALUES (1, 'president_am', 'k', ?)", (AT,))
    connection.execute(
        "INSERT INTO releases (story_id, office, section, language, text_language, url, key, title, body, thin, content_hash, "
        "revision, first_seen_at, last_seen_at, changed_at, checked_at, read_at) VALUES (1, 'president_am', 's', 'en', 'en', "
        "'https://www.president.am/k/', 'k', 'T', 'b', 0, 'h', 4, :at, :at, :at, :at, :at)",
        {"at": AT},
    )
    texts = ["It cost 5.", "It cost 6.", "It did cost 6.", "Read better: it did cost 6."]
    for number, body in enumerate(texts, 1):
        connection.execute(
            "INSERT INTO revisions VALUES (1, ?, NULL, ?, 'T', ?, 'h', NULL, ?)",
            (number, AT, body, "reread" if number == 4 else "live"),
        )
    connection.execute("INSERT INTO topics VALUES (1, 'nato', 1)")
    for cause in ("published", "edited"):
        connection.execute(
            "INSERT INTO alerts (topic_id, story_id, release_id, revision, cause, occurrence, raised_at) "
            "VALUES (1, 1, 1, 2, ?, 1, ?)",
            (cause, AT),
        )
    connection.close()
    archive = open_archive(path)
    stored = archive.release_at("https://www.president.am/k/")
    assert stored is not None
    assert [each.edit_class for each in stored.revisions] == ["", "figures and names", "wording", ""]
    assert [each.body for each in stored.revisions] == texts
    archive.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT alert_id, release_id FROM alert_editions").fetchall() == [(2, 1)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_finding_what_is_due_reads_no_release_that_is_too_old(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "podium.db")
    (state,) = archive.open_lists(OFFICE, [ListSpec("president_am", "press-release", "en", OFFICE.home_url)])
    store = archive.store  # type: ignore[attr-defined]
    with archive.transaction():
        for number in range(300):
            day = (NOW - timedelta(days=number * 10)).date().isoformat() if number % 7 else None
            seen = (NOW - timedelta(days=number * 10)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            store.execute("INSERT INTO stories (office, key, first_seen_at) VALUES ('president_am', ?, ?)", (number, seen))
            store.execute(
                "INSERT INTO releases (story_id, office, section, language, text_language, url, key, title, body, "
                "published_on, thin, content_hash, revision, first_seen_at, last_seen_at, changed_at, checked_at, read_at) "
                "VALUES (last_insert_rowid(), 'president_am', 'press-release', 'en', 'en', :url, :url, 'T', 'b', :day, 0, 'h', "
                "1, :at, :at, :at, :at, :at)",
                {"url": f"u{number}", "day": day, "at": seen},
            )
    asked: list[str] = []
    store.db.conn.set_trace_callback(asked.append)
    found = archive.recheck_due([state.id], Pace(timedelta(days=21)), NOW, timedelta(days=1))
    store.db.conn.set_trace_callback(None)
    assert [known.url for known in found] == ["u2", "u1", "u0"]
    plan = " ".join(str(row[3]) for row in store.all(f"EXPLAIN QUERY PLAN {asked[0]}"))
    assert "releases_published" in plan and "releases_undated" in plan
    assert "SCAN releases" not in plan and "SCAN r " not in f"{plan} "
    archive.close()
