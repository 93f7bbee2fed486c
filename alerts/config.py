"""schedules.yaml: the operator, the channels and when each office is read.

`load_settings()` gives a frozen `Settings` or raises one `ConfigError` that lists everything wrong with the
file. Secrets stay references (`env:NAME`, `file:PATH`) until a channel is opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from alerts.values import (
    ActiveHours,
    Duration,
    active_hours,
    clock_time,
    crontab_trigger,
    mail_address,
    web_address,
)
from alerts.yamlfile import ConfigError, Document, Secret, read_yaml, suggestion
from storage.database import project_folder

SCHEDULES = "schedules.yaml"


class Block(BaseModel):
    """Base of every block of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Smtp(Block):
    """The mail server. `port` is 587 unless `security` is `tls`, then 465 (RFC 8314 §3.3)."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: Annotated[Secret, WithJsonSchema({"type": "string"})] | None = None
    sender: str

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("security") == "tls" and "port" not in values:
            return {**values, "port": 465}
        return values

    @field_validator("sender")
    @classmethod
    def _sender(cls, text: str) -> str:
        return mail_address(text, named=True)

    @model_validator(mode="after")
    def _both(self) -> Smtp:
        if (self.user is None) != (self.password is None):
            raise ValueError("`user` and `password` go together; give both or neither")
        return self


class RhythmBlock(Block):
    """Rhythm of a channel: its time zone, when its digests are due, its quiet hours, and how many single messages it
    takes a day (`singles`; None: any number)."""

    timezone: str = "UTC"
    digest: Annotated[time, BeforeValidator(clock_time), WithJsonSchema({"type": "string"})] = time(8, 0)
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    quiet: Annotated[ActiveHours, BeforeValidator(active_hours), WithJsonSchema({"type": "string"})] | None = None
    singles: Annotated[int, Field(ge=1, le=100_000)] | None = 20

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return time_zone(name)


class EmailChannelSpec(RhythmBlock):
    """A channel that is an e-mail address. `language` is the edition whose link its reader wants first."""

    email: str
    language: str | None = None

    @field_validator("email")
    @classmethod
    def _address(cls, text: str) -> str:
        return mail_address(text)


class ChatChannelSpec(RhythmBlock):
    """A channel that is any address Apprise knows (Slack, Teams, Discord, Telegram, ntfy, …). The address holds tokens, so
    it is a secret: `chat: env:NAME`."""

    chat: Annotated[Secret, WithJsonSchema({"type": "string"})]


class WebhookChannelSpec(RhythmBlock):
    """A channel that is a signed webhook, a machine: without a daily limit. `allow_private` permits hosts of the own
    network and plain http."""

    singles: Annotated[int, Field(ge=1, le=100_000)] | None = None
    webhook: str
    secret: Annotated[Secret, WithJsonSchema({"type": "string"})]
    allow_private: bool = False

    @field_validator("webhook")
    @classmethod
    def _address(cls, text: str) -> str:
        if "#" in web_address(text):
            raise ValueError("a web address for posting has no #fragment; leave it out")
        return text

    @model_validator(mode="after")
    def _encrypted(self) -> WebhookChannelSpec:
        if urlsplit(self.webhook).scheme == "http" and not self.allow_private:
            raise ValueError("`webhook` is plain http; write https://, or `allow_private: true` for a host of your own")
        return self


def _channel_kind(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else vars(value) if isinstance(value, Block) else {}
    kinds = [kind for kind in ("email", "webhook", "chat") if kind in keys]
    # Tags hold a space so that no tag can be taken for a key of the file.
    return f"{kinds[0]} channel" if len(kinds) == 1 else None


ChannelSpec = Annotated[
    Annotated[EmailChannelSpec, Tag("email channel")]
    | Annotated[WebhookChannelSpec, Tag("webhook channel")]
    | Annotated[ChatChannelSpec, Tag("chat channel")],
    Discriminator(
        _channel_kind,
        custom_error_type="channel_kind",
        custom_error_message="is no channel; write `email: name@example.org`, `webhook: https://…` or `chat: env:NAME`",
    ),
]


def time_zone(name: str) -> str:
    """A checked IANA time zone."""
    if name not in available_timezones():
        raise ValueError(f"unknown time zone {name!r}{suggestion(name, available_timezones())[:80]}")
    return name


class Sweep(Block):
    """The slower, deeper look for late and back-dated entries."""

    every: Duration = timedelta(days=7)
    listings: int = Field(default=20, ge=1, le=100_000)


class Recheck(Block):
    """How long known releases are asked for again, and how often."""

    span: Duration = Field(default=timedelta(days=14), alias="for")
    every: Duration = timedelta(hours=6)


def _off(value: Any) -> Any:
    return None if value is False or value == "off" else value


Reach = Literal["direct", "browser"]
"""How a site is reached: directly, or through a browser that runs its scripts."""


class OfficeSchedule(Block):
    """When and how far one office is read. Exactly one of `every` and `cron`; None for lists means all."""

    every: Duration | None = None
    cron: str | None = None
    active: Annotated[ActiveHours, BeforeValidator(active_hours), WithJsonSchema({"type": "string"})] | None = None
    timezone: str | None = None
    sections: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    listings: int = Field(default=3, ge=1, le=100_000)
    sweep: Annotated[Sweep | None, BeforeValidator(_off)] = Sweep()
    recheck: Annotated[Recheck | None, BeforeValidator(_off)] = Recheck()
    delay: float | None = Field(default=None, ge=1, le=3600, allow_inf_nan=False)
    base_url: str | None = None
    reach: Reach | None = None
    """None: as the office needs it."""

    @field_validator("cron")
    @classmethod
    def _cron(cls, text: str | None) -> str | None:
        if text is not None:
            crontab_trigger(text)
        return text

    @field_validator("every")
    @classmethod
    def _not_hasty(cls, every: timedelta | None) -> timedelta | None:
        if every is not None and every < timedelta(seconds=1):
            raise ValueError("is too short; write at least 1s")
        return every

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, name: str | None) -> str | None:
        return None if name is None else time_zone(name)

    @field_validator("sections", "languages")
    @classmethod
    def _not_empty(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if names is not None and not names:
            raise ValueError("is an empty list; name at least one, or leave the key out for all")
        return names

    @field_validator("base_url")
    @classmethod
    def _mirror(cls, text: str | None) -> str | None:
        if text is None:
            return None
        parts = urlsplit(web_address(text))
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("a mirror is scheme and host only; write http://127.0.0.1:8000")
        return text.rstrip("/")

    @model_validator(mode="after")
    def _one_rhythm(self) -> OfficeSchedule:
        if self.every is None and self.cron is None:
            raise ValueError("says not when to read; write `every: 10m` or `cron: 0 8 * * mon-fri`")
        if self.every is not None and self.cron is not None:
            raise ValueError("has both `every` and `cron`; keep one of them")
        return self


class Settings(Block):
    """schedules.yaml, checked. `operator` is the address told about incidents; `podium watch` demands it.

    `tell_operator` names further channels for incidents: of trouble with the mail server the operator cannot hear by mail.
    `unsubscribe` is a public address where a reader can stop mail with one click (RFC 8058). `heartbeat` is a secret address
    that is called after every healthy cycle, so that a monitor of monitors notices when podium itself is silent.
    """

    operator: str | None = None
    tell_operator: tuple[str, ...] = ()
    unsubscribe: str | None = None
    heartbeat: Annotated[Secret, WithJsonSchema({"type": "string"})] | None = None
    smtp: Smtp | None = None
    channels: dict[str, ChannelSpec] = {}
    offices: dict[str, OfficeSchedule] = {}

    @field_validator("operator")
    @classmethod
    def _operator(cls, text: str | None) -> str | None:
        return None if text is None else mail_address(text)

    @field_validator("unsubscribe")
    @classmethod
    def _unsubscribe(cls, text: str | None) -> str | None:
        if text is not None and urlsplit(web_address(text)).scheme != "https":
            raise ValueError("one-click unsubscribing needs an https:// address (RFC 8058)")
        return text


OPERATOR = "operator"
"""The channel that every deployment with `operator:` and `smtp:` has without declaring it; incidents go there."""


def all_channels(settings: Settings) -> dict[str, ChannelSpec]:
    """The declared channels, and the operator's own."""
    channels = dict(settings.channels)
    if settings.operator is not None and settings.smtp is not None and OPERATOR not in channels:
        channels[OPERATOR] = EmailChannelSpec(email=settings.operator, singles=None)
    return channels


