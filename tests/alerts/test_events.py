"""Which topics hear of edits, withdrawals and restorations, and what the messages say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.messages import payload_bytes, render
from language.words import Words
from storage.model import AlertContent
from storage.withdrawals import Subject
from tests.alerts.test_reconcile import NOW, ZONE, Place
from tests.alerts.test_schema import problems

TOPICS = (
    "news: {query: chief, tell: [desk]}\n  edits: {query: chief, on: [edited], tell: [desk]}\n"
    "  all: {query: chief, on: [published, edited, withdrawn], tell: [desk]}"
)
HOUR = timedelta(hours=1)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    made.declare(TOPICS, NOW - timedelta(days=8))
    yield made
    made.archive.close()


def told(place: Place) -> list[tuple[str, str, int]]:
    return sorted((line.topic, line.cause, line.occurrence) for line in place.archive.alerts() if not line.silence)


def content(place: Place, topic: str, cause: str) -> AlertContent:
    line = next(line for line in place.archive.alerts() if (line.topic, line.cause) == (topic, cause))
    return place.archive.alert_content(line.id)


def subject(place: Place, key: str) -> Subject:
    known = place.archive.latest("president_am", "en", key)
    assert known is not None
    return place.archive.subject(known.release_id)  # type: ignore[attr-defined, no-any-return]


def test_an_edit_that_brings_a_topic_in_is_told_as_edited_to_those_on_published_too(place: Place) -> None:
    place.see("a", "Nobody came.", NOW - 9 * HOUR)
    place.see("a", "The chief came.", NOW - 8 * HOUR)
    assert told(place) == [("all", "edited", 1), ("edits", "edited", 1), ("news", "edited", 1)]
    said = content(place, "news", "edited")
    assert (said.effect, said.edit_class) == ("entered", "wording")
    message = render(said)
    assert message.subject.startswith("[news] Edited: Title a")
    assert "brought it in" in message.text and "no figure and no name" in message.text
    assert json.loads(payload_bytes(said))["data"]["edit"]["effect"] == "entered"


def test_an_edit_that_takes_a_topic_out_is_told_to_those_who_ask_for_edits(place: Place) -> None:
    place.see("a", "The chief came at 5.", NOW - 9 * HOUR)
    place.see("a", "Nobody came at 6.", NOW - 8 * HOUR)
    edited = [line for line in told(place) if line[1] == "edited"]
    assert edited == [("all", "edited", 1), ("edits", "edited", 1)]
    said = content(place, "edits", "edited")
    assert (said.effect, said.edit_class) == ("left", "figures and names")
    message = render(said)
    assert "no longer meets this topic" in message.text and "Before, it said:" in message.text
    assert "The *chief* came at 5." in message.text and "changed figures or names" in message.html
    data = json.loads(payload_bytes(said))["data"]
    assert data["edit"] == {"class": "figures and names", "effect": "left", "further_changes": 0}
    assert data["excerpts"] == ["The chief came at 5."]


def test_those_on_published_are_told_once_however_often_an_edit_brings_the_topic_back(place: Place) -> None:
    for hour, text in enumerate(("The chief came.", "Nobody came.", "The chief came.", "Nobody came.", "The chief!")):
        place.see("a", text, NOW - 9 * HOUR + hour * HOUR)
    assert [line for line in told(place) if line[0] == "news"] == [("news", "published", 1)]
    assert [line for line in told(place) if line[0] == "edits"] == [("edits", "edited", number) for number in (1, 2, 3, 4)]


def test_an_edit_is_news_however_old_the_release_and_however_new_the_topic(place: Place) -> None:
    place.sql("INSERT INTO listing_rows (list_id, url, key, title, listing, silence, first_seen_at, last_seen_at) "
              "VALUES (1, 'u', 'a', 't', 1, 'first pass', '2026-10-01T10:00:00.000Z', '2026-10-01T10:00:00.000Z')")  # fmt: skip
    place.see("a", "The chief came.", NOW - timedelta(days=40))
    assert told(place) == []
    place.declare(TOPICS + "\n  late: {query: chief, on: [edited], tell: [desk]}", NOW - 2 * HOUR)
    place.see("a", "The chief came late.", NOW - HOUR)
    assert told(place) == [("all", "edited", 1), ("edits", "edited", 1), ("late", "edited", 1)]
    assert content(place, "late", "edited").effect == "", "the word stood there before the topic was made"
    assert place.compare().differences == []


def test_who_asks_for_withdrawals_hears_of_restorations(place: Place) -> None:
    place.see("a", "The chief came.", NOW - 9 * HOUR)
    page = place.archive.page(1)
    for hours in (8, 5, 2):
        release_id = subject(place, "a").release_id
        place.sql("INSERT OR IGNORE INTO runs (id, office, started_at, verdict) VALUES (1, 'president_am', '', 'ok')")
        page_id = place.archive.store_page(page)
        place.archive.note_absence(release_id, 1, "HTTP 410", page_id, NOW - hours * HOUR)
    assert place.archive.due_withdrawals("president_am") == [release_id]
    gone = place.archive.withdraw(release_id, NOW - 2 * HOUR)
    assert place.announcer.announce_event(place.archive, gone, "withdrawn", run_id=None, now=NOW - 2 * HOUR) == 1
    back = place.archive.restore(release_id, NOW)
    assert back is not None and place.archive.restore(release_id, NOW) is None
    assert place.announcer.announce_event(place.archive, back, "restored", run_id=None, now=NOW) == 1
    assert [line for line in told(place) if line[1] not in ("published",)] == [
        ("all", "restored", 1), ("all", "withdrawn", 1),
    ]  # fmt: skip
    withdrawn, restored = content(place, "all", "withdrawn"), content(place, "all", "restored")
    message = render(withdrawn)
    assert message.subject.startswith("[all] Withdrawn: Title a")
    assert "not been found since 2026-11-10 08:00 (Asia/Yerevan)" in message.text and "HTTP 410 (3 times)" in message.html
    assert "The *chief* came." in message.text, "its last text is shown"
    assert "had not been found since" in render(restored).text
    for said, kind in ((withdrawn, "release.withdrawn"), (restored, "release.restored")):
        body = json.loads(payload_bytes(said))
        assert body["type"] == kind and problems(body) == []
        assert len(body["data"]["withdrawal"]["answers"]) == 3


def test_a_text_that_was_accepted_or_read_again_is_said_to_nobody(place: Place) -> None:
    place.see("a", "The chief came.", NOW - 9 * HOUR)
    before = told(place)
    release = subject(place, "a").release
    for number, origin in enumerate(("reread", "accepted")):
        other = replace(release, body=f"The chief came {number}.")
        words = Words.of(other.title, other.body, "en")
        change = place.archive.record(other, place.archive.page(1), words, None, origin)  # type: ignore[arg-type]
        found = place.announcer.match(words)
        assert place.announcer.announce(place.archive, change, found, zone=ZONE, run_id=None, now=NOW) == 0
    assert told(place) == before


def test_what_came_in_with_a_change_of_the_site_is_no_news_with_the_next_edit(place: Place) -> None:
    place.see("a", "Nobody came.", NOW - 9 * HOUR)
    accepted = replace(subject(place, "a").release, body="The chief came.")
    words = Words.of(accepted.title, accepted.body, "en")
    place.archive.record(accepted, place.archive.page(1), words, None, "accepted")
    place.see("a", "The chief came late.", NOW - 8 * HOUR)
    assert told(place) == [("all", "edited", 1), ("edits", "edited", 1)]
    assert place.compare().differences == []
