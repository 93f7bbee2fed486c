"""`podium check`: whether offices can be read from this network, field by field."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.archive import Json, print_json
from cli.shown import console
from cli.watch import settings_of
from crawler.config import load_configuration
from crawler.health import UNHEALTHY
from crawler.offices import find_office
from crawler.options import CrawlOptions, UsageProblem
from scheduler.check import Checked, check_office, job_name
from storage import open_archive, times
from storage.database import archive_path
from storage.locks import office_lock

SHOWN_CHARACTERS = 60
FIRST_CODE = 3
"""The exit code of the first of `UNHEALTHY`; 2 is a mistake in the call."""


def check(
    offices: Annotated[
        list[str] | None, typer.Argument(help="Their names; by default those of schedules.yaml.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="A mirror: scheme and host.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", "-s", metavar="NAME=VALUE", help="A Scrapy setting, as with scrapy.")
    ] = None,
    every_list: Annotated[
        bool, typer.Option("--all", help="The first listing of every list and three releases, as podium watch does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch one listing and one old release of each office, slowly, and show field by field what was found and is missing.

    Nothing is kept but that the check has passed: `podium watch` starts an office that nobody has verified on the live site
    only then (and checks it by itself at its first start). Pages that could not be read are shown with a second, general
    reading. Exit code by verdict: 0 passed, 1 healthy but nothing came out, 3 missing, 4 walled, 5 unreachable,
    6 redesigned, 7 unreadable, 8 inconsistent; of several offices the highest. Example: podium check president_am
    """
    configuration = load_configuration()
    names = offices or list(configuration.settings.offices)
    if not names:
        raise UsageProblem("Nothing to check: name an office, or declare one in schedules.yaml.")
    overrides = settings_of(setting)
    logging.getLogger("podium").setLevel(logging.ERROR)
    results = []
    for name in names:
        arguments = {"base_url": base_url} if base_url else {}
        options = CrawlOptions.parse(find_office(name), arguments, configuration.schedule(name))
        lock = office_lock(archive_path(), name)
        lock.acquire()
        try:
            checked = asyncio.run(check_office(name, configuration, options, overrides, every_list=every_list))
        finally:
            lock.release()
        results.append(checked)
        if checked.passed:
            archive = open_archive()
            archive.job_succeeded(job_name(name), times.now())
            archive.close()
        if not as_json:
            _print(checked)
    if as_json:
        print_json([asdict(checked) | {"passed": checked.passed} for checked in results])
    raise typer.Exit(max(_exit_code(checked) for checked in results))


def _exit_code(checked: Checked) -> int:
    """0 for a check that has passed, 1 for a healthy one without a release, from 3 on the unhealthy verdicts."""
    if checked.verdict in UNHEALTHY:
        return FIRST_CODE + UNHEALTHY.index(checked.verdict)
    return 0 if checked.passed else 1


def _print(checked: Checked) -> None:
    outcome = "[green]passed[/]" if checked.passed else "[red]not passed[/]"
    console.print(f"{checked.office}: {outcome}: {checked.verdict}: {escape(checked.reason)}", highlight=False)
    fields = Table()
    for heading in ("field", "found", ""):
        fields.add_column(heading)
    for one in checked.found:
        fields.add_row(one.name, escape(one.value[:SHOWN_CHARACTERS]) or "none", "[red]missing[/]" if one.missing else "")
    if checked.found:
        console.print(fields)
    if len(checked.releases) > 1:
        table = Table()
        for heading in ("section", "edition", "text", "title", "published", "time (UTC)", "characters", "remarks"):
            table.add_column(heading)
        for release in checked.releases:
            table.add_row(
                release.section, release.language, release.text_language, escape(release.title[:SHOWN_CHARACTERS]),
                str(release.published_on or "[red]none[/]"),
                f"{release.published_at:%H:%M}" if release.published_at else "none",
                f"{len(release.body)}{' (thin)' if release.thin else ''}", escape("; ".join(release.remarks)),
            )  # fmt: skip
        console.print(table)
    for page in checked.failed:
        console.print(f"  {page.url}", markup=False, highlight=False)
        console.print(f"    the office: {page.reason}", markup=False, highlight=False)
        second = page.second_reading
        said = (
            f"“{second.get('title', 'no title')}”, {second.get('date', 'no date')}, {len(second['body'])} characters: "
            f"{second['body'][:SHOWN_CHARACTERS]}…"
            if second
            else "no text there either"
        )
        console.print(f"    a general reader: {said}", markup=False, highlight=False)
