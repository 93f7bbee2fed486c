"""Judging a run: whether the site could be read, in one word and one sentence with numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal

from crawler.facts import Facts, ListingFact, ReleaseFact
from crawler.office import Expect
from storage.runs import RunHistory
from storage.usual import ListHistory

VerdictName = Literal["ok", "quiet", "missing", "unreachable", "walled", "redesigned", "unreadable", "inconsistent"]
UNHEALTHY: tuple[VerdictName, ...] = ("missing", "walled", "unreachable", "redesigned", "unreadable", "inconsistent")

FAILED_SHARE = 0.2
"""More than this share of at least `MANY_DETAILS` release requests failing makes a site unreachable."""
MANY_DETAILS = 10
SOME_DETAILS = 3
"""From so many on, not one of them answered (or readable) says enough."""
UNREADABLE_SHARE = 0.5
"""At least this share of the answered releases without landmarks (two of them or more), or listed and yet gone (three or
more), makes a site unreadable."""
FEW_ROWS, FEWER_ROWS, MANY_ROWS = 0.3, 0.5, 3.0
"""A first listing with less than `FEW_ROWS` of its usual rows, or more than `MANY_ROWS` times them, and outside of what it
ever had, is not the list it was; nor is one of at most `FEWER_ROWS` that shows nothing new: a list that shrinks without
anything that pushes rows down has lost them."""
SHORT_SHARE = 0.3
"""A text of less than this share of its list's median is short (design: "bodies under 30 % of this list's median")."""
ENOUGH_READINGS = 10
"""From so many earlier texts on, a short one must also be shorter than each of them: lists mix speeches and telegrams."""
USUAL_SHARE = 0.3
"""What was odd about so many of a list's earlier releases is its habit, and no news."""
NEED_PROOF: tuple[VerdictName, ...] = ("unreadable", "inconsistent")
"""Verdicts on releases: only a run that reads releases can say that they are over."""
UNPROVED = "no release was read since: "
SOME_ODD = 2
"""From so many releases on, an oddity that most of them share is the site's and no slip of an editor."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of a run; `ok` and `quiet` are healthy. `lists` are those (section, language) that it is about;
    none of them: the whole office."""

    name: VerdictName
    reason: str
    lists: tuple[tuple[str, str], ...] = ()

    @property
    def healthy(self) -> bool:
        return self.name in ("ok", "quiet")


def judge(facts: Facts, history: RunHistory, expect: Expect, now: datetime) -> Verdict:
    """The first that holds: missing (stopped before any answer), walled, unreachable, redesigned, unreadable, inconsistent,
    quiet, ok."""
    if facts.stopped and not facts.listings and not facts.readings:
        return Verdict("missing", f"stopped before anything was answered: {facts.stopped}")
    return (
        _walled(facts)
        or _unreachable(facts)
        or _redesigned(facts, history, expect)
        or _unreadable(facts, history, expect)
        or _inconsistent(facts, history)
        or _unproved(facts, history)
        or _quiet(history, expect, now)
        or _ok(facts)
    )


def _sample(facts: Facts) -> str:
    return f": {facts.troubles[0]}" if facts.troubles else ""


def _walled(facts: Facts) -> Verdict | None:
    walls = [fact for fact in facts.listings if fact.answer == "wall"]
    count = len(walls) + facts.readings["wall"]
    if not count:
        return None
    return Verdict("walled", f"{count} of {facts.requests} requests met a wall{_sample(facts)}", _lists(walls))


def _unreachable(facts: Facts) -> Verdict | None:
    by_list: dict[tuple[str, str], list[ListingFact]] = {}
    for fact in facts.listings:
        by_list.setdefault(fact.list, []).append(fact)
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
            tuple(name for name in by_list if name[0] in down),
        )
    if facts.gave_up:
        return Verdict("unreachable", f"given up after {facts.requests} requests: {facts.stopped}{_sample(facts)}")
    failed, asked_for = facts.readings["failed"], sum(facts.readings.values())
    many = asked_for >= MANY_DETAILS and failed > FAILED_SHARE * asked_for
    if many or failed == asked_for >= SOME_DETAILS:
        return Verdict("unreachable", f"{failed} of {asked_for} requests for releases failed{_sample(facts)}")
    return None


