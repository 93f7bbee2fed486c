"""Outboxes filled with alerts, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from language.words import Words
from storage import Archive, open_archive
from storage.frontier import OfficeRecord
from storage.model import AlertRequest, ListSpec, Page, Release, Rhythm

OFFICE = OfficeRecord(
    "president_am", "President of the Republic of Armenia", "AM", "Asia/Yerevan", "https://www.president.am/"
)


def fill(
    path: Path,
    number: int,
    channels: Sequence[str],
    now: datetime,
    *,
    rhythms: dict[str, Rhythm] | None = None,
    urgent: bool = False,
    first: int = 0,
) -> None:
    """Raise `number` alerts on as many releases, told on these channels, free to go."""
    archive = open_archive(path)
    home = OFFICE.home_url
    archive.open_lists(OFFICE, [ListSpec("president_am", "press-release", "en", f"{home}en/press-release/")])
    declared = {"on": ["published"], "tell": {name: (rhythms or {}).get(name, "at once") for name in channels}}
    topic = archive.sync_topics({"nato": "NATO"}, now, {"nato": declared})[0]
    with archive.transaction():
        for position in range(first, first + number):
            key = f"2026/11/01/Visit-{position}"
            url = f"{home}en/press-release/item/{key}/"
            text = f"The President met the NATO chief for the {position}th time."
            release = Release("president_am", "press-release", "en", "en", url, key, key, f"Visit {position}", text)
            change = archive.record(release, Page(url, 200, {}, b"", now), Words.of(release.title, text, "en"), None)
            archive.raise_alerts(
                [
                    AlertRequest(
                        topic.id, change.story_id, "published", channels, change.release_id, change.revision,
                        rhythms=rhythms or {}, urgent=urgent,
                    )
                ],
                None,
                now,
            )  # fmt: skip
    archive.close()


def states(archive: Archive, channel: str | None = None) -> Counter[str]:
    """How many deliveries stand in each state, on one channel or on all."""
    found: Counter[str] = Counter()
    for name, counts in archive.delivery_counts().items():
        if channel in (None, name):
            found.update(counts)
    return found
