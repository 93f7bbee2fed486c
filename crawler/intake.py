"""What a run does with the pages that it gets: read them, store them, raise alerts, and close with a verdict.

Everything here runs in the writer thread, page by page, and touches no network. The spider hands in pages and asks
what to fetch next; that is all it needs to know of the archive.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from alerts.raising import Announcer
from crawler.facts import Answer, Facts, ListingFact, Oddity, Reading, listing_fact, oddities
from crawler.health import NEED_PROOF, Verdict, judge
from crawler.incidents import settle_incident
from crawler.listings import Listing, ListingRequest
from crawler.office import Office
from crawler.options import DEFAULT_LISTINGS, CrawlOptions
from crawler.prepared import Prepared, analyse, read
from crawler.reading import Unreadable, read_listing, read_release
from crawler.rechecks import Rechecks
from crawler.second import second_reading
from crawler.walls import describe
from language.words import Words
from storage import times
from storage.frontier import Walk
from storage.model import Change, FrontierRow, Known, ListSpec, ListState, Origin, Page, Release, RunCounts
from storage.protocol import Archive
from storage.usual import ListOutcome, ListReading

log = logging.getLogger("podium.crawl")

UNCONDITIONAL_AFTER = timedelta(days=1)
"""Each list and each release is asked without conditions at least so often: a 304 can be wrong for ever."""
MOST_INDEXES = 10
"""So many indexes are followed to the first rows of one list; more are a circle."""
KEPT_FAILURES = 20
"""So many pages that were no releases are kept of one run: enough to see why, too few to fill a disk."""
PROBES = 3
"""After a run whose releases could not be trusted so many known ones are read, whatever is new: without that no run could
tell that they can be read again."""
SAME_TEXTS = 2
"""One long text under more addresses than this in one run is a page that the site gives for any address, no release."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run begins with: its lists, the rows an earlier run left unread, the releases to ask for again."""

    run_id: int
    lists: list[ListState]
    unread: list[FrontierRow]
    known: list[Known]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a listing leads to: releases to fetch, the listing to ask for next (None: none) with its number, and the
    releases that the listing itself carried whole."""

    rows: list[FrontierRow]
    request: ListingRequest | None = None
    number: int = 0
    releases: list[Release] = field(default_factory=list)


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
class _Pass:
    """How far a run's pass over one list has come."""

    deepest: int = 0
    complete: bool = False
    unfinished: bool = False
    """The archive holds that this pass owes further listings."""
    first_rows: int | None = None
    known_rows: int = 0
    not_modified: bool = False
    indexes: int = 0
    seen: set[frozenset[str]] = field(default_factory=set)
    """The keys of each of its listings: one that comes again is the end."""
    first_page: Page | None = None


