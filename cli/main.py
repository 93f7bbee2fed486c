"""`podium`: the commands put together, and the one place where a mistake becomes a sentence."""

from __future__ import annotations

import os
import sys

import typer

from alerts.yamlfile import ConfigError
from cli import archive, backup, deliveries, incidents, operate, topics
from cli.check import check
from cli.diff import compare
from cli.draft import new_office
from cli.evidence import evidence
from cli.watch import watch
from cli.why import reindex, why
from crawler.drafting import DraftProblem
from crawler.offices import UnknownOffice
from crawler.options import UsageProblem
from language.query import QueryError
from storage.errors import ArchiveError

app = typer.Typer(
    name="podium",
    help="A monitor for the news sites of heads of state. Crawl by hand with `scrapy crawl NAME`; "
    "$PODIUM_DB names the archive, $PODIUM_CONFIG the folder of schedules.yaml and topics.yaml.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (archive.search, archive.show, archive.export):
    app.command()(command)
for duty in (operate.status, operate.runs, operate.alerts, operate.deliver, operate.offices, deliveries.deliveries):
    app.command()(duty)
app.command("diff")(compare)
app.command("evidence")(evidence)
app.command("check-config")(operate.check_config)
app.command("check")(check)
app.command("new-office")(new_office)
app.command("watch")(watch)
app.command("backup")(backup.backup)
app.command("reconcile")(backup.reconcile)
app.command("why")(why)
app.command("reindex")(reindex)
app.add_typer(topics.app, name="topics")
app.add_typer(deliveries.channels, name="channels")
app.add_typer(incidents.app, name="incidents")


def main() -> None:
    """The console script. A user's mistake is one sentence and exit code 2; a closed pipe is silent."""
    try:
        app()
    except (ConfigError, ArchiveError, QueryError, UnknownOffice, UsageProblem, DraftProblem) as problem:
        print(f"podium: {problem}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        print(
            f"podium: the output cannot be written ({error.strerror}): free space or name another file.",
            file=sys.stderr,
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
