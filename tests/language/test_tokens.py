"""What is a word, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language.tokens import core, tokenize, words_in
from language.words import Words


@pytest.mark.parametrize(
    ("text", "written", "folded"),
    [
        ("Ինչո՞ւ է", ["Ինչո՞ւ", "է"], ["ինչու", "է"]),
        ("ԱՄՆ-ի և ՆԱՏՕ-ում", ["ԱՄՆ-ի", "և", "ՆԱՏՕ-ում"], ["ամն", "և", "նատօ"]),
        ("ՆԱՏՕի", ["ՆԱՏՕի"], ["նատօ"]),
        ("НАТО-вский, МИД-ом", ["НАТО-вский", "МИД-ом"], ["нато", "мид"]),
        ("NATO's; Armenia’s", ["NATO's", "Armenia’s"], ["nato", "armenia"]),
        ("presidents' don't", ["presidents", "don't"], ["presidents", "dont"]),
        (
            "l'OTAN d’Arménie qu’il",
            ["l", "OTAN", "d", "Arménie", "qu", "il"],
            ["l", "otan", "d", "arménie", "qu", "il"],
        ),
        ("aujourd'hui", ["aujourd'hui"], ["aujourdhui"]),
        ("2024-ին 75th", ["2024-ին", "75th"], ["2024", "75th"]),
        ("к\u043e\u0301рпус", ["ко\u0301рпус"], ["корпус"]),
    ],
)
def test_words_are_found_as_written_and_folded(text: str, written: list[str], folded: list[str]) -> None:
    tokens = tokenize(text)
    assert tokens.written == written
    assert tokens.folded == folded


@pytest.mark.parametrize("text", ["Armenia-NATO", "ԵՄ-Հայաստան", "ТВ-канал", "IT-компания", "US-led"])
def test_a_hyphen_before_anything_but_a_case_ending_makes_two_words(text: str) -> None:
    assert tokenize(text).written == text.split("-")


def test_every_word_stands_where_its_offsets_say() -> None:
    text = "«Ա, ա» — l'OTAN, ԱՄՆ-ի ԱՄՆ a aa a"
    tokens = tokenize(text)
    assert [text[slice(*tokens.span(index))] for index in range(len(tokens.written))] == tokens.written
    assert tokens.span(len(tokens.written) - 1) == (len(text) - 1, len(text))


@settings(deadline=None)
@given(st.text(alphabet="aAԱա՞'’- .ԱՄՆիНл\u0301\u00ad_1é\n\x1f\u2003\u200bls"))
def test_no_word_goes_over_a_blank(text: str) -> None:
    assert [word for piece in text.split() for word in words_in(piece)] == words_in(text)
    words = Words.of("", text, "hy").body
    assert words.distinct == set(words_in(text)) and words.written == words_in(text)


@settings(deadline=None)
@given(st.text(alphabet="aAԱա՞'’- .ԱՄՆիНл\u0301\u00ad_1é\nls"), st.integers(1, 4))
def test_the_places_of_a_word_are_found_without_cutting_the_whole_text(text: str, limit: int) -> None:
    tokens = tokenize(text)
    for word, places in tokens.places.items():
        assert tokens.offsets(word, limit) == [tokens.starts[place] for place in places][:limit]


@settings(deadline=None)
@given(st.text(alphabet="aAԱա՞'’- .ԱՄՆիНл\u0301\u00ad_1é\n"), st.integers(1, 3))
def test_where_words_stand_one_after_the_other_is_found_from_the_first_on(text: str, number: int) -> None:
    field, tokens = Words.of("", text, "hy").body, tokenize(text)
    for index in range(len(tokens.written)):
        assert field.start_of(index) == tokens.starts[index]
        following = [{word} for word in tokens.written[index + 1 : index + 1 + number]]
        ends = tokens.end_of(tokens.starts[index], following)
        assert ends == tokens.span(index + len(following))[1]
        assert tokens.end_of(tokens.starts[index], [*following, {"other"}]) == 0


@pytest.mark.parametrize("text", ["a'a" * 50_000, "a-" * 100_000, "a" * 200_000 + " a", "a’b-" * 50_000])
def test_places_in_a_text_without_blanks_take_no_longer_than_cutting_it(text: str) -> None:
    tokens = tokenize(text)
    for word, places in tokens.places.items():
        assert tokens.offsets(word, 5) == [tokens.starts[place] for place in places][:5]


@settings(deadline=None)
@given(st.text(alphabet="aAԱա՞'’- .ԱՄՆիНл\u0301\u00ad_1é\n"))
def test_offsets_hold_in_any_text_and_in_any_order_of_asking(text: str) -> None:
    tokens = tokenize(text)
    spans = [tokens.span(index) for index in reversed(range(len(tokens.written)))][::-1]
    assert [text[start:end] for start, end in spans] == tokens.written
    assert spans == sorted(spans)


def test_the_core_of_a_word_without_ending_is_the_word() -> None:
    assert [core(word) for word in ("ՆԱՏՕ", "Հայաստանի", "visit", "ԱՄՆ-ի")] == [
        "ՆԱՏՕ",
        "Հայաստանի",
        "visit",
        "ԱՄՆ",
    ]
