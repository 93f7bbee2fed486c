"""`podium watch`: polls, sweeps, rechecks and deliveries of every scheduled office, in one asyncio loop.

APScheduler is only the clock: the YAML is the truth about jobs, and when each last succeeded stands in the archive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from alerts.config import OfficeSchedule, demand_operator, told_of
from alerts.reconcile import Reconciliation, compare, repair
from alerts.values import crontab_trigger
from alerts.yamlfile import ConfigError
from crawler.config import Configuration, load_configuration
from crawler.offices import find_office
from crawler.options import CrawlOptions
from crawler.session import load_announcer
from scheduler.crawls import Crawls
from scheduler.deliveries import Deliverer
from scheduler.files import FileWatch
from storage import Archive, open_archive, times
from storage.errors import ArchiveBusy, ArchiveError
from storage.outgoing import Balance
from storage.writer import Writer

log = logging.getLogger("podium.watch")

LOOK_AT_FILES = timedelta(seconds=2)
RECONCILE, NIGHT = "reconcile", time(2, 40)
"""The nightly job's name, and when it runs (UTC)."""
LONGEST_BACK_OFF = timedelta(hours=1)
"""An office that cannot be read is asked less and less often, but never less than this (or than its own period): the
operator is to know within the hour."""


def check(configuration: Configuration) -> None:
    """What a daemon needs beyond a valid file. `ConfigError` says what is missing."""
    where = configuration.folder / "schedules.yaml"
    demand_operator(configuration.settings, configuration.folder)
    if not configuration.settings.channels:
        raise ConfigError([f"{where}: alerts would reach nobody; declare a channel under `channels:`"])
    if not configuration.settings.offices:
        raise ConfigError([f"{where}: nothing to watch; declare an office under `offices:`"])


