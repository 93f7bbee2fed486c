"""What the rhythm of a channel means at an instant: quiet hours, the day's beginning, and when digests are due.

Pure. Local times are reckoned in the channel's IANA zone. A time that the change of the clocks leaves out comes as much
later as the clocks were moved; one that comes twice is taken the first time, once (PEP 495, `fold=0`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.config import RhythmBlock, Settings, all_channels
from storage.outgoing import Placement

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def placements(settings: Settings, now: datetime) -> Mapping[str, Placement]:
    """The placement of every channel at `now`."""
    return {name: placement(spec, now) for name, spec in all_channels(settings).items()}


def placement(spec: RhythmBlock, now: datetime) -> Placement:
    """What a channel's rhythm means at `now`."""
    daily = next_time(spec, now)
    return Placement(
        timezone=spec.timezone,
        day_start=_instant(_local(spec, now).date(), time(0), spec),
        digest_at={"daily": daily, "weekly": next_time(spec, now, spec.weekday), "overflow": daily},
        quiet_until=quiet_until(spec, now),
        singles=spec.singles,
    )


def next_time(spec: RhythmBlock, now: datetime, weekday: str | None = None) -> datetime:
    """The next instant after `now` at which a digest is due; with `weekday` on such a day only."""
    day = _local(spec, now).date()
    for ahead in range(9):
        there = day + timedelta(days=ahead)
        at = _instant(there, spec.digest, spec)
        if at > now and (weekday is None or WEEKDAYS[there.weekday()] == weekday):
            return at
    raise AssertionError("unreachable: every weekday comes within eight days")


def quiet_until(spec: RhythmBlock, now: datetime) -> datetime | None:
    """When the quiet hours end that `now` lies in; None when it lies in none."""
    local = _local(spec, now)
    if spec.quiet is None or not spec.quiet.contains(local):
        return None
    for ahead in range(3):
        at = _instant(local.date() + timedelta(days=ahead), spec.quiet.end, spec)
        if at > now:
            return at
    raise AssertionError("unreachable: every time of day comes within two days")


def _local(spec: RhythmBlock, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(spec.timezone))


def _instant(day: date, at: time, spec: RhythmBlock) -> datetime:
    return datetime.combine(day, at, tzinfo=ZoneInfo(spec.timezone)).astimezone(UTC)
