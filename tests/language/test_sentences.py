"""In which sentence a place in a text is shown."""

from __future__ import annotations

import pytest

from language.sentences import SHOWN_CHARACTERS, Sentences


@pytest.mark.parametrize(
    ("text", "word", "sentence"),
    [
        ("First one. The NATO visit! Third.", "NATO", "The NATO visit!"),
        ("Նա եկավ։ Նախագահն ասաց: Վերջ։", "Նախագահն", "Նախագահն ասաց:"),
        ("He said: we agree. Yes.", "agree", "He said: we agree."),
        ("“Peace is near.” Then he left.", "left", "Then he left."),
        ("Mr. J. Smith met the envoy. Done.", "Smith", "Mr. J. Smith met the envoy."),
        ("At 3.5 per cent growth holds. Good.", "growth", "At 3.5 per cent growth holds."),
        ("Title without a stop\n\nBody text.", "Title", "Title without a stop"),
        ("Only this", "this", "Only this"),
    ],
)
def test_a_word_is_shown_in_its_sentence(text: str, word: str, sentence: str) -> None:
    start = text.index(word)
    assert Sentences(text).shown(start, start + len(word)) == sentence


def test_a_text_without_sentences_is_not_shown_whole() -> None:
    text = "word " * 100_000
    assert len(Sentences(text).shown(250_000, 250_004)) <= SHOWN_CHARACTERS + 2


def test_a_phrase_over_the_end_of_a_sentence_is_shown_in_both() -> None:
    text = "It was peace. War ended. Good."
    assert Sentences(text).shown(text.index("peace"), text.index("ended")) == "It was peace. War ended."


@pytest.mark.parametrize("mark", [".", '."', "!?", ":"])
def test_a_text_of_marks_alone_costs_no_more_than_its_length(mark: str) -> None:
    text = mark * 200_000 + "x"
    assert Sentences(text).shown(0, 1).startswith(mark[0])
