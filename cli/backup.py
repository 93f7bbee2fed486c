"""`podium backup` and `podium reconcile`: a copy that can be trusted, and the proof that nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from alerts.config import told_of
from alerts.reconcile import SPAN, compare, repair
from cli.archive import Json, print_json
from cli.shown import console
from crawler.config import load_configuration
from crawler.offices import find_office
from crawler.options import UsageProblem
from storage import open_archive, times


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there already.")] = False,
) -> None:
    """Copy the archive, as it is at one instant, while the daemon goes on. docs/restore.md says how to go back to it.

    Example: podium backup /var/backups/podium-$(date +%F).db
    """
    if file.exists() and not force:
        raise UsageProblem(f"{file} is there already: name another file, or add --force to replace it")
    archive = open_archive(create=False)
    archive.backup(file)
    archive.close()
    console.print(f"{file}: {file.stat().st_size / 1e6:.1f} MB, checked", markup=False, highlight=False)


def office_zone(name: str) -> ZoneInfo:
    return ZoneInfo(find_office(name).timezone)


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only compare: repair nothing, tell nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Reckon from the archive what should have been alerted in the last 14 days, and repair what is missing.

    Exit code 1 when something was missing. The daemon does it every night. Example: podium reconcile --dry-run
    """
    settings = load_configuration().settings
    archive = open_archive(create=False)
    now = times.now()
    found = compare(archive, office_zone, now)
    if not dry_run:
        repair(archive, found, told_of(settings), now)
    balance = archive.balance(now - SPAN)
    if as_json:
        print_json(
            {
                "events": found.events,
                "alerts": found.expected,
                "differences": [difference.sentence for difference in found.differences],
                "expected": balance.expected,
                "delivered": balance.delivered,
                "pending": balance.pending,
                "dead": balance.dead,
                "missing": balance.missing,
            }
        )
    else:
        for line in found.lines(balance):
            console.print(line, markup=False, highlight=False)
    raise typer.Exit(1 if found.differences else 0)