def _redesigned(facts: Facts, history: RunHistory, expect: Expect) -> Verdict | None:
    firsts = [fact for fact in facts.listings if fact.number == 1]
    some_rows = any(fact.answer == "rows" for fact in firsts)
    bad: list[tuple[ListingFact, str]] = []
    for fact in firsts:
        usual = history.lists.get(fact.list, ListHistory())
        # A section that never had a row, beside others that have some, is not (yet) used; it did not break.
        if fact.answer == "foreign" or (fact.answer == "empty" and (usual.rows_usual is not None or not some_rows)):
            what = f": {fact.detail}" if fact.detail else ""
            rows = "without one row" if usual.rows_usual is None else f"rows {usual.rows_usual:.0f} → 0"
            bad.append((fact, rows + what))
        elif fact.answer == "rows" and (why := _strange_rows(fact, usual, expect) or _all_unknown(fact, facts, usual)):
            bad.append((fact, why))
    if not bad:
        return None
    names = _names(["/".join(fact.list) for fact, _ in bad])
    return Verdict(
        "redesigned",
        f"{len(bad)} of {len(firsts)} lists are not what they were ({names}): {bad[0][1]}",
        _lists([fact for fact, _ in bad]),
    )


def _strange_rows(fact: ListingFact, usual: ListHistory, expect: Expect) -> str:
    """Why the number of rows on a first listing is strange; '' when it is not."""
    if usual.rows_usual is None:
        return ""
    told = f"rows {usual.rows_usual:.0f} → {fact.rows}"
    least, most = usual.rows_least or usual.rows_usual, usual.rows_most or usual.rows_usual
    begun_anew = fact.known == 0 and _since_last_look(fact.oldest, usual)  # a list of the year, in January
    if fact.rows < least and not begun_anew:
        if fact.rows < FEW_ROWS * usual.rows_usual:
            return told
        if fact.rows <= FEWER_ROWS * usual.rows_usual and fact.known == fact.rows:
            return f"{told}, none of them new"
    if fact.rows > max(most, expect.rows[1], MANY_ROWS * usual.rows_usual):
        return told
    return ""


def _all_unknown(fact: ListingFact, facts: Facts, usual: ListHistory) -> str:
    """Why it is strange that no row of a list with a baseline is known; '' when one is, or when nobody has looked for so
    long that all can be new: then they date from after the last look."""
    if usual.healthy_at is None or usual.rows_usual is None:
        return ""
    listings = [other for other in facts.listings if other.list == fact.list and other.answer == "rows"]
    if any(other.trusted for other in listings):
        return ""
    oldest = [other.oldest for other in listings if other.oldest is not None]
    oldest += [read.published_on for read in facts.releases if read.list == fact.list and read.published_on is not None]
    if _since_last_look(min(oldest, default=None), usual):
        return ""
    rows = sum(other.rows for other in listings)
    return f"not one of {rows} rows is known, though the list was last read on {usual.healthy_at:%Y-%m-%d}"


def _since_last_look(oldest: date | None, usual: ListHistory) -> bool:
    """Whether rows of which the oldest is of this day can all be new since a healthy run last read their list. Dates are
    local, and releases are listed late: a day's grace."""
    if oldest is None or usual.healthy_at is None:
        return False
    return oldest >= usual.healthy_at.date() - timedelta(days=1)


