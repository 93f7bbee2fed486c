"""The daemon's deliveries: a loop for every channel, and going over to changed settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from alerts.config import EmailChannelSpec, Settings, Smtp, WebhookChannelSpec
from alerts.yamlfile import ConfigError, Secret
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
