"""The outbox's contract: states, leases, channels with a circuit breaker, rhythm, incidents, sending again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage import Archive, open_archive
from storage.model import AlertContent, Rhythm
from storage.outgoing import Delivery, DigestContent, IncidentContent, Outcome, Placement
from storage.schema import migrations
from tests.faults.outboxes import fill, states

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "podium.db"


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    opened = open_archive(path)
    yield opened
    opened.close()


def placed(quiet_until: datetime | None = None, singles: int | None = None) -> dict[str, Placement]:
    digests = {"daily": NOW + DAY, "weekly": NOW + 7 * DAY, "overflow": NOW + DAY}
    return {"desk": Placement("UTC", NOW - timedelta(hours=12), digests, quiet_until, singles)}


def claim(
    archive: Archive,
    now: datetime = NOW,
    places: dict[str, Placement] | None = None,
    channel: str = "desk",
    limit: int = 99,
) -> list[Delivery]:
    return archive.claim_deliveries([channel], limit, LEASE, "one", now, placed() if places is None else places)


def fail(delivery: Delivery, now: datetime, *, exhausted: bool = False, began: datetime | None = None) -> Outcome:
    wait = WAITS[min(delivery.failures, len(WAITS) - 1)]
    return Outcome(
        delivery.id, "dead" if exhausted else "retry", "the host answered 500", None if exhausted else now + wait,
        channel_fault=True, channel_waits=WAITS, exhausted=exhausted, began_at=began or now,
    )  # fmt: skip


def test_several_claims_share_the_outbox_and_never_a_delivery(archive: Archive, path: Path) -> None:
    fill(path, 10, ["desk"], NOW)
    other = open_archive(path)
    first, second = claim(archive, limit=6), claim(other, limit=6)
    other.close()
    assert len(first) == 6 and len(second) == 4
    assert len({delivery.uid for delivery in (*first, *second)}) == 10


def test_a_released_delivery_is_as_if_it_had_never_been_taken(archive: Archive, path: Path) -> None:
    fill(path, 1, ["desk"], NOW)
    (taken,) = claim(archive)
    archive.release_deliveries([taken.id], "somebody else", NOW)
    assert claim(archive) == [], "only its owner can give it back"
    archive.release_deliveries([taken.id], "one", NOW)
    (again,) = claim(archive)
    assert (again.attempt, again.uid, again.content) == (1, taken.uid, taken.content)


def test_a_channel_that_fails_three_times_is_tried_with_one_delivery_until_it_works(
    archive: Archive, path: Path
) -> None:
    fill(path, 20, ["desk"], NOW)
    now = NOW
    for _ in range(3):
        taken = claim(archive, now, limit=4)
        assert len(taken) == 4
        archive.settle_deliveries([fail(each, now) for each in taken], "one", now)
        now += timedelta(seconds=1)
    (state,) = archive.channel_states()
    assert state.failures == 3, "attempts that were under way together count once"
    assert claim(archive, now) == [] and state.not_before is not None
    assert archive.next_due_at(["desk"]) == state.not_before
    now = state.not_before
    (probe,) = claim(archive, now)
    assert claim(archive, now) == [], "one probe at a time"
    archive.settle_deliveries([Outcome(probe.id, "delivered")], "one", now)
    assert len(claim(archive, now)) == 19, "what waited goes at once"
    assert archive.channel_states()[0].failures == 0


def test_a_channel_that_never_works_is_disabled_its_deliveries_parked_and_the_owner_told_elsewhere(
    archive: Archive, path: Path
) -> None:
    fill(path, 3, ["desk"], NOW)
    now, disabled = NOW, []
    while not disabled:
        due = archive.next_due_at(["desk"])
        assert due is not None
        now = max(now, due)
        disabled = archive.settle_deliveries(
            [fail(each, now) for each in claim(archive, now, limit=1)], "one", now, {"desk": ["chat"]}
        )
        now += timedelta(milliseconds=1)
    assert disabled == ["desk"]
    assert states(archive, "desk") == {"parked": 3}
    (notice,) = claim(archive, now, channel="chat")
    assert isinstance(notice.content, IncidentContent) and notice.content.event == "opened"
    assert notice.content.channel == "desk" and "podium channels enable desk" in notice.content.advice
    fill(path, 1, ["desk"], now, first=3)
    assert claim(archive, now) == [] and states(archive, "desk") == {"parked": 4}, "new ones are parked too"
    before = {line.id: line.uid for line in archive.deliveries(channel="desk")}
    assert archive.enable_channel("desk", now, ["chat"]) == 4
    assert {each.id: each.uid for each in claim(archive, now)} == before
    archive.settle_deliveries([Outcome(notice.id, "delivered")], "one", now)
    (closed,) = claim(archive, now, channel="chat")
    assert isinstance(closed.content, IncidentContent) and closed.content.event == "closed"
    assert archive.incidents(open_only=True) == []


def test_a_receiver_that_is_gone_disables_the_channel_at_once(archive: Archive, path: Path) -> None:
    fill(path, 3, ["desk"], NOW)
    (one,) = claim(archive, limit=1)
    assert archive.settle_deliveries([Outcome(one.id, "dead", "410", gone=True)], "one", NOW) == ["desk"]
    assert states(archive) == {"parked": 3}


def test_one_delivery_that_does_not_get_through_while_others_do_is_dead_and_told_once(
    archive: Archive, path: Path
) -> None:
    fill(path, 4, ["desk"], NOW)
    poison, second, fine, last = claim(archive)
    tell = {"desk": ["operator"]}
    archive.settle_deliveries([Outcome(fine.id, "delivered")], "one", NOW + LEASE, tell)
    worse = [fail(each, NOW + LEASE, exhausted=True) for each in (poison, second)]
    assert archive.settle_deliveries(worse, "one", NOW + LEASE, tell) == []
    assert states(archive, "desk") == {"dead": 2, "delivered": 1, "leased": 1}
    assert states(archive, "operator") == {"pending": 1}, "one incident, however many are dead"
    archive.settle_deliveries([Outcome(last.id, "delivered")], "one", NOW + LEASE, tell)
    assert archive.incidents(open_only=True) == []


def test_every_attempt_is_kept_and_a_delivery_can_be_sent_again_under_its_id(archive: Archive, path: Path) -> None:
    fill(path, 2, ["desk"], NOW)
    first, second = claim(archive)
    archive.settle_deliveries([fail(first, NOW), Outcome(second.id, "delivered")], "one", NOW)
    (again,) = claim(archive, NOW + timedelta(minutes=1))
    archive.settle_deliveries([Outcome(again.id, "delivered", began_at=NOW)], "one", NOW + timedelta(minutes=1))
    tried = archive.attempts(first.id)
    assert [(each.number, each.state, each.error) for each in tried] == [
        (1, "retry", "the host answered 500"),
        (2, "delivered", ""),
    ]
    assert archive.resend([first.id, second.id, 99], NOW) == [first.id, second.id]
    assert archive.resend([first.id], NOW) == [], "it waits already"
    resent = claim(archive, NOW)
    assert [(each.uid, each.content) for each in resent] == [(first.uid, first.content), (second.uid, second.content)]


def test_a_message_says_that_it_is_late_as_long_as_nothing_of_it_can_have_left(archive: Archive, path: Path) -> None:
    fill(path, 2, ["desk"], NOW)
    one, two = claim(archive)
    assert isinstance(one.content, AlertContent) and one.content.late == ""
    unsent = Outcome(one.id, "retry", "refused", NOW + 2 * LEASE, transmitted=False)
    archive.settle_deliveries([unsent, Outcome(two.id, "retry", "hung", NOW + 2 * LEASE)], "one", NOW)
    later = NOW + timedelta(hours=5)
    one, two = claim(archive, later)
    assert (one.content.late[:16], two.content.late) == (later.isoformat()[:16], "")
    archive.settle_deliveries([Outcome(one.id, "retry", "hung", later)], "one", later)
    again, _ = claim(archive, later + timedelta(hours=5))
    assert again.content == one.content, "what may have been seen does not change"


def test_an_attempt_whose_process_died_counts_as_sent(archive: Archive, path: Path) -> None:
    fill(path, 1, ["desk"], NOW)
    (first,) = claim(archive)
    (again,) = claim(archive, NOW + timedelta(hours=5))
    assert again.content == first.content


def test_quiet_hours_hold_delivery_and_what_is_urgent_breaks_through(archive: Archive, path: Path) -> None:
    fill(path, 2, ["desk"], NOW)
    fill(path, 1, ["desk"], NOW, first=2, urgent=True)
    end = NOW + timedelta(hours=9)
    (urgent,) = claim(archive, places=placed(quiet_until=end))
    assert urgent.urgent and states(archive) == {"held": 2, "leased": 1}
    assert archive.deliveries(state="held")[0].reason == "quiet hours"
    archive.settle_deliveries([Outcome(urgent.id, "delivered")], "one", NOW)
    assert archive.next_due_at(["desk"]) == end
    assert claim(archive, end - timedelta(minutes=1), placed(quiet_until=end)) == []
    freed = claim(archive, end)
    assert len(freed) == 2 and all(each.content.late == "" for each in freed), "what was quiet on purpose is not late"


@pytest.mark.parametrize(("rhythm", "due"), [("daily", NOW + DAY), ("weekly", NOW + 7 * DAY)])
def test_a_digest_holds_what_was_attached_to_it_and_settles_it(
    archive: Archive, path: Path, rhythm: Rhythm, due: datetime
) -> None:
    fill(path, 3, ["desk"], NOW, rhythms={"desk": rhythm})
    assert claim(archive) == [] and states(archive) == {"held": 3}
    assert archive.next_due_at(["desk"]) == due
    fill(path, 1, ["desk"], due - timedelta(minutes=1), rhythms={"desk": rhythm}, first=3)
    (digest,) = claim(archive, due)
    assert isinstance(digest.content, DigestContent)
    items = [item.uid for item in digest.content.items]
    own = [line.uid for line in reversed(archive.deliveries()) if line.kind == "alert"]
    assert items == own and len(items) == 4
    fill(path, 1, ["desk"], due, rhythms={"desk": rhythm}, first=4)
    archive.settle_deliveries([Outcome(digest.id, "delivered")], "one", due)
    assert states(archive) == {"delivered": 5, "pending": 1}, "the next goes into the next digest"
    assert archive.balance(NOW - DAY).missing == 0


def test_over_the_daily_limit_comes_one_digest_that_says_how_many_it_holds(archive: Archive, path: Path) -> None:
    fill(path, 7, ["desk"], NOW)
    fill(path, 1, ["desk"], NOW, first=7, urgent=True)
    singles = claim(archive, places=placed(singles=3))
    assert len(singles) == 4 and singles[-1].urgent, "three, and the urgent one"
    archive.settle_deliveries([Outcome(each.id, "delivered") for each in singles], "one", NOW)
    fill(path, 1, ["desk"], NOW, first=8)
    assert claim(archive, NOW + timedelta(minutes=1), placed(singles=3)) == []
    (digest,) = claim(archive, NOW + DAY, placed(singles=3))
    assert isinstance(digest.content, DigestContent)
    assert (digest.content.rhythm, digest.content.limit, len(digest.content.items)) == ("overflow", 3, 5)


def test_the_balance_counts_what_was_expected_and_what_became_of_it(archive: Archive, path: Path) -> None:
    fill(path, 5, ["desk", "hook"], NOW)
    taken = claim(archive)
    archive.settle_deliveries([Outcome(taken[0].id, "delivered"), Outcome(taken[1].id, "dead", "no")], "one", NOW)
    balance = archive.balance(NOW - DAY)
    assert (balance.expected, balance.delivered, balance.pending, balance.dead, balance.missing) == (10, 1, 8, 1, 0)


def test_what_a_clock_that_ran_ahead_put_off_is_due_at_once(archive: Archive, path: Path) -> None:
    fill(path, 2, ["desk"], NOW)
    ahead = NOW + timedelta(days=300)
    one, _ = claim(archive, ahead)
    archive.settle_deliveries([fail(one, ahead)], "one", ahead)
    assert len(claim(archive, NOW)) == 2


def test_an_archive_of_the_first_schema_is_taken_over_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path, isolation_level=None)
    db = Database(connection)
    migrations.apply(db, stop_before="m003_delivery_states")
    at = "2026-11-01T12:00:00.000Z"
    connection.execute("INSERT INTO offices VALUES ('president_am', 't', 'AM', 'Asia/Yerevan', 'u', NULL)")
    connection.execute("INSERT INTO runs (office, started_at) VALUES ('president_am', ?)", (at,))
    connection.execute("INSERT INTO incidents (office, kind, opened_at) VALUES ('president_am', 'walled', ?)", (at,))
    for number, (state, next_at, until) in enumerate(
        [("held", None, None), ("pending", at, None), ("leased", at, at), ("delivered", None, None)]
    ):
        connection.execute(
            "INSERT INTO deliveries (uid, kind, subject_id, channel, run_id, state, attempts, next_attempt_at, "
            "lease_until, created_at) VALUES (?, 'alert', ?, 'desk', 1, ?, ?, ?, ?, ?)",
            (f"u{number}", number, state, int(state in ("leased", "delivered")), next_at, until, at),
        )
    connection.close()
    archive = open_archive(path)
    lines = {line.uid: (line.state, line.reason, line.attempts) for line in archive.deliveries()}
    assert lines == {
        "u0": ("held", "run", 0), "u1": ("pending", "", 0), "u2": ("leased", "", 1), "u3": ("delivered", "", 1),
    }  # fmt: skip
    assert archive.next_due_at(["desk"]) == NOW and archive.incidents()[0].office == "president_am"
    archive.close()
