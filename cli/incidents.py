"""`podium incidents`: what troubles the offices and channels, and deciding on what bad runs hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerts.config import told_of
from cli.archive import Json, print_json
from cli.shown import console
from crawler.config import load_configuration
from crawler.incidents import decide
from crawler.offices import find_office
from crawler.options import UsageProblem
from storage import open_archive, times
from storage.database import archive_path
from storage.locks import office_lock
from storage.outgoing import Incident
from storage.withdrawals import SiteDecision

app = typer.Typer(
    help="Incidents: list, show, and decide on what was held (release, drop, accept).", invoke_without_command=True
)

Office = Annotated[str, typer.Argument(help="The office.", show_default=False)]


@app.callback()
def incidents(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Incidents that are open, newest first. Exit code 1 when there is one. Example: podium incidents --all"""
    if context.invoked_subcommand is not None:
        return
    archive = open_archive(create=False)
    found = archive.incidents(open_only=not every, limit=limit)
    if as_json:
        print_json([asdict(incident) for incident in found])
    elif not found:
        console.print("no incidents are open")
    else:
        table = Table()
        for heading in ("no.", "about", "kind", "since (UTC)", "until", "what"):
            table.add_column(heading, no_wrap=heading in ("no.", "about", "kind"))
        for incident in found:
            until = f"{incident.closed_at:%Y-%m-%d %H:%M}" if incident.closed_at else "[red]open[/]"
            table.add_row(
                str(incident.id), incident.office or incident.channel or "podium", incident.kind,
                f"{incident.opened_at:%Y-%m-%d %H:%M}", until, escape(incident.reason),
            )  # fmt: skip
        console.print(table)
    raise typer.Exit(1 if any(incident.closed_at is None for incident in found) else 0)


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="The incident's number.")],
    save: Annotated[
        Path | None, typer.Option(help="Write the last good and the first bad page into this folder.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """One incident: since when, what was found then and now, both pages, what to do.

    Example: podium incidents show 3 --save /tmp/pages
    """
    archive = open_archive(create=False)
    try:
        incident = archive.incident(number)
    except KeyError:
        raise UsageProblem(f"there is no incident {number}; podium incidents --all lists all of them.") from None
    pages = {name: incident.evidence.get(f"{name}_page") for name in ("good", "bad")}
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        for name, page_id in pages.items():
            if page_id is not None:
                path = save / f"{incident.office or 'page'}-{number}-{name}.html"
                path.write_bytes(archive.page(page_id).body)
                console.print(f"{name} page: {path}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json(asdict(incident))
    else:
        _print(incident)


def _print(incident: Incident) -> None:
    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    evidence = incident.evidence
    say(incident.reason)
    over = f", over since {incident.closed_at:%Y-%m-%d %H:%M} UTC" if incident.closed_at else ""
    say(f"opened {incident.opened_at:%Y-%m-%d %H:%M} UTC{over}")
    if evidence.get("last_good"):
        say(f"last read in good health: {evidence['last_good']}")
    for at, kind, reason in evidence.get("later", ()):
        say(f"{at}: {kind}: {reason}")
    if evidence.get("table"):
        table = Table()
        for heading in ("found", "then", "now"):
            table.add_column(heading)
        for line in evidence["table"]:
            table.add_row(*(escape(str(cell)) for cell in line))
        console.print(table)
    for url in evidence.get("pages", ()):
        say(f"page: {url}")
    for name in ("caught_up", "advice", "command"):
        if evidence.get(name) and not (incident.closed_at and name != "caught_up"):
            say(str(evidence[name]))


@app.command()
def release(office: Office) -> None:
    """Say what was held of an office after all. Example: podium incidents release president_am"""
    _decide(office, "release", "are said after all")


@app.command()
def drop(office: Office) -> None:
    """Say nothing of what was held of an office. Example: podium incidents drop president_am"""
    _decide(office, "drop", "are dropped")


@app.command()
def accept(office: Office) -> None:
    """Take a changed site as it is now for the new baseline, without alerting. Example: podium incidents accept president_am"""
    _decide(office, "accept", "are taken into the new baseline, without a word")


def _decide(office: str, decision: SiteDecision, what: str) -> None:
    name = find_office(office).name
    tell = told_of(load_configuration().settings)
    archive = open_archive(create=False)
    with office_lock(archive_path(), name):  # a crawl that is under way holds more in the meantime
        deliveries, changes = decide(archive, name, decision, tell, times.now())
    told = f"{name}: {deliveries} deliveries and {changes} changed or missing releases {what}"
    console.print(told, markup=False, highlight=False, soft_wrap=True)
