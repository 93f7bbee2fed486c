"""What one crawl is asked to do, as given by `-a NAME=VALUE` or by an office's block in schedules.yaml."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from alerts.config import OfficeSchedule, Reach
from alerts.values import parse_duration
from crawler.office import Office
from storage.rechecks import Pace

DEFAULT_LISTINGS = 3
RECHECKS_AT_ONCE = 60
"""So many known releases a poll of the daemon asks for again at most: five minutes at the usual pace, so that what is new
does not wait for what is known."""


class UsageProblem(Exception):
    """A crawl was asked for something that cannot be; `str()` says what, and what to write instead."""


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """`listings` is how many listings of a list are asked for at most (None: all). `since` leaves out what its row dates
    earlier. `recheck` asks again for releases published so recently. `base_url` is a mirror (scheme and host) or ''.

    `walk` names a deep walk ('all', 'sweep 20', 'since 2024-01-01'; '' = none): its listings are asked for whether or
    not they hold unknown rows, in slices, and the next crawl of the same name goes on where the last one stopped."""

    sections: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    listings: int | None = DEFAULT_LISTINGS
    walk: str = ""
    since: date | None = None
    recheck: timedelta | None = None
    base_url: str = ""
    releases: int | None = None
    """At most so many releases are asked for (None: all)."""
    reach: Reach = "direct"
    recheck_every: timedelta | None = None
    """Only known releases that are due by this rhythm are asked for again, some at a time (None: all of them now)."""

    def pace(self, office: Office) -> Pace | None:
        """How known releases are asked for again; None where they are not."""
        if self.recheck is None:
            return None
        limit = None if self.recheck_every is None else RECHECKS_AT_ONCE
        return Pace(self.recheck, self.recheck_every, office.whole, limit)

    @classmethod
    def parse(
        cls, office: Office, arguments: Mapping[str, str], schedule: OfficeSchedule | None = None
    ) -> CrawlOptions:
        """Read spider arguments; what they leave open comes from the office's block, then from the defaults.

        Raises `UsageProblem` for unknown names and values.
        """
        known = ("base_url", "languages", "sections", "listings", "since", "recheck", "sweep", "reach")
        for name, value in arguments.items():
            if name not in known:
                raise UsageProblem(f"unknown argument -a {name}=…{_near(name, known)}; known are: {', '.join(known)}.")
            if not value.strip():
                raise UsageProblem(f"-a {name}= says nothing: write a value behind it, or leave it out.")
        if "listings" in arguments and "sweep" in arguments:
            raise UsageProblem("-a listings and -a sweep exclude each other: a sweep says itself how many listings.")
        sections, languages = _names(arguments.get("sections")), _names(arguments.get("languages"))
        _check("section", sections, office.sections, office)
        _check("language", languages, office.languages, office)
        listings = _listings(arguments.get("listings"), schedule)
        walk = "all" if arguments.get("listings") == "all" else ""
        if "sweep" in arguments:
            listings = _number("sweep", arguments["sweep"])
            walk = sweep(listings)
        since = _date(arguments.get("since"))
        if since is not None and "listings" not in arguments and "sweep" not in arguments:
            listings = None
        if since is not None:
            walk = " ".join(filter(None, (walk, f"since {since}")))
        recheck = None
        if "recheck" in arguments:
            try:
                recheck = parse_duration(arguments["recheck"])
            except ValueError as error:
                raise UsageProblem(f"-a recheck={arguments['recheck']}: {error}; write for example 30d.") from None
        base_url = arguments.get("base_url") or (schedule.base_url if schedule else None) or ""
        return cls(
            sections=sections or (schedule.sections if schedule else None),
            languages=languages or (schedule.languages if schedule else None),
            listings=listings,
            walk=walk,
            since=since,
            recheck=recheck,
            base_url=_base_url(base_url),
            reach=_reach(arguments.get("reach"), schedule, office),
        )


def _reach(text: str | None, schedule: OfficeSchedule | None, office: Office) -> Reach:
    """What was asked for, else what the operator chose, else what the office needs."""
    if text is None:
        return (schedule.reach if schedule else None) or office.reach
    if text == "direct":
        return "direct"
    if text == "browser":
        return "browser"
    raise UsageProblem(f"-a reach={text} is no way to a site: write reach=direct or reach=browser.")


def sweep(listings: int) -> str:
    """The name of the deep walk that a sweep of so many listings is."""
    return f"sweep {listings}"


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {near[0]}?" if near else ""


def _names(text: str | None) -> tuple[str, ...] | None:
    names = dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip())
    return tuple(names) or None


def _check(what: str, names: tuple[str, ...] | None, known: Collection[str], office: Office) -> None:
    for name in names or ():
        if name not in known:
            raise UsageProblem(f"{office.name} has no {what} {name!r}{_near(name, known)}; it has: {', '.join(known)}.")


def _listings(text: str | None, schedule: OfficeSchedule | None) -> int | None:
    if text is None:
        return schedule.listings if schedule else DEFAULT_LISTINGS
    return None if text == "all" else _number("listings", text)


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageProblem(f"-a {name}={text} is no number of listings: write for example {name}=5, or listings=all.")
    return int(text)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(f"-a since={text} is no date: write it as since=2024-01-31.") from None


def _base_url(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # no such port, an unclosed bracket
        port, parts = 0, urlsplit("")
    whole = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not whole:
        raise UsageProblem(f"-a base_url={text} is no site: write scheme and host, such as http://127.0.0.1:8000.")
    return f"{parts.scheme}://{parts.netloc}"