def told_of(settings: Settings, broken: str = "") -> tuple[str, ...]:
    """The channels on which the operator hears of an incident; with `broken`, of one of that channel.

    Trouble with mail is not told by mail: then it is `tell_operator`, else the first channel that is no mail.
    """
    channels = all_channels(settings)
    by_mail = broken in channels and isinstance(channels[broken], EmailChannelSpec)
    told = [name for name in (OPERATOR, *settings.tell_operator) if name in channels and name != broken]
    if by_mail:
        others = [name for name in told if not isinstance(channels[name], EmailChannelSpec)]
        others = others or [name for name, spec in channels.items() if not isinstance(spec, EmailChannelSpec)][:1]
        # Another address may work although this one does not: it is asked as well.
        told = [*told, *(name for name in others if name not in told)]
    elif not told:
        told = [name for name in channels if name != broken][:1]
    return tuple(told)


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """What the configuration has to know of an office to be checked against it."""

    sections: tuple[str, ...]
    languages: tuple[str, ...]
    timezone: str


def folder() -> Path:
    """The folder of the YAML files: `$PODIUM_CONFIG`, else the project's, else the working directory.

    The project's folder is `storage.database.project_folder`.
    """
    named = os.environ.get("PODIUM_CONFIG", "").strip()
    if named:
        path = Path(named).expanduser()
        if not path.is_dir():
            raise ConfigError(f"PODIUM_CONFIG is {named}, which is no folder; set it to the one that holds {SCHEDULES}")
        return path
    return project_folder()


