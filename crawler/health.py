"""Judging a run: whether the site could be read, in one word and one sentence with numbers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from crawler.office import Expect
from storage.runs import RunHistory

VerdictName = Literal["ok", "quiet", "missing", "unreachable", "walled", "redesigned", "unreadable"]
Answer = Literal["rows", "empty", "not_modified", "end", "wall", "failed", "foreign", "absent"]
Reading = Literal["read", "unchanged", "foreign", "wall", "failed", "gone", "absent"]
"""`gone`: a listed release answered 404 or 410; `absent`: one that was asked for again did."""

FAILED_SHARE = 0.2
"""More than this share of at least `MANY_DETAILS` release requests failing makes a site unreachable."""
MANY_DETAILS = 10
SOME_DETAILS = 3
"""From so many on, not one of them answered (or readable) says enough."""
UNREADABLE_SHARE = 0.5
"""At least this share of the answered releases without landmarks (two of them or more), or listed and yet gone (three or
more), makes a site unreadable."""


@dataclass(frozen=True, slots=True)
class ListingFact:
    """One listing that was asked for: what it answered ('end': past the last one; 'absent': 404 or 410 for a list that has
    never been there), its rows, how many were known."""

    section: str
    language: str
    number: int
    answer: Answer
    rows: int = 0
    known: int = 0
    detail: str = ""


@dataclass(slots=True)
class Facts:
    """What a run saw. Grows while it goes on; kept with the run as JSON."""

    listings: list[ListingFact] = field(default_factory=list)
    readings: Counter[str] = field(default_factory=Counter)
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

    def to_json(self) -> dict[str, Any]:
        listings = [asdict(fact) for fact in self.listings if fact.answer != "not_modified"]
        not_modified = len(self.listings) - len(listings)
        return {
            "listings": listings[:200],
            "not_modified": not_modified,
            "readings": dict(self.readings),
            "troubles": self.troubles,
            "requests": self.requests,
            "received_bytes": self.received_bytes,
            "statuses": dict(self.statuses),
            "stopped": self.stopped,
            "gave_up": self.gave_up,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of a run; `ok` and `quiet` are healthy."""

    name: VerdictName
    reason: str

    @property
    def healthy(self) -> bool:
        return self.name in ("ok", "quiet")


def judge(facts: Facts, history: RunHistory, expect: Expect, now: datetime) -> Verdict:
    """The first that holds: missing (stopped before any answer), walled, unreachable, redesigned, unreadable, quiet, ok."""
    if facts.stopped and not facts.listings and not facts.readings:
        return Verdict("missing", f"stopped before anything was answered: {facts.stopped}")
    return (
        _walled(facts)
        or _unreachable(facts)
        or _redesigned(facts)
        or _unreadable(facts)
        or _quiet(facts, history, expect, now)
        or _ok(facts)
    )


def _sample(facts: Facts) -> str:
    return f": {facts.troubles[0]}" if facts.troubles else ""


def _walled(facts: Facts) -> Verdict | None:
    walls = [fact for fact in facts.listings if fact.answer == "wall"]
    count = len(walls) + facts.readings["wall"]
    if not count:
        return None
    return Verdict("walled", f"{count} of {facts.requests} requests met a wall{_sample(facts)}")


def _unreachable(facts: Facts) -> Verdict | None:
    by_list: dict[tuple[str, str], list[ListingFact]] = {}
    for fact in facts.listings:
        by_list.setdefault((fact.section, fact.language), []).append(fact)
    if not facts.listings and not facts.readings:
        return Verdict("unreachable", f"nothing was answered{_sample(facts)}")
    by_section: dict[str, list[bool]] = {}
    if by_list and all(asked[0].answer == "absent" for asked in by_list.values()):
        return Verdict("unreachable", f"not one of {len(by_list)} lists is there{_sample(facts)}")
    for (section, _), asked in by_list.items():
        if asked[0].answer == "absent":
            continue  # an edition may lack a section; what has never been there is nothing that broke
        by_section.setdefault(section, []).append(asked[0].answer == "failed")
    down = sorted(section for section, failed in by_section.items() if all(failed))
    if down:
        return Verdict(
            "unreachable",
            f"no list of {len(down)} of {len(by_section)} sections answered ({_names(down)}){_sample(facts)}",
        )
    if facts.gave_up:
        return Verdict("unreachable", f"given up after {facts.requests} requests: {facts.stopped}{_sample(facts)}")
    failed, asked_for = facts.readings["failed"], sum(facts.readings.values())
    many = asked_for >= MANY_DETAILS and failed > FAILED_SHARE * asked_for
    if many or failed == asked_for >= SOME_DETAILS:
        return Verdict("unreachable", f"{failed} of {asked_for} requests for releases failed{_sample(facts)}")
    return None


def _redesigned(facts: Facts) -> Verdict | None:
    bad = [fact for fact in facts.listings if fact.number == 1 and fact.answer in ("empty", "foreign")]
    if not bad:
        return None
    firsts = sum(1 for fact in facts.listings if fact.number == 1)
    names = _names([f"{fact.section}/{fact.language}" for fact in bad])
    usual = f" where {bad[0].detail}" if bad[0].detail else ""
    return Verdict("redesigned", f"{len(bad)} of {firsts} lists answered without one row{usual}: {names}")


def _unreadable(facts: Facts) -> Verdict | None:
    foreign, gone = facts.readings["foreign"], facts.readings["gone"]
    answered = foreign + gone + facts.readings["read"] + facts.readings["unchanged"]
    if foreign >= 2 and foreign >= UNREADABLE_SHARE * answered:
        return Verdict("unreadable", f"{foreign} of {answered} answered releases had no landmarks{_sample(facts)}")
    if gone >= SOME_DETAILS and foreign + gone >= UNREADABLE_SHARE * answered:
        return Verdict("unreadable", f"{gone} of {answered} listed releases were gone (404 or 410){_sample(facts)}")
    return None


def _quiet(facts: Facts, history: RunHistory, expect: Expect, now: datetime) -> Verdict | None:
    if history.newest_first_seen_at is None:
        return None
    newest = history.newest_first_seen_at.date()
    if history.newest_published_on is not None:
        newest = min(newest, history.newest_published_on)
    days = (now.date() - newest).days
    if timedelta(days=days) <= timedelta(days=expect.quiet_days):
        return None
    return Verdict("quiet", f"nothing new for {days} days, since {newest} (usual: {expect.quiet_days})")


def _ok(facts: Facts) -> Verdict:
    rows, known = sum(f.rows for f in facts.listings), sum(f.known for f in facts.listings)
    not_modified = sum(1 for fact in facts.listings if fact.answer == "not_modified")
    reason = f"{rows} rows, {rows - known} new, {facts.readings['read']} releases read"
    if not_modified:
        reason += f", {not_modified} of {len(facts.listings)} listings not modified"
    rest = {name: facts.readings[name] for name in ("foreign", "failed", "gone", "absent") if facts.readings[name]}
    if rest:
        labels = {"foreign": "without landmarks", "failed": "failed", "gone": "gone", "absent": "gone since"}
        reason += "; " + ", ".join(f"{count} {labels[name]}" for name, count in rest.items()) + _sample(facts)
    return Verdict("ok", reason)


def _names(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