@dataclass(slots=True)
class Intake:
    """One run's work on the archive. Used from the writer thread only."""

    office: Office
    options: CrawlOptions
    announcer: Announcer
    tell: Sequence[str] = ()
    """The channels on which the operator hears of trouble."""
    clock: Callable[[], datetime] = field(default_factory=lambda: times.now)
    facts: Facts = field(default_factory=Facts)
    walled: bool = False
    run_id: int = 0
    progress: tuple[int, int] = (0, 0)
    """(releases done, releases asked for): read by the progress bar."""
    _started: datetime = field(default_factory=times.now)
    _passes: dict[int, _Pass] = field(default_factory=dict)
    _specs: dict[int, ListSpec] = field(default_factory=dict)
    _walks: dict[int, Walk] = field(default_factory=dict)
    _asked: set[tuple[str, str]] = field(default_factory=set)
    _rechecks: Rechecks = field(init=False)
    _texts: dict[str, set[str]] = field(default_factory=dict)
    """Content hash → the keys of the releases that were read with it in this run."""
    _counts: Counter[str] = field(default_factory=Counter)
    _kept: int = 0
    _distrusted: bool = False
    """The run before could not read the site."""
    _list_ids: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rechecks = Rechecks(self.office, self.tell)

    # ---- beginning -------------------------------------------------------------------------------------------------

    def open(self, archive: Archive) -> Plan:
        """Open the run and say what it begins with."""
        self._started = self.clock()
        lists = archive.open_lists(self.office.facts, self.office.lists(self.options.sections, self.options.languages))
        self.run_id = archive.open_run(self.office.name, self._started)
        self._list_ids = [state.id for state in lists]
        if self.options.walk:
            self._walks = archive.walks(self._list_ids, self.options.walk)
        # Lists that an earlier slice of this walk is through with are left to the others.
        lists = [state for state in lists if not self._walks.get(state.id, Walk()).done]
        self._passes = {state.id: _Pass() for state in lists}
        self._specs = {state.id: state.spec for state in lists}
        unread = self._fresh(archive.unread_rows(self._list_ids, self._started))
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

    def _fresh(self, rows: list[FrontierRow]) -> list[FrontierRow]:
        """Rows not yet asked for in this run, without those that `since` leaves out."""
        since, fresh = self.options.since, []
        for row in reversed(rows) if self.options.oldest_first else rows:
            if since is not None and row.published_on is not None and row.published_on < since:
                continue
            identity = (row.language, row.key)
            if self.options.releases is not None and len(self._asked) >= self.options.releases:
                break
            if identity not in self._asked:
                self._asked.add(identity)
                fresh.append(row)
        self.progress = (self.progress[0], self.progress[1] + len(fresh))
        return fresh

    # ---- listings --------------------------------------------------------------------------------------------------

    def take_listing(
        self,
        archive: Archive,
        state: ListState,
        number: int,
        page: Page,
        conditional: bool,
        queue: tuple[str, ...] = (),
        ready: Listing | Unreadable | None = None,
    ) -> Ahead:
        """Store a listing's rows and say what it leads to. `queue` is what its request still owed, `ready` what another
        process has read of the page already."""
        spec, walk = state.spec, self._passes[state.id]
        name = f"{spec.section}/{spec.language}"
        fallback = self.office.fallback_request(spec)
        self._answered(page)

        def fact(answer: Answer, detail: str = "") -> None:
            self.facts.listings.append(
                ListingFact(spec.section, spec.language, number, answer, size=len(page.body), detail=detail)
            )

        def end() -> Ahead:
            fact("end")
            self._complete(archive, state, walk)
            return Ahead([])

        if page.status == 304:
            fact("not_modified")
            walk.complete = walk.not_modified = True
            return Ahead([])
        try:
            if isinstance(ready, Unreadable):
                raise ready
            listing = ready if ready is not None else read(read_listing, page, self.office, spec)
        except Unreadable as problem:
            if problem.kind == "gone" and number > 1:
                return end()
            if fallback is not None and fallback.url != page.url and number == 1 and problem.kind != "wall":
                log.warning("%s: %s; its HTML list is read instead", name, problem.reason)
                return Ahead([], fallback, 1)
            answers: dict[str, Answer] = {"wall": "wall", "foreign": "foreign"}
            answer = answers.get(problem.kind, "failed")
            if problem.kind == "gone" and state.read_at is None and state.baseline_at is None:
                answer = "absent"
            fact(answer, detail=problem.reason)
            self._failed(archive, page, f"list {name}, listing {number}: {problem.reason}")
            self.walled = self.walled or problem.kind == "wall"
            return Ahead([])
        keys = frozenset(row.key for row in listing)
        index = bool(listing.following) and not self.office.next_links  # its parts hold the rows
        if not listing and index and walk.indexes < MOST_INDEXES:
            walk.indexes += 1
            return Ahead([], self.office.listing_request(spec, number, listing, queue), number)
        if number > 1 and (not listing or keys in walk.seen):
            if listing and number == 2 and self.office.may_repeat:
                return Ahead([], self.office.listing_request(spec, 3), 3)  # page 0 again as page 1, perhaps
            return end()
        if not listing:
            fact("empty", describe(page))
            walk.complete = state.rows_usual is None  # if the run is well: what it will list first is news
            self._failed(archive, page, f"list {name}: not one row in {describe(page)}")
            return Ahead([])
        all_new_above = walk.known_rows == 0 and number == walk.deepest + 1
        walk.deepest = max(walk.deepest, number)
        walk.seen.add(keys)
        if number == 1:
            walk.first_rows, walk.first_page = len(listing), page
        dates = [row.published_on for row in listing]
        if number == 1 and page.url != spec.url:  # its validators are not those of the address that is asked first
            page = replace(page, headers={})
        with archive.transaction():
            stored = archive.store_listing(
                state, number, listing, page, unconditional=not conditional, all_new_above=all_new_above
            )
            walk.known_rows += stored.known
            following = self._next_listing(state, number, stored.new > 0)
            if self.options.since and all(day is not None and day < self.options.since for day in dates):
                following = None
            if fallback is not None and page.url == fallback.url:
                following = None  # the numbers are those of the list that was refused
            request = self.office.listing_request(spec, following, listing, queue) if following else None
            if following is None or request is None:
                self._complete(archive, state, walk)
            elif self.options.walk:
                archive.save_walk(state.id, self.options.walk, Walk(number))
            else:
                archive.save_pass(state.id, max(number, state.pass_listing))
                walk.unfinished = True
        self.facts.listings.append(
            listing_fact(
                spec.section, spec.language, number, listing, known=stored.known, trusted=stored.trusted,
                today=page.fetched_at.astimezone(self.office.zone).date(), size=len(page.body),
                texts=len(listing.pages) if listing.carries else None,
            )
        )  # fmt: skip
        log.info("%s, listing %d: %d rows, %d new", name, number, len(listing), stored.new)
        unread = self._fresh(list(stored.unread))
        releases = self._take_carried(archive, state.id, spec, listing, unread)
        rows = [row for row in unread if row.key not in listing.pages]
        return Ahead(rows, request, following or 0, releases)

    def _take_carried(
        self, archive: Archive, list_id: int, spec: ListSpec, listing: Listing, unread: list[FrontierRow]
    ) -> list[Release]:
        """The releases that a listing carries whole: new ones are recorded, known ones compared."""
        waiting = {row.key: row for row in unread}
        taken: list[Release | None] = []
        for key, page in listing.pages.items():
            if key in waiting:
                taken.append(self.take_release(archive, waiting[key], page))
            elif archive.latest(self.office.name, spec.language, key) is not None:
                taken.append(self._compare_carried(archive, page, list_id, spec, key))
        return [release for release in taken if release is not None]

    def _next_listing(self, state: ListState, number: int, unknown: bool) -> int | None:
        limit = self.options.listings
        following = number + 1
        reached = self._walks.get(state.id, Walk()).listing
        if number == 1 and reached > 1 and self.office.numbered:
            following = reached  # go on where the last slice stopped; rows may have moved down by some
        if limit is not None and following > limit:
            return None
        # What an unfinished pass stored last is `pass_listing`: the one behind it is owed.
        unfinished = state.baseline_at is None or number <= state.pass_listing
        return following if self.options.walk or unknown or unfinished else None

    def _complete(self, archive: Archive, state: ListState, walk: _Pass) -> None:
        walk.complete = True
        if self.options.walk:
            archive.save_walk(state.id, self.options.walk, Walk(walk.deepest, done=True))
        if state.pass_listing or walk.unfinished:
            archive.save_pass(state.id, 0)

    def listing_failed(self, archive: Archive, state: ListState, number: int, reason: str) -> None:
        """A listing was not answered at all (or robots.txt refuses it)."""
        spec = state.spec
        self.facts.listings.append(ListingFact(spec.section, spec.language, number, "failed", detail=reason))
        self._failed(archive, None, f"list {spec.section}/{spec.language}, listing {number}: {reason}")

    # ---- releases --------------------------------------------------------------------------------------------------

    def take_release(
        self, archive: Archive, row: FrontierRow, page: Page, ready: Prepared | Unreadable | None = None
    ) -> Release | None:
        """Read and store the release behind a row; None when the page is none. `ready` is what another process has
        read of the page already."""
        self._answered(page)
        self.progress = (self.progress[0] + 1, self.progress[1])
        try:
            release = self._read_release(page, row.section, row.language, row.key, row, ready)
        except Unreadable as problem:
            if problem.kind in ("foreign", "gone"):
                archive.row_failed(row, problem.reason, page.fetched_at, gone=problem.kind == "gone")
            self._release_failed(archive, page, problem, again=row.attempts > 0)
            return None
        known = archive.latest(self.office.name, release.language, release.key)
        if known is not None:
            self._take_known(archive, release, page, row.list_id)
            return release
        self._saw(release, row.list_id, page, new=True, odd=ready.odd if isinstance(ready, Prepared) else None)
        self._record(archive, release, page, ready=ready if isinstance(ready, Prepared) else None)
        self.facts.readings["read"] += 1
        return release

    def take_known(self, archive: Archive, known: Known, page: Page) -> Release | None:
        """Compare a release that was asked for again with what is stored."""
        self._answered(page)
        if page.status == 304:
            archive.unchanged(known.release_id, page.fetched_at)
            self._rechecks.stands(archive, known.release_id, known.story_id, known.withdrawn)
            self.facts.readings["unchanged"] += 1
            self._counts["releases_unchanged"] += 1
            return None
        if self.office.whole and self._rechecks.look(archive, known, page):
            return None
        try:
            release = self._read_release(page, known.section, known.language, known.key, None)
        except Unreadable as problem:
            problem = self._rechecks.failed(archive, self.run_id, known, page, problem)
            if problem.kind == "gone" or not self.office.whole:
                self._release_failed(archive, page, problem, recheck=True)
            return None
        if self.office.whole:
            return None  # its page may differ from what its listing carries in ways that are no edits
        self._take_known(archive, release, page, known.list_id)
        return release

    def _compare_carried(self, archive: Archive, page: Page, list_id: int, spec: ListSpec, key: str) -> Release | None:
        try:
            release = self._read_release(page, spec.section, spec.language, key, None)
        except Unreadable as problem:
            self._release_failed(archive, page, problem, recheck=True)
            return None
        self._take_known(archive, release, page, list_id)
        return release

    def _saw(
        self,
        release: Release,
        list_id: int,
        page: Page,
        *,
        new: bool = False,
        same: bool = False,
        before: int | None = None,
        odd: tuple[Oddity, ...] | None = None,
    ) -> None:
        if odd is None:
            today = page.fetched_at.astimezone(self.office.zone).date()
            odd = oddities(release, self.office.languages, today, new=new, proved=same)
        self.facts.saw_release(release, list_id, odd, new=new, same=same, before=before)

    def _read_release(
        self,
        page: Page,
        section: str,
        language: str,
        key: str,
        row: FrontierRow | None,
        ready: Prepared | Unreadable | None = None,
    ) -> Release:
        listed_on = row.published_on if row else None
        if isinstance(ready, Unreadable):
            raise ready
        if ready is not None:
            release = ready.release
        else:
            release = read(read_release, page, self.office, section=section, language=language, listed_on=listed_on)
        if (release.language, release.key) != (language, key):
            raise Unreadable("foreign", f"answered by another release, {release.url}")
        if not release.thin:
            keys = self._texts.setdefault(release.content_hash, set())
            if key not in keys and len(keys) >= SAME_TEXTS:
                raise Unreadable(
                    "foreign", f"the same text stands under {len(keys)} other addresses, as at {min(keys)}"
                )
            keys.add(key)
        return release

    def _take_known(self, archive: Archive, release: Release, page: Page, list_id: int) -> None:
        """The same text is touched; a changed one is kept until the verdict, unless a better reader explains it."""
        stored = archive.latest(self.office.name, release.language, release.key)
        assert stored is not None
        if stored.content_hash != release.content_hash and stored.page_id is not None:
            old = archive.page(stored.page_id)
            try:
                again = read(read_release, old, self.office, section=release.section, language=release.language)
            except Unreadable:
                again = None  # today's reader cannot read the old page: then the difference is not the reader's
            if again is not None and again.content_hash != stored.content_hash:
                self._record(archive, again, old, origin="reread")
                stored = archive.latest(self.office.name, release.language, release.key)
                assert stored is not None
        same = stored.content_hash == release.content_hash
        self._saw(release, list_id, page, same=same, before=len(stored.body))
        self.facts.readings["unchanged" if same else "read"] += 1
        if same:
            self._rechecks.stands(archive, stored.release_id, stored.story_id, stored.withdrawn)
            self._record(archive, release, page)
        else:
            self._rechecks.changed(archive, self.run_id, stored, release, page)

    def _record(
        self, archive: Archive, release: Release, page: Page, origin: Origin = "live", ready: Prepared | None = None
    ) -> Change:
        if ready is None:
            ready = analyse(release, self.announcer.matcher)
        elif ready.packed is not None:
            page = replace(page, packed=ready.packed)
        with archive.transaction():
            change = archive.record(release, page, ready.terms, self.run_id, origin)
            raised = self.announcer.announce(
                archive, change, ready.matches, zone=self.office.zone, run_id=self.run_id, now=self.clock()
            )
        counted = {"new": "releases_new", "edited": "releases_edited", "unchanged": "releases_unchanged"}
        if change.kind in counted:
            self._counts[counted[change.kind]] += 1
        self._counts["alerts"] += raised
        for remark in release.remarks if change.kind == "new" else ():
            self.facts.trouble(f"{release.url}: {remark}")
        return change

    def _release_failed(
        self, archive: Archive, page: Page, problem: Unreadable, *, recheck: bool = False, again: bool = False
    ) -> None:
        """Count a page that is no release; `recheck`: it was one before; `again`: it was none before either."""
        reading = _READINGS.get(problem.kind, "failed")
        self.facts.readings["absent" if recheck and reading == "gone" else reading] += 1
        self.walled = self.walled or problem.kind == "wall"
        if problem.kind == "foreign":
            self._counts["unreadable"] += 1
            self.facts.missing.update(problem.missing)
            self.facts.lost += recheck or again
        second = second_reading(page) if problem.kind == "foreign" and self._kept < KEPT_FAILURES else {}
        self._failed(archive, page, f"{page.url}: {problem.reason}", second)

    def release_failed(self, archive: Archive, url: str, reason: str) -> None:
        """A release was not answered at all; its row stays unread."""
        self.progress = (self.progress[0] + 1, self.progress[1])
        self.facts.readings["failed"] += 1
        self._failed(archive, None, f"{url}: {reason}")

    def known_failed(self, archive: Archive, known: Known, reason: str) -> None:
        """A known release was not answered at all; others come before it is asked for again."""
        archive.checked(known.release_id, self.clock())
        self.release_failed(archive, known.url, reason)

    def _failed(
        self, archive: Archive, page: Page | None, sentence: str, second: Mapping[str, str] | None = None
    ) -> None:
        self._counts["errors"] += 1
        self.facts.trouble(sentence)
        log.warning("%s", sentence)
        if page is not None and page.status != 404 and self._kept < KEPT_FAILURES:
            self._kept += 1
            archive.keep_failed_page(self.run_id, page, sentence, second)

    def _answered(self, page: Page) -> None:
        self.facts.statuses[str(page.status)] += 1
        self.facts.received_bytes += len(page.body)

    # ---- the end ---------------------------------------------------------------------------------------------------

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
            self._counts["errors"] += 1
        now = self.clock()
        with archive.transaction():
            verdict = judge(self.facts, archive.history(self.office.name), self.office.expect, now)
            if error and verdict.healthy:
                verdict = Verdict("missing", f"the crawl broke off: {error}")
            if verdict.healthy:
                self._announce_unreadable(archive, now)
            self._counts["alerts"] += self._rechecks.settle(
                archive, self.run_id, self.announcer, partial(self._record, archive), healthy=verdict.healthy, now=now
            )
            counts = RunCounts(
                requests=requests,
                listings=len(self.facts.listings),
                rows_seen=sum(fact.rows for fact in self.facts.listings),
                rows_known=sum(fact.known for fact in self.facts.listings),
                rows_new=sum(fact.rows - fact.known for fact in self.facts.listings),
                **{name: self._counts[name] for name in _COUNTED},
            )
            if self.options.walk and not stopped and all(walk.complete for walk in self._passes.values()):
                archive.end_walk(self._list_ids, self.options.walk)
            freed = archive.close_run(
                self.run_id, verdict.name, verdict.reason, counts, self.facts.to_json(), self._outcomes(), now
            )
            settle_incident(
                archive, self.office, verdict, self.facts, self._first_pages(), archive.run(self.run_id), freed, self.tell,
                interrupted=bool(stopped) and not error,
            )  # fmt: skip
        held = 0 if verdict.healthy else counts.alerts
        return Closed(self.run_id, verdict, counts, freed, held, (now - self._started).total_seconds())

    def _outcomes(self) -> list[ListOutcome]:
        """What the run found of each list that answered."""
        readings: dict[int, list[ListReading]] = {}
        for fact in self.facts.releases:
            if fact.new:
                readings.setdefault(fact.list_id, []).append(ListReading(fact.characters, fact.oddities))
        enough = self.options.listings or DEFAULT_LISTINGS
        return [
            ListOutcome(
                list_id, walk.deepest, walk.first_rows, walk.not_modified, walk.complete or walk.deepest >= enough,
                tuple(readings.get(list_id, ())), walk.first_page,
            )
            for list_id, walk in self._passes.items()
            if walk.complete or walk.deepest
        ]  # fmt: skip

    def _first_pages(self) -> dict[tuple[str, str], Page]:
        """The first listing's page of each list that had rows on it, by section and language."""
        return {
            (spec.section, spec.language): page
            for list_id, spec in self._specs.items()
            if (page := self._passes[list_id].first_page) is not None
        }

    def _announce_unreadable(self, archive: Archive, now: datetime) -> None:
        """Rows that could not be read three times over: their listing's title is all there is to match."""
        for row in archive.give_up_rows(self._list_ids, now):
            located = self.office.locate(row.url)
            if located is None:
                continue
            stand_in = Release(
                office=self.office.name, section=row.section, language=row.language, text_language=row.language,
                url=row.url, key=row.key, story_key=located.story_key, title=row.title, body="",
                published_on=row.published_on,
            )  # fmt: skip
            self._counts["alerts"] += self.announcer.announce_unreadable(
                archive,
                listing_row_id=row.id,
                story_id=archive.story_of_row(row.id, self.office.name, located.story_key, now),
                words=Words.of(row.title, "", row.language, self.office.name, row.section),
                release=stand_in,
                seen_at=row.first_seen_at,
                zone=self.office.zone,
                run_id=self.run_id,
                now=now,
            )


_READINGS: dict[str, Reading] = {"wall": "wall", "foreign": "foreign", "gone": "gone"}
_COUNTED = ("releases_new", "releases_edited", "releases_unchanged", "unreadable", "alerts", "errors")


def validators(etag: str, last_modified: str) -> dict[str, str]:
    """Headers of a conditional request (RFC 9110 §13.1)."""
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return headers
