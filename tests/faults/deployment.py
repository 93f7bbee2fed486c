"""A deployment under faults: its configuration, a clock of its own, its channels with short time limits."""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import alerts.mail
from alerts.channels import Channel, WebhookChannel, open_channels
from alerts.config import Settings, WebhookChannelSpec
from alerts.webhook import Poster, signing_keys
from storage import times
from tests.faults.receivers import SECRET, Running

TLS = ssl.create_default_context()
SECONDS = 0.25
"""The time limit of one attempt, in the place of 20 and 30 s."""


def configure(folder: Path, receivers: Running, office: str = "{every: 10m}") -> None:
    """The YAML files: two webhooks, one of them with a daily digest, and a mail address."""
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    hook = f'webhook: "http://127.0.0.1:{receivers.web}'
    (folder / "schedules.yaml").write_text(
        "operator: operator@example.org\n"
        f"smtp: {{host: 127.0.0.1, port: {receivers.mail}, security: none, sender: podium@example.org}}\n"
        "channels:\n"
        f'  hook: {{{hook}/hook", secret: "file:secret", allow_private: true}}\n'
        f'  dig: {{{hook}/dig", secret: "file:secret", allow_private: true, timezone: Asia/Yerevan}}\n'
        "  desk: {email: desk@example.org, singles: null}\n"
        f"offices:\n  president_am: {office}\n",
        encoding="utf-8",
    )
    (folder / "topics.yaml").write_text(
        "topics:\n  nato: {query: NATO, on: [published, edited], tell: [hook, desk, dig: daily]}\n".replace(
            "dig: daily", "{dig: daily}"
        ),
        encoding="utf-8",
    )


class Clock:
    """The clock that `storage.times` shows: the machine's, moved by `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._real = times.now

    def now(self) -> datetime:
        return self._real() + self.ahead

    def set(self, instant: datetime) -> None:
        """Show this instant now, and go on from it."""
        self.ahead = instant - self._real()

    def install(self) -> None:
        times.now = self.now

    def remove(self) -> None:
        times.now = self._real


@asynccontextmanager
async def impatient_channels(settings: Settings) -> AsyncIterator[dict[str, Channel]]:
    """The channels of the settings with short time limits."""
    alerts.mail.COMMAND_SECONDS = SECONDS
    async with open_channels(settings) as channels:
        made: dict[str, Channel] = dict(channels)
        posters = []
        for name, spec in settings.channels.items():
            if isinstance(spec, WebhookChannelSpec):
                keys = signing_keys(spec.secret.value())
                options: dict[str, Any] = {"tls": TLS, "allow_private": True, "seconds": SECONDS}
                posters.append(Poster(spec.webhook, keys, **options))
                made[name] = WebhookChannel(name, posters[-1])
        try:
            yield made
        finally:
            for poster in posters:
                await poster.__aexit__()


def silence() -> None:
    """No log of what is broken on purpose, and no word of the test server's about logins in the clear."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore", "Requiring AUTH", UserWarning)
