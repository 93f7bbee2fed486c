"""Chat services by Apprise, against a real web server on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import pytest
from aiohttp import web

from alerts.channels import open_channels
from alerts.chat import LONGEST, Chatter, shorten_lines
from alerts.config import ChatChannelSpec, Settings
from alerts.messages import Message
from alerts.yamlfile import ConfigError, Secret
from tests.alerts.receivers import WebServer, web_server

pytestmark = pytest.mark.anyio
MESSAGE = Message("[nato] A visit — President", "A visit\n\nThe President met the NATO chief.", "<p>A visit</p>")


def address(server: WebServer) -> str:
    return f"json://127.0.0.1:{server.port}/secret-token"


async def test_a_message_arrives_with_title_and_text() -> None:
    async with web_server() as server:
        server.answers(200)
        assert (await Chatter(address(server)).send(MESSAGE)).state == "delivered"
    [received] = server.received
    said = json.loads(received.body)
    assert said["title"] == MESSAGE.subject and "NATO chief" in said["message"]


async def test_a_service_that_refuses_is_tried_again_with_a_reason_and_without_the_token() -> None:
    async with web_server() as server:
        server.answers(500)
        result = await Chatter(address(server)).send(MESSAGE)
    assert (result.state, result.channel_fault) == ("retry", True)
    assert "500" in result.error and "secret-token" not in result.error


async def test_a_service_that_is_not_there_is_tried_again_and_the_log_shows_no_token() -> None:
    async with web_server() as server:
        there = address(server)
    log, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        result = await Chatter(there).send(MESSAGE)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert result.state == "retry" and "onnection" in result.error
    assert log.getvalue() == ""


async def test_services_that_hang_delay_no_other_however_many(threads: int = 20) -> None:
    """Their calls run side by side, each with its own reason; more of them than any pool of threads holds."""
    released = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response(status=503)

    async with web_server() as slow, web_server() as quick:
        slow.answer = hang
        quick.answers(403)
        hanging = [asyncio.ensure_future(Chatter(address(slow)).send(MESSAGE)) for _ in range(threads)]
        async with asyncio.timeout(3.5):  # Apprise itself gives up after 4 s
            while len(slow.received) < threads:
                await asyncio.sleep(0.01)
            result = await Chatter(address(quick)).send(MESSAGE)
        assert not any(each.done() for each in hanging) and "403" in result.error
        released.set()
        assert all("503" in result.error for result in await asyncio.gather(*hanging))


async def test_a_service_that_is_silent_for_too_long_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.chat.SECONDS", 0.3)
    released = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with web_server() as server:
        server.answer = hang
        result = await Chatter(address(server)).send(MESSAGE)
        released.set()
    assert (result.state, result.channel_fault) == ("retry", True)


async def test_an_address_that_apprise_does_not_know_is_told_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PODIUM_TEST_CHAT", "nonsense://token")
    spec = ChatChannelSpec(chat=Secret("env:PODIUM_TEST_CHAT", "schedules.yaml:7"))
    with pytest.raises(ConfigError) as caught:
        async with open_channels(Settings(channels={"chat": spec})):
            raise AssertionError("opened with a bad address")
    assert str(caught.value).startswith("schedules.yaml:7: is no address that Apprise knows")
    assert "token" not in str(caught.value)


def test_a_long_text_ends_with_a_whole_line() -> None:
    text = "\n".join(f"line {number}" for number in range(1000))
    short = shorten_lines(text)
    assert len(short) <= LONGEST + 2 and short.endswith("\n…") and text.startswith(short[:-2])


def test_a_long_text_keeps_its_link() -> None:
    link = "Read it in English: https://www.president.am/en/press-release/item/2024/03/19/NATO/"
    short = shorten_lines(
        "word " * 100 + "\n" + "\n".join("word " * 80 for _ in range(4)) + f"\n{link}\nWhy you get this"
    )
    assert short.endswith(f"\n…\n{link}") and len(short) <= LONGEST + 3
