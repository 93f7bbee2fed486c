"""Signed webhooks against a real web server: what is sent, what each answer means, and which hosts are refused."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohappyeyeballs
import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channels import open_channels
from alerts.config import Settings, WebhookChannelSpec
from alerts.messages import payload, payload_bytes
from alerts.result import Result
from alerts.webhook import ANSWER_BYTES, Poster, is_public, retry_after, signing_keys
from alerts.yamlfile import ConfigError, Secret
from storage.model import AlertContent
from storage.outgoing import Delivery, TestContent
from tests.alerts.receivers import Certificate, WebServer, web_server

pytestmark = pytest.mark.anyio
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(100, 132))).decode()
BODY = '{"type":"release.published","title":"ՆԱՏՕ"}'.encode()
DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"


def poster(url: str, secret: str = SECRET, **more: Any) -> Poster:
    options: dict[str, Any] = {"tls": ssl.create_default_context(), "allow_private": True, **more}
    return Poster(url, signing_keys(secret), **options)


async def result_of(server: WebServer, **more: Any) -> Result:
    async with poster(server.url(), **more) as there:
        return await there.post("uid-1", BODY)


async def test_a_post_verifies_with_the_library_of_the_standard() -> None:
    async with web_server() as server:
        assert await result_of(server) == Result("delivered")
    [received] = server.received
    assert received.body == BODY
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "uid-1"
    assert Webhook(SECRET).verify(received.body, received.headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(received.body + b" ", received.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(received.body, received.headers)


async def test_during_a_rotation_both_secrets_verify() -> None:
    async with web_server() as server:
        await result_of(server, secret=f"{SECRET} {OLD_SECRET}")
    [received] = server.received
    assert len(received.headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(received.body, received.headers)


async def test_a_repetition_has_the_same_id_and_body_and_its_own_timestamp() -> None:
    moments = iter(datetime.now(UTC) + timedelta(seconds=60 * n) for n in range(2))
    async with web_server() as server, poster(server.url(), now=lambda: next(moments)) as there:
        await there.post("uid-1", BODY)
        await there.post("uid-1", BODY)
    first, second = server.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 60
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert Webhook(SECRET).verify(second.body, second.headers)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *((status, "delivered") for status in (200, 202, 204)),
        *((status, "retry") for status in (301, 302, 304, 307, 308, 400, 401, 404, 408, 413, 429, 500, 502, 503)),
        (410, "gone"),
    ],
)
async def test_what_each_status_means(status: int, state: str) -> None:
    async with web_server() as server:
        server.answers(status, Location=server.url())
        result = await result_of(server)
    assert result.state == state
    assert state == "delivered" or str(status) in result.error
    assert len(server.received) == 1, "redirects are not followed"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_retry_after_is_honoured_where_the_status_allows_it(status: int) -> None:
    async with web_server() as server:
        server.answers(status, Retry_After="120")
        assert (await result_of(server)).retry_after == timedelta(seconds=120)
        server.answers(500, Retry_After="120")
        assert (await result_of(server)).retry_after is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 90 ", 90),
        ("99999999999999999", 86400),
        ("Tue, 19 Mar 2024 10:06:00 GMT", 60),
        ("Tue, 19 Mar 2024 09:00:00 GMT", 0),
        ("Fri, 19 Mar 2049 10:00:00 GMT", 86400),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(value: str, seconds: int) -> None:
    assert retry_after(value, datetime(2024, 3, 19, 10, 5, tzinfo=UTC)) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣", "Tue, 99 Mar 2024 10:06:00 GMT"])
def test_a_retry_after_that_says_nothing_counts_as_none(value: str) -> None:
    assert retry_after(value, datetime(2024, 3, 19, tzinfo=UTC)) is None


async def test_only_the_beginning_of_an_answer_is_read_and_shown() -> None:
    stopped = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        try:
            while True:
                await response.write(b"no\x1b[31m\r\n" * ANSWER_BYTES)
        except ConnectionError:
            stopped.set()
            raise

    async with web_server() as server:
        server.answer = endless
        result = await result_of(server)
        async with asyncio.timeout(10):
            await stopped.wait()
    assert result.state == "retry" and result.error.isprintable() and len(result.error) < 300


async def test_a_host_that_hangs_costs_the_time_limit_and_no_more() -> None:
    released = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with web_server() as server:
        server.answer = hang
        result = await result_of(server, seconds=0.2)
        released.set()
    assert result == Result("retry", "127.0.0.1 did not answer within 0.2 s", channel_fault=True)


async def test_the_status_counts_even_when_the_rest_of_the_answer_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.webhook.ANSWER_SECONDS", 0.05)
    released = asyncio.Event()

    def begin(status: int) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(status=status)
            await response.prepare(request)
            await response.write(b"so far")
            await released.wait()
            return response

        return answer

    async with web_server() as server:
        server.answer = begin(200)
        taken = await result_of(server)
        server.answer = begin(410)
        gone = await result_of(server)
        released.set()
    assert (taken.state, gone.state) == ("delivered", "gone")
    assert "so far" in gone.error


async def test_a_host_that_breaks_off_and_one_that_is_not_there_are_tried_again() -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with web_server() as server:
        server.answer = break_off
        broken = await result_of(server)
    gone = await result_of(server)
    assert (broken.state, gone.state) == ("retry", "retry")
    assert "127.0.0.1 cannot be reached" in gone.error


async def test_the_connection_is_kept_between_posts() -> None:
    async with web_server() as server, poster(server.url()) as there:
        for number in range(5):
            assert (await there.post(f"uid-{number}", BODY)).state == "delivered"
    assert len(server.received) == 5 and len(server.connections) == 1


async def test_a_host_on_this_machine_is_refused_unless_it_is_allowed() -> None:
    async with web_server() as server:
        refused = await result_of(server, allow_private=False)
        assert server.received == []
        allowed = await result_of(server, allow_private=True)
    assert refused.state == "retry" and "allow_private: true" in refused.error
    assert allowed.state == "delivered"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "fec0::1", "2001:db8::1",
    ],
)  # fmt: skip
async def test_no_address_inside_a_network_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
async def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Answer look-ups of names with these addresses, one list after the other; returns the names asked for."""
    asked: list[str] = []
    waiting = list(answers)

    async def getaddrinfo(
        self: asyncio.BaseEventLoop, host: str, port: Any, *args: Any, **more: Any
    ) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = waiting.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


