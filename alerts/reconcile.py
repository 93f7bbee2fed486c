"""The proof that nothing is missing: what should have been alerted is reckoned anew from the archive and compared.

Every text that was read live is matched again, by the topics as they were declared when it was seen, with the silences of
that time (first pass, back-fill, a topic made later, `max_age`). What should have been said and has no alert, or an alert
that should be told on a channel and has no delivery there, is a difference: it is repaired and opens an incident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.matching import Matcher
from alerts.raising import silence_of, wanted
from language.evaluate import Explanation
from language.query import QueryError, parse
from language.words import Words
from storage.held import BY_OPERATOR
from storage.history import RaisedAlert, SeenRevision, TopicVersion
from storage.model import AlertRequest, Cause, Rhythm
from storage.outgoing import Balance
from storage.protocol import Archive

SPAN = timedelta(days=14)
KIND = "alerts missing"
"""The kind of the incident that a difference opens."""
DEFAULT_MAX_AGE = 7 * 86400
"""Of versions of topics that were stored before `declared` was."""
JOIN = timedelta(hours=24)
"""So long another language joins an alert on an edit."""


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
    """What was compared: texts that were read, alerts that should be loud, and the differences."""

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


def compare(
    archive: Archive, zone_of: Callable[[str], ZoneInfo], now: datetime, span: timedelta = SPAN
) -> Reconciliation:
    """Reckon and compare; reads only. `zone_of` is the time zone of an office."""
    since = now - span
    found = Reconciliation(since)
    versions = _Versions(archive.topic_versions())
    raised: dict[tuple[int, int, Cause], list[RaisedAlert]] = {}
    alerts = archive.raised_since(since)
    for alert in alerts:
        raised.setdefault((alert.topic_id, alert.story_id, alert.cause), []).append(alert)
    told: set[tuple[int, int, Cause]] = set()
    for seen in archive.revisions_seen(since):
        found.texts += 1
        for version, cause, any_age, explanation in _met(versions, seen):
            zone = zone_of(seen.release.office)
            identity = (version.topic_id, seen.story_id, cause)
            if (seen.silence and not any_age) or _silent(version, seen, zone, seen.seen_at, any_age):
                continue
            found.expected += identity not in told
            if cause == "published" and identity in told:
                continue
            told.add(identity)
            standing = [
                a for a in raised.get(identity, []) if cause == "published" or a.raised_at > seen.seen_at - JOIN
            ]
            if any(
                not a.silence or a.silence.startswith(BY_OPERATOR) or _silent(version, seen, zone, a.raised_at, any_age)
                for a in standing
            ):
                continue
            what = f"topic {version.name}, {cause}: {seen.release.title} ({seen.release.url}) has no alert"
            found.differences.append(Difference(_request(version, seen, cause), what, explanation.to_json()))
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
                assert request.release_id is not None and request.revision is not None
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


def _met(versions: _Versions, seen: SeenRevision) -> Iterator[tuple[TopicVersion, Cause, bool, Explanation]]:
    """The topics that should have alerted on a text, with the cause, and whether however old it is."""
    release = seen.release
    in_force = versions.at(seen.seen_at)
    words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
    cause: Cause = "published" if seen.number == 1 else "edited"
    for topic_id, explanation in versions.matcher(in_force).match(words):
        version = in_force[topic_id]
        told, any_age = wanted(version.declared.get("on", ["published"]), cause, met_before=topic_id in seen.before)
        if told:
            yield version, cause, any_age, explanation


def _silent(version: TopicVersion, seen: SeenRevision, zone: ZoneInfo, now: datetime, any_age: bool) -> str:
    max_age = timedelta(seconds=version.declared.get("max_age", DEFAULT_MAX_AGE))
    return silence_of(version.made_at, max_age, seen.release, seen.first_seen_at, zone, now, any_age=any_age)


def _request(version: TopicVersion, seen: SeenRevision, cause: Cause) -> AlertRequest:
    return AlertRequest(
        topic_id=version.topic_id,
        story_id=seen.story_id,
        cause=cause,
        channels=tuple(version.declared.get("tell", {})),
        release_id=seen.release_id,
        revision=seen.number,
        rhythms=_rhythms(version),
        urgent=bool(version.declared.get("urgent")),
    )


def _rhythms(version: TopicVersion) -> dict[str, Rhythm]:
    return {channel: rhythm for channel, rhythm in version.declared.get("tell", {}).items() if rhythm != "at once"}
