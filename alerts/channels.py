"""From the settings to senders: one `Channel` for each channel that schedules.yaml declares, and the operator's."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol, TypeVar
from urllib.parse import quote

from alerts.chat import Chatter
from alerts.config import ChatChannelSpec, EmailChannelSpec, Settings, WebhookChannelSpec, all_channels
from alerts.mail import Mailer, build_mail
from alerts.messages import Message, payload_bytes, render
from alerts.result import Result
from alerts.webhook import Poster, signing_keys
from alerts.yamlfile import ConfigError, Secret
from storage.outgoing import Content, Delivery

T = TypeVar("T")
WEBHOOKS_IN_FLIGHT = 4
LOOKUPS = 2
"""Threads for looking up names, a place of each channel: one may still hang in the lookup that its attempt has given up."""
RENDERED = 32
"""So many messages are kept for the next recipient of the same alert."""


class Channel(Protocol):
    """A place to say something. `in_flight` is how many deliveries it takes at a time."""

    @property
    def name(self) -> str: ...
    @property
    def in_flight(self) -> int: ...
    async def send(self, delivery: Delivery) -> Result:
        """Try once. Faults of the network and of receivers are results, not exceptions."""
        ...


class Rendering:
    """Renders a content once for all who read it in the same language."""

    def __init__(self, operator: str | None) -> None:
        self.operator = operator
        self._kept: list[tuple[Content, str | None, str | None, Message]] = []

    def message(self, content: Content, language: str | None = None, unsubscribe: str | None = None) -> Message:
        for kept, tongue, way, message in self._kept:
            if tongue == language and way == unsubscribe and kept == content:
                return message
        message = render(content, language=language, operator=self.operator, unsubscribe=unsubscribe)
        self._kept = [(content, language, unsubscribe, message), *self._kept[: RENDERED - 1]]
        return message


class EmailChannel:
    """A channel that is an e-mail address; all of them share one connection to the mail server."""

    in_flight = 1

    def __init__(
        self,
        name: str,
        spec: EmailChannelSpec,
        mailer: Mailer,
        sender: str,
        rendering: Rendering,
        unsubscribe: str | None,
    ) -> None:
        self.name = name
        self._spec = spec
        self._mailer = mailer
        self._sender = sender
        self._rendering = rendering
        self._unsubscribe = None
        if unsubscribe is not None:
            self._unsubscribe = f"{unsubscribe}{'&' if '?' in unsubscribe else '?'}channel={quote(name, safe='')}"

    async def send(self, delivery: Delivery) -> Result:
        mail = build_mail(
            self._rendering.message(delivery.content, self._spec.language, self._unsubscribe),
            sender=self._sender,
            recipient=self._spec.email,
            uid=delivery.uid,
            now=datetime.now(UTC),
            operator=self._rendering.operator,
            unsubscribe=self._unsubscribe,
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


class ChatChannel:
    """A channel that is an address of Apprise."""

    in_flight = 1

    def __init__(self, name: str, chatter: Chatter, rendering: Rendering) -> None:
        self.name = name
        self._chatter = chatter
        self._rendering = rendering

    async def send(self, delivery: Delivery) -> Result:
        return await self._chatter.send(self._rendering.message(delivery.content))


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
        declared = all_channels(settings)
        tls = tls_context or (ssl.create_default_context() if declared else None)
        rendering = Rendering(settings.operator)
        mailer: Mailer | None = None
        problems: list[str] = []
        for name, spec in declared.items():
            try:
                if isinstance(spec, WebhookChannelSpec):
                    assert tls is not None
                    keys = _checked(name, spec.secret, signing_keys)
                    poster = Poster(spec.webhook, keys, tls=tls, allow_private=spec.allow_private)
                    channels[name] = WebhookChannel(name, await stack.enter_async_context(poster))
                elif isinstance(spec, ChatChannelSpec):
                    channels[name] = ChatChannel(name, _checked(name, spec.chat, Chatter), rendering)
                elif settings.smtp is not None:
                    if mailer is None:
                        mailer = await stack.enter_async_context(Mailer(settings.smtp, tls_context=tls_context))
                    channels[name] = EmailChannel(
                        name, spec, mailer, settings.smtp.sender, rendering, settings.unsubscribe
                    )
                else:
                    problems.append(f"channels.{name}: mail needs a server; add `smtp:` to schedules.yaml")
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(dict.fromkeys(problems))
        # Names are looked up in the loop's threads. Of those it has a few by itself: two receivers whose name servers are
        # silent would keep them all, and every other channel waiting.
        threads = 8 + LOOKUPS * sum(channel.in_flight for channel in channels.values())
        lookups = ThreadPoolExecutor(threads, thread_name_prefix="podium-lookup")
        asyncio.get_running_loop().set_default_executor(lookups)
        yield channels


async def check_channels(settings: Settings) -> None:
    """Raise `ConfigError` for secrets that are missing or malformed, before there is anything to send."""
    if settings.heartbeat is not None:
        settings.heartbeat.value()
    if settings.channels:
        async with open_channels(settings):
            pass


def _checked(name: str, secret: Secret, read: Callable[[str], T]) -> T:
    try:
        return read(secret.value())
    except ValueError as error:
        at = secret.where or f"channels.{name}"
        raise ConfigError(f"{at}: {error} (from {secret.reference})") from None
