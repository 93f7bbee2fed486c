"""The proof that nothing is missing: what should have been alerted is reckoned anew from the archive and compared.

Every text that was read live, and the title of every row that could not be read, is matched again, by the topics as they
were declared when it was seen, with the silences of that time (first pass, back-fill, a topic made later, `max_age`). What
should have been said and has no alert, or an alert that should be told on a channel and has no delivery there, is a
difference: it is repaired and opens an incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.expected import SOURCES, Expected, Versions, ZoneOf, rhythms
from storage.held import BY_OPERATOR
from storage.history import RaisedAlert
from storage.model import AlertRequest, Cause
from storage.outgoing import Balance
from storage.protocol import Archive

SPAN = timedelta(days=14)
KIND = "alerts missing"
"""The kind of the incident that a difference opens."""
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
    """What was compared: texts that were read, those that could not be, withdrawals and restorations (`events`), alerts that
    should be loud, and the differences."""

    since: datetime
    events: int = 0
    expected: int = 0
    differences: list[Difference] = field(default_factory=list)

    def lines(self, balance: Balance) -> list[str]:
        told = [
            f"since {self.since:%Y-%m-%d %H:%M} UTC: {self.events} texts and events, {self.expected} alerts should be loud, "
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


def compare(archive: Archive, zone_of: ZoneOf, now: datetime, span: timedelta = SPAN) -> Reconciliation:
    """Reckon and compare; reads only. `zone_of` is the time zone of an office."""
    since = now - span
    found = Reconciliation(since)
    versions = Versions(archive.topic_versions())
    alerts = archive.raised_since(since)
    standing = _Standing(alerts)
    told: set[tuple[int, int, Cause]] = set()
    for source in SOURCES:
        for event in source(archive, versions, zone_of, since):
            found.events += 1
            for expected in event:
                identity = _identity(expected.request)
                found.expected += identity not in told
                if expected.request.cause == "published" and identity in told:
                    continue
                told.add(identity)
                if not standing.has(expected):
                    request = replace(expected.request, occurrence=standing.gap(expected.request))
                    found.differences.append(Difference(request, f"{expected.what} has no alert", expected.explanation))
    for alert in alerts:
        declared = versions.at(alert.raised_at).get(alert.topic_id)
        if alert.silence or declared is None or alert.raised_at < since:
            continue
        missing = tuple(channel for channel in declared.declared.get("tell", {}) if channel not in alert.channels)
        if missing:
            request = AlertRequest(
                alert.topic_id, alert.story_id, alert.cause, missing, rhythms=rhythms(declared),
                urgent=bool(declared.declared.get("urgent")),
            )  # fmt: skip
            what = f"topic {declared.name}: alert {alert.id} has no delivery on {', '.join(missing)}"
            found.differences.append(Difference(request, what, alert=alert, channels=missing))
    return found


class _Standing:
    """The alerts that stand in the archive, and which of what should have been said each of them says."""

    def __init__(self, alerts: Sequence[RaisedAlert]) -> None:
        self._alerts: dict[tuple[int, int, Cause], list[RaisedAlert]] = {}
        for alert in alerts:
            self._alerts.setdefault((alert.topic_id, alert.story_id, alert.cause), []).append(alert)
        self._said: set[tuple[int, int | None]] = set()
        self._filled: dict[tuple[int, int, Cause], set[int]] = {}

    def has(self, expected: Expected) -> bool:
        """Whether an alert says this, or is silent for a reason that holds for it too."""
        for alert in self._alerts.get(_identity(expected.request), []):
            if self._says(alert, expected) and (
                not alert.silence or alert.silence.startswith(BY_OPERATOR) or expected.silence_at(alert.raised_at)
            ):
                self._said.add((alert.id, expected.request.release_id))
                return True
        return False

    def gap(self, request: AlertRequest) -> int:
        """The occurrence that is missing below those that stand, so that it is said under its old id; 0 when none is."""
        identity = _identity(request)
        taken = {alert.occurrence for alert in self._alerts.get(identity, [])} | self._filled.setdefault(
            identity, set()
        )
        free = min(set(range(1, max(taken, default=0))) - taken, default=0)
        self._filled[identity].add(free)
        return free

    def _says(self, alert: RaisedAlert, expected: Expected) -> bool:
        """An alert on what is published says it of the whole story. One on an event says it of its own edition, and once of
        each that joined it within a day."""
        request = expected.request
        if request.cause == "published":
            return True
        if alert.raised_at <= expected.at - JOIN or (alert.id, request.release_id) in self._said:
            return False
        if alert.release_id == request.release_id and request.cause == "edited":
            return alert.revision == request.revision
        return True


def _identity(request: AlertRequest) -> tuple[int, int, Cause]:
    return request.topic_id, request.story_id, request.cause


def repair(archive: Archive, found: Reconciliation, tell: Sequence[str], now: datetime) -> None:
    """Raise and deliver what is missing, and open the incident that says so; with nothing missing, close the last one."""
    with archive.transaction():
        for difference in found.differences:
            if difference.alert is None:
                request = difference.request
                if request.release_id is not None and request.revision is not None and request.effect != "left":
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
