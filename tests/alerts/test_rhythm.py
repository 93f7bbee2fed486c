"""Quiet hours and digests at local times, both changes of the clocks included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from alerts.config import RhythmBlock
from alerts.rhythm import next_time, placement, quiet_until
from alerts.values import parse_active

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(spec: RhythmBlock, start: datetime, number: int, weekday: str | None = None) -> list[datetime]:
    found, now = [], start
    for _ in range(number):
        now = next_time(spec, now, weekday)
        found.append(now)
    return found


def test_a_daily_digest_keeps_its_local_hour_over_both_changes_of_the_clocks() -> None:
    spec = RhythmBlock(timezone=BERLIN, digest=time(8, 0))
    spring = dues(spec, at("2026-03-27T12:00"), 3)
    assert spring == [at("2026-03-28T07:00"), at("2026-03-29T06:00"), at("2026-03-30T06:00")]
    autumn = dues(spec, at("2026-10-23T12:00"), 3)
    assert autumn == [at("2026-10-24T06:00"), at("2026-10-25T07:00"), at("2026-10-26T07:00")]


def test_an_hour_that_is_left_out_comes_later_and_one_that_comes_twice_counts_once() -> None:
    spec = RhythmBlock(timezone=BERLIN, digest=time(2, 30))
    assert dues(spec, at("2026-03-28T12:00"), 2) == [at("2026-03-29T01:30"), at("2026-03-30T00:30")]
    assert dues(spec, at("2026-10-24T12:00"), 2) == [at("2026-10-25T00:30"), at("2026-10-26T01:30")]


def test_a_weekly_digest_comes_on_its_day_only() -> None:
    spec = RhythmBlock(timezone=BERLIN, digest=time(8, 0), weekday="fri")
    found = dues(spec, at("2026-03-20T07:00"), 3, "fri")
    assert found == [at("2026-03-27T07:00"), at("2026-04-03T06:00"), at("2026-04-10T06:00")]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T20:59", None),
        ("2026-01-10T21:00", "2026-01-11T06:00"),
        ("2026-01-11T05:59", "2026-01-11T06:00"),
        ("2026-01-11T06:00", None),
        ("2026-03-28T23:30", "2026-03-29T05:00"),
        ("2026-10-24T23:30", "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_end_at_the_local_time(now: str, until: str | None) -> None:
    spec = RhythmBlock(timezone=BERLIN, quiet=parse_active("22:00-07:00"))
    assert quiet_until(spec, at(now)) == (at(until) if until else None)


def test_a_local_day_begins_at_its_own_midnight() -> None:
    spec = RhythmBlock(timezone="Asia/Yerevan")
    assert placement(spec, at("2026-01-10T20:30")).day_start == at("2026-01-10T20:00")
    assert placement(spec, at("2026-01-10T19:30")).day_start == at("2026-01-09T20:00")


def test_every_moment_of_a_year_has_a_next_digest_within_a_day_and_an_hour() -> None:
    spec, now = RhythmBlock(timezone=BERLIN, digest=time(2, 30)), at("2026-01-01T00:00")
    while now < at("2027-01-01T00:00"):
        assert timedelta() < next_time(spec, now) - now <= timedelta(hours=25)
        now += timedelta(minutes=47)
