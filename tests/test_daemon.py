"""The daemon, end to end: a real `podium watch` process against a press office on loopback."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.values import active_hours
from crawler.config import load_configuration
from scheduler.check import job_name
from scheduler.daemon import Daemon
from storage.writer import Writer
from tests.conftest import Deployment
from tests.crawler.site import serve
from tests.replica.client import Replica
from tests.running import DETAIL, NATO, SECRET, closed_runs, query, receivers, wait_for, with_channels

anyio = pytest.mark.anyio
WATCH = (sys.executable, "-m", "cli.main", "watch", "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False")


def checked(writer: Writer) -> None:
    """The office was checked on this network, so that the daemon's first request is a crawl's."""
    writer.run_sync(lambda archive: archive.job_succeeded(job_name("president_am"), datetime.now(UTC)))


def test_the_daemon_finds_and_says_a_release_within_two_periods_and_ends_cleanly(
    deployment: Deployment, office: Replica
) -> None:
    offices = (
        "offices:\n  president_am: {every: 2s, sections: [press-release], languages: [hy, en], "
        f'base_url: "{office.url.rstrip("/")}", sweep: off}}\n'
    )
    with receivers() as (mails, hooks), serve() as monitor:
        monitor.put("GET /beat", "thanks")
        deployment.variables |= {"HOOK_SECRET": SECRET, "BEAT": f"{monitor.url}/beat"}
        schedules = "heartbeat: env:BEAT\n" + with_channels(mails, hooks, offices)
        deployment.configure(schedules=schedules, topics=NATO)
        command = [
            sys.executable,
            "-m",
            "cli.main",
            "watch",
            "-s",
            "DOWNLOAD_DELAY=0",
            "-s",
            "AUTOTHROTTLE_ENABLED=False",
        ]
        daemon = subprocess.Popen(command, env=deployment.environment, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: deployment.db.exists() and closed_runs(deployment) >= 1)
            second = subprocess.run(command, env=deployment.environment, capture_output=True, text=True, timeout=60)
            assert second.returncode == 2 and "already running" in second.stderr
            office.publish(topic="nato")
            wait_for(lambda: bool(mails.envelopes) and bool(hooks.received), seconds=15)
            runs = closed_runs(deployment)
            wait_for(lambda: closed_runs(deployment) >= runs + 2)
            assert (len(mails.envelopes), len(hooks.received)) == (1, 1)
            assert [address for address, _ in monitor.asked] == ["GET /beat"], "a sign of life, once a minute at most"

            (deployment.folder / "topics.yaml").write_text("topics: {broken: {}}\n", encoding="utf-8")
            runs = closed_runs(deployment)
            wait_for(lambda: closed_runs(deployment) >= runs + 2)
            daemon.send_signal(signal.SIGTERM)
            _, log = daemon.communicate(timeout=20)
        finally:
            daemon.kill()
            daemon.communicate()
        assert daemon.returncode == 0
        assert "refused, the old one stays in force" in log and "Traceback" not in log
        assert query(deployment, "SELECT count(*) FROM runs WHERE finished_at IS NULL") == [(0,)]


def test_a_daemon_without_an_operator_refuses_to_start(deployment: Deployment, tmp_path: Path) -> None:
    watch = subprocess.run(
        [sys.executable, "-m", "cli.main", "watch"],
        env=deployment.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert watch.returncode == 2
    assert "operator" in watch.stderr and "Traceback" not in watch.stderr


@contextmanager
def watching(deployment: Deployment) -> Iterator[subprocess.Popen[str]]:
    """A daemon; it is killed at the end if it has not ended itself."""
    daemon = subprocess.Popen(WATCH, env=deployment.environment, stderr=subprocess.PIPE, text=True)
    try:
        yield daemon
    finally:
        daemon.kill()
        daemon.communicate()


def one_office(office: Replica, *keys: str) -> str:
    """An office block: English and Armenian press releases of the replica, and these keys."""
    fixed = ("sections: [press-release]", "languages: [hy, en]", f'base_url: "{office.url.rstrip("/")}"')
    return f"offices:\n  president_am: {{{', '.join((*fixed, *keys))}}}\n"


def test_a_daemon_that_ends_keeps_the_office_to_itself_until_its_crawl_is_closed(
    deployment: Deployment, office: Replica
) -> None:
    writer = Writer(deployment.db)
    checked(writer)
    writer.close()
    office.misbehave("slow", path=DETAIL, delay=6.0, times=1)
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks, one_office(office, "every: 1h", "sweep: off")))
        with watching(deployment) as daemon:
            wait_for(lambda: bool(query(deployment, "SELECT 1 FROM listing_rows")))
            daemon.send_signal(signal.SIGTERM)
            time.sleep(0.3)  # a moment in which the slow release is still being waited for
            byhand = deployment.crawl()
            assert byhand.returncode == 2 and "is being crawled by another process" in byhand.stderr
            _, log = daemon.communicate(timeout=30)
        assert daemon.returncode == 0 and "Traceback" not in log
        assert "finished first" in log and "poll president_am: ok" in log
        assert deployment.crawl().returncode == 0


def test_a_daemon_renews_the_word_index_that_an_older_version_left(deployment: Deployment, office: Replica) -> None:
    assert deployment.crawl().returncode == 0
    writer = Writer(deployment.db)
    checked(writer)
    writer.close()
    with sqlite3.connect(deployment.db) as connection:
        number = connection.execute("SELECT count(*) FROM releases").fetchone()[0]
        connection.execute("UPDATE word_index SET rules_version = 0")
    podium = (sys.executable, "-m", "cli.main", "status")
    status = subprocess.run(podium, env=deployment.environment, capture_output=True, text=True, timeout=60)
    assert number and f"word index: {number} releases stand under older rules of forms; `podium watch`" in status.stdout
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks, one_office(office, "every: 1h", "sweep: off")))
        with watching(deployment) as daemon:
            wait_for(lambda: query(deployment, "SELECT renew_until - renewed_through, rules_version > 0 FROM word_index")
                     == [(0, 1)])  # fmt: skip
            wait_for(lambda: closed_runs(deployment) >= 2)
            daemon.send_signal(signal.SIGTERM)
            _, log = daemon.communicate(timeout=30)
    assert daemon.returncode == 0 and "Traceback" not in log
    assert f"word index: {number} releases entered anew under rules" in log
    status = subprocess.run((*podium, "--json"), env=deployment.environment, capture_output=True, text=True, timeout=60)
    assert json.loads(status.stdout)["word_index_stale"] == 0


@pytest.fixture
def daemon(deployment: Deployment, office: Replica) -> Iterator[Daemon]:
    """A daemon in this process that was not told to run, for what takes a real one minutes."""
    (deployment.folder / "schedules.yaml").write_text(
        "operator: operator@example.org\nsmtp: {host: 127.0.0.1, port: 9, security: none, sender: p@example.org}\n"
        "channels: {desk: {email: analyst@example.org}}\n"
        + one_office(office, "every: 1h", "sweep: {every: 7d, listings: 2}", "recheck: off"),
        encoding="utf-8",
    )
    writer = Writer(deployment.db)
    checked(writer)
    overrides = {"DOWNLOAD_DELAY": "0", "AUTOTHROTTLE_ENABLED": "False", "LOG_ENABLED": "False"}
    try:
        yield Daemon(load_configuration(deployment.folder), writer, overrides=overrides)
    finally:
        writer.close()


async def sweep_for(daemon: Daemon, seconds: float) -> None:
    """Let a sweep run for so long, and then end it as the daemon's end would."""
    schedule = daemon.configuration.settings.offices["president_am"]
    daemon._turns["president_am"] = asyncio.Lock()
    job = asyncio.ensure_future(daemon._work(daemon._sweep, "president_am", schedule))
    await asyncio.wait({job}, timeout=seconds)
    daemon.stop()
    await job


