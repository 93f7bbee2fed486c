"""A run from its opening to its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from crawler.health import NEED_PROOF, Verdict, judge
from crawler.incidents import settle_incident
from crawler.intake.listings import TakesListings
from crawler.intake.notes import log
from storage import times
from storage.frontier import Walk
from storage.model import FrontierRow, Known, ListState, RunCounts
from storage.protocol import Archive

UNCONDITIONAL_AFTER = timedelta(days=1)
"""Each list and each release is asked without conditions at least so often: a 304 can be wrong for ever."""
PROBES = 3
"""After a run whose releases could not be trusted so many known ones are read, whatever is new: without that no run could
tell that they can be read again."""
_COUNTED = ("releases_new", "releases_edited", "releases_unchanged", "unreadable", "alerts", "errors")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run begins with: its lists, the rows an earlier run left unread, the releases to ask for again."""

    run_id: int
    lists: list[ListState]
    unread: list[FrontierRow]
    known: list[Known]


@dataclass(frozen=True, slots=True)
class Closed:
    """How a run ended. `alerts` are those to be said, `freed` the deliveries that its verdict set free."""

    run_id: int
    verdict: Verdict
    counts: RunCounts
    freed: int
    held: int
    seconds: float


@dataclass(slots=True)
class Intake(TakesListings):
    """One run's work on the archive."""

    _started: datetime = field(default_factory=times.now)
    _distrusted: bool = False
    """The run before could not read the site."""
    _list_ids: list[int] = field(default_factory=list)

    def open(self, archive: Archive) -> Plan:
        """Open the run and say what it begins with."""
        self._started = self.clock()
        lists = archive.open_lists(self.office.facts, self.office.lists(self.options.sections, self.options.languages))
        self.run_id = archive.open_run(self.office.name, self._started)
        self._list_ids = [state.id for state in lists]
        if self.options.walk:
            self.walks = archive.walks(self._list_ids, self.options.walk)
        # Lists that an earlier slice of this walk is through with are left to the others.
        lists = [state for state in lists if not self.walks.get(state.id, Walk()).done]
        self.begin_passes(lists)
        unread = self.fresh(archive.unread_rows(self._list_ids, self._started))
        known: list[Known] = []
        if (pace := self.options.pace(self.office)) is not None:
            known = archive.recheck_due(self._list_ids, pace, self._started, UNCONDITIONAL_AFTER)
        before = archive.runs(self.office.name, 2)[1:]
        self._distrusted = bool(before) and not before[0].healthy
        if before and before[0].verdict in NEED_PROOF and not self.office.whole:
            probes = archive.newest_known(self._list_ids, PROBES)
            asked = {probe.release_id for probe in probes}
            known = probes + [one for one in known if one.release_id not in asked]
        if unread:
            log.info("%s rows were seen by earlier runs and not yet read", len(unread))
        return Plan(self.run_id, lists, unread, known)

    def conditions(self, state: ListState) -> dict[str, str]:
        """The conditional headers for a list's first listing; none where the whole answer is needed."""
        if self._distrusted:
            return {}  # "as it was" says nothing when it was bad
        stale = state.read_at is None or self.clock() - state.read_at >= UNCONDITIONAL_AFTER
        if stale or state.baseline_at is None or state.pass_listing or self.options.walk:
            return {}
        return validators(state.etag, state.last_modified)

    def close(
        self, archive: Archive, *, requests: int, stopped: str = "", gave_up: bool = False, error: str = ""
    ) -> Closed:
        """Judge the run and settle, in one transaction, what waited for its verdict.

        `stopped` says why the run ended before its work was done, `gave_up` that it was for want of answers; `error` is
        a crash of the program itself.
        """
        self.facts.requests, self.facts.stopped, self.facts.gave_up = requests, stopped, gave_up
        if error:
            self.facts.trouble(f"the crawl itself failed: {error}")
            self.counts["errors"] += 1
        now = self.clock()
        with archive.transaction():
            verdict = judge(self.facts, archive.history(self.office.name), self.office.expect, now)
            if error and verdict.healthy:
                verdict = Verdict("missing", f"the crawl broke off: {error}")
            if verdict.healthy:
                self.announce_unreadable(archive, self._list_ids, now)
            self.counts["alerts"] += self.rechecks.settle(
                archive, self.run_id, self.announcer, partial(self.record, archive), healthy=verdict.healthy, now=now
            )
            counts = RunCounts(
                requests=requests,
                listings=len(self.facts.listings),
                rows_seen=sum(fact.rows for fact in self.facts.listings),
                rows_known=sum(fact.known for fact in self.facts.listings),
                rows_new=sum(fact.rows - fact.known for fact in self.facts.listings),
                **{name: self.counts[name] for name in _COUNTED},
            )
            if self.options.walk and not stopped and self.passes_complete:
                archive.end_walk(self._list_ids, self.options.walk)
            freed = archive.close_run(
                self.run_id, verdict.name, verdict.reason, counts, self.facts.to_json(), self.outcomes(), now
            )
            settle_incident(
                archive, self.office, verdict, self.facts, self.first_pages(), archive.run(self.run_id), freed, self.tell,
                interrupted=bool(stopped) and not error,
            )  # fmt: skip
        held = 0 if verdict.healthy else counts.alerts
        return Closed(self.run_id, verdict, counts, freed, held, (now - self._started).total_seconds())


def validators(etag: str, last_modified: str) -> dict[str, str]:
    """Headers of a conditional request (RFC 9110 §13.1)."""
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return headers
