"""Clocks that jump or change, and mail servers that are away for days."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerts.channels import open_channels
from alerts.config import EmailChannelSpec, Settings, Smtp, WebhookChannelSpec
from alerts.outbox import ArchiveOutbox
from alerts.result import Result
from alerts.values import parse_active
from alerts.worker import BACK_OFF, LEASE, deliver
from alerts.yamlfile import Secret
from storage import open_archive
from storage.outgoing import Delivery, DigestContent
from storage.writer import Writer
from tests.alerts.receivers import PASSWORD, USER, MailServer, mail_server
from tests.faults.deployment import Clock
from tests.faults.outboxes import fill, states
from tests.faults.places import Shown, deliver_once, place
from tests.faults.receivers import SECRET, running

CHANGES = (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC))
"""The noons before the clocks of Central Europe change."""


def clock_jumps(number: int = 20) -> Shown:
    """The clock three days ahead while a receiver fails, then put right; and back by a day in mid-lease."""
    clock = Clock()
    with place() as (folder, receivers):
        path = folder / "podium.db"
        fill(path, number, ["hook", "dig"], clock.now(), rhythms={"dig": "daily"})
        clock.ahead = timedelta(days=3)
        receivers.mode("wild")
        for _ in range(3):
            asyncio.run(deliver_once(folder, clock=clock))  # retries and a digest are put off, three days too far
        clock.ahead = timedelta(days=-1)
        archive = open_archive(path)
        archive.claim_deliveries(["hook"], 3, LEASE, "a worker that dies", clock.now())
        archive.close()
        receivers.mode("fine")
        for hours in range(0, 48, 3):
            clock.ahead = timedelta(days=-1, hours=hours)
            archive = open_archive(path)
            for state in archive.channel_states():
                if state.disabled_at is not None:
                    archive.enable_channel(state.name, clock.now())
            archive.close()
            asyncio.run(deliver_once(folder, clock=clock))
        archive = open_archive(path)
        left = states(archive)
        archive.close()
        received = receivers.received()
    taken = {(e["channel"], uid) for e in received if e["taken"] for uid, url in e["about"] if "/item/" in url}
    bodies: dict[str, set[str]] = {}
    for entry in received:
        bodies.setdefault(entry["id"], set()).add(entry["body"])
    two = sum(len(found) > 1 for found in bodies.values())
    fine = len(taken) == 2 * number and set(left) == {"delivered"} and two == 0
    return Shown(
        f"clock 3 days ahead, then 4 days back, in mid-lease: {len(taken)} of {2 * number} alerts arrived within two "
        f"days of the right time, ids with two bodies {two}",
        fine,
    )


def clock_changes() -> Shown:
    """Both changes of the clocks, hour by hour over three days each: a daily digest at a time that is left out in spring and
    comes twice in autumn, and quiet hours that end at it."""
    zone, clock = ZoneInfo("Europe/Berlin"), Clock()
    sent: list[tuple[str, datetime, list[str]]] = []
    raised, late = 0, 0

    async def work(folder: Path, hook: str) -> None:
        nonlocal raised
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        rhythm: dict[str, Any] = {
            "timezone": zone.key,
            "digest": clock_time(2, 30),
            "singles": None,
            "allow_private": True,
        }
        secret = Secret("file:secret", base=folder)
        settings = Settings(
            channels={
                "dig": WebhookChannelSpec(webhook=f"{hook}/dig", secret=secret, **rhythm),
                "quiet": WebhookChannelSpec(
                    webhook=f"{hook}/quiet", secret=secret, quiet=parse_active("22:00-02:30"), **rhythm
                ),
            }
        )
        writer = Writer(folder / "podium.db")
        async with open_channels(settings) as channels:
            for channel in channels.values():
                channel.send = partial(noted, channel.send)  # type: ignore[method-assign]
            outbox = ArchiveOutbox(writer, settings, now=clock.now)
            for first in CHANGES:
                for half_hours in range(3 * 48):
                    clock.set(first + timedelta(minutes=30 * half_hours))
                    if half_hours % 2 == 0 and half_hours < 2 * 48:
                        fill(
                            folder / "podium.db",
                            1,
                            ["dig", "quiet"],
                            clock.now(),
                            rhythms={"dig": "daily"},
                            first=raised,
                        )
                        raised += 1
                    await deliver(outbox, channels, now=clock.now)
        left.update(await writer.run(states))
        writer.close()

    async def noted(send: Callable[[Delivery], Awaitable[Result]], delivery: Delivery) -> Result:
        nonlocal late
        content = delivery.content
        uids = [item.uid for item in content.items] if isinstance(content, DigestContent) else [delivery.uid]
        sent.append((delivery.channel, clock.now().astimezone(zone), uids))
        late += bool(content.late)
        return await send(delivery)

    left: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "received.jsonl") as receivers:
        receivers.mode("fine")
        asyncio.run(work(Path(name), f"http://127.0.0.1:{receivers.web}"))
        verified = all(entry["verified"] for entry in receivers.received())
    digests = [at for channel, at, _ in sent if channel == "dig"]
    items = {channel: [uid for to, _, uids in sent if to == channel for uid in uids] for channel in ("dig", "quiet")}
    days = Counter(at.date() for at in digests)
    disturbed = sum(channel == "quiet" and (at.hour >= 22 or (at.hour, at.minute) < (2, 30)) for channel, at, _ in sent)
    once = all(len(uids) == len(set(uids)) == raised for uids in items.values())
    fine = once and verified and set(days.values()) == {1} and not disturbed and not late and set(left) == {"delivered"}
    return Shown(
        f"both changes of the clocks: {raised} alerts on two channels, each once ({once}); {len(digests)} digests on "
        f"{len(days)} local days, {disturbed} messages within quiet hours, {late} late",
        fine,
    )


def smtp_down(days: float = 3.0) -> Shown:
    """The mail server is down for three simulated days, then up: every mail comes, once, and says that it is late."""
    clock = Clock()
    number = 5

    async def work(folder: Path) -> tuple[MailServer, int, bool]:
        path = folder / "podium.db"
        fill(path, number, ["desk"], clock.now())
        async with mail_server() as server:
            port = server.port
        settings = Settings(
            smtp=Smtp(host="127.0.0.1", port=port, security="none", sender="podium@example.org"),
            channels={"desk": EmailChannelSpec(email="desk@example.org")},
        )
        writer, tries = Writer(path), 0
        async with open_channels(settings) as channels:
            outbox = ArchiveOutbox(writer, settings, now=clock.now)
            until = clock.now() + timedelta(days=days)
            while (due := await outbox.due_at(["desk"])) is not None and due < until:
                clock.ahead += max(due - clock.now(), timedelta()) + timedelta(milliseconds=5)
                tries += (await deliver(outbox, channels, now=clock.now)).attempts
            clock.ahead += max(until - clock.now(), timedelta())
            disabled = any(state.disabled_at for state in await writer.run(lambda archive: archive.channel_states()))
            async with mail_server(port=port) as server:
                if disabled:
                    await writer.run(lambda archive: archive.enable_channel("desk", clock.now()))
                for _ in range(30):
                    clock.ahead += timedelta(hours=1)
                    await deliver(outbox, channels, now=clock.now)
        writer.close()
        return server, tries, disabled

    with tempfile.TemporaryDirectory() as name:
        server, tries, disabled = asyncio.run(work(Path(name)))
    mails = [
        message_from_bytes(e.content, policy=policy.default) for e in server.envelopes if isinstance(e.content, bytes)
    ]
    texts = [part.get_content() for mail in mails if (part := mail.get_body(("plain",))) is not None]
    late = sum("Late: noticed" in text for text in texts)
    fine = len(mails) == len({mail["Message-ID"] for mail in mails}) == number == late and tries <= 5 * len(BACK_OFF)
    fine &= disabled or days < 4  # whether the waits last for three days is a matter of their jitter
    return Shown(
        f"SMTP down for {days:g} simulated days: {tries} attempts meanwhile, {len(mails)} of {number} mails came, each once, "
        f"{late} say that they are late; the channel was {'parked and enabled again' if disabled else 'never disabled'}",
        fine,
    )


def smtp_gone() -> Shown:
    """Down for longer than the waits last: parked, and every mail comes when the channel is enabled."""
    return smtp_down(5.0)


def changed_password() -> Shown:
    """The password changes at the server, then in podium's secret file: no restart, nothing lost."""
    clock = Clock()

    async def work(folder: Path) -> tuple[int, str, int]:
        path, secret = folder / "podium.db", folder / "password"
        secret.write_text("the old one", encoding="utf-8")
        fill(path, 4, ["desk"], clock.now())
        async with mail_server(login=True) as server:
            settings = Settings(
                smtp=Smtp(
                    host="127.0.0.1", port=server.port, security="none", sender="podium@example.org", user=USER,
                    password=Secret("file:password", base=folder),
                ),
                channels={"desk": EmailChannelSpec(email="desk@example.org")},
            )  # fmt: skip
            writer = Writer(path)
            async with open_channels(settings) as channels:
                outbox = ArchiveOutbox(writer, settings, now=clock.now)
                for _ in range(4):
                    await deliver(outbox, channels, now=clock.now)
                    clock.ahead += timedelta(minutes=10)
                why = (await writer.run(lambda archive: archive.channel_states()))[0].reason
                before = len(server.envelopes)
                secret.write_text(PASSWORD, encoding="utf-8")
                for _ in range(8):
                    clock.ahead += timedelta(hours=1)
                    await deliver(outbox, channels, now=clock.now)
            writer.close()
        return before, why, len(server.envelopes)

    with tempfile.TemporaryDirectory() as name:
        before, why, after = asyncio.run(work(Path(name)))
    fine = before == 0 and "refused the login" in why and after == 4
    return Shown(f"changed SMTP password: 0 of 4 mails before, {after} of 4 after the file was changed", fine)
