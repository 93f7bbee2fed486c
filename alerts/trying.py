"""Trying a query on the archive before anyone subscribes to it: what it would have found, said and narrowly missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from language.query import Query
from language.tree import And, Node, Not, Or
from storage.model import Edition, Hit
from storage.protocol import Archive

NEAR = 5
"""Near misses shown of each kind."""
MANY_A_DAY = 30
"""Alerts on one day from which a topic is more noise than news."""
MONTH = 30.44
_MOST_CLAUSES = 8
"""Clauses left out one by one to look for near misses; a query of more is one that nobody means to be met whole."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A release that met all of a query but one clause."""

    clause: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Trial:
    """What a query finds between two dates of publication.

    `alerts`: stories, of which each would have alerted once; `busiest`: the day with most of them. `missed`: releases
    that all clauses but one meet; `unheard`: other languages of found stories in which the query finds nothing."""

    hits: tuple[Hit, ...]
    first: date | None
    last: date | None
    weeks: tuple[tuple[date, int], ...]
    offices: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    alerts: int
    busiest: tuple[date, int] | None
    missed: tuple[Missed, ...]
    unheard: tuple[Edition, ...]

    @property
    def alerts_a_month(self) -> float:
        if self.first is None or self.last is None:
            return 0.0
        return self.alerts / max(1, (self.last - self.first).days + 1) * MONTH

    @property
    def noisy(self) -> bool:
        return self.busiest is not None and self.busiest[1] > MANY_A_DAY


def try_query(archive: Archive, query: Query, since: date | None = None) -> Trial:
    """Run a query over the archive (from a date of publication on). Nothing is stored and nobody is told."""
    hits = archive.search(query, since=since, limit=None)
    hits.sort(key=lambda hit: (hit.published_on or date.min, hit.release_id), reverse=True)
    span = archive.published_between(since)
    stories: dict[int, date | None] = {}
    for hit in hits:
        stories.setdefault(hit.story_id, hit.published_on)
    days = Counter(day for day in stories.values() if day is not None)
    return Trial(
        hits=tuple(hits),
        first=span[0] if span else None,
        last=span[1] if span else None,
        weeks=_weeks(days, span),
        offices=tuple(Counter(hit.office for hit in hits).most_common()),
        languages=tuple(Counter(hit.language for hit in hits).most_common()),
        alerts=len(stories),
        busiest=max(days.items(), key=lambda item: (item[1], item[0])) if days else None,
        missed=tuple(_missed(archive, query, since)),
        unheard=tuple(_unheard(archive, hits)),
    )


def compare(trial: Trial, other: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """What a query finds that another does not, and the other way round."""
    mine, theirs = {hit.release_id for hit in trial.hits}, {hit.release_id for hit in other}
    gained = [hit for hit in trial.hits if hit.release_id not in theirs]
    return gained, [hit for hit in other if hit.release_id not in mine]


def _weeks(days: Counter[date], span: tuple[date, date] | None) -> tuple[tuple[date, int], ...]:
    """Alerts a week, by the Monday it begins with, quiet weeks included."""
    if span is None:
        return ()
    found = Counter[date]()
    for day, number in days.items():
        found[_monday(day)] += number
    week, made = _monday(span[0]), []
    while week <= span[1]:
        made.append((week, found[week]))
        week += timedelta(days=7)
    return tuple(made)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _missed(archive: Archive, query: Query, since: date | None) -> list[Missed]:
    parts = tuple(_flat(query.root))
    if not 1 < len(parts) <= _MOST_CLAUSES:
        return []
    found: list[Missed] = []
    for position, part in enumerate(parts):
        others = parts[:position] + parts[position + 1 :]
        if not any(not isinstance(other, Not) for other in others):
            continue
        failing: Node = part.part if isinstance(part, Not) else Not(part)
        near = replace(query, root=And((*others, failing)))
        found += [Missed(said(part), hit) for hit in archive.search(near, since=since, limit=NEAR)]
    return found[: NEAR * 2]


def _flat(node: Node) -> Iterator[Node]:
    """The clauses that must all be met, however they are put in parentheses."""
    if isinstance(node, And):
        for part in node.parts:
            yield from _flat(part)
    else:
        yield node


def said(node: Node) -> str:
    """A part of a query as the query has it."""
    match node:
        case Not(part=part):
            return f"NOT {said(part)}"
        case And(parts=parts):
            return "(" + " AND ".join(dict.fromkeys(map(said, parts))) + ")"
        case Or(parts=parts):
            texts = dict.fromkeys(map(said, parts))
            return next(iter(texts)) if len(texts) == 1 else "(" + " OR ".join(texts) + ")"
        case _:
            return node.clause


def _unheard(archive: Archive, hits: Sequence[Hit]) -> list[Edition]:
    heard = {hit.url for hit in hits}
    missing: list[Edition] = []
    for story, release in {hit.story_id: hit.release_id for hit in hits}.items():
        missing += [edition for edition in archive.editions(story, release) if edition.url not in heard]
        if len(missing) >= NEAR:
            break
    return missing[:NEAR]
