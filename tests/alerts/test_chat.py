"""Chat services by Apprise, against a real web server on loopback."""

from __future__ import annotations

import json

import pytest

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


async def test_a_service_that_is_not_there_is_tried_again() -> None:
    async with web_server() as server:
        there = address(server)
    assert (await Chatter(there).send(MESSAGE)).state == "retry"


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
