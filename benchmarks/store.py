"""`store`: releases a second through the whole transaction, one transaction each, over a bare INSERT with FTS5."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from datetime import date
from pathlib import Path

from alerts.config import load_settings
from alerts.raising import Announcer
from alerts.topics import load_topics
from benchmarks.common import Figure, configure
from crawler.offices import find_office
from language.words import Words
from storage import open_archive, times
from storage.model import Page, Release
from tests.replica.client import Replica

ROUNDS = 3


def run() -> list[Figure]:
    """The transaction (release, revision, page, word index, matches, alerts), and the same with what comes before it:
    analysing the words and matching them. Reading the page is part of neither."""
    office = find_office("president_am")
    with Replica.start(stories=400, no_log=True) as replica, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, replica)
        truths = replica.stories()
        now = times.now()
        html = b"<html>" + b"<p>as long as a page of the site</p>" * 650 + b"</html>"
        releases = [
            Release(
                "president_am", t["section"], t["language"], t["text_language"], t["url"], t["key"], t["key"],
                t["title"], "\n\n".join(t["paragraphs"]), date.fromisoformat(t["date"]) if t["date"] else None,
            )
            for t in truths
        ]  # fmt: skip
        specs = load_topics(folder, load_settings(folder))
        best, best_transaction, bare = 0.0, 0.0, 0.0
        for number in range(ROUNDS):
            archive = open_archive(folder / f"{number}.db")
            archive.open_lists(office.facts, office.lists())
            run_id = archive.open_run("president_am", now)
            announcer = Announcer.load(archive, specs, now)
            for release in releases[:50]:  # dictionaries are loaded once in a process's life
                announcer.match(Words.of(release.title, release.body, release.text_language))
            inside, hits = 0.0, 0
            began = time.perf_counter()
            for position, release in enumerate(releases):
                page = Page(release.url, 200, {"etag": f'"{position}"'}, html + str(position).encode(), now)
                words = Words.of(release.title, release.body, release.text_language, "president_am", release.section)
                matches = announcer.match(words)
                hits += len(matches)
                entered = time.perf_counter()
                with archive.transaction():
                    change = archive.record(release, page, words, run_id)
                    announcer.announce(archive, change, matches, zone=office.zone, run_id=run_id, now=now)
                inside += time.perf_counter() - entered
            best = max(best, len(releases) / (time.perf_counter() - began))
            best_transaction = max(best_transaction, len(releases) / inside)
            archive.close()
            bare = max(bare, _bare(folder / f"bare{number}.db", releases))
    return [
        Figure("store: releases a second, one transaction each", best_transaction, 1000, True,
               f"{len(releases)} releases, {hits / len(releases):.1f} matches each; best of {ROUNDS}"),
        Figure("store: with words and 1,000 topics", best, None, True, "analysing and matching within the time"),
        Figure("store: over a bare INSERT with FTS5", best_transaction / bare, None, True, f"bare {bare:.0f} a second"),
    ]  # fmt: skip


def _bare(path: Path, releases: list[Release]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE releases (id INTEGER PRIMARY KEY, url TEXT, title TEXT, body TEXT)")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (title, body)")
    began = time.perf_counter()
    for release in releases:
        connection.execute("BEGIN IMMEDIATE")
        row = (release.url, release.title, release.body)
        connection.execute("INSERT INTO releases (url, title, body) VALUES (?, ?, ?)", row)
        connection.execute("INSERT INTO words (title, body) VALUES (?, ?)", row[1:])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(releases) / seconds
