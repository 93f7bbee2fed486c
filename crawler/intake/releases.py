"""The half of a run's work that releases make: new ones are recorded, known ones compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.facts import Oddity, Reading, oddities
from crawler.intake.notes import KEPT_FAILURES, Notes
from crawler.prepared import Prepared, analyse, read
from crawler.reading import Unreadable, read_release
from crawler.rechecks import Rechecks
from crawler.second import second_reading
from language.words import Words
from storage.model import Change, FrontierRow, Known, ListSpec, Origin, Page, Release
from storage.protocol import Archive

SAME_TEXTS = 2
"""One long text under more addresses than this in one run is a page that the site gives for any address, no release."""
_READINGS: dict[str, Reading] = {"wall": "wall", "foreign": "foreign", "gone": "gone"}


@dataclass(slots=True)
class TakesReleases(Notes):
    """Takes pages of releases."""

    rechecks: Rechecks = field(init=False)
    _texts: dict[str, set[str]] = field(default_factory=dict)
    """Content hash → the keys of the releases that were read with it in this run."""

    def __post_init__(self) -> None:
        self.rechecks = Rechecks(self.office, self.tell)

    def take_release(
        self, archive: Archive, row: FrontierRow, page: Page, ready: Prepared | Unreadable | None = None
    ) -> Release | None:
        """Read and store the release behind a row; None when the page is none. `ready` is what another process has
        read of the page already."""
        self.answered(page)
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
        self.record(archive, release, page, ready=ready if isinstance(ready, Prepared) else None)
        self.facts.readings["read"] += 1
        return release

    def take_known(self, archive: Archive, known: Known, page: Page) -> Release | None:
        """Compare a release that was asked for again with what is stored."""
        self.answered(page)
        if page.status == 304:
            archive.unchanged(known.release_id, page.fetched_at)
            self.rechecks.stands(archive, known.release_id, known.story_id, known.withdrawn)
            self.facts.readings["unchanged"] += 1
            self.counts["releases_unchanged"] += 1
            return None
        if self.office.whole and self.rechecks.look(archive, known, page):
            return None
        try:
            release = self._read_release(page, known.section, known.language, known.key, None)
        except Unreadable as problem:
            problem = self.rechecks.failed(archive, self.run_id, known, page, problem)
            if problem.kind == "gone" or not self.office.whole:
                self._release_failed(archive, page, problem, recheck=True)
            return None
        if self.office.whole:
            return None  # its page may differ from what its listing carries in ways that are no edits
        self._take_known(archive, release, page, known.list_id)
        return release

    def compare_carried(self, archive: Archive, page: Page, list_id: int, spec: ListSpec, key: str) -> Release | None:
        """Compare a known release that a listing carried with what is stored."""
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
                self.record(archive, again, old, origin="reread")
                stored = archive.latest(self.office.name, release.language, release.key)
                assert stored is not None
        same = stored.content_hash == release.content_hash
        self._saw(release, list_id, page, same=same, before=len(stored.body))
        self.facts.readings["unchanged" if same else "read"] += 1
        if same:
            self.rechecks.stands(archive, stored.release_id, stored.story_id, stored.withdrawn)
            self.record(archive, release, page)
        else:
            self.rechecks.changed(archive, self.run_id, stored, release, page)

    def record(
        self, archive: Archive, release: Release, page: Page, origin: Origin = "live", ready: Prepared | None = None
    ) -> Change:
        """Store a release and raise its alerts, in one transaction; `ready` is what was worked out of its page already."""
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
            self.counts[counted[change.kind]] += 1
        self.counts["alerts"] += raised
        for remark in release.remarks if change.kind == "new" else ():
            self.facts.trouble(f"{release.url}: {remark}")
        return change

    def _release_failed(
        self, archive: Archive, page: Page, problem: Unreadable, *, recheck: bool = False, again: bool = False
    ) -> None:
        """Count a page that is no release; `recheck`: it was one before; `again`: it was none before either."""
        reading = _READINGS.get(problem.kind, "failed")
        # What was known to be gone before tells nothing new of the site: lists hold dead links for years.
        self.facts.readings["absent" if reading == "gone" and (recheck or again) else reading] += 1
        self.walled = self.walled or problem.kind == "wall"
        if problem.kind == "foreign":
            self.counts["unreadable"] += 1
            self.facts.missing.update(problem.missing)
            self.facts.lost += recheck or again
        second = second_reading(page) if problem.kind == "foreign" and self.kept_failures < KEPT_FAILURES else {}
        self.failed(archive, page, f"{page.url}: {problem.reason}", second)

    def release_failed(self, archive: Archive, url: str, reason: str) -> None:
        """A release was not answered at all; its row stays unread."""
        self.progress = (self.progress[0] + 1, self.progress[1])
        self.facts.readings["failed"] += 1
        self.failed(archive, None, f"{url}: {reason}")

    def known_failed(self, archive: Archive, known: Known, reason: str) -> None:
        """A known release was not answered at all; others come before it is asked for again."""
        archive.checked(known.release_id, self.clock())
        self.release_failed(archive, known.url, reason)

    def announce_unreadable(self, archive: Archive, list_ids: list[int], now: datetime) -> None:
        """Rows that could not be read three times over: their listing's title is all there is to match."""
        for row in archive.give_up_rows(list_ids, now):
            located = self.office.locate(row.url)
            if located is None:
                continue
            stand_in = Release(
                office=self.office.name, section=row.section, language=row.language, text_language=row.language,
                url=row.url, key=row.key, story_key=located.story_key, title=row.title, body="",
                published_on=row.published_on,
            )  # fmt: skip
            self.counts["alerts"] += self.announcer.announce_unreadable(
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
