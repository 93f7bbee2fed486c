"""`search`: the time of a two-word query with excerpts on 100,000 releases, over a bare FTS5 query on the same words."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.common import Figure
from crawler.offices import find_office
from language.query import parse
from language.words import Words
from storage import open_archive
from storage.model import Page, Release
from storage.protocol import Archive
from tests.replica.client import Replica

RELEASES = 100_000
QUERIES = 200
BATCH = 500


def run() -> list[Figure]:
    """Paragraphs of the replica's texts, mixed anew for each release; queries of two words that one release has."""
    with Replica.start(stories=400, no_log=True) as office:
        truths = office.stories()
    paragraphs: dict[str, list[str]] = {}
    for truth in truths:
        paragraphs.setdefault(truth["text_language"], []).extend(truth["paragraphs"])
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "search.db"
        archive = open_archive(path)
        watched = find_office("president_am")
        archive.open_lists(watched.facts, watched.lists())
        queries = _fill(archive, Path(name) / "bare.db", paragraphs, chance)
        bare = sqlite3.connect(Path(name) / "bare.db")
        ours, plain = [], []
        for one, other in queries:
            began = time.perf_counter()
            bare.execute(
                "SELECT rowid, title FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20", (f'"{one}" "{other}"',)
            ).fetchall()
            plain.append(time.perf_counter() - began)
            began = time.perf_counter()
            archive.search(parse(f"{one} {other}"), limit=20)
            ours.append(time.perf_counter() - began)
        bare.close()
        archive.close()
    mine, theirs = (sorted(times)[int(len(times) * 0.95)] for times in (ours, plain))
    return [
        Figure("search: p95 of two words with excerpts over bare FTS5", mine / theirs, 5.0, False,
               f"{RELEASES:,} releases; {mine * 1e3:.1f} ms over {theirs * 1e3:.1f} ms, every form in every language")
    ]  # fmt: skip


def _fill(
    archive: Archive, bare: Path, paragraphs: dict[str, list[str]], chance: random.Random
) -> list[tuple[str, str]]:
    connection = sqlite3.connect(bare)
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (title, body)")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    languages = sorted(paragraphs)
    queries: list[tuple[str, str]] = []
    for first in range(0, RELEASES, BATCH):
        with archive.transaction():
            for number in range(first, first + BATCH):
                language = languages[number % len(languages)]
                body = "\n\n".join(chance.sample(paragraphs[language], 4))
                title = body[:80]
                url = f"https://www.president.am/{language}/press-release/item/{number}/"
                release = Release(
                    "president_am", "press-release", language, language, url, str(number), str(number), title, body,
                    (now - timedelta(hours=number)).date(),
                )  # fmt: skip
                archive.record(release, Page(url, 200, {}, b"", now), Words.of(title, body, language), None)
                connection.execute("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", (number + 1, title, body))
                if number % (RELEASES // QUERIES) == 0:
                    words = sorted({word for word in body.split() if word.isalpha() and len(word) > 4})
                    queries.append((chance.choice(words), chance.choice(words)))
        connection.commit()
    connection.close()
    return queries
