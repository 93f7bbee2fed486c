"""The verdict on a run: each by its sign, in one sentence with numbers; and none where all is well."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.facts import Answer, Facts, ListingFact, Oddity, ReleaseFact, oddities
from crawler.health import Verdict, judge
from crawler.office import Expect
from storage.model import Release
from storage.runs import RunHistory
from storage.usual import KEPT_READINGS, ListHistory, ListReading

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LIST = ("news", "en")
EXPECT = Expect(rows=(5, 60))
USUAL = ListHistory(
    20.0, 18, 22, NOW - timedelta(days=90), NOW - timedelta(hours=1), tuple(ListReading(c) for c in range(900, 1900, 100))
)
HISTORY = RunHistory(NOW - timedelta(days=1), (NOW - timedelta(days=1)).date(), 500, "ok", "", {LIST: USUAL})


def listing(answer: Answer = "rows", rows: int = 20, **more: object) -> ListingFact:
    fact = ListingFact(*LIST, 1, answer, rows, rows, rows)
    return replace(fact, **more)  # type: ignore[arg-type]


def release(characters: int = 1500, *odd: Oddity, new: bool = True, number: int = 1) -> ReleaseFact:
    return ReleaseFact(1, *LIST, f"https://a.example/{number}", new, False, characters, NOW.date(), odd)


def facts(*listings: ListingFact, releases: tuple[ReleaseFact, ...] = (), **readings: int) -> Facts:
    found = Facts(list(listings) or [listing()], list(releases), requests=30)
    found.readings.update(readings or {"read": len(releases)})
    return found


def verdict(seen: Facts, history: RunHistory = HISTORY) -> Verdict:
    return judge(seen, history, EXPECT, NOW)


def since(days: int) -> RunHistory:
    """As if the last healthy run had been so long ago."""
    return replace(HISTORY, lists={LIST: replace(USUAL, healthy_at=NOW - timedelta(days=days))})


@pytest.mark.parametrize(
    ("seen", "name", "reason"),
    [
        (facts(listing("wall", 0)), "walled", "1 of 30 requests met a wall"),
        (facts(listing("failed", 0)), "unreachable", "no list of 1 of 1 sections answered (news)"),
        (facts(read=9, failed=3), "unreachable", "3 of 12 requests for releases failed"),
        (facts(listing("empty", 0, detail="a maintenance page")), "redesigned", "rows 20 → 0: a maintenance page"),
        (facts(listing("foreign", 0, detail="a login page instead of a listing")), "redesigned", "a login page"),
        (facts(listing(rows=4, known=2, trusted=2)), "redesigned", "rows 20 → 4"),
        (facts(listing(rows=10)), "redesigned", "rows 20 → 10, none of them new"),
        (facts(listing(rows=90)), "redesigned", "rows 20 → 90"),
        (facts(listing(known=0, trusted=0)), "redesigned", "not one of 20 rows is known, though the list was last read"),
        (facts(listing(known=20, trusted=0)), "redesigned", "not one of 20 rows is known"),
        (facts(foreign=2, read=2), "unreadable", "2 of 4 answered releases had no landmarks"),
        (facts(gone=3, read=1), "unreadable", "3 of 4 listed releases were gone"),
        (facts(listing(texts=1)), "unreadable", "1 of 20 rows of news/en carry a text"),
        (facts(releases=(release(90), release(100))), "unreadable", "2 of 2 texts of news/en are short: characters 1350 → 95"),
        (facts(releases=(release(90, new=False),)), "unreadable", "1 of 1 texts"),
        (facts(listing(dated=20, future=12, newest=date(2027, 11, 1))), "inconsistent", "12 of 20 dates of news/en lie in"),
        (facts(releases=(release(1500, "wrong script"),) * 2), "inconsistent", "wrong script on 2 of 2 releases of news/en"),
        (facts(releases=(release(1500, "dates disagree"),) * 3), "inconsistent", "dates disagree on 3 of 3"),
        (facts(releases=(release(1500, "broken letters", new=False),)), "inconsistent", "broken letters on 1 of 1"),
    ],
)
def test_each_trouble_has_its_name_and_its_numbers(seen: Facts, name: str, reason: str) -> None:
    found = verdict(seen)
    assert (found.name, found.healthy) == (name, False)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("seen", "history"),
    [
        (facts(), HISTORY),
        (facts(listing("not_modified", 0)), HISTORY),
        (facts(listing(rows=12, known=10, trusted=10)), HISTORY),
        (facts(listing(rows=24, known=20, trusted=20)), HISTORY),
        # Nobody looked for a fortnight, and all that is there now is younger than that.
        (facts(listing(known=0, trusted=0, dated=20, oldest=NOW.date() - timedelta(days=10))), since(14)),
        # A list of the year, in January.
        (facts(listing(rows=1, known=0, trusted=0, dated=1, oldest=NOW.date())), HISTORY),
        (facts(read=40, failed=3), HISTORY),
        (facts(read=9, absent=30), HISTORY),
        (facts(foreign=1, read=3), HISTORY),
        (facts(foreign=1), HISTORY),
        (facts(releases=(release(300), release(1500), release(1700))), HISTORY),
        (facts(releases=(release(90),)), HISTORY),
        (facts(releases=(release(1500, "date in the future"),)), HISTORY),
        (facts(releases=(release(1500, "date in the future"), release(), release())), HISTORY),
        (facts(listing(dated=20, future=1)), HISTORY),
    ],
)
def test_what_happens_on_a_sound_site_is_no_trouble(seen: Facts, history: RunHistory) -> None:
    assert verdict(seen, history).healthy, verdict(seen, history).reason


def test_a_section_that_never_had_a_row_is_not_in_use_and_one_that_had_some_broke() -> None:
    empty = ListingFact("interviews", "en", 1, "empty")
    assert verdict(facts(listing(), empty)).healthy
    assert verdict(facts(empty)).name == "redesigned", "nothing is there at all"


def test_what_is_the_habit_of_a_list_is_not_odd() -> None:
    habit = replace(USUAL, readings=tuple(ListReading(1500, ("dates disagree",) if n % 2 else ()) for n in range(20)))
    odd = facts(releases=(release(1500, "dates disagree"),) * 3)
    assert verdict(odd, replace(HISTORY, lists={LIST: habit})).healthy


def test_after_releases_that_could_not_be_read_a_run_without_any_proves_nothing() -> None:
    before = replace(HISTORY, last_verdict="unreadable", last_reason="5 of 5 answered releases had no landmarks")
    first = verdict(facts(), before)
    assert (first.name, first.reason) == ("unreadable", f"no release was read since: {before.last_reason}")
    again = verdict(facts(), replace(before, last_reason=first.reason))
    assert again.reason == first.reason
    assert verdict(facts(releases=(release(),)), before).healthy


def test_the_first_that_holds_counts() -> None:
    all_of_it = facts(listing("empty", 0), ListingFact("news", "hy", 1, "wall"), releases=(release(10),) * 3, foreign=9)
    assert verdict(all_of_it).name == "walled"


def test_a_quiet_office_is_healthy() -> None:
    long_ago = NOW - timedelta(days=30)
    found = verdict(facts(), replace(HISTORY, newest_first_seen_at=long_ago, newest_published_on=long_ago.date()))
    assert (found.name, found.healthy) == ("quiet", True)
    assert found.reason == "nothing new for 30 days, since 2026-10-27 (usual: 14)"


@pytest.mark.parametrize(
    ("title", "body", "languages", "found"),
    [
        ("Title", "An ordinary text, “quoted”—with café, naïve and Ærø.", ("en",), ()),
        ("Presidentti", "”Arvostamme tätä ystävyyttä”, sanottiin. Grüß” Öl» À la Étoile»", ("fi", "fr", "de"), ()),
        ("Thư", "Tổng thống đã tiếp đại sứ của một nước bạn và cảm ơn các nhà giáo", ("vi",), ()),
        ("Нато", "Президент принял посла дружественной страны".encode().decode("latin-1"), ("ru", "en"), ("broken letters",)),
        ("Հայ", "Նախագահն ընդունել է դեսպանին".encode().decode("latin-1"), ("hy", "en"), ("broken letters",)),
        ("Été", "L’été a été très chaud, a déclaré le président".encode().decode("cp1252"), ("fr",), ("broken letters",)),
        ("Title", "Caf\ufffd caf\ufffd caf\ufffd", ("en",), ("broken letters",)),
        ("Указ", "Президент подписал указ о награждении", ("en", "fr"), ("wrong script",)),
        ("Հրամանագիր", "Նախագահն ընդունել է դեսպանին", ("hy", "en", "ru", "fr"), ()),
        ("總統", "總統今天上午在總統府接見外賓 NATO", ("zh",), ()),
    ],
)
def test_what_is_odd_of_a_text(title: str, body: str, languages: tuple[str, ...], found: tuple[str, ...]) -> None:
    text = Release("x", "news", languages[0], languages[0], "https://a.example/", "k", "k", title, body, NOW.date())
    assert oddities(text, languages, NOW.date()) == found


# ---- healthy weeks -------------------------------------------------------------------------------------------------------


class Week:
    """A simulated press office that is always well: lists of a fixed length or that grow, releases in bursts or none for
    days, texts of every length, slips of the editors, visits announced ahead, releases taken off."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = datetime(2026, chance.randint(1, 12), chance.randint(1, 28), tzinfo=UTC)
        self.length = chance.choice([None, 5, 10, 12, 20, 30])
        self.busy = chance.choice([0.02, 0.2, 0.6, 2.0, 5.0])
        self.number = 0
        self.rows: list[tuple[int, date]] = []
        self.read_before: set[int] = set()
        self.list = ListHistory()
        for _ in range(chance.randint(3, 40)):
            self.publish()

    def publish(self) -> None:
        self.number += 1
        ahead = self.chance.random() < 0.02
        self.rows.insert(0, (self.number, self.now.date() + timedelta(days=30 * ahead)))

    def poll(self) -> Verdict:
        """Some hours pass, some releases come, one may go, and a run sees it."""
        chance = self.chance
        self.now += timedelta(hours=chance.choice([1, 3, 6, 12]))
        for _ in range(min(12, int(chance.expovariate(1 / self.busy)) if chance.random() < 0.5 else 0)):
            self.publish()
        if len(self.rows) > 4 and chance.random() < 0.01:
            del self.rows[chance.randrange(len(self.rows))]
        shown = self.rows[: self.length]
        known = [row for row in shown if row[0] in self.read_before]
        days = [day for _, day in shown]
        future = sum(day > self.now.date() + timedelta(days=1) for day in days)
        fact = ListingFact(*LIST, 1, "rows", len(shown), len(known), len(known), len(shown), future, min(days), max(days))
        new = [row for row in shown if row[0] not in self.read_before]
        read = tuple(
            ReleaseFact(1, *LIST, f"https://a.example/{n}", True, False, self.characters(), day, self.slips()) for n, day in new
        )
        seen = facts(fact, releases=read)
        history = RunHistory(self.now, self.now.date(), self.number, "ok", "", {LIST: self.list})
        found = judge(seen, history, EXPECT, self.now)
        self.learn(len(shown), read)
        self.read_before |= {number for number, _ in shown}
        return found

    def characters(self) -> int:
        return self.chance.choice([180, 250, 400, 900, 1500, 2500, 6000, 20_000]) + self.chance.randint(0, 150)

    def slips(self) -> tuple[Oddity, ...]:
        return ("dates disagree",) if self.chance.random() < 0.02 else ()

    def learn(self, rows: int, read: tuple[ReleaseFact, ...]) -> None:
        """As the archive learns from a healthy run (storage.usual)."""
        before = self.list
        usual = rows if before.rows_usual is None else round(before.rows_usual * 0.8 + rows * 0.2, 2)
        readings = (*before.readings, *(ListReading(fact.characters, fact.oddities) for fact in read))[-KEPT_READINGS:]
        least, most = before.rows_least or rows, before.rows_most or rows
        self.list = ListHistory(usual, min(least, rows), max(most, rows), self.now, self.now, readings)


def test_a_thousand_healthy_weeks_raise_no_alarm() -> None:
    alarms = []
    for seed in range(1_000):
        week = Week(random.Random(seed))
        end = week.now + timedelta(days=7)
        while week.now < end:
            found = week.poll()
            if not found.healthy:
                alarms.append((seed, found))
    assert alarms == []
