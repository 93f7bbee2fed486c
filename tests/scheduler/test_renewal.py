"""The word index renewed under the daemon, in slices between which everybody else gets the writer."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from language.forms import RULES_VERSION
from language.query import parse
from scheduler.renewal import renew
from storage.errors import ArchiveError
from storage.protocol import Archive
from storage.writer import Writer
from tests.faults.outboxes import OFFICE
from tests.storage.test_search import release, store

anyio = pytest.mark.anyio
RELEASES = 120


def make_old(path: Path) -> None:
    """As a version with other rules left the index: none of today's terms."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE word_index SET rules_version = ?", (RULES_VERSION - 1,))
        connection.execute("UPDATE releases_words SET title = '', body = 'old'")


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    made = Writer(tmp_path / "a.db")

    def fill(archive: Archive) -> None:
        archive.open_lists(OFFICE, [])
        for number in range(RELEASES):
            store(archive, release(number, f"Послы № {number}", "Договорённости о мире", "ru"))

    made.run_sync(fill)
    make_old(made.path)
    monkeypatch.setattr("scheduler.renewal.BATCH", 10)
    yield made
    made.close()


@anyio
async def test_everything_is_renewed_and_everybody_else_comes_in_between(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "podium.watch")
    work = asyncio.create_task(renew(writer, asyncio.Event(), lambda: False))
    left, query = [RELEASES], parse("договорённость AND посол")
    while not work.done():
        left.append(await writer.run(lambda archive: archive.word_index_stale()))
        assert len(await writer.run(lambda archive: archive.search(query, limit=None))) == RELEASES
    assert left[-1] == 0 and left == sorted(left, reverse=True)
    assert len(set(left)) > RELEASES // 10 / 2, "other calls saw it half done again and again"
    assert caplog.messages[0].startswith(f"word index: {RELEASES} releases stand under older rules")
    assert caplog.messages[-1].startswith(f"word index: {RELEASES} releases entered anew under rules {RULES_VERSION}")


@anyio
async def test_a_daemon_that_stops_leaves_the_rest_for_the_next(writer: Writer) -> None:
    stopping = asyncio.Event()
    work = asyncio.create_task(renew(writer, stopping, lambda: True))
    while await writer.run(lambda archive: archive.word_index_stale()) == RELEASES:
        await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(work, 10)
    left = writer.run_sync(lambda archive: archive.word_index_stale())
    assert 0 < left < RELEASES
    await asyncio.wait_for(renew(writer, asyncio.Event(), lambda: False), 30)
    assert writer.run_sync(lambda archive: archive.word_index_stale()) == 0


@anyio
async def test_an_archive_that_cannot_be_written_is_tried_again(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("scheduler.renewal.AGAIN_SECONDS", 0.01)
    failing = [True, True]
    run = writer.run

    async def sometimes(*arguments: object) -> object:
        if failing:
            failing.pop()
            raise ArchiveError("The disk is full.")
        return await run(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(writer, "run", sometimes)
    await asyncio.wait_for(renew(writer, asyncio.Event(), lambda: False), 30)
    assert caplog.messages == ["word index: The disk is full."] * 2
    assert writer.run_sync(lambda archive: archive.word_index_stale()) == 0


@anyio
async def test_an_index_that_is_up_to_date_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "podium.watch")
    writer = Writer(tmp_path / "b.db")
    await renew(writer, asyncio.Event(), lambda: False)
    assert caplog.messages == []
    writer.close()
