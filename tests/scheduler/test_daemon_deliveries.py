"""The daemon's deliveries: a loop for every channel, and going over to changed settings."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from alerts.config import EmailChannelSpec, Settings, Smtp, WebhookChannelSpec
from alerts.yamlfile import ConfigError, Secret
from crawler.config import load_configuration
from scheduler.daemon import Daemon
from scheduler.deliveries import Deliverer
from storage import times
from storage.writer import Writer
from tests.alerts.receivers import mail_server, web_server
from tests.faults.outboxes import fill, states
from tests.faults.receivers import SECRET


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_a_channel_that_hangs_delays_no_other_nor_what_comes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HOOK_SECRET", SECRET)
    path, released = tmp_path / "podium.db", asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    fill(path, 5, ["hook", "desk"], times.now())
    writer = Writer(path)
    async with web_server() as hooks, mail_server() as mails:
        hooks.answer = hang
        settings = Settings(
            smtp=Smtp(host="127.0.0.1", port=mails.port, security="none", sender="podium@example.org"),
            channels={
                "hook": WebhookChannelSpec(webhook=hooks.url(), secret=Secret("env:HOOK_SECRET"), allow_private=True),
                "desk": EmailChannelSpec(email="desk@example.org"),
            },
        )
        deliverer = Deliverer(writer)
        try:
            await deliverer.use(settings)
            await until(lambda: len(mails.envelopes) == 5 and len(hooks.received) == 4)
            await asyncio.to_thread(fill, path, 3, ["desk"], times.now(), first=5)
            deliverer.wake()
            await until(lambda: len(mails.envelopes) == 8)
            assert len(hooks.received) == 4, "it hangs still"

            broken = settings.model_copy(
                update={"channels": {"hook": WebhookChannelSpec(webhook="https://a.b", secret=Secret("env:NONE"))}}
            )
            with pytest.raises(ConfigError):
                await deliverer.use(broken)
            released.set()
            await until(lambda: len(hooks.received) == 5)
        finally:
            released.set()
            await deliverer.stop()
    left = await writer.run(states)
    writer.close()
    assert left == {"delivered": 13} and len(mails.envelopes) == 8


@pytest.mark.anyio
async def test_the_daemon_reconciles_every_night_and_repairs_what_is_missing(tmp_path: Path) -> None:
    path, now = tmp_path / "podium.db", times.now()
    (tmp_path / "schedules.yaml").write_text(
        "operator: operator@example.org\nsmtp: {host: 127.0.0.1, port: 9, security: none, sender: p@example.org}\n"
        "channels: {desk: {email: analyst@example.org}}\noffices:\n  president_am: {every: 1h}\n",
        encoding="utf-8",
    )
    (tmp_path / "topics.yaml").write_text("topics:\n  nato: {query: NATO, tell: [desk]}\n", encoding="utf-8")
    fill(path, 3, ["desk"], now)
    writer = Writer(path)
    daemon = Daemon(load_configuration(tmp_path), writer)
    try:
        uids = {line.uid for line in await writer.run(lambda archive: archive.deliveries())}
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM deliveries WHERE id = 2")
            connection.execute("DELETE FROM deliveries WHERE id = 3")
            connection.execute("DELETE FROM alerts WHERE id = 3")
        await daemon._schedule()
        job = daemon._clock.get_job("reconcile")
        assert job.next_run_time - now < timedelta(minutes=6), "it has never been done"
        night = job.trigger.get_next_fire_time(None, now)
        assert (night.hour, night.minute, night.utcoffset()) == (2, 40, timedelta())
        await job.func(*job.args)
        lines = await writer.run(lambda archive: archive.deliveries())
        assert {line.uid for line in lines if line.kind == "alert"} == uids
        assert {line.channel for line in lines if line.kind == "incident"} == {"operator"}
        [incident] = await writer.run(lambda archive: archive.incidents(open_only=True))
        assert incident.kind == "alerts missing" and "2 things were not to be said" in incident.reason
        await job.func(*job.args)
        assert await writer.run(lambda archive: archive.incidents(open_only=True)) == []
        assert await writer.run(lambda archive: archive.job_succeeded_at("reconcile")) is not None
    finally:
        writer.close()
