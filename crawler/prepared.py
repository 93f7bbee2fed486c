"""What can be worked out of a release's page without the archive: the release, its words, the topics that it meets.

Pure, and the dearer half of what a page costs: `crawler.apart` does it in a process of its own when pages come fast.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import ParamSpec, TypeVar

from alerts.matching import Matcher, Told
from crawler.facts import Oddity, oddities
from crawler.office import Office
from crawler.reading import Unreadable, read_release
from language.words import Terms, Words
from storage.model import Packed, Page, Release
from storage.pages import pack

log = logging.getLogger("podium.crawl")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A release ready to be stored: what was read, what the word index holds of it, the topics that it meets; and its page
    as the archive keeps it and what is odd about it as a new one, where these were worked out too."""

    release: Release
    terms: Terms
    matches: Told
    packed: Packed | None = None
    odd: tuple[Oddity, ...] | None = None


def read(reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a pure reader. A page that it was not made for and stumbles over is not readable, and no more: it must not
    end the crawl of everything else."""
    try:
        return reader(*args, **kwargs)
    except Unreadable:
        raise
    except Exception as fault:
        log.exception("the reader stumbled")
        raise Unreadable("foreign", f"the reader stumbled over it ({type(fault).__name__}: {fault})") from fault


def analyse(release: Release, matcher: Matcher) -> Prepared:
    """The words of a release, and the topics that they meet."""
    words = Words.of(release.title, release.body, release.text_language, release.office, release.section)
    return Prepared(release, words.for_index(), matcher.told(words))


def prepare(
    page: Page, office: Office, matcher: Matcher, *, section: str, language: str, listed_on: date | None
) -> Prepared:
    """Read a page as `read_release` does, analyse what it says, and pack it. Raises `Unreadable`."""
    release = read(read_release, page, office, section=section, language=language, listed_on=listed_on)
    odd = oddities(release, office.languages, page.fetched_at.astimezone(office.zone).date())
    return replace(analyse(release, matcher), packed=pack(page.body), odd=odd)
