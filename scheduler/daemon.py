"""`podium watch`: polls, sweeps, rechecks and deliveries of every scheduled office, in one asyncio loop.

APScheduler is only the clock: the YAML is the truth about jobs, and when each last succeeded stands in the archive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Literal, ParamSpec
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from alerts.channels import check_channels
from alerts.config import OfficeSchedule, demand_operator, told_of
from alerts.heartbeat import beat
from alerts.reconcile import Reconciliation, compare, repair
from alerts.values import crontab_trigger
from alerts.yamlfile import ConfigError
from crawler.browser import NoBrowser, demand_chromium
from crawler.config import Configuration, load_configuration
from crawler.offices import find_office
from crawler.options import CrawlOptions, sweep
from crawler.session import load_announcer
from scheduler.check import check_office, is_known_to_work, job_name
from scheduler.crawls import Crawls
from scheduler.deliveries import Deliverer
from scheduler.files import FileWatch
from scheduler.health import LOOK, all_well, watch_over
from scheduler.renewal import renew
from storage import Archive, open_archive, times
from storage.errors import ArchiveBusy, ArchiveError
from storage.locks import office_lock
from storage.outgoing import Balance
from storage.writer import Writer

log = logging.getLogger("podium.watch")
P = ParamSpec("P")

LOOK_AT_FILES = timedelta(seconds=2)
HEARTBEAT = timedelta(minutes=1)
"""The heartbeat address is called so often at most."""
HEALTH = "health"
RECONCILE, NIGHT = "reconcile", time(2, 40)
"""The nightly job's name, and when it runs (UTC)."""
LONGEST_BACK_OFF = timedelta(hours=1)
"""An office that cannot be read is asked less and less often, but never less than this (or than its own period): the
operator is to know within the hour."""
USUAL_PERIOD = timedelta(minutes=10)
"""What an office that is read by cron counts as its period, where one is needed."""

Ending = Literal["healthy", "unhealthy", "paused"]
"""How a crawl ended; `paused`: it gave way and is to go on as soon as it may."""
Job = Callable[[str, OfficeSchedule], Awaitable[None]]


