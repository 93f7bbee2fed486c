"""What should have been said, reckoned anew from the archive by the rules of its time.

Every kind of event that the archive keeps is a source: texts that were read live, rows that could not be read, withdrawals
and restorations. Each is matched by the topics as they were declared when it happened, with the silences of that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.matching import Matcher
from alerts.raising import effect_of, silence_of, wanted
from language.evaluate import Explanation
from language.query import QueryError, parse
from language.references import References
from language.words import Words
from storage.history import TopicVersion
from storage.model import AlertRequest, Cause, Effect, Release, Rhythm
from storage.protocol import Archive

DEFAULT_MAX_AGE = 7 * 86400
"""Of versions of topics that were stored before `declared` was."""
ZoneOf = Callable[[str], ZoneInfo]
"""The time zone of an office, by its name."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that should have been said by the rules of its time: `at` is when it was found, `silence_at` why it would
    have been silent at an instant ('' = not), `explanation` the match's (JSON), `what` names it in a sentence."""

    request: AlertRequest
    at: datetime
    silence_at: Callable[[datetime], str]
    explanation: str
    what: str


class Versions:
    """The topics as they were in force at any instant, with a matcher for each state of them."""

    def __init__(self, versions: Sequence[TopicVersion]) -> None:
        self._versions = versions
        self._matchers: dict[tuple[tuple[int, datetime], ...], Matcher] = {}

    def at(self, instant: datetime) -> dict[int, TopicVersion]:
        """Topic id → its version then; a topic that was not declared then is left out."""
        latest: dict[int, TopicVersion] = {}
        for version in self._versions:
            if version.from_at <= instant:
                latest[version.topic_id] = version
        return {number: version for number, version in latest.items() if not version.declared.get("gone")}

    def matches(self, in_force: Mapping[int, TopicVersion], release: Release) -> dict[int, Explanation]:
        """The topics of one state of them that a text meets."""
        words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
        return dict(self._matcher(in_force).match(words))

    def _matcher(self, in_force: Mapping[int, TopicVersion]) -> Matcher:
        key = tuple((number, version.from_at) for number, version in sorted(in_force.items()))
        if key not in self._matchers:
            matcher = Matcher()
            for number, version in in_force.items():
                try:
                    leans_on = References.from_dict(version.declared.get("leans_on", {}))
                    matcher.add(number, parse(version.query, leans_on, version.name))
                except QueryError:
                    continue  # a syntax that is no longer taken: what it met then cannot be told now
            self._matchers[key] = matcher
        return self._matchers[key]


Source = Callable[[Archive, Versions, ZoneOf, datetime], Iterator[list[Expected]]]
"""What should have been said since an instant, by one kind of event: a list for each event, empty when it was silent."""


def texts(archive: Archive, versions: Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Texts that were read live: `published` and `edited`."""
    for seen in archive.revisions_seen(since):
        release, zone, in_force = seen.release, zone_of(seen.release.office), versions.at(seen.seen_at)
        cause: Cause = "edited" if seen.previous else "published"
        met = versions.matches(in_force, release)
        before: dict[int, Explanation] = {}
        if seen.previous:
            title, body = seen.previous
            before = versions.matches(in_force, replace(release, title=title, body=body))
        event: list[Expected] = []
        for topic_id in sorted(met.keys() | before.keys()):
            version = in_force[topic_id]
            effect: Effect = effect_of(topic_id in before, topic_id in met) if seen.previous else ""
            told_before = topic_id in before or topic_id in seen.before
            told, asked_for = wanted(on(version), cause, met_before=told_before, effect=effect)
            silence_at = _silence(version, release, seen.first_seen_at, zone, any_age=asked_for)
            if not told or (seen.silence and not asked_for) or silence_at(seen.seen_at):
                continue
            why = (before if effect == "left" else met)[topic_id].to_json()
            request = replace(
                request_of(version, seen.story_id, cause), release_id=seen.release_id, revision=seen.number,
                effect=effect, explanation=why if effect == "left" else "{}",
            )  # fmt: skip
            event.append(Expected(request, seen.seen_at, silence_at, why, _what(version, cause, release)))
        yield event


def rows(archive: Archive, versions: Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Rows whose pages could not be read, heard by their listing's title: `published`, as "text not readable"."""
    for row in archive.rows_given_up(since):
        release, in_force = row.release, versions.at(row.given_up_at)
        event: list[Expected] = []
        for topic_id, explanation in versions.matches(in_force, release).items():
            version = in_force[topic_id]
            silence_at = _silence(version, release, row.first_seen_at, zone_of(release.office))
            if "published" in on(version) and not silence_at(row.given_up_at):
                why = explanation.to_json()
                request = replace(
                    request_of(version, row.story_id, "published"), listing_row_id=row.row_id, explanation=why
                )
                event.append(Expected(request, row.given_up_at, silence_at, why, _what(version, "published", release)))
        yield event


def withdrawals(archive: Archive, versions: Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Releases that were withdrawn or restored, by their last text: neither their age nor the topic's counts."""
    for seen in archive.withdrawn_since(since):
        subject, in_force = seen.subject, versions.at(seen.at)
        yield [
            Expected(
                replace(
                    request_of(in_force[topic_id], subject.story_id, seen.cause), release_id=subject.release_id,
                    revision=subject.revision,
                ),
                seen.at,
                lambda now: "",
                explanation.to_json(),
                _what(in_force[topic_id], seen.cause, subject.release),
            )
            for topic_id, explanation in versions.matches(in_force, subject.release).items()
            if seen.cause in on(in_force[topic_id])
        ]  # fmt: skip


SOURCES: tuple[Source, ...] = (texts, rows, withdrawals)
"""The kinds of events that are reckoned anew. Each further cause that the archive keeps the events of is one more."""


def on(version: TopicVersion) -> Sequence[str]:
    """The causes that a topic asked for."""
    causes: Sequence[str] = version.declared.get("on", ["published"])
    return causes


def request_of(version: TopicVersion, story_id: int, cause: Cause) -> AlertRequest:
    """An alert of this topic on this story, for the channels that it told then; what it is about is still to be set."""
    return AlertRequest(
        topic_id=version.topic_id,
        story_id=story_id,
        cause=cause,
        channels=tuple(version.declared.get("tell", {})),
        rhythms=rhythms(version),
        urgent=bool(version.declared.get("urgent")),
    )


def rhythms(version: TopicVersion) -> dict[str, Rhythm]:
    """Channels that this topic told in another rhythm than at once."""
    return {channel: rhythm for channel, rhythm in version.declared.get("tell", {}).items() if rhythm != "at once"}


def _silence(
    version: TopicVersion, release: Release, first_seen_at: datetime, zone: ZoneInfo, *, any_age: bool = False
) -> Callable[[datetime], str]:
    """Why this version of a topic says nothing of a release, by the instant."""
    max_age = timedelta(seconds=version.declared.get("max_age", DEFAULT_MAX_AGE))
    return lambda now: silence_of(version.made_at, max_age, release, first_seen_at, zone, now, any_age=any_age)


def _what(version: TopicVersion, cause: Cause, release: Release) -> str:
    return f"topic {version.name}, {cause}: {release.title} ({release.url})"
