"""Mail handed to a real SMTP server: what arrives, and what each refusal means."""

from __future__ import annotations

import asyncio
import operator
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.smtp import SMTP

import alerts.mail
from alerts.channels import open_channels
from alerts.config import EmailChannelSpec, Settings, Smtp
from alerts.mail import Mailer, build_mail
from alerts.messages import Message, render
from alerts.outbox import ArchiveOutbox
from alerts.result import Result
from alerts.worker import LEASE, deliver
from alerts.yamlfile import ConfigError, Secret
from storage import times
from storage.model import AlertContent
from storage.outgoing import Delivery
from storage.writer import Writer
from tests.alerts.receivers import PASSWORD, USER, Certificate, MailServer, mail_server
from tests.faults.outboxes import fill

pytestmark = pytest.mark.anyio
TO = "desk@example.org"
NOW = datetime(2024, 3, 19, 10, 5, tzinfo=UTC)


def smtp(port: int, security: Literal["starttls", "tls", "none"] = "none", **more: Any) -> Smtp:
    return Smtp(host="localhost", port=port, security=security, sender="Pódium <podium@example.org>", **more)


def mail(uid: str = "uid-1", text: str = "Hello") -> EmailMessage:
    return build_mail(
        Message("[nato] Встреча — Նախագահ", text, f"<p>{text}</p>"),
        sender="Pódium <podium@example.org>",
        recipient=TO,
        uid=uid,
        now=NOW,
        operator="operator@example.org",
    )


async def result_of(server: MailServer) -> Result:
    async with Mailer(smtp(server.port)) as mailer:
        return await mailer.send(mail(), TO)


async def test_a_mail_arrives_whole_with_its_headers_and_both_parts() -> None:
    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        assert await mailer.send(mail("0001", "Նախագահը\n.\nконец " + "x" * 2000), TO) == Result("delivered")
    [envelope] = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("podium@example.org", [TO])
    assert isinstance(envelope.content, bytes) and envelope.content.isascii()
    assert max(map(len, envelope.content.splitlines())) <= 998
    parsed = message_from_bytes(envelope.content, policy=policy.default)
    assert parsed["Subject"] == "[nato] Встреча — Նախագահ"
    assert parsed["Message-ID"] == "<0001@example.org>"
    assert parsed["Date"].datetime == NOW
    assert str(parsed["From"]) == "Pódium <podium@example.org>" and parsed["To"] == TO
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["List-Unsubscribe"] == "<mailto:operator@example.org?subject=unsubscribe>"
    assert parsed.get_content_type() == "multipart/alternative"
    text, html = parsed.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == ["Նախագահը", ".", "конец " + "x" * 2000]


async def test_a_rendered_alert_survives_the_wire(make_content: Callable[..., AlertContent]) -> None:
    message = render(make_content(title="Ինչո՞ւ «НАТО» — “why”?"), operator="operator@example.org")
    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        built = build_mail(message, sender="podium@example.org", recipient=TO, uid="u", now=NOW)
        assert (await mailer.send(built, TO)).state == "delivered"
    parsed = message_from_bytes(server.envelopes[0].content, policy=policy.default)  # type: ignore[arg-type]
    assert parsed["Subject"] == message.subject
    assert [part.get_content().replace("\r\n", "\n") for part in parsed.iter_parts()] == [
        message.text,
        message.html,
    ]


