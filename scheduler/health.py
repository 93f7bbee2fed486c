"""Looking after the runs: that they come and end, and that the operator hears of it when they do not.

A run that never began leaves nothing behind; only its absence tells. `podium watch` looks every minute, `podium status`
whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.config import OfficeSchedule
from alerts.values import crontab_trigger
from crawler.incidents import open_missing
from crawler.offices import find_office
from storage.locks import office_lock
from storage.model import Run
from storage.protocol import Archive

LOOK = timedelta(minutes=1)
"""So often the daemon looks."""
GATHER = timedelta(minutes=2)
"""So long the first notice of an incident waits for others of its kind in the daemon, to be told with them."""
GRACE = timedelta(minutes=2)
"""A run may begin so much later than twice its period: jobs have jitter, and wait for one another."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An office whose runs do not come or do not end, and why that is said."""

    office: str
    reason: str


def find_missing(
    archive: Archive,
    offices: Mapping[str, OfficeSchedule],
    now: datetime,
    *,
    running: Sequence[str] = (),
    since: datetime | None = None,
) -> list[Missing]:
    """The offices of a configuration without a run within twice their period, or whose last run never ended.

    `running` are those that this process is crawling; another's are known by their lock. `since` is when this process began
    to crawl (None: whoever asks crawls nothing, so the last run alone counts, and an office that never ran is not missing).
    """
    found = []
    for name, schedule in offices.items():
        run = next(iter(archive.runs(name, 1)), None)
        if name in running or (run is not None and run.finished_at is None and office_lock(archive.path, name).held()):
            continue
        if run is not None and run.finished_at is None:
            found.append(Missing(name, f"the run of {run.started_at:%Y-%m-%d %H:%M} UTC never ended: its process is gone"))
            continue
        reason = _overdue(name, schedule, run, now, since, archive.cool_until(name))
        if reason:
            found.append(Missing(name, reason))
    return found


def watch_over(
    archive: Archive,
    offices: Mapping[str, OfficeSchedule],
    tell: Sequence[str],
    now: datetime,
    *,
    running: Sequence[str] = (),
    since: datetime | None = None,
) -> list[Missing]:
    """Open an incident for each office that is missing (returned), bring old ones to mind, and tell what waits."""
    opened = []
    for missing in find_missing(archive, offices, now, running=running, since=since):
        archive.open_lists(find_office(missing.office).facts, [])  # an office that never ran is not in the archive yet
        if open_missing(archive, missing.office, missing.reason, tell, now):
            opened.append(missing)
    archive.remind(tell, now)
    archive.tell_notices(now, GATHER)
    return opened


def all_well(archive: Archive, offices: Sequence[str]) -> bool:
    """Whether the last run of each of these offices could read its site, and none has an open incident."""
    troubled = {incident.office for incident in archive.incidents(open_only=True, limit=10_000)}
    return all(
        name not in troubled and any(run.healthy for run in archive.runs(name, 2) if run.finished_at is not None)
        for name in offices
    )


def _overdue(
    name: str, schedule: OfficeSchedule, run: Run | None, now: datetime, since: datetime | None, cool: datetime | None
) -> str:
    """Why the next run of an office is overdue; '' when it is not."""
    seen = max(filter(None, (run.started_at if run else None, since, cool)), default=None)
    if seen is None or (cool is not None and now < cool):
        return ""
    zone = ZoneInfo(schedule.timezone or find_office(name).timezone)
    if schedule.cron is not None:
        trigger = crontab_trigger(schedule.cron, zone)
        first = trigger.get_next_fire_time(None, seen + timedelta(seconds=1))
        second = trigger.get_next_fire_time(first, first + timedelta(seconds=1)) if first else None
        deadline, period = second, f"cron {schedule.cron}"
    else:
        assert schedule.every is not None
        if schedule.active is not None:
            local = now.astimezone(zone)
            if not schedule.active.contains(local):
                return ""
            seen = max(seen, _began(schedule.active.start, local))
        deadline, period = seen + 2 * schedule.every, f"every {_period(schedule.every)}"
    if deadline is None or now <= deadline + GRACE:
        return ""
    last = f"the last run began {run.started_at:%Y-%m-%d %H:%M} UTC" if run else "there was never a run"
    return f"no run within twice its period ({period}): {last}"


def _began(start: time, local: datetime) -> datetime:
    """When the active hours that a local time lies in began."""
    today = local.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


def _period(every: timedelta) -> str:
    minutes = every.total_seconds() / 60
    return f"{minutes:g} min" if minutes >= 1 else f"{every.total_seconds():g} s"
