"""The half of a run's work that lists make: their rows go to the frontier, and the pass over each goes on or is complete."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from crawler.facts import Answer, ListingFact, listing_fact
from crawler.intake.notes import log
from crawler.intake.releases import TakesReleases
from crawler.listings import Listing, ListingRequest
from crawler.options import DEFAULT_LISTINGS
from crawler.prepared import read
from crawler.reading import Unreadable, read_listing
from crawler.walls import describe
from storage.frontier import Walk
from storage.model import FrontierRow, ListSpec, ListState, Page, Release
from storage.protocol import Archive
from storage.usual import ListOutcome, ListReading

MOST_INDEXES = 10
"""So many indexes are followed to the first rows of one list; more are a circle."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a listing leads to: releases to fetch, the listing to ask for next (None: none) with its number, and the
    releases that the listing itself carried whole."""

    rows: list[FrontierRow]
    request: ListingRequest | None = None
    number: int = 0
    releases: list[Release] = field(default_factory=list)


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
class TakesListings(TakesReleases):
    """Takes pages of listings, and what they carry."""

    _passes: dict[int, _Pass] = field(default_factory=dict)
    _specs: dict[int, ListSpec] = field(default_factory=dict)
    walks: dict[int, Walk] = field(default_factory=dict)
    _asked: set[tuple[str, str]] = field(default_factory=set)

    def begin_passes(self, lists: list[ListState]) -> None:
        """The lists that this run is to read."""
        self._passes = {state.id: _Pass() for state in lists}
        self._specs = {state.id: state.spec for state in lists}

    @property
    def passes_complete(self) -> bool:
        """Whether nothing is owed of any list."""
        return all(walk.complete for walk in self._passes.values())

    def fresh(self, rows: list[FrontierRow]) -> list[FrontierRow]:
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
        self.answered(page)

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
            self.failed(archive, page, f"list {name}, listing {number}: {problem.reason}")
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
            self.failed(archive, page, f"list {name}: not one row in {describe(page)}")
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
        unread = self.fresh(list(stored.unread))
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
                taken.append(self.compare_carried(archive, page, list_id, spec, key))
        return [release for release in taken if release is not None]

    def _next_listing(self, state: ListState, number: int, unknown: bool) -> int | None:
        limit = self.options.listings
        following = number + 1
        reached = self.walks.get(state.id, Walk()).listing
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
        self.failed(archive, None, f"list {spec.section}/{spec.language}, listing {number}: {reason}")

    def outcomes(self) -> list[ListOutcome]:
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

    def first_pages(self) -> dict[tuple[str, str], Page]:
        """The first listing's page of each list that had rows on it, by section and language."""
        return {
            (spec.section, spec.language): page
            for list_id, spec in self._specs.items()
            if (page := self._passes[list_id].first_page) is not None
        }
