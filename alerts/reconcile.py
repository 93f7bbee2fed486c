"""The proof that nothing is missing: what should have been alerted is reckoned anew from the archive and compared.

Every text that was read live, the title of every row that could not be read, and the last text of what was withdrawn or
restored is matched again, by the topics as they were declared then, with the silences of that time (first pass, back-fill,
a topic made later, `max_age`). What should have been said and has no alert, or an alert that should be told on a channel
and has no delivery there, is a difference: it is repaired and opens an incident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.matching import Matcher
from alerts.raising import silence_of, wanted
from language.query import QueryError, parse
from language.words import Words
from storage.held import BY_OPERATOR
from storage.history import RaisedAlert, TopicVersion
from storage.model import AlertRequest, Cause, Release, Rhythm
from storage.outgoing import Balance
from storage.protocol import Archive

SPAN = timedelta(days=14)
KIND = "alerts missing"
"""The kind of the incident that a difference opens."""
DEFAULT_MAX_AGE = 7 * 86400
"""Of versions of topics that were stored before `declared` was."""
JOIN = timedelta(hours=24)
"""So long another language joins an alert on an edit."""
ZoneOf = Callable[[str], ZoneInfo]
"""The time zone of an office, by its name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that should stand in the archive and does not: an alert, or (`alert` set) its deliveries on `channels`.

    `explanation` is the match's (JSON), stored again with a missing alert: what lost the one may have lost the other.
    """

    request: AlertRequest
    sentence: str
    explanation: str = "{}"
    alert: RaisedAlert | None = None
    channels: tuple[str, ...] = ()


@dataclass(slots=True)
class Reconciliation:
    """What was compared: texts that were read (or could not be), alerts that should be loud, and the differences."""

    since: datetime
    texts: int = 0
    expected: int = 0
    differences: list[Difference] = field(default_factory=list)

    def lines(self, balance: Balance) -> list[str]:
        told = [
            f"since {self.since:%Y-%m-%d %H:%M} UTC: {self.texts} texts read, {self.expected} alerts should be loud, "
            f"{len(self.differences)} differences",
            balance_line(balance),
        ]
        return told + [difference.sentence for difference in self.differences]


def balance_line(balance: Balance) -> str:
    """`expected − delivered − pending` in a sentence."""
    return (
        f"expected {balance.expected} − delivered {balance.delivered} − pending {balance.pending} = "
        f"{balance.expected - balance.delivered - balance.pending}, of which {balance.dead} were given up with a word"
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that should have been said by the rules of its time: `at` is when it was found, `silence_at` why it would
    have been silent at an instant ('' = not), `explanation` the match's (JSON), `what` names it in a sentence."""

    request: AlertRequest
    at: datetime
    silence_at: Callable[[datetime], str]
    explanation: str
    what: str


Source = Callable[[Archive, "_Versions", ZoneOf, datetime], Iterator[list[Expected]]]
"""What should have been said since an instant, by one kind of event in the archive: a list for each event, empty when it
was silent."""


def compare(archive: Archive, zone_of: ZoneOf, now: datetime, span: timedelta = SPAN) -> Reconciliation:
    """Reckon and compare; reads only. `zone_of` is the time zone of an office."""
    since = now - span
    found = Reconciliation(since)
    versions = _Versions(archive.topic_versions())
    raised: dict[tuple[int, int, Cause], list[RaisedAlert]] = {}
    alerts = archive.raised_since(since)
    for alert in alerts:
        raised.setdefault((alert.topic_id, alert.story_id, alert.cause), []).append(alert)
    told: set[tuple[int, int, Cause]] = set()
    for source in SOURCES:
        for event in source(archive, versions, zone_of, since):
            found.texts += 1
            for expected in event:
                request = expected.request
                identity = (request.topic_id, request.story_id, request.cause)
                found.expected += identity not in told
                if request.cause == "published" and identity in told:
                    continue
                told.add(identity)
                once = request.cause == "published"
                standing = [a for a in raised.get(identity, []) if once or a.raised_at > expected.at - JOIN]
                if any(
                    not a.silence or a.silence.startswith(BY_OPERATOR) or expected.silence_at(a.raised_at) for a in standing
                ):
                    continue
                found.differences.append(Difference(request, f"{expected.what} has no alert", expected.explanation))
    for alert in alerts:
        declared = versions.at(alert.raised_at).get(alert.topic_id)
        if alert.silence or declared is None or alert.raised_at < since:
            continue
        missing = tuple(channel for channel in declared.declared.get("tell", {}) if channel not in alert.channels)
        if missing:
            request = AlertRequest(
                alert.topic_id, alert.story_id, alert.cause, missing, rhythms=_rhythms(declared),
                urgent=bool(declared.declared.get("urgent")),
            )  # fmt: skip
            what = f"topic {declared.name}: alert {alert.id} has no delivery on {', '.join(missing)}"
            found.differences.append(Difference(request, what, alert=alert, channels=missing))
    return found


