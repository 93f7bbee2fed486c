"""From a change in the archive to alerts: which topics it meets, and whether it is to be said.

Runs inside the transaction that stores the revision, so that release, matches, alerts and deliveries appear together.
The matching itself is done before that transaction begins (`Announcer.match`), because it is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.matching import Matcher, Told
from alerts.topics import TopicSpec
from language.words import Words
from storage.model import AlertRequest, Cause, Change, Release, Topic
from storage.protocol import Archive

_MANY_TOPICS = 5_000
"""From so many on it pays to ask the archive which words are common (`Matcher`)."""


@dataclass(frozen=True, slots=True)
class _Tracked:
    spec: TopicSpec
    stored: Topic


class Announcer:
    """The tracked topics, ready to react to changes. One per configuration; holds no connection."""

    def __init__(
        self, specs: Mapping[str, TopicSpec], stored: Sequence[Topic], frequency: Mapping[str, int] | None = None
    ) -> None:
        self._tracked = {topic.id: _Tracked(specs[topic.name], topic) for topic in stored}
        trees = ((topic_id, tracked.spec.tree) for topic_id, tracked in self._tracked.items())
        self.matcher = Matcher(trees, frequency)

    @classmethod
    def load(cls, archive: Archive, specs: Mapping[str, TopicSpec], now: datetime) -> Announcer:
        """Take over the declared topics into the archive and make them ready."""
        queries = {name: spec.query for name, spec in specs.items()}
        stored = archive.sync_topics(queries, now, {name: spec.declared for name, spec in specs.items()})
        return cls(specs, stored, archive.common_words() if len(specs) >= _MANY_TOPICS else None)

    def match(self, words: Words) -> Told:
        """The topics that a text meets."""
        return self.matcher.told(words)

    def announce(
        self, archive: Archive, change: Change, matches: Told, *, zone: ZoneInfo, run_id: int | None, now: datetime
    ) -> int:
        """Store the matches of a change and raise its alerts; returns how many are to be said.

        A new release alerts as `published`. A changed text alerts as `edited` on topics that ask for edits, and on
        those that ask for what is published and that it meets for the first time: to them it is news. What is silent is
        kept as such, with the reason.
        """
        if change.kind == "unchanged":
            return 0
        if matches:
            archive.store_matches(change.release_id, change.revision, matches)
        if change.kind == "reread" or not matches:
            return 0
        before: set[int] = set()
        cause: Cause = "published"
        if change.kind == "edited":
            cause = "edited"
            before = archive.matched_topics(change.release_id, change.revision - 1)
        requests = []
        for topic_id, _ in matches:
            tracked = self._tracked[topic_id]
            told, asked_for = wanted(tracked.spec.on, cause, met_before=topic_id in before)
            if not told:
                continue
            requests.append(
                AlertRequest(
                    topic_id=topic_id,
                    story_id=change.story_id,
                    cause=cause,
                    channels=tracked.spec.tell,
                    rhythms=tracked.spec.rhythms,
                    urgent=tracked.spec.urgent,
                    release_id=change.release_id,
                    revision=change.revision,
                    silence=change.silence
                    or self._silence(tracked, change.release, change.seen_at, zone, now, any_age=asked_for),
                )
            )
        return archive.raise_alerts(requests, run_id, now)

    def announce_unreadable(
        self,
        archive: Archive,
        *,
        listing_row_id: int,
        story_id: int,
        words: Words,
        release: Release,
        seen_at: datetime,
        zone: ZoneInfo,
        run_id: int,
        now: datetime,
    ) -> int:
        """Say of a row whose page could not be read that its listing title meets a topic ("text not readable")."""
        requests = [
            AlertRequest(
                topic_id=topic_id,
                story_id=story_id,
                cause="published",
                channels=self._tracked[topic_id].spec.tell,
                rhythms=self._tracked[topic_id].spec.rhythms,
                urgent=self._tracked[topic_id].spec.urgent,
                explanation=explanation,
                listing_row_id=listing_row_id,
                silence=self._silence(self._tracked[topic_id], release, seen_at, zone, now),
            )
            for topic_id, explanation in self.match(words)
            if "published" in self._tracked[topic_id].spec.on
        ]
        return archive.raise_alerts(requests, run_id, now)

    def _silence(
        self,
        tracked: _Tracked,
        release: Release,
        seen_at: datetime,
        zone: ZoneInfo,
        now: datetime,
        *,
        any_age: bool = False,
    ) -> str:
        """Why this topic says nothing of this release ('' = it does)."""
        made_at, max_age = tracked.stored.made_at, tracked.spec.max_age
        return silence_of(made_at, max_age, release, seen_at, zone, now, any_age=any_age)


def wanted(on: Collection[str], cause: Cause, *, met_before: bool) -> tuple[bool, bool]:
    """Whether a topic that asks for the causes `on` is told of a text that meets it, and whether however old it is.

    A changed text is told to those that ask for edits, for an edit is itself what is new; and to those that ask for what is
    published when it meets them for the first time: to them it is news.
    """
    asked_for = cause == "edited" and cause in on
    return cause in on or (not met_before and "published" in on), asked_for


def silence_of(
    made_at: datetime,
    max_age: timedelta,
    release: Release,
    seen_at: datetime,
    zone: ZoneInfo,
    now: datetime,
    *,
    any_age: bool = False,
) -> str:
    """Why a topic that was made at `made_at` says nothing of this release ('' = it does)."""
    if seen_at < made_at:
        return "first seen before the topic was made"
    oldest, limit = now - max_age, f"longer ago than the topic's max_age of {max_age.days} days"
    if any_age:
        return ""
    if release.published_on is not None and release.published_on < oldest.astimezone(zone).date():
        return f"published {release.published_on}, {limit}"
    if release.published_on is None and seen_at < oldest:
        return f"undated and first seen {seen_at.date()}, {limit}"
    return ""