async def test_a_name_that_points_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web_server() as server:
        asked = resolve_to(monkeypatch, ["127.0.0.1"])
        async with poster(server.url("hook.example.org"), allow_private=False) as there:
            result = await there.post("uid", BODY)
    assert asked == ["hook.example.org"] and server.received == []
    assert "hook.example.org is 127.0.0.1, which is not on the public internet" in result.error


async def test_a_name_is_resolved_once_so_that_it_cannot_change_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    async def connect(addr_infos: list[Any], **more: Any) -> socket.socket:
        connected.extend(info[4][0] for info in addr_infos)
        raise OSError("not from a test")

    monkeypatch.setattr(aiohappyeyeballs, "start_connection", connect)
    # The second answer would be the rebinding; it must never be asked for. Private addresses among public are left out.
    asked = resolve_to(monkeypatch, ["8.8.8.8", "10.0.0.1", "8.8.4.4"], ["127.0.0.1"])
    async with poster("https://hook.example.org/x", allow_private=False) as there:
        result = await there.post("uid", BODY)
    assert result.state == "retry"
    assert (asked, list(dict.fromkeys(connected))) == (["hook.example.org"], ["8.8.8.8", "8.8.4.4"])


async def test_names_that_cannot_be_looked_up_delay_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ups block a thread each, for as long as the name servers are silent."""
    monkeypatch.setenv("PODIUM_TEST_SECRET", SECRET)
    hanging, released = threading.Semaphore(0), threading.Event()
    plain = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **more: Any) -> Any:
        if host.startswith("dead"):
            hanging.release()
            released.wait(20)
        return plain("127.0.0.1", *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    secret = Secret("env:PODIUM_TEST_SECRET")

    def hook(url: str) -> WebhookChannelSpec:
        return WebhookChannelSpec(webhook=url, secret=secret, allow_private=True)

    async with web_server() as server:
        settings = Settings(
            channels={
                **{f"dead{n}": hook(f"http://dead{n}.example.org/") for n in range(12)},
                "quick": hook(server.url("quick.example.org")),
            }
        )
        try:
            async with open_channels(settings) as channels, asyncio.timeout(15):
                posts = [
                    asyncio.ensure_future(channels[f"dead{n}"].send(delivery))
                    for n in range(12)
                    for delivery in [
                        Delivery(1, "uid", "test", f"dead{n}", 1, TestContent("dead", "2024-03-19T10:05:00Z"))
                    ]
                    * 4
                ]
                for _ in posts:
                    await asyncio.to_thread(hanging.acquire)
                quick = Delivery(1, "uid", "test", "quick", 1, TestContent("quick", "2024-03-19T10:05:00Z"))
                assert (await channels["quick"].send(quick)).state == "delivered"
                assert not any(post.done() for post in posts)
                released.set()
                await asyncio.gather(*posts)
        finally:
            released.set()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1"])
async def test_no_spelling_of_this_machine_is_let_through(host: str) -> None:
    async with web_server() as server:
        async with poster(server.url(host), allow_private=False) as there:
            result = await there.post("uid", BODY)
        assert server.received == [] and result.state == "retry" and not result.transmitted


async def test_the_next_address_is_tried_when_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web_server() as server:
        resolve_to(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        async with poster(server.url("hook.example.org")) as there:
            assert (await there.post("uid", BODY)).state == "delivered"
    assert server.received[0].headers["host"] == f"hook.example.org:{server.port}"


async def test_the_certificate_must_be_of_the_name_and_not_of_the_address(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web_server(certificate=certificate) as server:
        async with poster(server.url("localhost", "https"), tls=certificate.client) as there:
            assert (await there.post("uid", BODY)).state == "delivered"
        resolve_to(monkeypatch, ["127.0.0.1"])
        async with poster(server.url("hook.example.org", "https"), tls=certificate.client) as there:
            wrong_name = await there.post("uid", BODY)
        resolve_to(monkeypatch, ["127.0.0.1"])
        async with poster(server.url("localhost", "https"), tls=ssl.create_default_context()) as there:
            unknown = await there.post("uid", BODY)
    assert len(server.received) == 1
    for result in (wrong_name, unknown):
        assert result.state == "retry" and "certificate" in result.error.lower()


async def test_a_name_that_does_not_exist_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: asyncio.BaseEventLoop, *args: Any, **more: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", fail)
    async with poster("https://hook.example.org/x") as there:
        result = await there.post("uid", BODY)
    assert result.state == "retry" and "hook.example.org has no address" in result.error


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with web_server() as server:
        assert (await result_of(server)).state == "delivered"


@pytest.mark.parametrize(
    ("secret", "expected"),
    [("", "empty"), ("hunter2", "begins with whsec_"), ("whsec_hunter!", "not base64"), ("whsec_aHVudGVy", "6 bytes")],
)
def test_a_malformed_secret_is_refused_without_being_repeated(secret: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        signing_keys(secret)
    assert "hunter" not in str(caught.value) and "aHVudGVy" not in str(caught.value)


async def test_a_bad_secret_is_told_with_its_line_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_TEST_SECRET", "hunter2")
    spec = WebhookChannelSpec(webhook="https://c.org", secret=Secret("env:PODIUM_TEST_SECRET", "schedules.yaml:9"))
    with pytest.raises(ConfigError) as caught:
        async with open_channels(Settings(channels={"hook": spec})):
            raise AssertionError("opened with a bad secret")
    assert str(caught.value).startswith("schedules.yaml:9: a webhook secret begins with whsec_")
    assert "hunter2" not in str(caught.value)


async def test_a_webhook_channel_posts_the_payload_of_the_alert(
    make_delivery: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_TEST_SECRET", SECRET)
    delivery = make_delivery(id=9, channel="hook")
    async with web_server() as server:
        spec = WebhookChannelSpec(webhook=server.url(), secret=Secret("env:PODIUM_TEST_SECRET"), allow_private=True)
        async with open_channels(Settings(channels={"hook": spec})) as channels:
            assert (await channels["hook"].send(delivery)).state == "delivered"
    [received] = server.received
    assert received.headers["webhook-id"] == delivery.uid
    assert received.body == payload_bytes(delivery.content)
    assert Webhook(SECRET).verify(received.body, received.headers)["type"] == "release.published"


def test_the_documentation_shows_the_payload_as_it_is(make_content: Callable[..., AlertContent]) -> None:
    text = DOCS.read_text(encoding="utf-8")
    shown = json.loads(text.split("```json\n")[1].split("```")[0])
    assert shown == payload(make_content())
    for name in _names(payload(make_content())):
        assert f"`{name}`" in text, f"docs/webhooks.md does not explain {name}"


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in _names(each)}
    return {name for each in value for name in _names(each)} if isinstance(value, list) else set()
