"""`podium deliveries` and `podium channels`: what became of each delivery, sending again, and how the channels fare."""

from __future__ import annotations

import asyncio
import sys
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from alerts.channels import open_channels
from alerts.config import Settings, all_channels, told_of
from alerts.result import Result
from cli.archive import Json, print_json
from cli.shown import console
from crawler.config import load_configuration
from crawler.options import UsageProblem
from storage import open_archive, times
from storage.outgoing import Delivery, TestContent

channels = typer.Typer(help="Channels: list, test, enable.", no_args_is_help=True)


def _range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no delivery; write its number, or a range such as 12-40")
    return int(first), int(last if dash else first)


def deliveries(
    which: Annotated[
        str | None, typer.Argument(help="One delivery, with its attempts, or a range such as 12-40.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only on this channel.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only held, pending, leased, retry, delivered, dead, parked …")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Made on this day or later (UTC).")
    ] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send what is listed again, under its old id: delivered, dead or parked.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Deliveries, newest first: what, where, in which state, and why. Exit code 1 when there are none.

    Example: podium deliveries --channel hook --state dead; podium deliveries 12-40 --resend
    """
    if resend and which is None and channel is None and state is None and topic is None and since is None:
        raise UsageProblem(
            "say which deliveries to send again: a number, a range, --channel, --state, --topic or --since"
        )
    archive = open_archive(create=False)
    ids = _range(which) if which else None
    after = since.replace(tzinfo=times.now().tzinfo) if since else None
    found = archive.deliveries(
        channel=channel, state=state, topic=topic, since=after, ids=ids, limit=1_000_000 if resend else limit
    )
    one = ids is not None and ids[0] == ids[1]
    attempts = archive.attempts(found[0].id) if one and found else []
    if resend:
        again = archive.resend([line.id for line in reversed(found)], times.now())
        if as_json:
            print_json({"resent": again})
        else:
            left = f"; {len(found) - len(again)} wait already or are silent" if len(again) < len(found) else ""
            told = "1 delivery is" if len(again) == 1 else f"{len(again)} deliveries are"
            console.print(f"{told} sent again by the daemon or `podium deliver`{left}", markup=False)
        raise typer.Exit(0 if again else 1)
    if as_json:
        lines = [asdict(line) for line in found]
        print_json(lines if not one else [{**line, "tried": [asdict(a) for a in attempts]} for line in lines])
        raise typer.Exit(0 if found else 1)
    table = Table()
    for heading in ("id", "made (UTC)", "channel", "what", "state", "tries", "next (UTC)"):
        table.add_column(heading)
    for line in found:
        why = line.last_error if line.state != "delivered" else ""
        told = f"{line.state}{f': {line.reason}' if line.reason else ''}{f': {why}' if why else ''}"
        what = f"{f'[{line.topic}] ' if line.topic else ''}{line.subject}"
        at = f"{line.next_attempt_at:%Y-%m-%d %H:%M:%S}" if line.next_attempt_at else ""
        made = f"{line.created_at:%Y-%m-%d %H:%M}"
        table.add_row(str(line.id), made, line.channel, escape(what), escape(told), str(line.attempts), at)
    console.print(table)
    for attempt in attempts:
        told = f"attempt {attempt.number}, {attempt.ended_at:%Y-%m-%d %H:%M:%S}: {attempt.state} {attempt.error}"
        console.print(told.strip(), markup=False, highlight=False)
    raise typer.Exit(0 if found else 1)


@channels.command("list")
def list_channels(as_json: Json = False) -> None:
    """Every channel: where it leads, whether it works, what waits. Exit code 1 when one is disabled.

    Example: podium channels list
    """
    declared = all_channels(load_configuration().settings)
    archive = open_archive(create=False)
    states, counts = {state.name: state for state in archive.channel_states()}, archive.delivery_counts()
    names = [*declared, *(name for name in counts if name not in declared)]
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "declared": name in declared,
                    "state": asdict(states[name]) if name in states else None,
                    "deliveries": counts.get(name, {}),
                }
                for name in names
            ]
        )
    else:
        table = Table()
        for heading in ("channel", "kind", "state", "deliveries"):
            table.add_column(heading)
        for name in names:
            kind = (
                type(declared[name]).__name__.removesuffix("ChannelSpec").lower()
                if name in declared
                else "not declared"
            )
            state, told = states.get(name), "works"
            if state is None:
                told = "not tried yet"
            elif state.disabled_at is not None:
                told = f"disabled {state.disabled_at:%Y-%m-%d %H:%M} UTC: {state.reason}"
            elif state.failures:
                until = f", left alone until {state.not_before:%Y-%m-%d %H:%M:%S} UTC" if state.not_before else ""
                told = f"failing since {state.failing_since:%Y-%m-%d %H:%M} UTC{until}: {state.reason}"
            waiting = ", ".join(f"{number} {what}" for what, number in sorted(counts.get(name, {}).items()))
            table.add_row(name, kind, escape(told), waiting)
        console.print(table)
    raise typer.Exit(1 if any(state.disabled_at for state in states.values() if state.name in declared) else 0)


def _declared(name: str) -> Settings:
    settings = load_configuration().settings
    if name not in all_channels(settings):
        raise UsageProblem(f"schedules.yaml declares no channel {name!r}; it has {', '.join(all_channels(settings))}")
    return settings


@channels.command("test")
def test_channel(name: Annotated[str, typer.Argument(help="The channel's name in schedules.yaml.")]) -> None:
    """Send a message that is marked as a test, now and past the outbox. Exit code 1 when the channel does not take it.

    Example: podium channels test desk
    """
    settings = _declared(name)

    async def send() -> Result:
        content = TestContent(name, times.to_text(times.now()))
        async with open_channels(settings) as opened:
            return await opened[name].send(Delivery(0, str(uuid.uuid4()), "test", name, 1, content))

    result = asyncio.run(send())
    if result.state == "delivered":
        console.print(f"channel {name} took the test", markup=False)
        return
    print(f"podium: channel {name} did not take the test: {result.error}", file=sys.stderr)
    raise typer.Exit(1)


@channels.command("enable")
def enable(name: Annotated[str, typer.Argument(help="The channel's name in schedules.yaml.")]) -> None:
    """Take a disabled channel into use again; what was parked for it goes on, under its old ids.

    Example: podium channels enable hook
    """
    settings = _declared(name)
    freed = open_archive(create=False).enable_channel(name, times.now(), told_of(settings, name))
    told = "1 parked delivery goes on" if freed == 1 else f"{freed} parked deliveries go on"
    console.print(f"channel {name} is in use; {told}", markup=False)
