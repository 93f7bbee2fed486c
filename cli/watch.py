"""`podium watch`: the daemon at the door."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import datetime
from typing import Annotated

import typer
import uvloop

from crawler.config import Configuration, load_configuration
from scheduler.daemon import Daemon, check
from storage.database import archive_path
from storage.locks import daemon_lock
from storage.writer import Writer


def watch(
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=VALUE", help="A Scrapy setting that wins over all, as with scrapy."),
    ] = None,
) -> None:
    """Watch every office of schedules.yaml and deliver alerts, until SIGTERM or Ctrl-C.

    Crawls in one process at the pace that schedules.yaml gives, takes up changed YAML files without a restart, and
    finishes what is in flight before it ends. Example: podium watch
    """
    overrides = settings_of(setting)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    for noisy in ("apscheduler", "scrapy", "asyncio", "pymorphy3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    configuration = load_configuration()
    check(configuration)
    with daemon_lock(archive_path()):
        writer = Writer(archive_path())
        try:
            uvloop.run(_run(configuration, writer, overrides))
        finally:
            writer.close()


def settings_of(given: list[str] | None) -> dict[str, str]:
    """Scrapy settings as they were given on the command line, NAME=VALUE each."""
    overrides = {}
    for item in given or []:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{item!r} is not NAME=VALUE", param_hint="--set")
        overrides[name] = value
    return overrides


async def _run(configuration: Configuration, writer: Writer, overrides: dict[str, str]) -> None:
    daemon = Daemon(configuration, writer, overrides=overrides, show=_show)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    logging.getLogger("podium.watch").info(
        "watching %s into %s", ", ".join(configuration.settings.offices), writer.path
    )
    await daemon.run()


_shown: dict[str, datetime | None] = {}


def _show(plan: list[tuple[str, datetime | None]]) -> None:
    """Say when each job runs next, once for each new time."""
    for job, at in plan:
        if _shown.get(job, ...) != at:
            _shown[job] = at
            logging.getLogger("podium.watch").info(
                "next %s: %s", job, f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "not planned"
            )
