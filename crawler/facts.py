"""What a run saw: the facts that its verdict is judged from. Pure; kept with the run as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any, Literal

from language.detect import script_of
from language.scripts import scripts_of
from storage.model import Release, Row

Answer = Literal["rows", "empty", "not_modified", "end", "wall", "failed", "foreign", "absent"]
Reading = Literal["read", "unchanged", "foreign", "wall", "failed", "gone", "absent"]
"""`gone`: a listed release answered 404 or 410; `absent`: one that was asked for again did, known or not."""
Oddity = Literal["no date", "dates disagree", "date in the future", "wrong script", "broken letters"]
"""What makes a release that could be read doubtful. Each of them happens to single releases; many at once are the site's."""

FUTURE_DAYS = 1
"""A date so many days ahead is still today somewhere."""
BROKEN_SHARE = 0.002
"""From this share of a text on, letters that stand for lost or misread bytes are no slip in a word or two."""
LOOKED_AT = 2_000
"""Characters of a text that are looked through for lost letters: a charset is wrong everywhere."""
_TAIL = (
    "\u0080-\u009f\u00a1-\u00aa\u00ac-\u00af\u00b1-\u00ba\u00bc-\u00bf"
    "\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u20ac"
)
_MISREAD = re.compile(f"[\u00c2-\u00df][{_TAIL}]|[\u00e0-\u00ef][{_TAIL}\u2013-\u2039\u00a0\u00ab\u00bb]{{2}}")
"""Two or three bytes of UTF-8 read as Latin-1 or Windows-1252: a letter with an accent, and signs that no word has behind one
(dashes, quotation marks and spaces do stand behind letters, so they count in threes only)."""
_ACCENTED = re.compile("[\u00c2-\u00f4]")
ACCENTED_SHARE = 0.25
"""No language writes every fourth sign with an accent of Latin-1; Vietnamese, which has most, keeps below a fifth."""
KEPT_LISTINGS = 200
"""So many listings of a run are kept one by one."""


@dataclass(frozen=True, slots=True)
class ListingFact:
    """One listing that was asked for: what it answered ('end': past the last one; 'absent': 404 or 410 for a list that has
    never been there), how many rows it had, how many of them were known, and known since a healthy run (`trusted`); how
    many state a date, how many of these lie in the future; the oldest and newest; the size of the page. `texts` is how many
    rows carried their text, where listings are known to (else None)."""

    section: str
    language: str
    number: int
    answer: Answer
    rows: int = 0
    known: int = 0
    trusted: int = 0
    dated: int = 0
    future: int = 0
    oldest: date | None = None
    newest: date | None = None
    size: int = 0
    texts: int | None = None
    detail: str = ""

    @property
    def list(self) -> tuple[str, str]:
        return self.section, self.language


@dataclass(frozen=True, slots=True)
class ReleaseFact:
    """One release that was read: its list, the length of its text, its date, and what was odd. `new`: it was not known;
    `same`: the archive holds the very text, which proves that it can be read; `before`: the length of the text that it
    holds instead (None: none)."""

    list_id: int
    section: str
    language: str
    url: str
    new: bool
    same: bool
    characters: int
    published_on: date | None
    oddities: tuple[Oddity, ...] = ()
    before: int | None = None

    @property
    def list(self) -> tuple[str, str]:
        return self.section, self.language