def load_settings(where: Path | None = None, known: Mapping[str, OfficeFacts] | None = None) -> Settings:
    """Read and check schedules.yaml in the folder `where` (default: `folder()`).

    With `known` the names of offices, sections and languages are checked too. Raises `ConfigError` listing
    every problem with its line.
    """
    document = read_yaml((folder() if where is None else where) / SCHEDULES)
    settings = document.validate(Settings)
    problems = [*_mail_problems(document, settings), *_operator_problems(document, settings)]
    if known is not None:
        problems += _name_problems(document, settings, known)
    if problems:
        raise ConfigError(problems)
    return settings


def demand_operator(settings: Settings, where: Path) -> str:
    """The operator's address, for programs that must be able to report. Else `ConfigError`."""
    file = where / SCHEDULES
    if settings.operator is None:
        raise ConfigError(f"{file}: nobody would hear of trouble; add `operator: you@example.org`")
    if settings.smtp is None:
        raise ConfigError(f"{file}: the operator cannot be written to; add `smtp:` with host and sender")
    return settings.operator


def _mail_problems(document: Document, settings: Settings) -> Iterable[str]:
    for name, channel in settings.channels.items():
        if isinstance(channel, EmailChannelSpec) and settings.smtp is None:
            yield document.problem(("channels", name), "mail needs a server; add `smtp:` with host and sender")


def _operator_problems(document: Document, settings: Settings) -> Iterable[str]:
    for position, name in enumerate(settings.tell_operator):
        if name not in settings.channels:
            yield document.problem(
                ("tell_operator", position), f"unknown channel {name!r}{suggestion(name, settings.channels)}"
            )


def _name_problems(document: Document, settings: Settings, known: Mapping[str, OfficeFacts]) -> Iterable[str]:
    for office, schedule in settings.offices.items():
        facts = known.get(office)
        if facts is None:
            yield document.problem(("offices", office), "unknown office" + suggestion(office, known))
            continue
        for key, names, possible in (
            ("sections", schedule.sections, facts.sections),
            ("languages", schedule.languages, facts.languages),
        ):
            for position, name in enumerate(names or ()):
                if name not in possible:
                    what = f"{office} has no {key[:-1]} {name!r}{suggestion(name, possible)}"
                    yield document.problem(("offices", office, key, position), what)
