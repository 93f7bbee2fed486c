"""What a run finds out about releases that are known already: whether they stand, changed, or are gone.

What a run found counts only once its verdict is healthy (`settle`): then changed texts become revisions, and absences that
were confirmed often enough become withdrawals. A change that hits many releases at once is a change of the site, and waits
for the operator.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from alerts.raising import Announcer
from crawler.office import Office
from crawler.reading import Unreadable, parse
from crawler.selectors import text_of
from language.diff import Text, signature
from language.text import clean
from storage.model import Known, Page, Release
from storage.protocol import Archive
from storage.releases import Latest

log = logging.getLogger("podium.crawl")

SITE_CHANGED = "site changed"
"""The kind of the incident that a change of a whole site opens."""
SITE_STORIES, SITE_SHARE = 5, 0.5
"""So many stories changed (or gone) at least, and more than this share of those that were asked for again: nobody edits so,
a site does."""
SAME_STORIES = 3
"""So many suffice, with the same share, where the very same words went or came: that is furniture."""
EXAMPLES = 5
"""So many releases stand in an incident's message."""
Signature = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Rechecks:
    """What one run found out about known releases."""

    office: Office
    tell: Sequence[str] = ()
    """The channels on which the operator hears of a change of the site."""
    _answered: set[int] = field(default_factory=set)
    """Stories that were asked for again and answered readably, or that they are gone."""
    _changed: dict[int, set[Signature]] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)
    _examples: list[tuple[str, str, str]] = field(default_factory=list)
    """Of the first of them: the address, what stood there, what stands there now."""
    _back: list[int] = field(default_factory=list)

    def stands(self, archive: Archive, release_id: int, story_id: int, withdrawn: bool) -> None:
        """A known release answered readably."""
        self._answered.add(story_id)
        archive.clear_absences(release_id)
        if withdrawn:
            self._back.append(release_id)

    def changed(self, archive: Archive, run_id: int, stored: Latest, release: Release, page: Page) -> None:
        """A known release has another text, which no better reader explains."""
        self.stands(archive, stored.release_id, stored.story_id, stored.withdrawn)
        if archive.hold_change(stored.release_id, run_id, release, page) == "":
            found = signature(Text(stored.title, stored.body), Text(release.title, release.body))
            self._changed.setdefault(stored.story_id, set()).add(found)
            self._example(release.url, f"{len(stored.body)} characters", f"{len(release.body)} characters")

    def failed(self, archive: Archive, run_id: int, known: Known, page: Page, problem: Unreadable) -> Unreadable:
        """A known release did not answer readably. Returns the problem, as one of kind `gone` where the site says so."""
        answer = gone_answer(self.office, known.url, page, problem)
        if not answer:
            archive.checked(known.release_id, page.fetched_at)
            return problem
        if known.withdrawn:
            archive.checked(known.release_id, page.fetched_at)
        else:
            with archive.transaction():
                page_id = archive.store_page(page)
                held_by = archive.note_absence(known.release_id, run_id, answer, page_id, page.fetched_at)
            self._answered.add(known.story_id)
            if held_by == "":
                self._gone.add(known.story_id)
                self._example(known.url, known.title, answer)
        return Unreadable("gone", answer)

    def look(self, archive: Archive, known: Known, page: Page) -> bool:
        """Whether the page of a release whose text its listing carries shows that it stands: it holds its title. What else
        the page says is not compared."""
        if page.status != 200 or page.location or not shows_title(page, known.title):
            return False
        self.stands(archive, known.release_id, known.story_id, known.withdrawn)
        archive.checked(known.release_id, page.fetched_at, stands=True)
        return True

    def _example(self, url: str, then: str, now: str) -> None:
        if len(self._examples) < EXAMPLES:
            self._examples.append((url, then, now))

    # ---- the end -------------------------------------------------------------------------------------------------------

    def settle(
        self,
        archive: Archive,
        run_id: int,
        announcer: Announcer,
        record: Callable[[Release, Page], Any],
        *,
        healthy: bool,
        now: datetime,
    ) -> int:
        """Draw the conclusions that a run's verdict allows, within the transaction that closes it; returns how many alerts
        on withdrawals and restorations are to be said. `record` stores a changed text and raises its alerts."""
        archive.drop_unsound_absences(run_id, healthy)
        if not healthy:
            return 0
        name = self.office.name
        waiting = any(incident.kind == SITE_CHANGED for incident in archive.incidents(open_only=True, office=name))
        sentence = self._site_change()
        if waiting or sentence:
            held = archive.hold_for_site(run_id)
            if held:
                log.warning("%s: %d changes wait for a decision: %s", name, held, sentence or "the site changed")
        if sentence:
            archive.open_incident(
                SITE_CHANGED,
                f"{name}: {sentence}",
                self.tell,
                now,
                office=name,
                advice=_advice(name),
                evidence=self._evidence(),
            )
        raised = 0
        for release_id in archive.due_withdrawals(name):
            subject = archive.withdraw(release_id, now)
            log.warning("%s was withdrawn", subject.release.url)
            raised += announcer.announce_event(archive, subject, "withdrawn", run_id=run_id, now=now)
        for release_id in self._back:
            unsaid = any(each.origin == "accepted" for each in archive.withdrawals(release_id)[-1:])
            restored = archive.restore(release_id, now)
            if restored is not None:
                log.warning("%s is back", restored.release.url)
                silence = "its withdrawal came with a change of the whole site and was not said" if unsaid else ""
                raised += announcer.announce_event(
                    archive, restored, "restored", run_id=run_id, now=now, silence=silence
                )
        for _, release, page in archive.held_changes(run_id):
            record(release, page)
        if waiting and not sum(archive.held_for_site(name)):
            archive.close_incident(SITE_CHANGED, self.tell, now, office=name)
        return raised

    def _site_change(self) -> str:
        """Why what this run found is a change of the whole site, in a sentence ('' = it is none)."""
        asked = len(self._answered)
        changed, gone = len(self._changed), len(self._gone)
        if changed >= SITE_STORIES and changed > SITE_SHARE * asked:
            return f"{changed} of {asked} stories that were asked for again have another text, all at once"
        same, stories = self._commonest()
        if stories >= SAME_STORIES and stories > SITE_SHARE * asked:
            return f"{stories} of {asked} stories that were asked for again changed by the same words ({_words(same)})"
        if gone >= SITE_STORIES and gone > SITE_SHARE * asked:
            return f"{gone} of {asked} stories that were asked for again are gone, all at once"
        return ""

    def _commonest(self) -> tuple[Signature, int]:
        """The change that hit most stories, and how many."""
        counts = Counter(each for signatures in self._changed.values() for each in signatures if any(each))
        return counts.most_common(1)[0] if counts else (((), ()), 0)

    def _evidence(self) -> dict[str, Any]:
        (out, into), stories = self._commonest()
        return {
            "asked": len(self._answered),
            "changed": len(self._changed),
            "gone": len(self._gone),
            "same_change": {"stories": stories, "removed": " ".join(out)[:300], "added": " ".join(into)[:300]},
            "table": [
                *([[f"the same words in {stories} stories", " ".join(out)[:100] or "nothing", " ".join(into)[:100] or "nothing"]]
                  if stories > 1 else []),
                *(list(example) for example in self._examples),
            ],
            "pages": [url for url, _, _ in self._examples[:1]],
            "command": f"podium check {self.office.name}",
        }  # fmt: skip


