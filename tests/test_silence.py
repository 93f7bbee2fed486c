"""Nothing fails in silence, end to end: runs that die or do not come, the operator's mail, the sign of life, a week of faults."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.config import OfficeSchedule
from scheduler.health import find_missing, watch_over
from storage import open_archive
from storage.model import RunCounts
from tests.conftest import Deployment
from tests.crawler.desk import Desk, desk_for
from tests.crawler.site import serve
from tests.replica.client import Replica
from tests.running import NATO, SECRET, query, receivers, wait_for, with_channels

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def podium(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, env=deployment.environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("path", ["press-release/$", "/item/"], ids=["at a listing", "at a release"])
def test_a_run_that_is_killed_is_missing_until_the_next_one(deployment: Deployment, office: Replica, path: str) -> None:
    offices = f"offices:\n  president_am: {{every: 10m, base_url: '{office.url.rstrip('/')}'}}\n"
    deployment.configure(schedules=offices, topics="topics: {}\n")
    office.misbehave("hang", path=path)
    process = deployment.start()
    wait_for(lambda: deployment.db.exists() and query(deployment, "SELECT count(*) FROM runs") == [(1,)])
    wait_for(lambda: bool(office.log()))
    assert podium(deployment, "status").returncode == 0, "it runs: nothing is wrong yet"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    status = podium(deployment, "status")
    assert status.returncode == 1 and "missing" in status.stdout and "never ended" in status.stdout
    told = json.loads(podium(deployment, "status", "--json").stdout)
    assert told["unhealthy"] == ["president_am"] and "never ended" in told["offices"][0]["missing"]
    archive = open_archive(deployment.db)
    (missing,) = watch_over(
        archive, {"president_am": OfficeSchedule(every=timedelta(minutes=10))}, [], datetime.now(UTC)
    )
    assert [incident.kind for incident in archive.incidents(open_only=True)] == [
        "missing"
    ] and "never ended" in missing.reason
    assert (
        watch_over(archive, {"president_am": OfficeSchedule(every=timedelta(minutes=10))}, [], datetime.now(UTC)) == []
    )
    archive.close()
    office.behave()
    assert deployment.crawl().returncode == 0
    assert podium(deployment, "incidents").returncode == 0
    assert query(deployment, "SELECT verdict FROM runs ORDER BY id") == [("missing",), ("ok",)]


def test_the_operator_reads_the_mail_looks_and_accepts(deployment: Deployment, office: Replica, tmp_path: Path) -> None:
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        assert deployment.crawl().returncode == 0
        office.misbehave("redesign", rows=True)
        assert deployment.crawl().returncode == 1
        (mail,) = mails.envelopes
        assert mail.rcpt_tos == ["operator@example.org"]
        text = mail.content.decode() if isinstance(mail.content, bytes) else str(mail.content)
        assert "is redesigned" in text
        deployment.variables["COLUMNS"] = "80"
        status = podium(deployment, "status")
        assert status.returncode == 1
        assert "president_am" in status.stdout and "redesigned" in status.stdout, "also on a narrow terminal"
        listed = podium(deployment, "incidents")
        assert listed.returncode == 1 and "president_am" in listed.stdout and "redesigned" in listed.stdout
        (incident,) = json.loads(podium(deployment, "incidents", "--json").stdout)
        shown = podium(deployment, "incidents", "show", str(incident["id"]), "--save", str(tmp_path / "pages"))
        assert shown.returncode == 0 and "podium check president_am" in shown.stdout and "rows" in shown.stdout
        good, bad = sorted((tmp_path / "pages").iterdir(), key=lambda path: "bad" in path.name)
        assert good.read_bytes() != bad.read_bytes() and b"/item/" in good.read_bytes()
        assert podium(deployment, "incidents", "show", "99").returncode == 2
        office.behave()
        accepted = podium(deployment, "incidents", "accept", "president_am")
        assert accepted.returncode == 0 and "into the new baseline" in accepted.stdout
        assert podium(deployment, "incidents").returncode == 0
        assert deployment.crawl().returncode == 0
        assert [envelope.rcpt_tos for envelope in mails.envelopes] == [["operator@example.org"]] * 2
        assert not hooks.received


def test_the_heartbeat_is_called_after_a_healthy_run_only(deployment: Deployment, office: Replica) -> None:
    with serve() as monitor:
        monitor.put("GET /beat/secret", "thanks")
        deployment.variables["BEAT"] = f"{monitor.url}/beat/secret"
        deployment.configure(schedules="heartbeat: env:BEAT\noffices: {}\n", topics="topics: {}\n")
        assert deployment.crawl().returncode == 0
        assert [address for address, _ in monitor.asked] == ["GET /beat/secret"]
        office.misbehave("wall")
        assert deployment.crawl().returncode == 1
        assert len(monitor.asked) == 1
        office.behave()
        monitor.answers.clear()
        crawl = deployment.crawl()
        assert crawl.returncode == 0 and "heartbeat address could not be called: it answered 404" in crawl.stderr
        assert "secret" not in crawl.stderr
    deployment.variables["BEAT"] = ""
    refused = deployment.crawl()
    assert refused.returncode == 2 and "the environment variable BEAT is not set" in refused.stderr


# ---- runs that do not come -----------------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Any]:
    made = open_archive(tmp_path / "podium.db")
    from crawler.offices import find_office

    made.open_lists(find_office("president_am").facts, [])
    run = made.open_run("president_am", NOW)
    made.close_run(run, "ok", "", RunCounts(), {}, [], NOW + timedelta(minutes=1))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("schedule", "later", "missing"),
    [
        ({"every": timedelta(minutes=10)}, timedelta(minutes=21), False),
        ({"every": timedelta(minutes=10)}, timedelta(minutes=23), True),
        ({"every": timedelta(hours=6)}, timedelta(hours=11), False),
        ({"cron": "0 * * * *"}, timedelta(hours=2), False),
        ({"cron": "0 * * * *"}, timedelta(hours=2, minutes=3), True),
        ({"cron": "0 8 * * mon-fri"}, timedelta(days=1, hours=6), False),
        ({"cron": "0 8 * * mon-fri"}, timedelta(days=5), True),
        # 12:00 UTC is 16:00 in Yerevan; at night nobody is expected, and in the morning not before twice the period.
        ({"every": timedelta(minutes=10), "active": "07:00-20:00"}, timedelta(hours=10), False),
        ({"every": timedelta(minutes=10), "active": "07:00-20:00"}, timedelta(hours=15, minutes=15), False),
        ({"every": timedelta(minutes=10), "active": "07:00-20:00"}, timedelta(hours=15, minutes=25), True),
    ],
)
def test_a_run_is_missing_after_twice_its_period(
    archive: Any, schedule: dict[str, Any], later: timedelta, missing: bool
) -> None:
    offices = {"president_am": OfficeSchedule.model_validate(schedule)}
    found = find_missing(archive, offices, NOW + later)
    assert bool(found) is missing, found
    if found:
        assert (
            "no run within twice its period" in found[0].reason
            and "the last run began 2026-11-26 12:00" in found[0].reason
        )


def test_a_daemon_that_has_just_begun_and_a_site_that_asked_for_patience_miss_nothing(archive: Any) -> None:
    offices = {
        "president_am": OfficeSchedule(every=timedelta(minutes=10)),
        "elysee": OfficeSchedule(every=timedelta(minutes=10)),
    }
    later = NOW + timedelta(days=3)
    assert find_missing(archive, offices, later, since=later - timedelta(minutes=5)) == []
    assert [one.office for one in find_missing(archive, offices, later, since=later - timedelta(hours=1))] == [
        "president_am", "elysee",
    ]  # fmt: skip
    archive.cool_down("president_am", later + timedelta(hours=1))
    assert [one.office for one in find_missing(archive, offices, later)] == [], "the Retry-After is not over"


# ---- a week ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Replica.start(stories=24) as office, desk_for(tmp_path, office) as made:
        assert made.crawl().verdict.healthy
        yield made


def test_a_week_of_flapping_faults_tells_exactly_what_it_should(desk: Desk) -> None:
    """Polls every three hours: single failures, an outage, a wall of two days and a half, a redesign; a release every day."""
    everywhere = "^/(hy|en)/"
    faults: dict[int, tuple[str, str]] = {3: ("500", everywhere), 5: ("cut", everywhere), 7: ("500", everywhere)}
    faults |= {poll: ("500", everywhere) for poll in (9, 10, 11)}
    faults |= {poll: ("wall", everywhere) for poll in range(14, 34)}
    faults |= {poll: ("empty", "press-release/$") for poll in (40, 41)}
    schedule = {"president_am": OfficeSchedule(every=timedelta(hours=3))}
    published = 0
    for poll in range(56):
        desk.wait(hours=3)
        if poll % 8 == 0:
            desk.office.publish(topic="nato", languages=["hy", "en"])
            published += 1
        desk.office.behave()
        if poll in faults:
            kind, path = faults[poll]
            desk.office.misbehave(kind, path=path)
        closed = desk.crawl()
        assert closed.verdict.healthy is (poll not in faults), (poll, closed.verdict)
        desk.writer.run_sync(
            lambda archive: watch_over(archive, schedule, ["operator"], desk.now + timedelta(minutes=10))
        )
    told = [
        json.loads(str(payload))
        for (payload,) in desk.sql("SELECT payload FROM deliveries WHERE kind = 'incident' ORDER BY id")
    ]
    assert [(one["event"], one["kind"]) for one in told] == [
        ("opened", "unreachable"), ("closed", "unreachable"),
        ("opened", "walled"), ("reminded", "walled"), ("reminded", "walled"), ("closed", "walled"),
        ("opened", "redesigned"), ("closed", "redesigned"),
    ]  # fmt: skip
    said = desk.sql(
        "SELECT state, count(*) FROM deliveries WHERE kind = 'alert' AND state <> 'suppressed' GROUP BY state"
    )
    assert said == [("pending", published)], "each release once, none held, none lost"