@anyio
async def test_a_sweep_that_cannot_read_the_releases_does_not_go_round_in_circles(
    daemon: Daemon, deployment: Deployment, office: Replica
) -> None:
    office.misbehave("cut", path=DETAIL)
    await sweep_for(daemon, seconds=4)
    assert query(deployment, "SELECT verdict FROM runs") == [("unreachable",)]


@anyio
async def test_a_sweep_keeps_to_the_active_hours(daemon: Daemon, office: Replica) -> None:
    later = datetime.now(UTC) + timedelta(hours=6)
    schedule = daemon.configuration.settings.offices["president_am"]
    hours = active_hours(f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}")
    daemon.configuration.settings.offices["president_am"] = schedule.model_copy(
        update={"active": hours, "timezone": "UTC"}
    )
    await sweep_for(daemon, seconds=2)
    assert office.log() == []


@anyio
async def test_a_sweep_leaves_a_site_alone_for_as_long_as_it_asks(
    daemon: Daemon, deployment: Deployment, office: Replica
) -> None:
    office.misbehave("429", retry_after=3600)
    await sweep_for(daemon, seconds=4)
    assert query(deployment, "SELECT verdict FROM runs") == [("unreachable",)]
    refused = [entry for entry in office.log() if entry["status"] == 429]
    assert len(refused) <= 2, "the two lists, of which the second was on its way"
    assert query(deployment, "SELECT cool_until > strftime('%Y-%m-%dT%H:%M', 'now') FROM offices") == [(1,)]
