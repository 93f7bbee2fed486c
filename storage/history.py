"""What the archive saw and said in a span of time, for those who check that nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.model import AlertRequest, Cause, Release
from storage.outbox import Outbox
from storage.releases import Releases, release_of
from storage.times import from_text, opt_date, to_text


@dataclass(frozen=True, slots=True)
class SeenRevision:
    """One text that was read live: `release` as it was in this revision, `first_seen_at` and `silence` ('' = loud) of the
    listing rows that were known by then, `before` the topics that earlier revisions met, `previous` title and body of the
    revision before (None: it is the first)."""

    release: Release
    release_id: int
    story_id: int
    number: int
    seen_at: datetime
    first_seen_at: datetime
    silence: str
    before: frozenset[int]
    previous: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that was given up as unreadable and is not silent. `release` holds what its listing says of it; its body is
    empty."""

    release: Release
    row_id: int
    story_id: int
    first_seen_at: datetime
    given_up_at: datetime


@dataclass(frozen=True, slots=True)
class TopicVersion:
    """A topic from an instant on; `made_at` is when it was first declared, `declared` as `Outbox.sync_topics` got it."""

    topic_id: int
    name: str
    query: str
    declared: Mapping[str, Any]
    from_at: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """An alert that stands in the archive, with the channels it has deliveries for. `release_id` and `revision` are None when
    it is on a row that could not be read."""

    id: int
    topic_id: int
    story_id: int
    release_id: int | None
    revision: int | None
    cause: Cause
    occurrence: int
    raised_at: datetime
    silence: str
    channels: frozenset[str]


class History(Releases, Outbox):
    """Verbs that look back."""

    def revisions_seen(self, since: datetime) -> Iterator[SeenRevision]:
        """Every revision of origin `live` that was seen since then, in the order they were stored."""
        rows = self.store.iterate(
            "SELECT v.release_id, v.number, v.seen_at, v.title AS title_then, v.body AS body_then, b.title AS title_before, "
            "b.body AS body_before FROM revisions v LEFT JOIN revisions b ON b.release_id = v.release_id "
            "AND b.number = v.number - 1 WHERE v.seen_at >= ? AND v.origin = 'live' ORDER BY v.rowid",
            (to_text(since),),
        )
        for row in rows:
            stored = self.store.one(
                "SELECT r.*, s.key AS story_key FROM releases r JOIN stories s ON s.id = r.story_id WHERE r.id = ?",
                (row["release_id"],),
            )
            assert stored is not None
            known = self.store.all(
                "SELECT r.first_seen_at, r.silence FROM listing_rows r JOIN lists l ON l.id = r.list_id "
                "WHERE r.key = ? AND l.office = ? AND l.language = ? AND r.first_seen_at <= ?",
                (stored["key"], stored["office"], stored["language"], row["seen_at"]),
            )
            silences = [each["silence"] for each in known]
            first = min((each["first_seen_at"] for each in known), default=row["seen_at"])
            yield SeenRevision(
                release=release_of({**dict(stored), "title": row["title_then"], "body": row["body_then"]}),
                release_id=row["release_id"],
                story_id=stored["story_id"],
                number=row["number"],
                seen_at=from_text(row["seen_at"]),
                first_seen_at=from_text(first),
                silence="" if not silences or "" in silences else silences[0],
                before=frozenset(self.topics_ever_matched(row["release_id"], row["number"])),
                previous=(row["title_before"], row["body_before"]) if row["title_before"] is not None else None,
            )

    def rows_given_up(self, since: datetime) -> list[UnreadableRow]:
        """Every row that was given up as unreadable since then, in that order, those that were read later included."""
        rows = self.store.all(
            "SELECT w.*, l.office, l.section, l.language, s.key AS story_key FROM listing_rows w "
            "JOIN lists l ON l.id = w.list_id JOIN stories s ON s.id = w.story_id "
            "WHERE w.unreadable_at >= ? AND w.silence = '' ORDER BY w.unreadable_at, w.id",
            (to_text(since),),
        )
        return [
            UnreadableRow(
                release=Release(
                    office=row["office"], section=row["section"], language=row["language"],
                    text_language=row["language"], url=row["url"], key=row["key"], story_key=row["story_key"],
                    title=row["title"], body="", published_on=opt_date(row["published_on"]),
                ),
                row_id=row["id"],
                story_id=row["story_id"],
                first_seen_at=from_text(row["first_seen_at"]),
                given_up_at=from_text(row["unreadable_at"]),
            )
            for row in rows
        ]  # fmt: skip

    def topic_versions(self) -> list[TopicVersion]:
        """Every version of every topic, oldest first."""
        rows = self.store.all(
            "SELECT v.*, t.name, (SELECT min(from_at) FROM topic_versions WHERE topic_id = t.id) AS made_at "
            "FROM topic_versions v JOIN topics t ON t.id = v.topic_id ORDER BY v.from_at, v.topic_id"
        )
        return [
            TopicVersion(
                row["topic_id"],
                row["name"],
                row["query"],
                json.loads(row["declared"]),
                from_text(row["from_at"]),
                from_text(row["made_at"]),
            )
            for row in rows
        ]

    def raised_since(self, since: datetime) -> list[RaisedAlert]:
        """Alerts raised since then, silent ones included, and older ones of stories that were seen again since."""
        rows = self.store.all(
            "SELECT a.*, (SELECT json_group_array(channel) FROM deliveries d WHERE d.kind = 'alert' AND "
            "d.subject_id = a.id) AS channels FROM alerts a WHERE a.raised_at >= :since OR a.story_id IN "
            "(SELECT r.story_id FROM revisions v JOIN releases r ON r.id = v.release_id WHERE v.seen_at >= :since "
            "UNION ALL SELECT story_id FROM listing_rows WHERE unreadable_at >= :since AND story_id IS NOT NULL "
            "UNION ALL SELECT r.story_id FROM withdrawals w JOIN releases r ON r.id = w.release_id "
            "WHERE w.withdrawn_at >= :since OR w.restored_at >= :since)",
            {"since": to_text(since)},
        )
        return [
            RaisedAlert(
                row["id"],
                row["topic_id"],
                row["story_id"],
                row["release_id"],
                row["revision"],
                row["cause"],
                row["occurrence"],
                from_text(row["raised_at"]),
                row["silence"],
                frozenset(json.loads(row["channels"])),
            )
            for row in rows
        ]

    def add_deliveries(self, alert: RaisedAlert, request: AlertRequest, channels: Sequence[str], now: datetime) -> None:
        """Give an alert the deliveries that it should have had on these channels."""
        with self.store.transaction():
            self.deliver_on(alert.id, request, alert.occurrence, channels, None, now)
