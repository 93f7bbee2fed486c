"""`podium topics try`: what a query would have found and said, before anyone subscribes to it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from alerts.topics import load_references
from alerts.trying import MANY_A_DAY, Trial, compare, try_query
from cli.archive import Json, print_json
from cli.shown import console, hit_words, marked
from crawler.options import UsageProblem
from language.query import parse
from storage import open_archive
from storage.model import Hit

_SHOWN = 20
_CHART_WEEKS = 26
_BAR = 40


def try_topic(
    query: Annotated[str, typer.Argument(help="A query as in topics.yaml.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was published from then on.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="A topic: show what this query gains and loses against it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Try a query on the archive: hits, alerts to expect, what it narrowly misses. Exit code 1 when nothing is found.

    Example: podium topics try '(NATO OR ՆԱՏՕ) AND summit' --since 2024-01-01 --against nato
    """
    references = load_references()
    tree = parse(query, references)
    other = None
    if against is not None:
        if against not in references.topics:
            raise UsageProblem(f"topics.yaml has no topic {against}; `podium topics list` shows them")
        other = parse(references.topics[against], references, against)
    archive = open_archive(create=False)
    day = since.date() if since else None
    trial = try_query(archive, tree, day)
    changes = compare(trial, archive.search(other, since=day, limit=None)) if other else None
    if as_json:
        print_json(_plain(trial, changes))
    else:
        _print(trial, changes, against or "")
    if not trial.hits:
        raise typer.Exit(1)


def _plain(trial: Trial, changes: tuple[list[Hit], list[Hit]] | None) -> dict[str, object]:
    shown = asdict(trial) | {"alerts_a_month": round(trial.alerts_a_month, 1), "noisy": trial.noisy}
    shown["hits"] = len(trial.hits)
    shown["first_hits"] = [asdict(hit) for hit in trial.hits[:_SHOWN]]
    if changes is not None:
        shown["gained"], shown["lost"] = ([hit.url for hit in hits] for hits in changes)
    return shown


def _print(trial: Trial, changes: tuple[list[Hit], list[Hit]] | None, against: str) -> None:
    if trial.first is None:
        console.print("The archive holds no dated release from that day on.")
        return
    console.print(
        f"{len(trial.hits)} releases of {trial.alerts} stories, published {trial.first} to {trial.last}; "
        f"expect {trial.alerts_a_month:.1f} alerts a month."
    )
    if trial.noisy and trial.busiest is not None:
        day, number = trial.busiest
        print(
            f"podium: warning: {number} alerts on {day}, more than {MANY_A_DAY} a day; narrow the query with AND or NOT.",
            file=sys.stderr,
        )
    _chart(trial)
    for what, counts in (("office", trial.offices), ("edition", trial.languages)):
        if counts:
            console.print(f"by {what}: " + ", ".join(f"{name} {number}" for name, number in counts))
    _list("first hits", trial.hits[:_SHOWN])
    for missed in trial.missed:
        console.print(Text(f"narrowly missed, only {missed.clause} fails: {_line(missed.hit)}"))
    for edition in trial.unheard:
        console.print(
            Text(f"not heard in {edition.language}, though another language is: {edition.title}  {edition.url}")
        )
    if changes is not None:
        gained, lost = changes
        console.print(f"against {against}: {len(gained)} gained, {len(lost)} lost")
        _list("gained", gained[:_SHOWN])
        _list("lost", lost[:_SHOWN])


def _chart(trial: Trial) -> None:
    weeks = trial.weeks[-_CHART_WEEKS:]
    most = max((number for _, number in weeks), default=0)
    if not most:
        return
    console.print("alerts a week, from Monday:")
    for week, number in weeks:
        console.print(
            f"  {week}  {'█' * max(number > 0, round(number / most * _BAR))} {number or '·'}", highlight=False
        )


def _list(heading: str, hits: Sequence[Hit]) -> None:
    if hits:
        console.print(f"{heading}:")
    for hit in hits:
        console.print(Text("  " + _line(hit)))
        console.print(Text("    ").append_text(marked(hit.excerpt, hit_words(hit.explanation, hit.excerpt))))


def _line(hit: Hit) -> str:
    return f"{hit.published_on or 'undated'}  {hit.office}  {hit.language}  {hit.title}"
