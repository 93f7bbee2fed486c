"""Many topics against one release: only those that it meets, however they are indexed."""

from __future__ import annotations

import pytest

from alerts.matching import Matcher
from language.query import parse
from language.words import Words

RELEASE = Words.of(
    "President meets NATO Secretary-General",
    "Armenia's agreements with the European Union were signed in Yerevan.",
    "en",
    office="president_am",
)
TOPICS = {
    1: "nato",
    2: "agreement AND Yerevan",
    3: "agreement AND Baku",
    4: "war OR sign",
    5: '"European Union"',
    6: '"Union European"',
    7: "yerev*",
    8: "bak* OR arm*",
    9: "office:president_am",
    10: "office:president_ru",
    11: "nato NOT yerevan",
    12: "(lang:en OR baku) european",
    13: "=Nato",
    14: "turkey",
}
MET = [1, 2, 4, 5, 7, 8, 9, 12]


def matched(matcher: Matcher, words: Words = RELEASE) -> list[int]:
    return [topic for topic, _ in matcher.match(words)]


def test_the_topics_that_are_met_come_by_number_with_their_reasons() -> None:
    found = Matcher((topic, parse(query)) for topic, query in TOPICS.items()).match(RELEASE)
    assert [topic for topic, _ in found] == MET
    assert found[0][1].clauses[0].hits[0].word == "NATO"


def test_known_frequencies_change_the_index_and_not_the_answer() -> None:
    frequency = {"european": 9_000, "union": 3, "agreement": 80_000, "yerevan": 5}
    assert matched(Matcher(((n, parse(q)) for n, q in TOPICS.items()), frequency)) == MET


def test_topics_added_and_removed_one_by_one_count_from_then_on() -> None:
    matcher = Matcher()
    assert matched(matcher) == []
    for topic, query in TOPICS.items():
        matcher.add(topic, parse(query))
    assert matched(matcher) == MET
    for topic in TOPICS:
        matcher.remove(topic)
    assert matched(matcher) == [] and len(matcher) == 0


def test_removing_a_topic_leaves_those_under_the_same_word() -> None:
    matcher = Matcher([(1, parse("nato")), (2, parse("nato")), (3, parse("arm*")), (4, parse("arm*"))])
    assert matched(matcher) == [1, 2, 3, 4]
    matcher.remove(1)
    matcher.remove(3)
    assert matched(matcher) == [2, 4]


def test_a_topic_added_under_a_known_number_replaces_it() -> None:
    matcher = Matcher([(1, parse("turkey"))])
    assert matched(matcher) == []
    matcher.add(1, parse("nato"))
    assert matched(matcher) == [1] and len(matcher) == 1


def test_removing_an_unknown_topic_is_an_error() -> None:
    with pytest.raises(KeyError):
        Matcher().remove(1)


def test_one_topic_hears_texts_in_several_languages() -> None:
    matcher = Matcher([(1, parse("Иран OR Իրան OR Iran"))])
    assert matched(matcher, Words.of("Посол Ирана", "", "ru")) == [1]
    assert matched(matcher, Words.of("Իրանի դեսպանը", "", "hy")) == [1]
    assert matched(matcher, Words.of("Ambassador of Iran", "", "en")) == [1]
    assert matched(matcher, Words.of("Նա և իր դեսպանը", "", "hy")) == []


def test_topics_that_share_no_word_with_the_release_are_not_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("alerts.matching.evaluate", lambda query, words: asked.append(query.text))
    matcher = Matcher([(n, parse(f"word{n:04}x AND president")) for n in range(500)], {"president": 1_000})
    matcher.add(999, parse("president"))
    matcher.match(RELEASE)
    assert asked == ["president"]