def _advice(office: str) -> str:
    return (
        f"Nothing of it was stored as an edit or a withdrawal, and nobody was told. Look at what changed in the texts "
        f"(`podium incidents`); then `podium incidents accept {office}` if the site changed and not what it says, "
        f"`release` if they are edits, `drop` to forget it."
    )


def _words(found: Signature) -> str:
    out, into = (" ".join(words)[:60] for words in found)
    return ", ".join(filter(None, (f"gone: “{out}”" if out else "", f"new: “{into}”" if into else "")))


def gone_answer(office: Office, asked: str, page: Page, problem: Unreadable) -> str:
    """What the site answered, in a few words, where it says that the release at the live address `asked` is gone ('' where
    it does not): 404 or 410 without a wall, or a redirect to a list or to the home page. Pure."""
    if problem.kind == "gone":
        return f"HTTP {page.status}"
    if problem.kind == "foreign" and page.status == 200 and not page.location and leads_up(office, asked, page.url):
        return f"redirected to {page.url}"
    return ""


def leads_up(office: Office, asked: str, reached: str) -> bool:
    """Whether an address is a home page or a list: the root, an edition's root, one of the office's lists, or a folder above
    the release's own address. A page of its own for what was not found is none."""
    if office.locate(reached) is not None or urlsplit(reached).query:
        return False
    path, own = _path(reached), _path(asked)
    lists = {_path(spec.url) for spec in office.lists() if not urlsplit(spec.url).query}
    return path != own and (path in ("", *office.languages) or path in lists or own.startswith(path + "/"))


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).strip("/")


def shows_title(page: Page, title: str) -> bool:
    """Whether a title stands in the text of a page."""
    try:
        text = clean(text_of(parse(page)))
    except Unreadable:
        return False
    return bool(title) and " ".join(title.split()).casefold() in " ".join(text.split()).casefold()
