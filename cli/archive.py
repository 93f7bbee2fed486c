"""Reading the archive: search, show, export."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from alerts.topics import load_references
from cli.shown import console, hit_words, marked
from crawler.offices import find_office
from language.query import parse
from storage import Archive, open_archive
from storage.model import Release
from storage.releases import StoredRelease

Json = Annotated[bool, typer.Option("--json", help="For machines: JSON instead of a table.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A date of publication, YYYY-MM-DD.")]


class Format(StrEnum):
    jsonl = "jsonl"
    csv = "csv"


def plain(value: Any) -> str:
    """How `json.dumps` writes what JSON has no form for: dates and instants in ISO 8601."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def search(
    query: Annotated[str, typer.Argument(help='Lucene syntax: words AND OR NOT ( ) "phrase" pref* title:… lang:…')],
    office: Annotated[str | None, typer.Option(help="Only this office.")] = None,
    section: Annotated[str | None, typer.Option(help="Only this section.")] = None,
    language: Annotated[str | None, typer.Option(help="Only this edition, such as hy.")] = None,
    since: Day = None,
    until: Day = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Search the archive, best first; words meet their forms. Exit code 1 when nothing is found.

    Example: podium search 'NATO AND "peace treaty" lang:en' --since 2024-01-01
    """
    tree = parse(query, load_references())
    if office is not None:
        find_office(office)
    archive = open_archive(create=False)
    if stale := archive.word_index_stale():
        print(
            f"podium: {stale} releases are indexed under older rules, so that they may have to be read one by one; "
            "`podium watch` renews them meanwhile, or run `podium reindex`.",
            file=sys.stderr,
        )
    hits = archive.search(
        tree, office=office, section=section, language=language, since=_day(since), until=_day(until), limit=limit
    )
    if as_json:
        print_json([asdict(hit) for hit in hits])
    elif not hits:
        console.print("Nothing in the archive meets this query.")
    else:
        table = Table(show_lines=True)
        for heading in ("date", "office", "lang", "title and sentence"):
            table.add_column(heading, no_wrap=heading in ("date", "lang"))
        for hit in hits:
            day = hit.published_on.isoformat() if hit.published_on else "undated"
            told = Text.assemble((hit.title + "\n", "bold"))
            if hit.withdrawn_at is not None:
                told.append(f"withdrawn, known since {hit.withdrawn_at:%Y-%m-%d %H:%M} UTC\n", "bold red")
            told.append_text(marked(hit.excerpt, hit_words(hit.explanation, hit.excerpt))).append(f"\n{hit.url}", "dim")
            table.add_row(day, hit.office, hit.language, told)
        console.print(table)
    if not hits:
        raise typer.Exit(1)


def find_release(archive: Archive, url: str) -> StoredRelease:
    """The release at an address, however it is written; exits with 1 and a sentence when there is none."""
    stored = archive.release_at(url)
    if stored is None:
        print(f"podium: no release in the archive has the address {url}.", file=sys.stderr)
        raise typer.Exit(1)
    return stored


def show(
    url: Annotated[str, typer.Argument(help="The release's address, however it is written.")], as_json: Json = False
) -> None:
    """Show a release: its text, its revisions, its other languages. Exit code 1 when it is not in the archive.

    Example: podium show www.president.am/en/press-release/item/2024/03/19/President-NATO
    """
    archive = open_archive(create=False)
    stored = find_release(archive, url)
    withdrawals = archive.withdrawals(stored.id)
    if as_json:
        print_json({**asdict(stored), "withdrawals": [asdict(each) for each in withdrawals]})
        return
    release = stored.release
    if stored.withdrawn_at is not None:
        console.print("[bold red]Withdrawn from the site; this is its last text.[/]\n")
    console.print(f"[bold]{escape(release.title)}[/]\n")
    console.print(release.body + "\n", markup=False, highlight=False)
    table = Table(show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("address", escape(release.url))
    table.add_row("office, section", f"{release.office}, {release.section}")
    table.add_row("edition, text", f"{release.language}, {release.text_language}")
    table.add_row("published", str(release.published_at or release.published_on or "undated"))
    table.add_row("first seen", f"{stored.first_seen_at:%Y-%m-%d %H:%M} UTC")
    table.add_row("last seen", f"{stored.last_seen_at:%Y-%m-%d %H:%M} UTC")
    for revision in stored.revisions:
        what = ", ".join(filter(None, (f"{revision.seen_at:%Y-%m-%d %H:%M} UTC", revision.origin, revision.edit_class)))
        table.add_row(f"revision {revision.number}", what)
    for withdrawal in withdrawals:
        ended = f"back {withdrawal.restored_at:%Y-%m-%d %H:%M} UTC" if withdrawal.restored_at else "not back"
        answers = ", ".join(dict.fromkeys(answer for _, answer, _ in withdrawal.answers))
        since = f"not found since {withdrawal.missing_since:%Y-%m-%d %H:%M} UTC"
        table.add_row("withdrawn", escape(f"{since} ({answers}), {ended}"), style="red")
    for other in stored.others:
        table.add_row(f"in {other.language}", f"{escape(other.title)}\n{escape(other.url)}")
    for remark in release.remarks:
        table.add_row("remark", escape(remark))
    console.print(table)


def export(
    format: Annotated[Format, typer.Option(help="One JSON object a line, or CSV with a heading.")] = Format.jsonl,
    office: Annotated[str | None, typer.Option(help="Only this office.")] = None,
    language: Annotated[str | None, typer.Option(help="Only this edition.")] = None,
    since: Day = None,
    output: Annotated[Path | None, typer.Option(help="A file; by default standard output.")] = None,
) -> None:
    """Write every release out, in the order it was stored.

    Example: podium export --format csv --office president_am --output releases.csv
    """
    if office is not None:
        find_office(office)
    releases = open_archive(create=False).releases(office=office, language=language, since=_day(since))
    try:
        target = output.open("w", encoding="utf-8", newline="") if output else sys.stdout
    except OSError as error:
        print(f"podium: {output} cannot be written ({error.strerror}): name another file.", file=sys.stderr)
        raise typer.Exit(2) from None
    try:
        names = [field.name for field in fields(Release)]
        writer = csv.DictWriter(target, names) if format is Format.csv else None
        if writer is not None:
            writer.writeheader()
        for release in releases:
            row = asdict(release)
            if writer is not None:
                writer.writerow({**row, "remarks": "; ".join(release.remarks)})
            else:
                target.write(json.dumps(row, ensure_ascii=False, default=plain) + "\n")
        target.flush()
    finally:
        if output:
            target.close()
