"""What the outbox hands to its workers and to the operator: contents, deliveries, outcomes, channels, incidents.

Plain frozen records, as in `storage.model`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from storage.model import AlertContent

IncidentEvent = Literal["opened", "reminded", "closed"]


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One alert in a digest, under the id that its own delivery bears."""

    uid: str
    content: AlertContent


@dataclass(frozen=True, slots=True)
class DigestContent:
    """Several alerts for one channel in one message, frozen when it was due.

    `rhythm` is 'daily', 'weekly' or 'overflow' (what came over the channel's daily limit of single messages, `limit`).
    `due_at` is an instant in ISO 8601, `timezone` the channel's.
    """

    digest_id: int
    channel: str
    rhythm: str
    timezone: str
    due_at: str
    items: tuple[DigestItem, ...]
    limit: int | None = None
    late: str = ""

    @property
    def title(self) -> str:
        return f"{self.rhythm} digest of {len(self.items)}"


@dataclass(frozen=True, slots=True)
class IncidentContent:
    """An incident that was opened, goes on or was closed, for the operator. `office` or `channel` says what it is about
    ('' = neither, or several `offices`); `reason` is a sentence, `advice` what to do, instants are ISO 8601 ('' = not yet).

    Of an office that cannot be read: when it last could (`last_good`), a table of what was found then and now, the
    addresses of the last good and the first bad page, and the command that shows the trouble again. `caught_up` says what
    the end of the incident brought.
    """

    incident_id: int
    event: IncidentEvent
    kind: str
    reason: str
    opened_at: str
    closed_at: str = ""
    office: str = ""
    channel: str = ""
    advice: str = ""
    late: str = ""
    at: str = ""
    last_good: str = ""
    table: tuple[tuple[str, str, str], ...] = ()
    pages: tuple[str, ...] = ()
    command: str = ""
    caught_up: str = ""
    offices: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"incident {self.event}: {self.reason}"


@dataclass(frozen=True, slots=True)
class TestContent:
    """A message that only tries a channel; `at` is an instant in ISO 8601."""

    __test__ = False  # no test class, whatever pytest makes of its name

    channel: str
    at: str
    late: str = ""

    @property
    def title(self) -> str:
        return f"test of channel {self.channel}"


Content = AlertContent | DigestContent | IncidentContent | TestContent
"""What a delivery says. `late` is the instant of an attempt that came more than an hour after it was due, else ''."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was claimed: say `content` on `channel`, under the stable id `uid` (a UUID).

    `attempt` counts every claim from 1, those of processes that died included; `failures` counts the failed attempts since
    it was last freed, by which its waits grow; `ambiguous` those at which the other side may have taken it.
    """

    id: int
    uid: str
    kind: str
    channel: str
    attempt: int
    content: Content
    failures: int = 0
    urgent: bool = False
    ambiguous: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `state` is 'delivered', 'retry' (with `next_attempt_at`) or 'dead'; `error` is one sentence.

    `channel_fault` says that the channel failed, not this message; `channel_waits` are how long it is then left alone if it
    goes on failing, by the number of failures in a row. `exhausted` is a delivery without a wait left: it is dead
    if its channel has worked meanwhile, else the channel is disabled and it is parked. `gone` disables the channel at once.
    `transmitted` is False when certainly nothing of the message left this machine. `began_at` is when the attempt began.
    """

    delivery_id: int
    state: Literal["delivered", "retry", "dead"]
    error: str = ""
    next_attempt_at: datetime | None = None
    channel_fault: bool = False
    channel_waits: Sequence[timedelta] = ()
    exhausted: bool = False
    gone: bool = False
    transmitted: bool = True
    ambiguous: bool = False
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """What the rhythm of one channel means at this moment: plain instants, reckoned by `alerts.rhythm`.

    `quiet_until` is the end of the quiet hours that it is in (None: it is not). `singles` is how many single messages it
    takes a day (None: any number), `day_start` when its local day began. `digest_at` is when a digest of each rhythm
    ('daily', 'weekly', 'overflow') that is opened now will be due.
    """

    timezone: str
    day_start: datetime
    digest_at: Mapping[str, datetime]
    quiet_until: datetime | None = None
    singles: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel fares: failures in a row, until when it is left alone, and whether it is disabled, with the reason."""

    name: str
    failures: int = 0
    failing_since: datetime | None = None
    not_before: datetime | None = None
    succeeded_at: datetime | None = None
    disabled_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery whose end was seen; an attempt of a process that died has none."""

    number: int
    began_at: datetime | None
    ended_at: datetime
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery in a listing of deliveries. `subject` is what it says, in a few words."""

    id: int
    uid: str
    kind: str
    subject: str
    topic: str
    channel: str
    state: str
    reason: str
    attempts: int
    next_attempt_at: datetime | None
    last_error: str
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What should have been said in a span of time, and what became of it. `missing` must be 0: it is what neither was
    delivered, nor waits, nor was given up with a word (`dead`)."""

    expected: int
    delivered: int
    pending: int
    dead: int

    @property
    def missing(self) -> int:
        return self.expected - self.delivered - self.pending - self.dead


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as stored; `office` and `channel` are '' where it is of none. `evidence` is a JSON object."""

    id: int
    kind: str
    office: str
    channel: str
    opened_at: datetime
    closed_at: datetime | None
    reason: str
    evidence: Mapping[str, Any]