def check(configuration: Configuration) -> None:
    """What a daemon needs beyond a valid file. `ConfigError` says what is missing."""
    where = configuration.folder / "schedules.yaml"
    demand_operator(configuration.settings, configuration.folder)
    if not configuration.settings.channels:
        raise ConfigError([f"{where}: alerts would reach nobody; declare a channel under `channels:`"])
    if not configuration.settings.offices:
        raise ConfigError([f"{where}: nothing to watch; declare an office under `offices:`"])
    for name, schedule in configuration.settings.offices.items():
        if CrawlOptions.parse(find_office(name), {}, schedule).reach == "browser":
            try:
                demand_chromium(name)
            except NoBrowser as problem:
                raise ConfigError([f"{where}: {problem}"]) from None


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
        self._left_alone: dict[str, str] = {}
        self._checks: dict[str, Crawls] = {}
        self._working: set[asyncio.Task[object]] = set()
        self._files = FileWatch([configuration.folder / name for name in ("schedules.yaml", "topics.yaml")])
        self._deliverer = Deliverer(writer)
        self._since = times.now()
        self._beaten = self._since - HEARTBEAT

    async def run(self) -> None:
        """Watch until stopped."""
        # A channel that cannot be opened is said before anything is asked of a site.
        await self._deliverer.use(self.configuration.settings)
        self._clock.add_listener(self._mishap, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        await self._schedule()
        self._clock.start()
        await self._publish_plan()
        renewing = asyncio.create_task(
            self._work(renew, self.writer, self._stopping, lambda: bool(self.crawls.running))
        )
        try:
            await self._stopping.wait()
        finally:
            self._stopping.set()
            log.info("ending: what is in flight is finished first")
            self._clock.pause()  # shutting it down now would cancel the jobs that are to be finished
            await self.crawls.stop("the daemon is ending")
            for checking in self._checks.values():
                await checking.stop("the daemon is ending")
            await asyncio.gather(renewing, *self._working, return_exceptions=True)
            self._clock.shutdown(wait=False)
            await self._deliverer.stop()
            try:
                await self.writer.run(lambda archive: archive.plan_jobs({}))
            except ArchiveError as problem:
                log.error("ending: that nothing is planned any more cannot be written down: %s", problem)

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
            await self._add("poll", name, self._poll, schedule, self._period(name, schedule), now)
            if schedule.sweep is not None:
                trigger = IntervalTrigger(seconds=schedule.sweep.every.total_seconds(), timezone="UTC")
                # The first sweep comes after the first poll, whose baseline it deepens.
                await self._add("sweep", name, self._sweep, schedule, trigger, now + timedelta(minutes=1))
        await self._add_reconciliation(now)
        self._clock.add_job(
            self._work, IntervalTrigger(seconds=LOOK.total_seconds(), timezone="UTC"), args=[self._look_after], id=HEALTH
        )
        self._clock.add_job(
            self._look_at_files, IntervalTrigger(seconds=LOOK_AT_FILES.total_seconds(), timezone="UTC"), id="files"
        )

    def _period(self, name: str, schedule: OfficeSchedule) -> IntervalTrigger | CronTrigger:
        zone = schedule.timezone or find_office(name).timezone
        if schedule.cron is not None:
            return crontab_trigger(schedule.cron, ZoneInfo(zone))
        assert schedule.every is not None
        jitter = min(30, int(schedule.every.total_seconds() / 10)) or None
        return IntervalTrigger(seconds=schedule.every.total_seconds(), jitter=jitter, timezone="UTC")

    async def _add(
        self,
        kind: str,
        name: str,
        run: Job,
        schedule: OfficeSchedule,
        trigger: IntervalTrigger | CronTrigger,
        soonest: datetime,
    ) -> None:
        """Add a job whose first run goes on from its last success: at once when that is a period ago."""
        job = f"{kind} {name}"
        last = await self.writer.run(lambda archive: archive.job_succeeded_at(job))
        first: dict[str, datetime] = {}
        if isinstance(trigger, IntervalTrigger):
            first["next_run_time"] = max(soonest, last + trigger.interval) if last else soonest
        self._clock.add_job(self._work, trigger, args=[run, name, schedule], id=job, **first)

    async def _work(self, run: Callable[P, Awaitable[None]], *arguments: P.args, **named: P.kwargs) -> None:
        """Run a job as one that the daemon's end waits for."""
        task = asyncio.current_task()
        assert task is not None
        self._working.add(task)
        try:
            await run(*arguments, **named)
        finally:
            self._working.discard(task)

    async def _publish_plan(self) -> None:
        plan = {job.id: job.next_run_time for job in self._clock.get_jobs() if job.id not in ("files", HEALTH)}
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
        self._clock.add_job(self._work, trigger, args=[self._reconcile], id=RECONCILE, **first)

    # ---- jobs ------------------------------------------------------------------------------------------------------

    async def _may_ask(self, name: str, schedule: OfficeSchedule) -> bool:
        """Whether the office may be asked now: its active hours, the patience it asked for, the back-off after bad runs."""
        now = times.now()
        zone = ZoneInfo(schedule.timezone or find_office(name).timezone)
        if schedule.active is not None and not schedule.active.contains(now.astimezone(zone).time()):
            return False
        cool_until = await self.writer.run(lambda archive: archive.cool_until(name))
        not_before = max(filter(None, (cool_until, self._not_before.get(name))), default=None)
        if not_before is None or now >= not_before:
            self._left_alone.pop(name, None)
            return True
        told = f"{name}: left alone until {not_before:%Y-%m-%d %H:%M} UTC"
        if self._left_alone.get(name) != told:
            self._left_alone[name] = told
            log.info("%s", told)
        return False

    async def _poll(self, name: str, schedule: OfficeSchedule) -> None:
        """Poll an office, with the rechecks that are due. A running sweep of it gives way."""
        if not await self._may_ask(name, schedule):
            return
        if (walking := self.crawls.running.get(name)) is not None:
            walking.stop("gives way to a poll", pausing=True)
        options = CrawlOptions.parse(find_office(name), {}, schedule)
        if not await self._is_checked(name, options):
            self._back_off(name, schedule, "unhealthy")
            return
        if schedule.recheck is not None:
            options = replace(options, recheck=schedule.recheck.span, recheck_every=schedule.recheck.every)
        ending = await self._crawl(name, options, f"poll {name}")
        self._back_off(name, schedule, ending)
        if ending == "healthy":
            await self._beat()

    async def _is_checked(self, name: str, options: CrawlOptions) -> bool:
        """Whether the office works from here. One that was never verified is checked first, once; until it passes it is
        not watched."""
        async with self._turns[name]:
            if await self.writer.run(is_known_to_work, name):
                return True
            if self._stopping.is_set():
                return False
            log.info("check %s: it was never verified on the live site, so it is checked before it is watched", name)
            lock = office_lock(self.writer.path, name)
            try:
                lock.acquire()
                try:
                    checked = await check_office(
                        name, self.configuration, options, self.crawls.overrides,
                        lambda crawls: self._checks.__setitem__(name, crawls), every_list=True,
                    )  # fmt: skip
                finally:
                    lock.release()
                    self._checks.pop(name, None)
            except (ArchiveBusy, ArchiveError, NoBrowser) as problem:
                log.error("check %s: %s", name, problem)
                return False
        if checked.passed:
            await self._succeeded(job_name(name))
            log.info("check %s: passed: %s", name, checked.reason)
        elif not self._stopping.is_set():
            log.error("check %s: %s: %s; it is not watched until a check passes (podium check %s shows more)",
                      name, checked.verdict, checked.reason, name)  # fmt: skip
        return checked.passed

    async def _sweep(self, name: str, schedule: OfficeSchedule) -> None:
        """Walk deeper than polls do, slice by slice; between slices polls come through. One that could not read the
        site stays due: it is tried again when the office may be asked, a poll's period later at the soonest."""
        assert schedule.sweep is not None
        options = replace(
            CrawlOptions.parse(find_office(name), {}, schedule),
            listings=schedule.sweep.listings,
            walk=sweep(schedule.sweep.listings),
        )
        # A changed configuration brings a job of its own.
        while self.configuration.schedule(name) is schedule and not self._stopping.is_set():
            wait = schedule.every or USUAL_PERIOD
            if await self._may_ask(name, schedule) and await self.writer.run(is_known_to_work, name):
                ending = await self._crawl(name, options, f"sweep {name}")
                if ending == "healthy":
                    return
                if ending == "paused":
                    wait = timedelta(seconds=1)  # a waiting poll takes its turn first
                else:
                    self._back_off(name, schedule, ending)
            try:
                await asyncio.wait_for(self._stopping.wait(), wait.total_seconds())
            except TimeoutError:
                continue

    async def _crawl(self, name: str, options: CrawlOptions, job: str) -> Ending:
        """One crawl in the office's turn."""
        async with self._turns[name]:
            if self._stopping.is_set():
                return "paused"
            try:
                session, closed = await self.crawls.crawl(name, options)
            except (ArchiveBusy, ArchiveError, NoBrowser) as problem:
                log.error("%s: %s", job, problem)
                return "unhealthy"
        self._deliverer.wake()
        if session.fault is not None:
            log.error("%s: broke off: %s", job, session.fault)
        if closed is None:
            return "unhealthy"
        counts = closed.counts
        log.log(
            logging.INFO if closed.verdict.healthy else logging.ERROR,
            "%s: %s in %.1f s: %s; %d alerts%s",
            job, closed.verdict.name, closed.seconds, closed.verdict.reason, counts.alerts,
            f", {closed.held} held" if closed.held else "",
        )  # fmt: skip
        if not closed.verdict.healthy:
            await self._publish_plan()
            return "unhealthy"
        if session.stopped:
            return "paused"
        await self._succeeded(job)
        return "healthy"

    async def _succeeded(self, job: str) -> None:
        now = times.now()
        await self.writer.run(lambda archive: archive.job_succeeded(job, now))
        await self._publish_plan()

    def _back_off(self, name: str, schedule: OfficeSchedule, ending: Ending) -> None:
        """Ask an office that cannot be read less and less often."""
        if ending != "unhealthy":
            self._bad_runs.pop(name, None)
            self._not_before.pop(name, None)
            return
        count = self._bad_runs[name] = self._bad_runs.get(name, 0) + 1
        if count > 1:
            period = schedule.every or USUAL_PERIOD
            wait = min(period * 2 ** min(count - 1, 10), max(period, LONGEST_BACK_OFF))
            self._not_before[name] = times.now() + wait - period / 2

    async def _look_after(self) -> None:
        """See that runs come and end; tell what waits to be told of incidents."""
        offices, tell = self.configuration.settings.offices, told_of(self.configuration.settings)
        running, since = list(self.crawls.running), self._since
        try:
            for missing in await self.writer.run(
                lambda archive: watch_over(archive, offices, tell, times.now(), running=running, since=since)
            ):
                log.error("%s: missing: %s", missing.office, missing.reason)
        except ArchiveError as problem:
            log.error("%s: %s", HEALTH, problem)
            return
        self._deliverer.wake()

    async def _beat(self) -> None:
        """Give the sign of life, when every office is well."""
        heartbeat, now = self.configuration.settings.heartbeat, times.now()
        offices = list(self.configuration.settings.offices)
        if heartbeat is None or now - self._beaten < HEARTBEAT:
            return
        if await self.writer.run(lambda archive: all_well(archive, offices)):
            self._beaten = now
            try:
                problem = await beat(heartbeat.value())
            except ConfigError as missing:  # the secret's file may be gone since it was checked
                problem = str(missing)
            if problem:
                log.error("the heartbeat address could not be called: %s", problem)

    async def _reconcile(self) -> None:
        """Compare beside the writer, on a connection of its own; only a repair goes through it."""
        now, settings = times.now(), self.configuration.settings

        def look() -> Reconciliation:
            archive = open_archive(self.writer.path)
            try:
                return compare(archive, lambda name: ZoneInfo(find_office(name).timezone), now)
            finally:
                archive.close()

        try:
            found = await asyncio.to_thread(look)
            balance = await self.writer.run(_repair, found, told_of(settings), now)
        except ArchiveError as problem:
            log.error("%s: %s", RECONCILE, problem)
            return
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
            # Topics take time to check: some 0.4 s for a thousand.
            configuration = await asyncio.to_thread(load_configuration, self.configuration.folder)
            check(configuration)
            await check_channels(configuration.settings)
            announcer = await self.writer.run(load_announcer, configuration)
            await self._deliverer.use(configuration.settings)
        except ConfigError as problem:
            log.error("the changed configuration is refused, the old one stays in force:\n%s", problem)
            return
        except ArchiveError as problem:
            self._files.forget()
            log.error("the changed configuration cannot be taken up yet: %s", problem)
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