def repair(archive: Archive, found: Reconciliation, tell: Sequence[str], now: datetime) -> None:
    """Raise and deliver what is missing, and open the incident that says so; with nothing missing, close the last one."""
    with archive.transaction():
        for difference in found.differences:
            if difference.alert is None:
                request = difference.request
                if request.release_id is not None and request.revision is not None:
                    archive.store_matches(
                        request.release_id, request.revision, [(request.topic_id, difference.explanation)]
                    )
                archive.raise_alerts([request], None, now)
            else:
                archive.add_deliveries(difference.alert, difference.request, difference.channels, now)
        if found.differences:
            number = len(found.differences)
            archive.open_incident(
                KIND,
                f"{number} {'thing was' if number == 1 else 'things were'} not to be said that should have been; "
                "they are said now, late",
                tell,
                now,
                advice=" · ".join(difference.sentence for difference in found.differences[:20]),
                evidence={"differences": [difference.sentence for difference in found.differences]},
            )
        else:
            archive.close_incident(KIND, tell, now)


class _Versions:
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

    def matcher(self, in_force: Mapping[int, TopicVersion]) -> Matcher:
        key = tuple((number, version.from_at) for number, version in sorted(in_force.items()))
        if key not in self._matchers:
            matcher = Matcher()
            for number, version in in_force.items():
                try:
                    matcher.add(number, parse(version.query))
                except QueryError:
                    continue  # a syntax that is no longer taken: what it met then cannot be told now
            self._matchers[key] = matcher
        return self._matchers[key]


def _texts(archive: Archive, versions: _Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Texts that were read live: `published` and `edited`."""
    for seen in archive.revisions_seen(since):
        release, in_force = seen.release, versions.at(seen.seen_at)
        words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
        cause: Cause = "published" if seen.number == 1 else "edited"
        event: list[Expected] = []
        for topic_id, explanation in versions.matcher(in_force).match(words):
            version = in_force[topic_id]
            told, any_age = wanted(_on(version), cause, met_before=topic_id in seen.before)
            silence_at = _silence(version, release, seen.first_seen_at, zone_of(release.office), any_age=any_age)
            if told and (any_age or not seen.silence) and not silence_at(seen.seen_at):
                request = replace(
                    _request(version, seen.story_id, cause), release_id=seen.release_id, revision=seen.number
                )
                event.append(
                    Expected(request, seen.seen_at, silence_at, explanation.to_json(), _what(version, cause, release))
                )
        yield event


def _rows(archive: Archive, versions: _Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Rows whose pages could not be read, heard by their listing's title: `published`, as "text not readable"."""
    for row in archive.rows_given_up(since):
        release, in_force = row.release, versions.at(row.given_up_at)
        words = Words.of(release.title, "", release.language, release.office, release.section)
        event: list[Expected] = []
        for topic_id, explanation in versions.matcher(in_force).match(words):
            version = in_force[topic_id]
            silence_at = _silence(version, release, row.first_seen_at, zone_of(release.office))
            if "published" in _on(version) and not silence_at(row.given_up_at):
                why = explanation.to_json()
                request = replace(
                    _request(version, row.story_id, "published"), listing_row_id=row.row_id, explanation=why
                )
                event.append(Expected(request, row.given_up_at, silence_at, why, _what(version, "published", release)))
        yield event


def _events(archive: Archive, versions: _Versions, zone_of: ZoneOf, since: datetime) -> Iterator[list[Expected]]:
    """Releases that were withdrawn or restored, heard by their last text."""
    for event in archive.withdrawn_since(since):
        subject, release, in_force = event.subject, event.subject.release, versions.at(event.at)
        words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
        expected: list[Expected] = []
        for topic_id, explanation in versions.matcher(in_force).match(words):
            version = in_force[topic_id]
            if event.cause in _on(version):
                request = replace(
                    _request(version, subject.story_id, event.cause),
                    release_id=subject.release_id, revision=subject.revision,
                )  # fmt: skip
                what = _what(version, event.cause, release)
                expected.append(Expected(request, event.at, lambda now: "", explanation.to_json(), what))
        yield expected


SOURCES: tuple[Source, ...] = (_texts, _rows, _events)
"""The kinds of events that are reckoned anew. Each further cause that the archive keeps the events of is one more."""


def _on(version: TopicVersion) -> Sequence[str]:
    on: Sequence[str] = version.declared.get("on", ["published"])
    return on


def _silence(
    version: TopicVersion, release: Release, first_seen_at: datetime, zone: ZoneInfo, *, any_age: bool = False
) -> Callable[[datetime], str]:
    """Why this version of a topic says nothing of a release, by the instant."""
    max_age = timedelta(seconds=version.declared.get("max_age", DEFAULT_MAX_AGE))
    return lambda now: silence_of(version.made_at, max_age, release, first_seen_at, zone, now, any_age=any_age)


def _what(version: TopicVersion, cause: Cause, release: Release) -> str:
    return f"topic {version.name}, {cause}: {release.title} ({release.url})"


def _request(version: TopicVersion, story_id: int, cause: Cause) -> AlertRequest:
    return AlertRequest(
        topic_id=version.topic_id,
        story_id=story_id,
        cause=cause,
        channels=tuple(version.declared.get("tell", {})),
        rhythms=_rhythms(version),
        urgent=bool(version.declared.get("urgent")),
    )


def _rhythms(version: TopicVersion) -> dict[str, Rhythm]:
    return {channel: rhythm for channel, rhythm in version.declared.get("tell", {}).items() if rhythm != "at once"}
