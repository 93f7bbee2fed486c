"""What an office declares: its addresses, its selectors, and what is usual of it. Pure: no network, clock or database.

An office is a subclass of `Office` of a few lines in `crawler/offices/`; its class docstring is its title. Declaring is
checking: a selector or pattern that cannot be compiled, or a field left out, fails at import with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from alerts.config import Reach
from crawler.listings import Form, Json, Listing, ListingRequest, is_query_pager, numbered_url, numbers, post_request
from crawler.selectors import Expression, Selectors, compile_all, compile_selectors
from language.dates import DateError, read_date, read_instant
from storage.frontier import OfficeRecord
from storage.model import ListSpec, Page

Day = date
"""A date; inside an office `date` is the selector."""


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
    and language, the story joins languages ('' = the release is its own story). What no group of the key holds is
    decoration: a slug beside a number. `language` and `section` are those of a shape that does not spell them out, and
    `parameter` names the one query parameter that counts, matched as "/path?name=value".
    """

    pattern: str
    key: str
    story: str = ""
    language: str | None = None
    section: str | None = None
    parameter: str = ""


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
    also_written_in: ClassVar[tuple[str, ...]] = ()
    """Languages of texts beside those of the editions (Irish speeches in the English one)."""
    sections: ClassVar[tuple[str, ...]]
    listing: ClassVar[str | Mapping[str, str]]
    """Live address of a section's first listing, with `{language}` and `{section}`; several by language or section."""
    next_listing: ClassVar[str] = ""
    """How listing `{n}` is reached (see `numbers`): "page/{n}/" goes behind the address, "?page={n}" into its query.
    '' = the site gives one listing, or `next_link`."""
    step: ClassVar[int] = 0
    """Rows of a listing, for `{offset}`."""
    next_link: ClassVar[str | tuple[str, ...]] = ()
    """Selector of the link to the next listing, for pagers that can only be followed."""
    post: ClassVar[Form | Json | None] = None
    """The body of a POST for listing `{n}`."""
    fallback: ClassVar[str] = ""
    """Address of an HTML list that is read when `listing` is refused, with `{language}` and `{section}`."""
    listing_headers: ClassVar[Mapping[str, str]] = {}
    """Further headers that a POST for a listing must carry."""
    row: ClassVar[str | tuple[str, ...]] = ()
    """The element around one row of a listing, for `row_date`."""
    row_title: ClassVar[str | tuple[str, ...]] = ()
    """The title within a row's link, where the link holds more than it."""
    row_date: ClassVar[str | tuple[str, ...]] = ()
    releases: ClassVar[tuple[Address, ...]]
    hosts: ClassVar[tuple[str, ...]] = ()
    """Further hosts of the office; the listing's own host counts, with and without `www.`."""
    last_slash: ClassVar[bool | None] = None
    """Addresses of releases end with a slash; None: as the listing's does."""
    title: ClassVar[str | tuple[str, ...]]
    body: ClassVar[str | tuple[str, ...]]
    date: ClassVar[str | tuple[str, ...]] = ()
    time: ClassVar[str | tuple[str, ...]] = ()
    date_within: ClassVar[str] = r"(?P<date>.*)"
    """Pattern of the whole text that `date` and `row_date` find; its group `date` is the date."""
    date_languages: ClassVar[tuple[str, ...]] = ()
    """Languages of month names that the site writes in whatever the edition is; tried after the edition's own."""
    day_first: ClassVar[bool] = True
    drop: ClassVar[str | tuple[str, ...]] = ()
    """Elements that are no part of a text (galleries, share links, reading aids)."""
    furniture: ClassVar[tuple[str, ...]] = ()
    """Patterns of whole lines that are no part of a text ("more 25 photos")."""
    headless: ClassVar[tuple[str, ...]] = ()
    """Sections whose heading is the section's name on every page: the title is the text's own heading, else its first
    paragraph, and the date the one line of the text that is nothing but a date."""
    whole: ClassVar[bool] = False
    """Listings carry the texts themselves: each poll compares them, and no release is asked for by itself."""
    access: ClassVar[str] = "HTML lists"
    """How the site is read, in two or three words for people."""
    reach: ClassVar[Reach] = "direct"
    """'browser': the site shows its text to JavaScript only. An office's block in schedules.yaml may say otherwise."""
    verified: ClassVar[str] = ""
    """The day (YYYY-MM-DD) on which the office was last seen to work on the live site; '' = not yet."""
    expect: ClassVar[Expect] = Expect()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" not in vars(cls):
            return  # a platform base, not an office
        missing = [
            field
            for field in (
                "country", "timezone", "languages", "sections", "listing", "releases", "title", "body",
            )
            if not hasattr(cls, field)
        ]  # fmt: skip
        if missing or not cls.__doc__:
            raise TypeError(f"office {cls.name} does not declare: {', '.join(missing or ['a docstring, its title'])}")
        ZoneInfo(cls.timezone)

    def __init__(self) -> None:
        listings = [self.listing] if isinstance(self.listing, str) else list(self.listing.values())
        parts = urlsplit(listings[0])
        self.scheme, self.host = parts.scheme, parts.netloc
        self.text_languages = (*self.languages, *self.also_written_in)
        self.full_title = (self.__doc__ or self.name).strip().splitlines()[0].rstrip(".")
        hosts = (*(urlsplit(address).netloc for address in listings), *self.hosts)
        bare = {host.removeprefix("www.") for host in hosts}
        self.all_hosts = frozenset(bare | {f"www.{host}" for host in bare})
        self._patterns = tuple((re.compile(address.pattern), address) for address in self.releases)
        slash = listings[0].endswith("/") if self.last_slash is None else self.last_slash
        self._last_slash = "/" if slash else ""
        self.furniture_pattern = re.compile("|".join(self.furniture)) if self.furniture else None
        self.selectors: Selectors = compile_selectors(
            title=self.title, body=self.body, date=self.date, time=self.time, drop=self.drop
        )
        self.next_links: tuple[Expression, ...] = compile_all(self.next_link)
        self.rows: tuple[Expression, ...] = compile_all(self.row)
        self.row_titles: tuple[Expression, ...] = compile_all(self.row_title)
        self.row_dates: tuple[Expression, ...] = compile_all(self.row_date)
        self._date_within = re.compile(self.date_within, re.S)

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
            ListSpec(self.name, section, language, self._fill(self.listing, section, language))
            for section in (self.sections if sections is None else sections)
            for language in (self.languages if languages is None else languages)
        ]

    def _fill(self, template: str | Mapping[str, str], section: str, language: str) -> str:
        text = template if isinstance(template, str) else template.get(language) or template[section]
        return text.format(language=language, section=section)

    @property
    def numbered(self) -> bool:
        """Any listing can be asked for by its number; otherwise each is reached from the one before."""
        return bool(self.next_listing) or self.post is not None

    @property
    def may_repeat(self) -> bool:
        """Listing 2 may be listing 1 again without being the end (page 0 and page 1 are the same)."""
        return is_query_pager(self.next_listing)

    def listing_request(
        self, spec: ListSpec, number: int, before: Listing | None = None, queue: tuple[str, ...] = ()
    ) -> ListingRequest | None:
        """How listing `number` (from 1) of a list is asked for; None when there is none behind `before`.

        `before` and `queue` are what the listing before held and what its request still owed.
        """
        following = (*(before.following if before is not None else ()), *queue)
        if following:
            return ListingRequest(following[0], queue=following[1:])
        values = numbers(number, self.step)
        if self.post is not None:
            return post_request(spec.url, self.post, values, self.listing_headers)
        if number == 1:
            return ListingRequest(spec.url)
        if not self.next_listing:
            return None
        return ListingRequest(numbered_url(spec.url, self.next_listing, values))

    def fallback_request(self, spec: ListSpec) -> ListingRequest | None:
        """What to ask for when the first listing is refused; None where there is nothing else."""
        return ListingRequest(self._fill(self.fallback, spec.section, spec.language)) if self.fallback else None

    def unfold(self, page: Page, spec: ListSpec) -> Listing | None:
        """The listing on a page that is no HTML list (a platform's business); None: read it as HTML."""
        return None

    def find_date(self, text: str, language: str) -> tuple[Day, datetime | None]:
        """The date that a text found by `date` or `row_date` states, and the instant where it states one with its zone.

        The date is the office's local one. Raises `DateError` for a text that is none in a known format.
        """
        match = self._date_within.fullmatch(text)
        if match is None:
            raise DateError(f"“{text[:80]}” is not the date line that {self.name} is known for")
        stated = match["date"]
        instant = read_instant(stated)
        if instant is not None:
            return instant.astimezone(self.zone).date(), instant.astimezone(UTC)
        problem: DateError | None = None
        for candidate in (language, *self.date_languages):
            try:
                return read_date(stated, candidate, self.day_first), None
            except DateError as error:
                problem = problem or error
        assert problem is not None
        raise problem

    def locate(self, url: str) -> Located | None:
        """What a live address says, or None when it is no release of this office.

        Scheme, `www.`, last slash, query and fragment do not count.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in self.all_hosts:
            return None
        path = unquote(parts.path).rstrip("/")
        for pattern, address in self._patterns:
            query = ""
            if address.parameter:
                values = parse_qs(parts.query).get(address.parameter)
                if not values:
                    continue
                query = f"?{urlencode({address.parameter: values[0]})}"
            match = pattern.fullmatch(path + unquote(query))
            if match is None:
                continue
            groups = {name: value for name, value in match.groupdict().items() if value is not None}
            published_on = None
            if "date" in groups:
                try:
                    published_on = date(*(int(part) for part in re.split(r"\D+", groups["date"])))
                except ValueError:
                    return None  # no such day: not an address that the site would make
            language = groups.setdefault("language", address.language or "") or None
            section = groups.setdefault("section", address.section or "") or None
            key = address.key.format(**groups)
            story = address.story.format(**groups) if address.story else f"{language or self.languages[0]}:{key}"
            quoted = parts.path.rstrip("/") + (query or self._last_slash)
            return Located(
                url=f"{self.scheme}://{self.host}{quoted}",
                key=key,
                story_key=story,
                language=language,
                section=section,
                published_on=published_on,
            )
        return None
