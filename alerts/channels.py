"""From the settings to senders: one `Channel` for each channel that schedules.yaml declares."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

import httpx

from alerts.config import EmailChannelSpec, Settings, WebhookChannelSpec
from alerts.mail import Mailer, build_mail
from alerts.messages import payload_bytes, render
from alerts.result import Result
from alerts.webhook import Poster, signing_keys
from alerts.yamlfile import ConfigError
from storage.model import Delivery

WEBHOOKS_IN_FLIGHT = 4


class Channel(Protocol):
    """A place to say something. `in_flight` is how many deliveries it takes at a time."""

    @property
    def name(self) -> str: ...
    @property
    def in_flight(self) -> int: ...
    async def send(self, delivery: Delivery) -> Result:
        """Try once. Faults of the network and of receivers are results, not exceptions."""
        ...


class EmailChannel:
    """A channel that is an e-mail address; all of them share one connection to the mail server."""

    in_flight = 1

    def __init__(self, name: str, spec: EmailChannelSpec, mailer: Mailer, sender: str, operator: str | None) -> None:
        self.name = name
        self._spec = spec
        self._mailer = mailer
        self._sender = sender
        self._operator = operator

    async def send(self, delivery: Delivery) -> Result:
        mail = build_mail(
            render(delivery.content, language=self._spec.language, operator=self._operator),
            sender=self._sender,
            recipient=self._spec.email,
            uid=delivery.uid,
            now=datetime.now(UTC),
            operator=self._operator,
        )
        return await self._mailer.send(mail, self._spec.email)


class WebhookChannel:
    """A channel that is a signed webhook."""

    in_flight = WEBHOOKS_IN_FLIGHT

    def __init__(self, name: str, poster: Poster) -> None:
        self.name = name
        self._poster = poster

    async def send(self, delivery: Delivery) -> Result:
        return await self._poster.post(delivery.uid, payload_bytes(delivery.content))


@asynccontextmanager
async def open_channels(
    settings: Settings, *, tls_context: ssl.SSLContext | None = None
) -> AsyncIterator[dict[str, Channel]]:
    """The channels of the settings by name, ready to send; connections are made when first needed and kept.

    Secrets are read here: a missing or malformed one raises `ConfigError` before anything is sent.
    `tls_context` replaces the system's trust for mail and webhooks.
    """
    async with AsyncExitStack() as stack:
        channels: dict[str, Channel] = {}
        tls = tls_context or (httpx.create_ssl_context() if settings.channels else None)
        mailer: Mailer | None = None
        problems: list[str] = []
        for name, spec in settings.channels.items():
            try:
                if isinstance(spec, WebhookChannelSpec):
                    assert tls is not None
                    poster = Poster(spec.webhook, _keys(name, spec), tls=tls, allow_private=spec.allow_private)
                    channels[name] = WebhookChannel(name, await stack.enter_async_context(poster))
                elif settings.smtp is not None:
                    if mailer is None:
                        mailer = await stack.enter_async_context(Mailer(settings.smtp, tls_context=tls_context))
                    channels[name] = EmailChannel(name, spec, mailer, settings.smtp.sender, settings.operator)
                else:
                    problems.append(f"channels.{name}: mail needs a server; add `smtp:` to schedules.yaml")
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(dict.fromkeys(problems))
        yield channels


async def check_channels(settings: Settings) -> None:
    """Raise `ConfigError` for secrets that are missing or malformed, before there is anything to send."""
    if settings.channels:
        async with open_channels(settings):
            pass


def _keys(name: str, spec: WebhookChannelSpec) -> tuple[bytes, ...]:
    try:
        return signing_keys(spec.secret.value())
    except ValueError as error:
        at = spec.secret.where or f"channels.{name}"
        raise ConfigError(f"{at}: {error} (from {spec.secret.reference})") from None
