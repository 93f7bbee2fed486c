"""The values that the configuration is written in: durations, hours, crontab times, mail and web addresses.

Every reader here raises `ValueError` with a sentence that says what to write instead.
"""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped, unused-ignore]
from pydantic import BeforeValidator

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """A duration such as `90s`, `10m`, `6h`, `14d` or `1h30m`. Raises `ValueError` with a sentence."""
    compact = "".join(text.split())
    parts = re.findall(r"(\d{1,6})([smhd])", compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"{text!r} is no duration; write 90s, 10m, 6h or 14d")
    total = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    if total <= timedelta():
        raise ValueError(f"{text!r} is no time at all; write at least 1s")
    return total


def duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int):
        raise ValueError(f"{value} has no unit; write {value}m, {value}h or {value}d")
    raise ValueError("is no duration; write 90s, 10m, 6h or 14d")


Duration = Annotated[timedelta, BeforeValidator(duration)]


def mail_address(text: str, *, named: bool = False) -> str:
    """A checked e-mail address; with `named` also `Name <address>`. Raises `ValueError` with a sentence."""
    address = email.utils.parseaddr(text)[1] if named else text
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError, MessageError):
        parsed = None
    if parsed is None or not parsed.username or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parsed.domain):
        raise ValueError(f"{text!r} is no e-mail address; write name@example.org")
    if not text.isprintable() or not address.isascii():
        raise ValueError(f"{text!r} has letters that mail servers refuse; write the domain in its xn-- form")
    return text


def web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(c.isspace() for c in text) or not text.isprintable():
        raise ValueError(f"{text!r} is no web address; write https://example.org/…")
    if parts.username or parts.password:
        raise ValueError("a user name or password stands in the address; use the secret instead")
    return text


@dataclass(frozen=True, slots=True)
class ActiveHours:
    """A daily span of local time; `end` before `start` spans midnight. The end itself is outside."""

    start: time
    end: time

    def contains(self, local: datetime | time) -> bool:
        """Whether this local time lies in the span."""
        at = local.timetz().replace(tzinfo=None) if isinstance(local, datetime) else local
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_active(text: str) -> ActiveHours:
    """`07:00-23:00` (`24:00` ends the day). Raises `ValueError` with a sentence."""
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*", text)
    try:
        if found is None:
            raise ValueError
        a, b, c, d = (int(part) for part in found.groups())
        hours = ActiveHours(time(a, b), time.max if (c, d) == (24, 0) else time(c, d))
    except ValueError:
        raise ValueError(f"{text!r} are no hours; write 07:00-23:00") from None
    if hours.start == hours.end:
        raise ValueError(f"{text!r} begins when it ends; leave the key out for any hour")
    return hours


def active_hours(value: Any) -> Any:
    if value is None or isinstance(value, ActiveHours):
        return value
    return parse_active(str(value))


def clock_time(value: Any) -> Any:
    """`08:00` as a time of day. Raises `ValueError` with a sentence."""
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*", value) if isinstance(value, str) else None
    try:
        if found is None:
            raise ValueError
        return time(int(found[1]), int(found[2]))
    except ValueError:
        raise ValueError(f"{value!r} is no time of day; write it in quotes, as '08:00'") from None


def crontab_trigger(text: str, timezone: str | ZoneInfo = "UTC") -> CronTrigger:
    """A trigger for five crontab fields (minute, hour, day, month, weekday), read as cron reads them.

    Weekday numbers are cron's (0 and 7 are Sunday); APScheduler 3 counts from Monday, so they are handed on
    by name (apscheduler issue 286). Where day and weekday are both limited, cron takes either and APScheduler
    only both: that is refused.
    Raises `ValueError` with a sentence.
    """
    fields = str(text).split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} has {len(fields)} fields, cron has five: minute hour day month weekday")
    if fields[2] != "*" and fields[4] != "*":
        raise ValueError(f"{text!r} limits both day and weekday; limit one of them and write * for the other")
    fields[4] = _weekdays(fields[4])
    try:
        trigger = CronTrigger.from_crontab(" ".join(fields), timezone=timezone)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{text!r} is no cron time: {error}; write for instance 0 8 * * mon-fri") from None
    if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise ValueError(f"{text!r} never comes: there is no such day in any month; write for instance 0 8 * * mon-fri")
    return trigger


def _weekdays(field: str) -> str:
    """Crontab's weekday field as a list of names."""
    if field == "*":
        return field
    chosen: list[str] = []
    for part in field.lower().split(","):
        found = re.fullmatch(r"(\*|[0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?(?:/([1-7]))?", part)
        if found is None or any(name.isalpha() and name not in WEEKDAYS for name in found.groups() if name):
            raise ValueError(f"{part!r} is no weekday; write mon-fri, sat,sun or cron's numbers 0-7")
        first, last, step = found.groups()
        if first == "*":
            first, last = "0", "6"
        low = int(first) if first.isdigit() else WEEKDAYS.index(first)
        high = low if last is None else int(last) if last.isdigit() else WEEKDAYS.index(last)
        if last is None and step is not None:
            high = 6
        high += 7 if high < low else 0
        chosen += [WEEKDAYS[day % 7] for day in range(low, high + 1, int(step or 1))]
    return ",".join(dict.fromkeys(chosen))
