"""What the rooms hand to one another: releases, pages, changes, runs and alerts (`storage.outgoing` goes on from there).

Plain frozen records without behaviour beyond small derivations. Instants are aware `datetime`s in UTC; the date of a
publication is a local `date` of the office. Nothing here knows SQL, HTTP or mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

RowState = Literal["unread", "read", "unreadable", "gone"]
Origin = Literal["live", "backfill", "reread", "accepted"]
Cause = Literal["published", "edited", "withdrawn", "restored"]
Effect = Literal["", "entered", "left"]
DeliveryState = Literal["held", "pending", "leased", "retry", "delivered", "dead", "parked", "suppressed"]
Rhythm = Literal["at once", "daily", "weekly"]

DIED = "missing"
"""The verdict of a run that never ended (a killed process, a power cut)."""
HEALTHY_VERDICTS = frozenset({"ok", "quiet"})
"""Verdicts of runs whose alerts are freed and whose edits count."""


class Packed(NamedTuple):
    """A body compressed by zstd, and the SHA-256 (hex) of what it was."""

    body: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """The raw answer that a listing or a release was read from.

    `url` is the live address (never a mirror's); `body` is decompressed, before any decoding; `headers` has lower-case
    names. `location` is set when the answer is a redirect that was not followed because it leaves the office's hosts.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    location: str = ""
    packed: Packed | None = None
    """The body as the archive keeps it, where that was worked out before."""

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def last_modified(self) -> str:
        return self.headers.get("last-modified", "")


def content_hash(title: str, body: str) -> str:
    """SHA-256 (hex) of title and body: what decides whether a text is a new revision."""
    return hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Release:
    """One publication in one edition, as read from a page.

    Identity is (office, language, key). `story_key` joins the languages of one story. `remarks` are short sentences on
    what was odd but no reason to refuse it ("date in the address 2024-03-19, on the page 2024-03-18").
    """

    office: str
    section: str
    language: str
    text_language: str
    url: str
    key: str
    story_key: str
    title: str
    body: str
    published_on: date | None = None
    published_at: datetime | None = None
    thin: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def content_hash(self) -> str:
        return content_hash(self.title, self.body)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry on a listing: the address and key of a release, its title there and its date if the row states one."""

    url: str
    key: str
    title: str
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One section in one edition, as an office declares it."""

    office: str
    section: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class ListState:
    """What the archive knows of a list.

    `read_at` is when its first listing last answered 200 to an unconditional request; `pass_listing` is the last
    listing that an unfinished ordinary pass has stored (0: none); `baseline_listings` is how many listings the baseline
    covers: old rows first seen beyond it are silent. `healthy_at` is when the last healthy run that read it ended: rows
    that were seen by then are known for sure.
    """

    id: int
    spec: ListSpec
    etag: str
    last_modified: str
    read_at: datetime | None
    baseline_at: datetime | None
    baseline_listings: int
    pass_listing: int
    rows_usual: float | None
    healthy_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page that was no release or listing: why, and what a general reader made of it (title, date, body; {} = nothing);
    the id of the page."""

    url: str
    reason: str
    second_reading: Mapping[str, str]
    page_id: int


@dataclass(frozen=True, slots=True)
class FrontierRow:
    """A row seen on a listing and not yet read."""

    id: int
    list_id: int
    section: str
    language: str
    url: str
    key: str
    title: str
    published_on: date | None
    attempts: int
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A known release that is to be asked for again, with the validators of its last answer ('' when unconditional)."""


    release_id: int
    list_id: int
    section: str
    language: str
    url: str
    key: str
    etag: str
    last_modified: str
    story_id: int = 0
    title: str = ""
    withdrawn: bool = False


ChangeKind = Literal["new", "edited", "reread", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What `record()` found: the rows it touched and what is new about them.

    `seen_at` is when the release was first seen on a listing; `silence` is a sentence when everything about it is
    silent (baseline, back-fill, re-reading), else ''. `previous` is the text before an edit.
    """

    kind: ChangeKind
    release: Release
    release_id: int
    story_id: int
    revision: int
    seen_at: datetime
    silence: str = ""
    previous: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run did, as its row states it."""

    requests: int = 0
    listings: int = 0
    rows_seen: int = 0
    rows_known: int = 0
    rows_new: int = 0
    releases_new: int = 0
    releases_edited: int = 0
    releases_unchanged: int = 0
    unreadable: int = 0
    alerts: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one office, as stored. `facts` is what the verdict was judged from (JSON object)."""

    id: int
    office: str
    started_at: datetime
    finished_at: datetime | None
    verdict: str | None
    reason: str
    counts: RunCounts
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        return self.verdict in HEALTHY_VERDICTS


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """An alert to be raised: topic, where to say it, why, and whether something silences it.

    `silence` is a sentence ('' = to be said). Exactly one of `release_id` (with `revision`) and `listing_row_id` says what
    it is about: a read release, whose explanation stands with its match, or a row whose page could not be read, and
    then `explanation` is that of its title (JSON). `rhythms` says of
    channels that do not get it at once when they do; what is `urgent` breaks through quiet hours and the daily limit.
    `effect` says of an edit that it brought the topic in (`entered`) or took it out (`left`: then `explanation` is that of
    the text before). `occurrence` is that of an alert which was lost (0: the next).
    """

    topic_id: int
    story_id: int
    cause: Cause
    channels: Sequence[str]
    release_id: int | None = None
    revision: int | None = None
    listing_row_id: int | None = None
    explanation: str = "{}"
    silence: str = ""
    rhythms: Mapping[str, Rhythm] = field(default_factory=dict)
    urgent: bool = False
    effect: Effect = ""
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as stored: `made_at` is when it was first seen; it alerts on nothing first seen before that."""

    id: int
    name: str
    query: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """One language of a story that is in the archive."""

    language: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class AlertContent:
    """Everything a message needs to say an alert, frozen at its first attempt so that every retry says the same.

    `explanation` is what `language.evaluate.Explanation.to_json()` gave. `readable` is False for "text not readable":
    then `body` is '' and the title is the listing's. `others` are the other languages of the story known by then.
    `previous_title`/`previous_body` are the texts before an edit ('' otherwise), `story` the key that joins its languages.
    `edit_class` is what kind of edit it is (`language.diff.EditClass`), `effect` what it did to the topic. Of a withdrawal
    `missing_since` is when the release was first not found, `answers` what the site said then; both stand with a
    restoration too ('' and () otherwise). `with_languages` are the other editions that the same event befell.
    """

    alert_id: int
    topic: str
    query: str
    office: str
    office_title: str
    timezone: str
    cause: Cause
    occurrence: int
    section: str
    language: str
    text_language: str
    title: str
    body: str
    url: str
    published_on: str
    raised_at: str
    explanation: Mapping[str, Any]
    readable: bool = True
    others: tuple[Edition, ...] = ()
    previous_title: str = ""
    previous_body: str = ""
    story: str = ""
    late: str = ""
    edit_class: str = ""
    effect: Effect = ""
    missing_since: str = ""
    answers: tuple[str, ...] = ()
    with_languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One release found by a search, with an excerpt of the original text."""

    release_id: int
    story_id: int
    office: str
    section: str
    language: str
    title: str
    url: str
    published_on: date | None
    excerpt: str
    explanation: Mapping[str, Any]
    withdrawn_at: datetime | None = None