class Daemon:
    """The long-lived process. `run()` returns after `stop()`, with everything in flight finished."""

    def __init__(
        self,
        configuration: Configuration,
        writer: Writer,
        *,
        overrides: Mapping[str, str] | None = None,
        show: Callable[[list[tuple[str, datetime | None]]], None] = lambda plan: None,
    ) -> None:
        check(configuration)
        self.configuration = configuration
        self.writer = writer
        self.crawls = Crawls(
            writer, configuration, writer.run_sync(load_announcer, configuration), dict(overrides or {})
        )
        self._show = show
        self._clock = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._stopping = asyncio.Event()
        self._turns: dict[str, asyncio.Lock] = {}
        self._bad_runs: dict[str, int] = {}
        self._not_before: dict[str, datetime] = {}
        self._files = FileWatch([configuration.folder / name for name in ("schedules.yaml", "topics.yaml")])
        self._deliverer = Deliverer(writer)

    async def run(self) -> None:
        """Watch until stopped."""
        self._clock.add_listener(self._mishap, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        await self._schedule()
        self._clock.start()
        await self._publish_plan()
        await self._deliverer.use(self.configuration.settings)
        try:
            await self._stopping.wait()
        finally:
            self._clock.shutdown(wait=False)
            await self.crawls.stop("the daemon is ending")
            for turn in self._turns.values():
                async with turn:
                    pass  # its crawl has closed its run
            await self._deliverer.stop()
            await self.writer.run(lambda archive: archive.plan_jobs({}))

    def stop(self) -> None:
        """Finish what is in flight, then end. May be called from a signal handler of the loop."""
        self._stopping.set()

    # ---- the plan --------------------------------------------------------------------------------------------------

    async def _schedule(self) -> None:
        """Make the clock's jobs those of the configuration."""
        self._clock.remove_all_jobs()
        now = times.now()
        for name, schedule in self.configuration.settings.offices.items():
            self._turns.setdefault(name, asyncio.Lock())
            await self._add(f"poll {name}", self._poll, schedule, self._period(name, schedule), now)
            if schedule.sweep is not None:
                trigger = IntervalTrigger(seconds=schedule.sweep.every.total_seconds(), timezone="UTC")
                # The first sweep comes after the first poll, whose baseline it deepens.
                await self._add(f"sweep {name}", self._sweep, schedule, trigger, now + timedelta(minutes=1))
        await self._add_reconciliation(now)
        self._clock.add_job(
            self._look_at_files, IntervalTrigger(seconds=LOOK_AT_FILES.total_seconds(), timezone="UTC"), id="files"
        )

    def _period(self, name: str, schedule: OfficeSchedule) -> Any:
        zone = schedule.timezone or find_office(name).timezone
        if schedule.cron is not None:
            return crontab_trigger(schedule.cron, ZoneInfo(zone))
        assert schedule.every is not None
        jitter = min(30, int(schedule.every.total_seconds() / 10)) or None
        return IntervalTrigger(seconds=schedule.every.total_seconds(), jitter=jitter, timezone="UTC")

    async def _add(self, job: str, run: Any, schedule: OfficeSchedule, trigger: Any, soonest: datetime) -> None:
        """Add a job whose first run goes on from its last success: at once when that is a period ago."""
        last = await self.writer.run(lambda archive: archive.job_succeeded_at(job))
        first: dict[str, datetime] = {}
        if isinstance(trigger, IntervalTrigger):
            first["next_run_time"] = max(soonest, last + trigger.interval) if last else soonest
        self._clock.add_job(run, trigger, args=[job.split(" ", 1)[1], schedule], id=job, **first)

    async def _publish_plan(self) -> None:
        plan = {job.id: job.next_run_time for job in self._clock.get_jobs() if job.id != "files"}
        await self.writer.run(lambda archive: archive.plan_jobs(plan))
        self._show(sorted(plan.items(), key=lambda item: (item[1] is None, item[1])))

    def _mishap(self, event: JobExecutionEvent) -> None:
        if event.code == EVENT_JOB_MISSED:
            log.error("job %s was missed: it was due at %s", event.job_id, event.scheduled_run_time)
        else:
            log.error("job %s failed: %s", event.job_id, event.exception, exc_info=event.exception)

    async def _add_reconciliation(self, now: datetime) -> None:
        """Every night, and soon after the start when the last one is more than a day ago."""
        last = await self.writer.run(lambda archive: archive.job_succeeded_at(RECONCILE))
        first: dict[str, datetime] = {}
        if last is None or now - last > timedelta(hours=25):
            first["next_run_time"] = now + timedelta(minutes=5)
        trigger = CronTrigger(hour=NIGHT.hour, minute=NIGHT.minute, timezone="UTC")
        self._clock.add_job(self._reconcile, trigger, id=RECONCILE, **first)

    # ---- jobs ------------------------------------------------------------------------------------------------------

    async def _poll(self, name: str, schedule: OfficeSchedule) -> None:
        """Poll an office, with the rechecks that are due. A running sweep of it gives way."""
        now = times.now()
        zone = ZoneInfo(schedule.timezone or find_office(name).timezone)
        if schedule.active is not None and not schedule.active.contains(now.astimezone(zone).time()):
            log.debug("%s: outside its active hours", name)
            return
        cool_until = await self.writer.run(lambda archive: archive.cool_until(name))
        not_before = max(filter(None, (cool_until, self._not_before.get(name))), default=None)
        if not_before is not None and now < not_before:
            log.info("%s: left alone until %s UTC", name, f"{not_before:%Y-%m-%d %H:%M}")
            return
        if (walking := self.crawls.running.get(name)) is not None:
            walking.stop("gives way to a poll")
        recheck = schedule.recheck
        if recheck is not None:
            last = await self.writer.run(lambda archive: archive.job_succeeded_at(f"recheck {name}"))
            if last is not None and now - last < recheck.every:
                recheck = None
        options = CrawlOptions.parse(find_office(name), {}, schedule)
        if recheck is not None:
            options = replace(options, recheck=recheck.span)
        healthy = await self._crawl(name, options, f"poll {name}")
        if healthy and recheck is not None:
            await self._succeeded(f"recheck {name}")
        self._back_off(name, schedule, healthy)

    async def _sweep(self, name: str, schedule: OfficeSchedule) -> None:
        """Walk deeper than polls do, slice by slice; between slices polls come through."""
        assert schedule.sweep is not None
        options = replace(
            CrawlOptions.parse(find_office(name), {}, schedule), listings=schedule.sweep.listings, walk=True
        )
        while not self._stopping.is_set():
            session_healthy = await self._crawl(name, options, f"sweep {name}")
            if session_healthy is not None:
                return
            await asyncio.sleep(1)  # let a waiting poll take its turn first

    async def _crawl(self, name: str, options: CrawlOptions, job: str) -> bool | None:
        """One crawl in the office's turn: whether it was healthy; None when it was cut short and is to go on."""
        async with self._turns[name]:
            if self._stopping.is_set():
                return False
            try:
                session, closed = await self.crawls.crawl(name, options)
            except (ArchiveBusy, ArchiveError) as problem:
                log.error("%s: %s", job, problem)
                return False
        self._deliverer.wake()
        if session.fault is not None:
            log.error("%s: broke off: %s", job, session.fault)
        if closed is None:
            return False
        counts = closed.counts
        log.log(
            logging.INFO if closed.verdict.healthy else logging.ERROR,
            "%s: %s in %.1f s: %s; %d alerts%s",
            job, closed.verdict.name, closed.seconds, closed.verdict.reason, counts.alerts,
            f", {closed.held} held" if closed.held else "",
        )  # fmt: skip
        if not closed.verdict.healthy:
            await self._publish_plan()
            return False
        if session.stopped:
            return None
        await self._succeeded(job)
        return True

    async def _succeeded(self, job: str) -> None:
        now = times.now()
        await self.writer.run(lambda archive: archive.job_succeeded(job, now))
        await self._publish_plan()

    def _back_off(self, name: str, schedule: OfficeSchedule, healthy: bool | None) -> None:
        if healthy is not False:
            self._bad_runs.pop(name, None)
            self._not_before.pop(name, None)
            return
        count = self._bad_runs[name] = self._bad_runs.get(name, 0) + 1
        if count > 1 and schedule.every is not None:
            wait = min(schedule.every * 2 ** min(count - 1, 10), max(schedule.every, LONGEST_BACK_OFF))
            self._not_before[name] = times.now() + wait - schedule.every / 2

    async def _reconcile(self) -> None:
        """Compare beside the writer, on a connection of its own; only a repair goes through it."""
        now, settings = times.now(), self.configuration.settings

        def look() -> Reconciliation:
            archive = open_archive(self.writer.path)
            try:
                return compare(archive, lambda name: ZoneInfo(find_office(name).timezone), now)
            finally:
                archive.close()

        found = await asyncio.to_thread(look)
        tell = told_of(settings)
        balance = await self.writer.run(_repair, found, tell, now)
        for line in found.lines(balance):
            log.log(logging.ERROR if found.differences else logging.INFO, "reconcile: %s", line)
        self._deliverer.wake()
        await self._succeeded(RECONCILE)

    # ---- changed files ---------------------------------------------------------------------------------------------

    async def _look_at_files(self) -> None:
        """Take up a changed YAML; a broken one is refused loudly and the old one stays in force."""
        if not self._files.changed():
            return
        try:
            configuration = load_configuration(self.configuration.folder)
            check(configuration)
            announcer = await self.writer.run(load_announcer, configuration)
            await self._deliverer.use(configuration.settings)
        except (ConfigError, ArchiveError) as problem:
            log.error("the changed configuration is refused, the old one stays in force:\n%s", problem)
            return
        self.configuration = self.crawls.configuration = configuration
        self.crawls.announcer = announcer
        await self._schedule()
        await self._publish_plan()
        log.info("the changed configuration is in force: %d offices, %d topics, %d channels",
                 len(configuration.settings.offices), len(configuration.topics),
                 len(configuration.settings.channels))  # fmt: skip


def _repair(archive: Archive, found: Reconciliation, tell: tuple[str, ...], now: datetime) -> Balance:
    repair(archive, found, tell, now)
    return archive.balance(found.since)
