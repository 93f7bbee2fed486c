"""What is said beside single alerts: digests, incidents, tests. Pure, as `alerts.messages` is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from alerts.excerpts import Passage, hits, one_line, passages
from storage.model import AlertContent
from storage.outgoing import DigestContent, DigestItem, IncidentContent, TestContent

RHYTHMS = {
    "daily": "The daily digest of what your topics met.",
    "weekly": "The weekly digest of what your topics met.",
}


@dataclass(frozen=True, slots=True)
class Story:
    """The alerts of one topic on one story, as one entry of a digest."""

    title: str
    office: str
    url: str
    published: str
    causes: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class TopicPart:
    """What a digest says of one topic."""

    topic: str
    stories: tuple[Story, ...]


def digest_parts(content: DigestContent) -> list[TopicPart]:
    """The items grouped by topic, then by story, each in the order of their first alert."""

    def topic(item: DigestItem) -> str:
        return item.content.topic

    ordered = sorted(content.items, key=topic)  # stable: the order of the alerts is kept within a topic
    return [TopicPart(one_line(name), tuple(_stories(list(items)))) for name, items in groupby(ordered, key=topic)]


def digest_cause(content: DigestContent) -> str:
    """Why this comes as a digest, in a sentence that says how many alerts it holds."""
    number = len(content.items)
    alerts = "1 alert" if number == 1 else f"{number} alerts"
    if content.rhythm == "overflow":
        return f"The day's {content.limit} single messages were used up; the {alerts} beyond them are held here."
    return f"{RHYTHMS[content.rhythm]} It holds {alerts}."


def local_time(instant: str, timezone: str) -> str:
    """An ISO 8601 instant in a zone's own time: `2024-03-19 14:05 (Asia/Yerevan)`."""
    at = datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone))
    return f"{at:%Y-%m-%d %H:%M} ({timezone})"


def incident_payload(content: IncidentContent) -> dict[str, Any]:
    return {
        "type": f"incident.{content.event}",
        "timestamp": content.at or content.closed_at or content.opened_at,
        "data": {
            "incident": content.incident_id,
            "kind": content.kind,
            "office": content.office or None,
            "channel": content.channel or None,
            "reason": content.reason,
            "advice": content.advice or None,
            "opened_at": content.opened_at,
            "closed_at": content.closed_at or None,
            "last_good_at": content.last_good or None,
            "found": [{"what": what, "then": then, "now": now} for what, then, now in content.table],
            "pages": list(content.pages),
            "command": content.command or None,
            "caught_up": content.caught_up or None,
            "offices": list(content.offices),
            "late": content.late or None,
        },
    }


def test_payload(content: TestContent) -> dict[str, Any]:
    return {
        "type": "channel.test",
        "timestamp": content.at,
        "data": {"channel": content.channel, "test": True, "late": content.late or None},
    }


def _stories(items: list[DigestItem]) -> Iterator[Story]:
    found: dict[tuple[str, str], list[AlertContent]] = {}
    for item in items:
        content = item.content
        found.setdefault((content.office, content.story or content.url), []).append(content)
    for alerts in found.values():
        first = alerts[0]
        yield Story(
            title=one_line(first.title) or "(without a title)",
            office=one_line(first.office_title) or first.office,
            url=one_line(first.url),
            published=first.published_on or "without a date",
            causes=", ".join(dict.fromkeys(alert.cause for alert in alerts)),
            passage=next(iter(passages(hits(first.explanation))), ()),
        )