async def test_starttls_is_verified_and_login_follows(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_TEST_PASSWORD", PASSWORD)
    async with mail_server(certificate=certificate, login=True) as server:
        spec = smtp(server.port, "starttls", user=USER, password=Secret("env:PODIUM_TEST_PASSWORD"))
        async with Mailer(spec, tls_context=certificate.client) as mailer:
            assert (await mailer.send(mail(), TO)).state == "delivered"
    assert server.sessions[0].ssl is not None and server.sessions[0].authenticated


async def test_tls_from_the_start(certificate: Certificate) -> None:
    async with (
        mail_server(certificate=certificate, implicit_tls=True) as server,
        Mailer(smtp(server.port, "tls"), tls_context=certificate.client) as mailer,
    ):
        assert (await mailer.send(mail(), TO)).state == "delivered"


async def test_a_certificate_that_nobody_vouches_for_is_refused_and_tried_again(certificate: Certificate) -> None:
    async with mail_server(certificate=certificate) as server:
        async with Mailer(smtp(server.port, "starttls"), tls_context=ssl.create_default_context()) as mailer:
            result = await mailer.send(mail(), TO)
        assert result.state == "retry" and "certificate" in result.error.lower()
        assert server.envelopes == []


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    async with mail_server() as server:
        async with Mailer(smtp(server.port, "starttls")) as mailer:
            result = await mailer.send(mail(), TO)
        assert result.state == "retry" and "STARTTLS" in result.error
        assert server.envelopes == []


async def test_a_wrong_password_is_a_fault_of_the_channel_and_is_not_shown(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_TEST_PASSWORD", "wrong-secret")
    async with mail_server(certificate=certificate, login=True) as server:
        spec = smtp(server.port, "starttls", user=USER, password=Secret("env:PODIUM_TEST_PASSWORD"))
        async with Mailer(spec, tls_context=certificate.client) as mailer:
            result = await mailer.send(mail(), TO)
    assert result.state == "retry" and "refused the login, 535" in result.error
    assert "wrong-secret" not in result.error


@pytest.mark.parametrize(
    ("command", "answer", "state"),
    [
        ("RCPT", "550 5.1.1 no such user", "dead"),
        ("RCPT", "552 5.2.2 mailbox full for ever", "dead"),
        ("RCPT", "450 4.2.0 greylisted", "retry"),
        ("RCPT", "554 5.7.1 relay access denied", "retry"),
        ("RCPT", "530 5.7.0 authentication required", "retry"),
        ("DATA", "554 5.6.0 content refused", "dead"),
        ("DATA", "451 4.3.0 try later", "retry"),
        ("MAIL", "550 5.7.1 sender refused", "retry"),
        ("MAIL", "451 4.3.2 busy", "retry"),
        ("HELO", "550 go away", "retry"),
    ],
)
async def test_what_each_refusal_means(command: str, answer: str, state: str) -> None:
    async with mail_server() as server:
        server.answers[command] = answer
        result = await result_of(server)
    assert result.state == state
    assert answer.split()[0] in result.error


async def test_a_server_that_cannot_be_reached_is_tried_again() -> None:
    async with mail_server() as server:
        port = server.port
    async with Mailer(smtp(port)) as mailer:
        result = await mailer.send(mail(), TO)
    assert result.state == "retry" and f"localhost:{port} cannot be used" in result.error


async def test_a_connection_lost_after_the_text_is_tried_again_under_the_same_id() -> None:
    async def break_off(session: SMTP) -> None:
        assert session.transport is not None
        session.transport.close()

    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        server.after_data = break_off
        assert (await mailer.send(mail("same"), TO)).state == "retry"
        server.after_data = None
        assert (await mailer.send(mail("same"), TO)).state == "delivered"
    ids = [message_from_bytes(e.content)["Message-ID"] for e in server.envelopes]  # type: ignore[arg-type]
    assert ids == ["<same@example.org>"] * 2


async def test_many_mails_go_over_one_connection_and_a_refused_one_does_not_end_it() -> None:
    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        results = await asyncio.gather(*(mailer.send(mail(str(n)), TO) for n in range(10)))
        server.answers["RCPT"] = "550 no such user"
        results.append(await mailer.send(mail("refused"), TO))
        server.answers.clear()
        results.append(await mailer.send(mail("last"), TO))
    assert [result.state for result in results] == ["delivered"] * 10 + ["dead", "delivered"]
    assert server.connections == 1


async def test_a_kept_connection_that_the_server_closed_is_opened_anew() -> None:
    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        assert (await mailer.send(mail(), TO)).state == "delivered"
        server.answers["MAIL"] = "421 too many mails on this connection"
        refusing = asyncio.ensure_future(mailer.send(mail(), TO))
        assert (await refusing).state == "retry"
        server.answers.clear()
        assert (await mailer.send(mail(), TO)).state == "delivered"
    assert server.connections == 3


async def test_an_idle_connection_is_closed_and_opened_again_when_needed() -> None:
    async with mail_server() as server, Mailer(smtp(server.port), idle_seconds=0.01) as mailer:
        assert (await mailer.send(mail(), TO)).state == "delivered"
        async with asyncio.timeout(5):
            while mailer.connected:
                await asyncio.sleep(0.005)
        assert (await mailer.send(mail(), TO)).state == "delivered"
    assert server.connections == 2


async def test_mails_that_wait_behind_a_dead_server_share_its_one_failure() -> None:
    async with mail_server() as server:
        server.answers["HELO"] = "554 closed for today"
        async with Mailer(smtp(server.port)) as mailer:
            results = await asyncio.gather(*(mailer.send(mail(str(n)), TO) for n in range(20)))
            assert {result.state for result in results} == {"retry"}
            assert server.connections == 1
            server.answers.clear()
            assert (await mailer.send(mail("later"), TO)).state == "delivered"


async def test_a_missing_password_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODIUM_TEST_PASSWORD", raising=False)
    settings = Settings(
        smtp=smtp(1, "starttls", user=USER, password=Secret("env:PODIUM_TEST_PASSWORD", "schedules.yaml:5")),
        channels={"desk": EmailChannelSpec(email=TO)},
    )
    with pytest.raises(ConfigError, match=r"schedules\.yaml:5: the environment variable PODIUM_TEST_PASSWORD"):
        async with open_channels(settings):
            raise AssertionError("opened without a password")


async def test_a_mail_channel_sends_the_alert_to_its_address(make_delivery: Callable[..., Delivery]) -> None:
    async with mail_server() as server:
        settings = Settings(
            operator="operator@example.org",
            smtp=smtp(server.port),
            channels={"desk": EmailChannelSpec(email=TO, language="ru"), "b": EmailChannelSpec(email="b@example.org")},
        )
        async with open_channels(settings) as channels:
            assert list(channels) == ["desk", "b", "operator"]
            for name in ("desk", "b"):
                channel = channels[name]
                assert (await channel.send(make_delivery(id=9, channel=name))).state == "delivered"
    first, second = (message_from_bytes(e.content, policy=policy.default) for e in server.envelopes)  # type: ignore[arg-type]
    assert [e.rcpt_tos for e in server.envelopes] == [[TO], ["b@example.org"]]
    assert first["Message-ID"] == "<00000000-0000-5000-8000-000000000009@example.org>"
    for parsed, words in ((first, "Read it in Russian"), (second, "Read it in English")):
        text = parsed.get_body(("plain",))
        assert text is not None and words in text.get_content()
    assert server.connections == 1


async def test_one_message_is_rendered_once_for_all_who_read_it_in_one_language(
    make_delivery: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = []

    def counted(*arguments: Any, **options: Any) -> Message:
        rendered.append(options["language"])
        return render(*arguments, **options)

    monkeypatch.setattr("alerts.channels.render", counted)
    async with mail_server() as server:
        people = {
            f"p{n}": EmailChannelSpec(email=f"p{n}@example.org", language="ru" if n == 7 else None) for n in range(8)
        }
        async with open_channels(Settings(smtp=smtp(server.port), channels=people)) as channels:
            for number, name in enumerate(people):
                assert (await channels[name].send(make_delivery(id=number, channel=name))).state == "delivered"
    assert rendered == [None, "ru"] and len(server.envelopes) == 8 and server.connections == 1
    assert len({message_from_bytes(e.content)["Message-ID"] for e in server.envelopes}) == 8  # type: ignore[arg-type]


async def test_a_relative_secret_file_is_read_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    assert Secret("file:password", base=tmp_path).value() == PASSWORD


async def test_a_mail_does_not_wait_for_its_turn_until_its_lease_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LEASE.total_seconds() * 0.8 > alerts.mail.QUEUE_SECONDS + alerts.mail.MAIL_SECONDS
    monkeypatch.setattr(alerts.mail, "QUEUE_SECONDS", 0.1)
    taken, released = asyncio.Event(), asyncio.Event()

    async def hang(session: SMTP) -> None:
        taken.set()
        await released.wait()

    async with mail_server() as server, Mailer(smtp(server.port)) as mailer:
        server.after_data = hang
        slow = asyncio.ensure_future(mailer.send(mail("slow"), TO))
        await taken.wait()
        waiting = await mailer.send(mail("waiting"), TO)
        assert (waiting.state, waiting.channel_fault, waiting.transmitted) == ("retry", False, False)
        assert "kept busy by other mails" in waiting.error
        released.set()
        assert (await slow).state == "delivered"
        assert (await mailer.send(mail("waiting"), TO)).state == "delivered"
    assert server.connections == 1


@pytest.mark.parametrize("public", [None, "https://example.org/stop?podium=1"])
async def test_one_click_is_offered_only_where_a_public_address_can_answer_it(
    make_delivery: Callable[..., Delivery], public: str | None
) -> None:
    async with mail_server() as server:
        settings = Settings(
            operator="operator@example.org", smtp=smtp(server.port), unsubscribe=public,
            channels={"desk of 1": EmailChannelSpec(email=TO)},
        )  # fmt: skip
        async with open_channels(settings) as channels:
            await channels["desk of 1"].send(make_delivery())
    parsed = message_from_bytes(server.envelopes[0].content, policy=policy.default)  # type: ignore[arg-type]
    html = parsed.get_body(("html",))
    assert html is not None
    if public is None:
        assert parsed["List-Unsubscribe"] == "<mailto:operator@example.org?subject=unsubscribe>"
        assert parsed["List-Unsubscribe-Post"] is None and "unsubscribe here" not in html.get_content()
    else:
        way = "https://example.org/stop?podium=1&channel=desk%20of%201"
        assert parsed["List-Unsubscribe"] == f"<{way}>, <mailto:operator@example.org?subject=unsubscribe>"
        assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert way.replace("&", "&amp;") in html.get_content()


async def test_a_server_that_falls_silent_after_the_text_gets_it_once_more_and_no_third_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken it both times (the receiver drops the repetition by its Message-ID); the operator is told."""
    monkeypatch.setattr(alerts.mail, "COMMAND_SECONDS", 0.2)
    clock, path = times.now(), tmp_path / "podium.db"

    async def silent(session: SMTP) -> None:
        await asyncio.sleep(0.6)

    fill(path, 1, ["desk"], clock)
    writer = Writer(path)
    async with mail_server() as server:
        server.after_data = silent
        settings = Settings(
            operator="operator@example.org", smtp=smtp(server.port), channels={"desk": EmailChannelSpec(email=TO)}
        )
        async with open_channels(settings) as channels:
            for hours in range(4):
                now = partial(operator.add, clock, timedelta(hours=hours))
                await deliver(ArchiveOutbox(writer, settings, now=now), {"desk": channels["desk"]}, now=now)
    mails = [message_from_bytes(e.content) for e in server.envelopes if isinstance(e.content, bytes)]
    assert len(mails) == 2 and len({each["Message-ID"] for each in mails}) == 1
    [line] = [line for line in await writer.run(lambda archive: archive.deliveries()) if line.kind == "alert"]
    assert line.state == "dead" and "it may well have arrived and is not sent again" in line.last_error
    [told] = await writer.run(lambda archive: archive.incidents())
    assert told.channel == "desk" and "given up" in told.reason
    writer.close()


@pytest.mark.parametrize(
    "subject",
    [
        "[nato] The President met with the Secretary General of NATO — President of the Republic of Armenia",
        "[nato] Встреча — Նախագահը հանդիպել է ՆԱՏՕ-ի գլխավոր քարտուղարի հետ — Республика Армения",
        "[nato] " + "a plain title that is long " * 5 + "and ends",
        "[nato] " + "x" * 200 + " — y",
        "[nato] a title with =?utf-8?q?an_encoded_word?= — and more",
        "[nato] =?utf-8?q?all_ascii?=",
        "[nato] 🇦🇲 " + "ՆԱՏՕ " * 30 + "🇦🇲",
    ],
)
def test_a_subject_is_read_as_it_was_written_whatever_is_in_it(subject: str) -> None:
    """By both of the standard library's parsers, and within the lines that RFC 5322 allows."""
    built = build_mail(
        Message(subject.strip(), "text", "html"), sender="p@example.org", recipient=TO, uid="u", now=NOW
    ).as_bytes()
    head = built.partition(b"\r\n\r\n")[0]
    assert head.isascii() and max(map(len, head.split(b"\r\n"))) <= 78 and b"\n\n" not in head
    assert message_from_bytes(built, policy=policy.default)["Subject"] == subject.strip()
    old = message_from_bytes(built)["Subject"].replace("\r\n", "").replace("\n", "")
    assert str(make_header(decode_header(old))) == subject.strip()
