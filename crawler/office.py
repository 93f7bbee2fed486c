"""What an office declares: its addresses, its selectors, and what is usual of it. Pure: no network, clock or database.

An office is a subclass of `Office` of a few lines in `crawler/offices/`; its class docstring is its title. Declaring is
checking: a selector or pattern that cannot be compiled, or a field left out, fails at import with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from crawler.selectors import Selectors, compile_selectors
from storage.frontier import OfficeRecord
from storage.model import ListSpec


@dataclass(frozen=True, slots=True)
class Expect:
    """What is usual of an office: rows on a listing (least, most), the least length of a body that is not `thin`, and
    after how many days without anything new it is `quiet`."""

    rows: tuple[int, int] = (1, 200)
    body_characters: int = 150
    quiet_days: int = 14


@dataclass(frozen=True, slots=True)
class Address:
    """One shape of release addresses.

    `pattern` matches the whole path without its last slash; its groups may be `language`, `section`, `date`
    (YYYY/MM/DD) and any others. `key` and `story` are templates over the groups: the key is the identity within office
    and language, the story joins languages ('' = the release is its own story).
    """

    pattern: str
    key: str
    story: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """What an address says of a release. `url` is the live, canonical address."""

    url: str
    key: str
    story_key: str
    language: str | None
    section: str | None
    published_on: date | None


class Office:
    """A press office. Subclass it and declare; the attributes without a value here are mandatory."""

    name: ClassVar[str]
    country: ClassVar[str]
    timezone: ClassVar[str]
    languages: ClassVar[tuple[str, ...]]
    sections: ClassVar[tuple[str, ...]]
    listing: ClassVar[str]
    """Live address of a section's first listing, with `{language}` and `{section}`."""
    next_listing: ClassVar[str]
    """What is put behind the first listing's address for listing `{n}`."""
    releases: ClassVar[tuple[Address, ...]]
    hosts: ClassVar[tuple[str, ...]] = ()
    """Further hosts of the office; the listing's own host counts, with and without `www.`."""
    title: ClassVar[str | tuple[str, ...]]
    body: ClassVar[str | tuple[str, ...]]
    date: ClassVar[str | tuple[str, ...]] = ()
    time: ClassVar[str | tuple[str, ...]] = ()
    drop: ClassVar[str | tuple[str, ...]] = ()
    """Elements that are no part of a text (galleries, share links, reading aids)."""
    furniture: ClassVar[tuple[str, ...]] = ()
    """Patterns of whole lines that are no part of a text ("more 25 photos")."""
    headless: ClassVar[tuple[str, ...]] = ()
    """Sections whose heading is the section's name on every page: the title is the text's own first paragraph."""
    expect: ClassVar[Expect] = Expect()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" not in vars(cls):
            return  # a platform base, not an office
        missing = [
            field
            for field in (
                "country", "timezone", "languages", "sections", "listing", "next_listing", "releases", "title", "body",
            )
            if not hasattr(cls, field)
        ]  # fmt: skip
        if missing or not cls.__doc__:
            raise TypeError(f"office {cls.name} does not declare: {', '.join(missing or ['a docstring, its title'])}")
        ZoneInfo(cls.timezone)

    def __init__(self) -> None:
        parts = urlsplit(self.listing)
        self.scheme, self.host = parts.scheme, parts.netloc
        self.full_title = (self.__doc__ or self.name).strip().splitlines()[0].rstrip(".")
        bare = {host.removeprefix("www.") for host in (self.host, *self.hosts)}
        self.all_hosts = frozenset(bare | {f"www.{host}" for host in bare})
        self._patterns = tuple((re.compile(address.pattern), address) for address in self.releases)
        self._last_slash = "/" if self.listing.endswith("/") else ""
        self.furniture_pattern = re.compile("|".join(self.furniture)) if self.furniture else None
        self.selectors: Selectors = compile_selectors(
            title=self.title, body=self.body, date=self.date, time=self.time, drop=self.drop
        )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def facts(self) -> OfficeRecord:
        home = f"{self.scheme}://{self.host}/"
        return OfficeRecord(self.name, self.full_title, self.country, self.timezone, home)

    def lists(self, sections: Sequence[str] | None = None, languages: Sequence[str] | None = None) -> list[ListSpec]:
        """Every section in every edition, or those named."""
        return [
            ListSpec(self.name, section, language, self.listing.format(language=language, section=section))
            for section in (self.sections if sections is None else sections)
            for language in (self.languages if languages is None else languages)
        ]

    def listing_url(self, spec: ListSpec, number: int) -> str:
        """The live address of listing `number` (from 1) of a list."""
        if number == 1:
            return spec.url
        return f"{spec.url.rstrip('/')}/{self.next_listing.format(n=number).lstrip('/')}"

    def locate(self, url: str) -> Located | None:
        """What a live address says, or None when it is no release of this office.

        Scheme, `www.`, last slash, query and fragment do not count.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in self.all_hosts:
            return None
        path = unquote(parts.path).rstrip("/")
        for pattern, address in self._patterns:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            groups = {name: value for name, value in match.groupdict().items() if value is not None}
            published_on = None
            if "date" in groups:
                try:
                    published_on = date(*(int(part) for part in re.split(r"\D+", groups["date"])))
                except ValueError:
                    return None  # no such day: not an address that the site would make
            key = address.key.format(**groups)
            language = groups.get("language")
            story = address.story.format(**groups) if address.story else f"{language or self.languages[0]}:{key}"
            quoted = parts.path.rstrip("/") + self._last_slash
            return Located(
                url=f"{self.scheme}://{self.host}{quoted}",
                key=key,
                story_key=story,
                language=language,
                section=groups.get("section"),
                published_on=published_on,
            )
        return None
