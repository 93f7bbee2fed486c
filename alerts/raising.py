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
from storage.model import AlertRequest, Cause, Change, Effect, Release, Topic
from storage.protocol import Archive
from storage.withdrawals import Subject

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

        A new release alerts as `published`, a changed text as `edited`. What is silent is kept as such, with the reason.
        """
        if change.kind == "unchanged":
            return 0
        if matches:
            archive.store_matches(change.release_id, change.revision, matches)
        if change.kind == "reread":
            return 0
        if change.kind == "edited":
            return archive.raise_alerts(self._of_edit(archive, change, matches, zone, now), run_id, now)
        about = (change.story_id, change.release_id, change.revision)
        requests = [
            self._request(topic_id, "published", about, change.silence or self._silence(
                self._tracked[topic_id], change.release, change.seen_at, zone, now
            ))
            for topic_id, _ in matches
            if "published" in self._tracked[topic_id].spec.on
        ]  # fmt: skip
        return archive.raise_alerts(requests, run_id, now)

    def _of_edit(
        self, archive: Archive, change: Change, matches: Told, zone: ZoneInfo, now: datetime
    ) -> list[AlertRequest]:
        """The alerts on a changed text: to topics that ask for edits when it meets them or did before, and to those that ask
        for what is published when it meets them for the first time: to them it is news.

        To the first the edit is what is new, however old the release is and whenever the topic was made; what both its
        texts meet is reckoned with the topics of today.
        """
        assert change.previous is not None
        release, (title, body) = change.release, change.previous
        met = dict(matches)
        before = dict(self.match(Words.of(title, body, release.text_language, release.office, release.section)))
        ever = archive.topics_ever_matched(change.release_id, change.revision)
        # What the text before met is known for whoever looks back, also where it was stored without being matched.
        archive.store_matches(change.release_id, change.revision - 1, list(before.items()))
        requests = []
        for topic_id in sorted(met.keys() | before.keys()):
            tracked = self._tracked[topic_id]
            effect = effect_of(topic_id in before, topic_id in met)
            told, asked_for = wanted(
                tracked.spec.on, "edited", met_before=topic_id in before or topic_id in ever, effect=effect
            )
            if not told:
                continue
            silence = "" if asked_for else change.silence
            silence = silence or self._silence(tracked, release, change.seen_at, zone, now, any_age=asked_for)
            about = (change.story_id, change.release_id, change.revision)
            explanation = before[topic_id] if effect == "left" else "{}"
            requests.append(self._request(topic_id, "edited", about, silence, explanation, effect))
        return requests

    def announce_event(
        self, archive: Archive, subject: Subject, cause: Cause, *, run_id: int | None, now: datetime, silence: str = ""
    ) -> int:
        """Say that a release was withdrawn or restored to the topics that ask for it and that its last text meets; returns
        how many alerts are to be said. The event is what is new: neither the release's age nor the topic's counts."""
        release = subject.release
        words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
        matches = self.match(words)
        archive.store_matches(subject.release_id, subject.revision, matches)
        about = (subject.story_id, subject.release_id, subject.revision)
        requests = [
            self._request(topic_id, cause, about, silence)
            for topic_id, _ in matches
            if cause in self._tracked[topic_id].spec.on
        ]
        return archive.raise_alerts(requests, run_id, now)

    def _request(
        self,
        topic_id: int,
        cause: Cause,
        about: tuple[int, int, int],
        silence: str,
        explanation: str = "{}",
        effect: Effect = "",
    ) -> AlertRequest:
        """An alert on a release: `about` is its story, its id and its revision."""
        spec = self._tracked[topic_id].spec
        return AlertRequest(
            topic_id=topic_id,
            story_id=about[0],
            cause=cause,
            channels=spec.tell,
            rhythms=spec.rhythms,
            urgent=spec.urgent,
            release_id=about[1],
            revision=about[2],
            silence=silence,
            explanation=explanation,
            effect=effect,
        )

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


def effect_of(before: bool, after: bool) -> Effect:
    """What an edit did to a topic that one of its texts meets."""
    return "" if before and after else "entered" if after else "left"


def wanted(on: Collection[str], cause: Cause, *, met_before: bool, effect: Effect = "") -> tuple[bool, bool]:
    """Whether a topic that asks for the causes `on` is told of a text, and whether because it asks for just this.

    A changed text is told to those that ask for edits, for an edit is itself what is new; and to those that ask for what is
    published when it meets them for the first time: to them it is news.
    """
    asked_for = cause == "edited" and cause in on
    if effect == "left":
        return asked_for, asked_for
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
    """Why a topic that was made at `made_at` says nothing of this release ('' = it does). With `any_age` it asked for the
    event itself: neither the release's age nor whether it was first seen before the topic was made counts."""
    if any_age:
        return ""
    if seen_at < made_at:
        return "first seen before the topic was made"
    oldest, limit = now - max_age, f"longer ago than the topic's max_age of {max_age.days} days"
    if release.published_on is not None and release.published_on < oldest.astimezone(zone).date():
        return f"published {release.published_on}, {limit}"
    if release.published_on is None and seen_at < oldest:
        return f"undated and first seen {seen_at.date()}, {limit}"
    return ""
