"""Looking after a deployment: status, runs, alerts, deliveries, offices, configuration."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerts.channels import check_channels, open_channels
from alerts.outbox import ArchiveOutbox
from alerts.reconcile import SPAN, balance_line
from alerts.result import DeliveryReport
from alerts.worker import drain
from cli.archive import Json, print_json
from cli.shown import console
from crawler.config import load_configuration
from crawler.offices import find_office
from crawler.offices import offices as all_offices
from crawler.offices import table as office_table
from crawler.report import VERDICT_STYLES
from scheduler.health import find_missing
from storage import open_archive, times
from storage.database import archive_path
from storage.locks import daemon_lock
from storage.writer import Writer


def _verdict(name: str | None) -> str:
    return f"[{VERDICT_STYLES.get(name or '', 'red')}]{name or 'running'}[/]"


def _span(time: timedelta) -> str:
    """A length of time in its largest unit: `40 s`, `5 min`, `3 h`, `2 d`; one that is over is `0 s`."""
    seconds = max(0, int(time.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or (unit == "min" and seconds >= length):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def status(as_json: Json = False) -> None:
    """A line per office: last run, verdict, last new release, next run. Exit code 1 when one is not healthy.

    An office of schedules.yaml whose runs do not come within twice their period, or do not end, is `missing`.

    Example: podium status --json
    """
    configured = load_configuration().settings.offices
    archive = open_archive(create=False)
    missing = {one.office: one.reason for one in find_missing(archive, configured, times.now())}
    lines, counts = archive.statuses(), archive.delivery_counts()
    never = [name for name in configured if name not in {line.office for line in lines}]
    balance = archive.balance(times.now() - SPAN)
    disabled = [state for state in archive.channel_states() if state.disabled_at is not None]
    stale = archive.word_index_stale()
    sick = [
        line.office
        for line in lines
        if line.office in missing or (line.last_run and line.last_run.finished_at and not line.last_run.healthy)
    ]
    if as_json:
        print_json({"offices": [asdict(line) | {"missing": missing.get(line.office)} for line in lines],
                    "unhealthy": sick, "never_crawled": never, "deliveries": counts,
                    "disabled_channels": [asdict(state) for state in disabled],
                    "word_index_stale": stale,
                    "balance": {**asdict(balance), "missing": balance.missing},
                    "incidents": [asdict(incident) for incident in archive.incidents(open_only=True)]})  # fmt: skip
        raise typer.Exit(1 if sick else 0)
    now, watched = times.now(), daemon_lock(archive_path()).held()
    table = Table()
    for heading in ("office", "verdict", "last run", "next run", "releases", "last new release"):
        # Where the terminal is narrow, the title gives way: what matters is before it.
        narrow = heading != "last new release"
        table.add_column(heading, no_wrap=narrow, justify="right" if heading == "releases" else "left")
    for line in lines:
        run = line.last_run
        newest = f"{line.newest_release[0][:10]} {escape(line.newest_release[1])}" if line.newest_release else "none"
        following = _span(line.next_run_at - now) if line.next_run_at and watched else ""
        table.add_row(
            line.office,
            "[red]missing[/]" if line.office in missing else _verdict(run.verdict) if run else "never run",
            f"{_span(now - run.started_at)} ago" if run else "",
            f"in {following}" if following else "not planned" if watched else "no daemon",
            str(line.releases),
            newest,
        )
    for name in never:
        table.add_row(name, "never run", "", "", "0", "")
    console.print(table)
    for line in lines:
        if line.office in missing:
            console.print(f"{line.office}: {missing[line.office]}", markup=False, highlight=False)
        elif line.last_run and line.last_run.verdict != "ok":
            console.print(f"{line.office}: {line.last_run.reason}", markup=False, highlight=False)
        if line.held:
            console.print(f"{line.office}: {line.held} deliveries are held until a run can read the site", style="red")
    for channel, states in counts.items():
        told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        console.print(f"channel {channel}: {told}", markup=False, highlight=False)
    for state in disabled:
        console.print(f"channel {state.name} is disabled: {state.reason}", markup=False, highlight=False)
    for incident in archive.incidents(open_only=True):
        since = f"{incident.opened_at:%Y-%m-%d %H:%M}"
        about = f"incident {incident.id} since {since} UTC"
        console.print(f"{about}: {incident.reason}", markup=False, highlight=False)
    if stale:
        how = "the daemon is renewing them" if watched else "`podium watch` renews them, or `podium reindex`"
        console.print(f"word index: {stale} releases stand under older rules of forms; {how}", markup=False)
    console.print(f"last {SPAN.days} days: {balance_line(balance)}", markup=False, highlight=False)
    raise typer.Exit(1 if sick else 0)


def runs(
    office: Annotated[str | None, typer.Argument(help="Only this office.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """The last crawls, newest first, each with its verdict and reason. Example: podium runs president_am"""
    if office is not None:
        find_office(office)
    found = open_archive(create=False).runs(office, limit)
    if as_json:
        print_json([asdict(run) for run in found])
        return
    table = Table()
    for heading in ("run", "office", "started (UTC)", "requests", "new", "edited", "alerts", "verdict"):
        table.add_column(heading, no_wrap=heading in ("run", "office"))
    for run in found:
        c = run.counts
        numbers = (str(number) for number in (c.requests, c.releases_new, c.releases_edited, c.alerts))
        verdict = f"{_verdict(run.verdict)}: {escape(run.reason)}"
        table.add_row(str(run.id), run.office, f"{run.started_at:%Y-%m-%d %H:%M:%S}", *numbers, verdict)
    console.print(table)


def alerts(
    silent: Annotated[bool, typer.Option("--silent", help="Those that were suppressed, with the reason.")] = False,
    topic: Annotated[str | None, typer.Option(help="Only this topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """The alerts that were raised, newest first, and what became of each. Example: podium alerts --silent"""
    found = open_archive(create=False).alerts(silent=silent, topic=topic, limit=limit)
    if as_json:
        print_json([asdict(line) for line in found])
        return
    table = Table()
    for heading in ("no.", "raised (UTC)", "topic", "cause", "lang", "release", "silence" if silent else "deliveries"):
        table.add_column(heading, no_wrap=heading == "no.")
    for line in found:
        told = "\n".join(f"{channel}: {state} {why}".strip() for channel, state, why in line.deliveries)
        table.add_row(
            str(line.id),
            f"{line.raised_at:%Y-%m-%d %H:%M}",
            escape(line.topic),
            line.cause,
            line.language,
            f"{escape(line.title)}\n[dim]{escape(line.url)}[/]",
            escape(line.silence if silent else told or "no channel"),
        )
    console.print(table)


def deliver() -> None:
    """Deliver what is due, and wait out short retries, for at most a minute. Example: podium deliver"""
    settings = load_configuration().settings
    logging.getLogger("alerts.worker").addHandler(logging.NullHandler())  # its failures are the report's lines

    async def work(writer: Writer) -> DeliveryReport:
        await writer.run(lambda archive: archive.tell_notices(times.now()))
        async with open_channels(settings) as channels:
            return await drain(ArchiveOutbox(writer, settings), channels)

    open_archive(create=False).close()  # a delivery makes no archive: say so when there is none
    writer = Writer(archive_path())
    try:
        report = asyncio.run(work(writer))
    finally:
        writer.close()
    for line in report.lines():
        console.print(line, markup=False, highlight=False)


def offices(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the table of the README.")] = False,
    as_json: Json = False,
) -> None:
    """The offices that podium knows, with their sections, languages and access. Example: podium offices --json"""
    if markdown:
        print("\n".join(office_table()))
        return
    found = all_offices().values()
    if as_json:
        names = ("name", "full_title", "country", "languages", "sections", "access", "reach", "verified")
        print_json([{name: getattr(office, name) for name in names} for office in found])
        return
    table = Table()
    for heading in ("office", "of", "country", "languages", "sections", "access", "verified"):
        table.add_column(heading)
    for office in found:
        languages, sections = ", ".join(office.languages), ", ".join(office.sections)
        verified = office.verified or "not live yet"
        table.add_row(office.name, office.full_title, office.country, languages, sections, office.access, verified)
    console.print(table)


def check_config() -> None:
    """Check schedules.yaml and topics.yaml, and say what is in them. Example: podium check-config"""
    found = load_configuration()
    settings = found.settings

    asyncio.run(check_channels(settings))
    console.print(
        f"{found.folder}: {len(settings.offices)} offices, {len(settings.channels)} channels, "
        f"{len(found.topics)} topics: all is well.",
        markup=False,
        highlight=False,
    )