@dataclass(slots=True)
class Facts:
    """What a run saw. Grows while it goes on."""

    listings: list[ListingFact] = field(default_factory=list)
    releases: list[ReleaseFact] = field(default_factory=list)
    readings: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    """Landmark ("heading", "container") → on how many answered releases it was not found."""
    lost: int = 0
    """How many of the `foreign` ones could be read before, or could not for the second time."""
    troubles: list[str] = field(default_factory=list)
    """The first few things that went wrong, as sentences."""
    requests: int = 0
    received_bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    """Why the run stopped before its work was done ('' = it was done)."""
    gave_up: bool = False
    """It stopped because the site gave no answers, or asked for patience."""

    def trouble(self, sentence: str, most: int = 20) -> None:
        if len(self.troubles) < most:
            self.troubles.append(sentence)

    def saw_release(
        self,
        release: Release,
        list_id: int,
        odd: tuple[Oddity, ...],
        *,
        new: bool = False,
        same: bool = False,
        before: int | None = None,
    ) -> None:
        """Note a release that was read, and what is odd about it."""
        length, day = len(release.body), release.published_on
        self.releases.append(
            ReleaseFact(list_id, release.section, release.language, release.url, new, same, length, day, odd, before)
        )

    def to_json(self) -> dict[str, Any]:
        listings = [_plain(asdict(fact)) for fact in self.listings if fact.answer != "not_modified"]
        lengths: dict[str, list[int]] = {}
        for fact in self.releases:
            lengths.setdefault("/".join(fact.list), []).append(fact.characters)
        dates = [fact.published_on for fact in self.releases if fact.published_on is not None]
        odd = Counter(oddity for fact in self.releases for oddity in fact.oddities)
        read, answered = len(self.releases), len(self.releases) + self.readings["foreign"]
        return {
            "listings": listings[:KEPT_LISTINGS],
            "not_modified": len(self.listings) - len(listings),
            "readings": dict(self.readings),
            # How many of the releases that answered have each field.
            "fields": {
                "heading": [answered - self.missing["heading"], answered],
                "container": [answered - self.missing["container"], answered],
                "text": [sum(1 for fact in self.releases if fact.characters), read],
                "date": [len(dates), read],
            },
            "characters": {name: {"n": len(found), "median": median(found)} for name, found in lengths.items()},
            "newest": max(dates).isoformat() if dates else None,
            "oddities": dict(odd),
            "troubles": self.troubles,
            "requests": self.requests,
            "received_bytes": self.received_bytes,
            "statuses": dict(self.statuses),
            "stopped": self.stopped,
            "gave_up": self.gave_up,
        }


def listing_fact(
    section: str, language: str, number: int, rows: Sequence[Row], *, known: int, trusted: int, today: date, size: int,
    texts: int | None = None,
) -> ListingFact:
    """The fact of a listing that has rows."""  # fmt: skip
    dates = [row.published_on for row in rows if row.published_on is not None]
    latest = today + timedelta(days=FUTURE_DAYS)
    return ListingFact(
        section, language, number, "rows", len(rows), known, trusted, len(dates), sum(day > latest for day in dates),
        min(dates, default=None), max(dates, default=None), size, texts,
    )  # fmt: skip


def oddities(
    release: Release, languages: Sequence[str], today: date, *, new: bool = True, proved: bool = False
) -> tuple[Oddity, ...]:
    """What is doubtful of a release that was read on `today` (a local date) from an office of these languages. Of one that is
    not `new` its list may have stated the date; `proved`: its text is known to be sound, only its dates are looked at."""
    found: list[Oddity] = []
    not_understood = any(remark.startswith("date on the page not understood") for remark in release.remarks)
    if release.published_on is None and (new or not_understood):
        found.append("no date")
    if any(remark.startswith("date in the ") for remark in release.remarks):
        found.append("dates disagree")
    if release.published_on is not None and release.published_on > today + timedelta(days=FUTURE_DAYS):
        found.append("date in the future")
    if proved:
        return tuple(found)
    text = f"{release.title}\n{release.body}"
    script, written = script_of(text), scripts_of(languages)
    # Letters of the scripts in "other" are not counted: such a text may show its few Latin ones only.
    if script is not None and script not in written and "other" not in written:
        found.append("wrong script")
    text = text[:LOOKED_AT]
    broken = text.count("\ufffd")
    if _ACCENTED.search(text):
        broken += len(_MISREAD.findall(text))
        accented = len(_ACCENTED.findall(text))  # what is left of misread letters when control characters are stripped
        broken += accented if accented > ACCENTED_SHARE * len(text) else 0
    if broken > BROKEN_SHARE * len(text):
        found.append("broken letters")
    return tuple(found)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items() if value}