def _unreadable(facts: Facts, history: RunHistory, expect: Expect) -> Verdict | None:
    foreign, gone = facts.readings["foreign"], facts.readings["gone"]
    answered = foreign + gone + facts.readings["read"] + facts.readings["unchanged"]
    if (foreign >= 2 and foreign >= UNREADABLE_SHARE * answered) or (facts.lost and foreign == answered):
        missing = "; ".join(f"{name} on {answered - count} of {answered}" for name, count in facts.missing.most_common())
        missing = f" ({missing})" if missing else ""
        return Verdict("unreadable", f"{foreign} of {answered} answered releases had no landmarks{missing}{_sample(facts)}")
    if gone >= SOME_DETAILS and foreign + gone >= UNREADABLE_SHARE * answered:
        return Verdict("unreadable", f"{gone} of {answered} listed releases were gone (404 or 410){_sample(facts)}")
    for listed in facts.listings:
        if listed.texts is not None and listed.rows >= SOME_ODD and listed.texts < UNREADABLE_SHARE * listed.rows:
            return Verdict(
                "unreadable", f"{listed.texts} of {listed.rows} rows of {'/'.join(listed.list)} carry a text", (listed.list,)
            )
    for name, read in _by_list(facts.releases).items():
        before = sorted(reading.characters for reading in history.lists.get(name, ListHistory()).readings)
        if not before:
            continue
        usual = median(before)
        least = before[0] if len(before) >= ENOUGH_READINGS else expect.body_characters
        short = [fact for fact in read if not fact.same and fact.characters < min(SHORT_SHARE * usual, least)]
        if _most(short, read):
            lengths = median(fact.characters for fact in short)
            return Verdict(
                "unreadable",
                f"{len(short)} of {len(read)} texts of {'/'.join(name)} are short: characters {usual:.0f} → {lengths:.0f}",
                (name,),
            )
    return None


def _inconsistent(facts: Facts, history: RunHistory) -> Verdict | None:
    for fact in facts.listings:
        if fact.future >= SOME_ODD and fact.future > fact.dated / 2:
            return Verdict(
                "inconsistent",
                f"{fact.future} of {fact.dated} dates of {'/'.join(fact.list)} lie in the future, up to {fact.newest}",
                (fact.list,),
            )
    for name, read in _by_list(facts.releases).items():
        before = history.lists.get(name, ListHistory()).readings
        for oddity in dict.fromkeys(oddity for fact in read for oddity in fact.oddities):
            odd = [fact for fact in read if oddity in fact.oddities]
            habit = sum(oddity in reading.oddities for reading in before)
            if habit > USUAL_SHARE * len(before) or (oddity == "no date" and not before):
                continue  # its habit, or perhaps so: some sites date nothing
            if _most(odd, read):
                reason = f"{oddity} on {len(odd)} of {len(read)} releases of {'/'.join(name)}, as at {odd[0].url}"
                return Verdict("inconsistent", reason, (name,))
    return None


def _most(odd: Sequence[ReleaseFact], read: Sequence[ReleaseFact]) -> bool:
    """Whether what is odd is the site's: most of several releases, or all that was read where one was sound before."""
    return (len(odd) >= SOME_ODD and len(odd) > len(read) / 2) or (
        0 < len(odd) == len(read) and any(not fact.new for fact in odd)
    )


def _unproved(facts: Facts, history: RunHistory) -> Verdict | None:
    """After a run whose releases could not be trusted, one that reads none proves nothing."""
    for name in NEED_PROOF:
        if history.last_verdict == name and not facts.releases:
            return Verdict(name, UNPROVED + history.last_reason.removeprefix(UNPROVED))
    return None


def _quiet(history: RunHistory, expect: Expect, now: datetime) -> Verdict | None:
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
    empty = sum(1 for fact in facts.listings if fact.answer == "empty")
    if empty:
        reason += f", {empty} lists have never had a row"
    rest = {name: facts.readings[name] for name in ("foreign", "failed", "gone", "absent") if facts.readings[name]}
    if rest:
        labels = {"foreign": "without landmarks", "failed": "failed", "gone": "gone", "absent": "gone since"}
        reason += "; " + ", ".join(f"{count} {labels[name]}" for name, count in rest.items()) + _sample(facts)
    return Verdict("ok", reason)


def _by_list(read: Sequence[ReleaseFact]) -> dict[tuple[str, str], list[ReleaseFact]]:
    found: dict[tuple[str, str], list[ReleaseFact]] = {}
    for fact in read:
        found.setdefault(fact.list, []).append(fact)
    return found


def _lists(listings: Sequence[ListingFact]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(fact.list for fact in listings))


def _names(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
