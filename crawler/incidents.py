"""Incidents of offices: a verdict that stays bad is told to the operator once, and its end once.

What is told is made for whoever has to mend it: since when, when the site could last be read, what the office's selectors
found then and find now, both pages, and the command that shows the trouble again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crawler.facts import Facts
from crawler.health import UNHEALTHY, Verdict
from crawler.office import Office
from crawler.reading import Unreadable, parse, read_listing, read_release
from crawler.rechecks import SITE_CHANGED
from crawler.selectors import compile_css
from storage.model import DIED, ListSpec, Page, Run
from storage.outgoing import Incident
from storage.protocol import Archive
from storage.times import from_text, to_text
from storage.withdrawals import SiteDecision

AT_ONCE = frozenset({"walled", "redesigned", "missing"})
"""Verdicts that one run is enough for; any other opens an incident when the run before was bad too: sites stumble."""

ADVICE = {
    "missing": "No run came to its end. Look whether the daemon (podium status) or the cron job still runs.",
    "walled": "A bot manager stands before the site. podium does not get round it: ask the press office to let "
              "podium's User-Agent through, or read the site from a network that it trusts.",
    "unreachable": "Try the address in a browser from the same machine. If it works there, look at robots.txt and at the "
                   "statuses in podium runs.",
    "redesigned": "Compare the two pages. If the lists are sound and only different: podium incidents accept {office}. "
                  "Otherwise the office's class needs its new addresses or selectors.",
    "unreadable": "Compare the two pages, and put the office's selectors right. What was held is freed by the first run that "
                  "can read the site again.",
    "inconsistent": "Look at the page. If it is as the site means it: podium incidents release {office}. Otherwise the "
                    "office's selectors or formats of dates need a change.",
}  # fmt: skip
Lists = Mapping[tuple[str, str], Page]


def settle_incident(
    archive: Archive,
    office: Office,
    verdict: Verdict,
    facts: Facts,
    first_pages: Lists,
    run: Run,
    freed: int,
    tell: Sequence[str],
    *,
    interrupted: bool = False,
) -> None:
    """Open, carry on or close the office's incident after a run that ended with this verdict; in the transaction that
    closes the run. `first_pages` are the pages of the first listings that had rows, `freed` the deliveries that it freed;
    `interrupted`: the run was ended from outside before anything was answered, which says nothing of the site."""
    assert run.finished_at is not None
    now, current = run.finished_at, open_incident(archive, office.name)
    if verdict.healthy:
        if current is not None and _is_over(current, facts):
            archive.close_incident(
                current.kind, tell, now, office=office.name, caught_up=_caught_up(archive, current, run, freed)
            )
        return
    if verdict.name == "missing" and interrupted:
        return
    if current is not None:
        if current.evidence.get("now", current.kind) != verdict.name:
            later = [*current.evidence.get("later", ()), [to_text(now), verdict.name, verdict.reason]]
            archive.change_incident(current.id, {"now": verdict.name, "later": later[-20:]})
        return
    before = next((one for one in archive.runs(office.name, 10) if one.id < run.id and one.verdict != DIED), None)
    if verdict.name in AT_ONCE or (before is not None and not before.healthy):
        first = before if before is not None and not before.healthy else run
        evidence = _evidence(archive, office, verdict, first_pages, run, first.started_at)
        advice = ADVICE[verdict.name].format(office=office.name)
        reason = f"{office.name} is {verdict.name}: {verdict.reason}"
        archive.open_incident(verdict.name, reason, tell, now, office=office.name, advice=advice, evidence=evidence)


def open_incident(archive: Archive, office: str) -> Incident | None:
    """The open incident of an office that came from a verdict."""
    found = archive.incidents(open_only=True, office=office)
    return next((incident for incident in found if incident.kind in UNHEALTHY), None)


def open_missing(archive: Archive, office: str, reason: str, tell: Sequence[str], now: datetime) -> bool:
    """Open the incident of an office whose runs do not come or do not end; False when the office has one already."""
    if open_incident(archive, office) is not None:
        return False
    good = _last_good(archive, office)
    evidence = {"last_good": to_text(good.finished_at) if good and good.finished_at else "", "command": f"podium runs {office}"}
    return archive.open_incident(
        "missing", f"{office} is missing: {reason}", tell, now, office=office, advice=ADVICE["missing"], evidence=evidence
    )


def decide(
    archive: Archive, office: str, decision: SiteDecision, tell: Sequence[str], now: datetime
) -> tuple[int, int]:
    """What becomes of what is held of an office: how many deliveries, and how many changed texts and missing releases.

    `release`: it is said after all; whether the site can be read, the next run tells. `drop`: nothing of it is said, and
    changed texts are forgotten. `accept`: the site as it is now is the new baseline: nothing of it is said, nothing that was
    first seen since the trouble began is news, changed texts are silent revisions, what is usual of the lists is learnt
    again, and the incident is closed.
    """
    with archive.transaction():
        for last in archive.runs(office, 1):
            archive.hold_for_site(last.id)  # what unhealthy runs found waits for the same word
        changes = archive.decide_site_change(office, decision, now)
        archive.close_incident(
            SITE_CHANGED, tell, now, office=office, caught_up=f"the operator decided: {decision} ({changes} changes)"
        )
        if decision == "release":
            return archive.release_held(office, now), changes
        if decision == "drop":
            return archive.drop_held(office, "dropped"), changes
        current = open_incident(archive, office)
        if current is None and changes:
            return 0, changes  # only texts changed: the lists are as they were, and what is new on them is news
        since = str(current.evidence.get("since", "")) if current is not None else ""
        held = archive.drop_held(office, "accepted as the site's new state")
        archive.silence_rows(office, from_text(since) if since else now, "accepted as the site's new state")
        archive.forget_usual(office)
        if current is not None:
            archive.close_incident(
                current.kind, tell, now, office=office, caught_up="accepted by the operator as the site's new state"
            )
        return held, changes


def _is_over(incident: Incident, facts: Facts) -> bool:
    """Whether this healthy run looked where the trouble was."""
    asked = {fact.list for fact in facts.listings if fact.number == 1}
    return all(tuple(name) in asked for name in incident.evidence.get("lists", ()))


def _caught_up(archive: Archive, incident: Incident, run: Run, freed: int) -> str:
    """What was read since the incident began, in a sentence without its full stop."""
    since = [one for one in archive.runs(incident.office, 1_000) if (one.finished_at or run.started_at) >= incident.opened_at]
    new = sum(one.counts.releases_new for one in since)
    edited = sum(one.counts.releases_edited for one in since)
    return f"{len(since)} runs since: {new} new releases, {edited} edits, {freed} deliveries freed"


def _last_good(archive: Archive, office: str) -> Run | None:
    return next((run for run in archive.runs(office, 1_000) if run.healthy), None)


def _evidence(
    archive: Archive, office: Office, verdict: Verdict, first_pages: Lists, run: Run, since: datetime
) -> dict[str, Any]:
    """What an incident keeps of its beginning (JSON)."""
    good_run = _last_good(archive, office.name)
    section, language = verdict.lists[0] if verdict.lists else (office.sections[0], office.languages[0])
    spec = office.lists([section], [language])[0]
    bad_id, bad = _bad_page(archive, verdict, run, first_pages)
    located = office.locate(bad.url) if bad is not None else None
    of_release = located is not None
    if located is not None:
        section, language = located.section or section, located.language or language
    good_id = archive.good_page(office.name, section, language, run.id, release=of_release)
    good = archive.page(good_id) if good_id is not None else None
    read = release_table if of_release else listing_table
    return {
        "since": to_text(since),
        "run": run.id,
        "last_good": to_text(good_run.finished_at) if good_run and good_run.finished_at else "",
        "lists": [list(name) for name in verdict.lists],
        "good_page": good_id,
        "bad_page": bad_id,
        "pages": [page.url for page in (good, bad) if page is not None],
        "table": [list(line) for line in read(office, spec, good, bad)],
        "command": f"podium check {office.name}",
    }


def _bad_page(archive: Archive, verdict: Verdict, run: Run, first_pages: Lists) -> tuple[int | None, Page | None]:
    """The first page of the run that shows the trouble: one that could not be read, else the first listing that is strange,
    else the first release."""
    kept = archive.failed_pages(run.id)
    if kept:
        return kept[0].page_id, archive.page(kept[0].page_id)
    if verdict.name == "redesigned":
        for name in verdict.lists:
            if name in first_pages:
                page = first_pages[name]
                return archive.keep_failed_page(run.id, page, verdict.reason), page
    page_id = archive.first_page_of(run.id)
    return page_id, None if page_id is None else archive.page(page_id)


def listing_table(office: Office, spec: ListSpec, then: Page | None, now: Page | None) -> list[tuple[str, str, str]]:
    """What is found on two pages of a listing: (what, then, now), each a number or a sentence ('' = no page)."""
    lines = [("bytes", _size(then), _size(now))]
    lines.append(("rows", _rows(office, spec, then), _rows(office, spec, now)))
    lines.append(("links", _count("a[href]", then), _count("a[href]", now)))
    return lines


def release_table(office: Office, spec: ListSpec, then: Page | None, now: Page | None) -> list[tuple[str, str, str]]:
    """What each selector of an office finds on two pages of releases, and how long a text comes out."""
    lines = [("bytes", _size(then), _size(now))]
    for field in ("title", "date", "body"):
        declared = getattr(office, field)
        for css in (declared,) if isinstance(declared, str) else declared:
            lines.append((f"{field}: {css}", _count(css, then), _count(css, now)))
    lines.append(("characters", _characters(office, spec, then), _characters(office, spec, now)))
    return lines


def _size(page: Page | None) -> str:
    return "" if page is None else str(len(page.body))


def _rows(office: Office, spec: ListSpec, page: Page | None) -> str:
    if page is None:
        return ""
    try:
        return str(len(read_listing(page, office, spec)))
    except Unreadable as problem:
        return f"none: {problem.reason}"


def _count(css: str, page: Page | None) -> str:
    if page is None:
        return ""
    try:
        return str(len(compile_css(css)(parse(page))))
    except Unreadable as problem:
        return problem.reason


def _characters(office: Office, spec: ListSpec, page: Page | None) -> str:
    if page is None:
        return ""
    try:
        return str(len(read_release(page, office, section=spec.section, language=spec.language).body))
    except Unreadable as problem:
        return f"none: {problem.reason}"
