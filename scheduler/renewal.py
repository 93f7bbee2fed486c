"""The word index under today's rules of forms, renewed by the daemon while it watches.

After an update that changes the rules, releases that were read before stand in the index under the older ones. They are
entered anew in slices that are over before anybody notices: polls and deliveries wait for the writer a slice long at most,
and the busier it is, the longer the pauses become.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from language.forms import RULES_VERSION
from storage.errors import ArchiveError
from storage.writer import Writer

log = logging.getLogger("podium.watch")

SLICE_SECONDS = 0.02
BATCH = 100
"""Releases in a slice, however quickly they go."""
PAUSE_SECONDS = 0.02
"""The shortest pause between two slices. A slice that waited for others is followed by a pause as long as it took."""
CRAWLING = 4
"""While an office is crawled pauses are so many times as long: the crawl needs the writer for every page."""
AGAIN_SECONDS = 60.0
"""After a failure (an archive that is locked, a full disk)."""
TOLD_EVERY = 60.0
"""Seconds between two lines on how far it has come."""


async def renew(writer: Writer, stopping: asyncio.Event, crawling: Callable[[], bool]) -> None:
    """Renew the word index until nothing in it is old, or until the daemon stops. `crawling` says whether an office is
    being crawled."""
    done, total, began, told = 0, 0, time.monotonic(), time.monotonic()
    while not stopping.is_set():
        asked = time.monotonic()
        try:
            if done >= total:
                left = await writer.run(lambda archive: archive.word_index_stale())
                if not left:
                    break
                if not total:
                    log.info(
                        "word index: %d releases stand under older rules of forms; they are entered anew meanwhile",
                        left,
                    )
                total += left
            number = await writer.run(lambda archive: archive.renew_word_index(BATCH, SLICE_SECONDS))
        except ArchiveError as problem:
            log.error("word index: %s", problem)
            await _pause(stopping, AGAIN_SECONDS)
            continue
        done += number
        if not number:
            total = done  # `podium reindex` did the rest
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            log.info("word index: %d of %d releases entered anew", done, total)
        took = time.monotonic() - asked
        if done < total:
            await _pause(stopping, max(PAUSE_SECONDS, took) * (CRAWLING if crawling() else 1))
    if done < total:
        log.info("word index: %d of %d releases entered anew; the next start goes on", done, total)
    elif total:
        seconds = time.monotonic() - began
        log.info("word index: %d releases entered anew under rules %d in %.0f s", done, RULES_VERSION, seconds)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
