"""Every verb by which other rooms reach the archive; a second backend implements this and passes `tests/storage`.

No SQL, no driver type and no generic create-read-update appears here. What the verbs do stands at their
implementation; all raise `ArchiveError` when the archive cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from language.query import Query
from language.words import Words
from storage.model import (
    AlertContent,
    AlertRequest,
    Attempt,
    Balance,
    Change,
    ChannelState,
    Delivery,
    DeliveryLine,
    FrontierRow,
    Hit,
    Incident,
    Known,
    ListSpec,
    ListState,
    Origin,
    Outcome,
    Page,
    Placement,
    Release,
    Row,
    Run,
    RunCounts,
    Topic,
)

if TYPE_CHECKING:
    from storage.frontier import OfficeRecord, StoredListing
    from storage.history import RaisedAlert, SeenRevision, TopicVersion
    from storage.outbox import AlertLine
    from storage.releases import Latest, StoredRelease
    from storage.runs import ListOutcome, OfficeStatus, Robots, RunHistory


class Archive(Protocol):
    """One connection to the archive, used from one thread at a time."""

    @property
    def path(self) -> Path: ...
    def transaction(self) -> AbstractContextManager[None]: ...
    def backup(self, target: Path) -> None: ...
    def close(self) -> None: ...

    # The frontier
    def open_lists(self, office: OfficeRecord, specs: Iterable[ListSpec]) -> list[ListState]: ...
    def store_listing(
        self, list_state: ListState, number: int, rows: Sequence[Row], page: Page, *, unconditional: bool
    ) -> StoredListing: ...
    def save_progress(
        self, list_id: int, *, pass_listing: int | None = None, walk_listing: int | None = None
    ) -> None: ...
    def unread_rows(self, list_ids: Sequence[int], now: datetime) -> list[FrontierRow]: ...
    def row_failed(self, row: FrontierRow, reason: str, now: datetime, *, gone: bool = False) -> None: ...
    def give_up_rows(self, list_ids: Sequence[int]) -> list[FrontierRow]: ...
    def recheck_due(
        self, list_ids: Sequence[int], since: datetime, now: datetime, unconditional_after: timedelta
    ) -> list[Known]: ...

    # Releases, revisions, pages
    def latest(self, office: str, language: str, key: str) -> Latest | None: ...
    def page(self, page_id: int) -> Page: ...
    def keep_failed_page(self, run_id: int, page: Page, reason: str) -> None: ...
    def record(
        self, release: Release, page: Page, words: Words, run_id: int | None, origin: Origin = "live"
    ) -> Change: ...
    def unchanged(self, release_id: int, seen_at: datetime) -> None: ...
    def hold_change(self, release_id: int, run_id: int, release: Release, page: Page) -> None: ...
    def held_changes(self, run_id: int) -> list[tuple[int, Release, Page]]: ...
    def known_keys(self, office: str, language: str) -> set[str]: ...
    def release_at(self, url: str) -> StoredRelease | None: ...
    def releases(
        self, *, office: str | None = None, language: str | None = None, since: date | None = None
    ) -> Iterator[Release]: ...
    def search(
        self,
        query: Query,
        *,
        office: str | None = None,
        section: str | None = None,
        language: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = 20,
    ) -> list[Hit]: ...

    # Runs and the daemon's memory
    def open_run(self, office: str, now: datetime) -> int: ...
    def close_run(
        self,
        run_id: int,
        verdict: str,
        reason: str,
        counts: RunCounts,
        facts: Mapping[str, Any],
        outcomes: list[ListOutcome],
        now: datetime,
    ) -> int: ...
    def run(self, run_id: int) -> Run: ...
    def runs(self, office: str | None = None, limit: int = 20) -> list[Run]: ...
    def history(self, office: str) -> RunHistory: ...
    def statuses(self) -> list[OfficeStatus]: ...
    def cool_down(self, office: str, until: datetime | None) -> None: ...
    def cool_until(self, office: str) -> datetime | None: ...
    def job_succeeded_at(self, name: str) -> datetime | None: ...
    def job_succeeded(self, name: str, at: datetime) -> None: ...
    def plan_jobs(self, plan: Mapping[str, datetime | None]) -> None: ...
    def robots(self, origin: str) -> Robots | None: ...
    def keep_robots(self, origin: str, robots: Robots) -> None: ...

    # Topics, alerts and the outbox
    def sync_topics(
        self, queries: Mapping[str, str], now: datetime, declared: Mapping[str, Mapping[str, Any]] | None = None
    ) -> list[Topic]: ...
    def store_matches(
        self, release_id: int, revision: int, matches: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> None: ...
    def matched_topics(self, release_id: int, revision: int) -> set[int]: ...
    def story_of_row(self, office: str, story_key: str, now: datetime) -> int: ...
    def raise_alerts(self, requests: Sequence[AlertRequest], run_id: int | None, now: datetime) -> int: ...
    def claim_deliveries(
        self,
        channels: Sequence[str],
        limit: int,
        lease: timedelta,
        owner: str,
        now: datetime,
        places: Mapping[str, Placement] | None = None,
    ) -> list[Delivery]: ...
    def release_deliveries(self, ids: Sequence[int], owner: str, now: datetime) -> None: ...
    def settle_deliveries(
        self,
        outcomes: Sequence[Outcome],
        owner: str,
        now: datetime,
        tell: Mapping[str, Sequence[str]] | None = None,
    ) -> list[str]: ...
    def next_due_at(self, channels: Sequence[str]) -> datetime | None: ...
    def delivery_counts(self) -> dict[str, dict[str, int]]: ...
    def deliveries(
        self,
        *,
        channel: str | None = None,
        state: str | None = None,
        topic: str | None = None,
        since: datetime | None = None,
        ids: tuple[int, int] | None = None,
        limit: int = 50,
    ) -> list[DeliveryLine]: ...
    def attempts(self, delivery_id: int) -> list[Attempt]: ...
    def resend(self, ids: Sequence[int], now: datetime) -> list[int]: ...
    def channel_states(self) -> list[ChannelState]: ...
    def enable_channel(self, name: str, now: datetime, tell: Sequence[str] = ()) -> int: ...
    def balance(self, since: datetime) -> Balance: ...

    # Looking back
    def revisions_seen(self, since: datetime) -> Iterator[SeenRevision]: ...
    def topic_versions(self) -> list[TopicVersion]: ...
    def raised_since(self, since: datetime) -> list[RaisedAlert]: ...
    def add_deliveries(
        self, alert: RaisedAlert, request: AlertRequest, channels: Sequence[str], now: datetime
    ) -> None: ...

    # Incidents
    def open_incident(
        self,
        kind: str,
        reason: str,
        channels: Sequence[str],
        now: datetime,
        *,
        office: str | None = None,
        channel: str | None = None,
        advice: str = "",
        evidence: Mapping[str, Any] | None = None,
    ) -> bool: ...
    def close_incident(
        self,
        kind: str,
        channels: Sequence[str],
        now: datetime,
        *,
        office: str | None = None,
        channel: str | None = None,
    ) -> bool: ...
    def incidents(self, *, open_only: bool = False, limit: int = 50) -> list[Incident]: ...
    def alert_content(self, alert_id: int) -> AlertContent: ...
    def alerts(
        self, *, run_id: int | None = None, silent: bool | None = None, topic: str | None = None, limit: int = 50
    ) -> list[AlertLine]: ...
