"""The difference of two texts by words, and the class of an edit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language.diff import Piece, Text, classify, diff, signature

WORDS = st.lists(st.sampled_from("one two, three. NATO\n\nfour (five) Ինչո՞ւ don't 5 – «six»".split(" ")), max_size=12)


def test_a_diff_marks_words_and_signs_not_lines() -> None:
    found = diff("The sum is 5 million drams.\n\nHe left.", "The sum is 7 million drams, he said.\n\nHe left.")
    assert found == (
        Piece("same", "The sum is "), Piece("removed", "5 "), Piece("added", "7 "), Piece("same", "million drams"),
        Piece("added", ", he said"), Piece("same", ".\n\nHe left."),
    )  # fmt: skip


def test_what_is_gone_from_the_end_stands_apart_from_what_stays() -> None:
    assert diff("One.\n\nTwo.", "One.") == (Piece("same", "One."), Piece("removed", "\n\nTwo."))


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_a_diff_holds_both_texts(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)
    pieces = diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "removed").strip() == after.strip()
    kept = "".join(piece.text for piece in pieces if piece.kind != "added")
    assert "".join(kept.split()) == "".join(before.split())
    assert (before.split() == after.split()) <= all(piece.kind == "same" for piece in pieces)


def test_white_space_alone_is_no_difference() -> None:
    assert {piece.kind for piece in diff("One. Two.", "One.\n\nTwo.")} == {"same"}
    assert classify(Text("t", "One. Two."), Text("t", "One.\n\nTwo."), "en") == "wording"


def test_the_same_change_of_furniture_in_many_texts_has_one_signature() -> None:
    one = signature(Text("A", "First text."), Text("A", "First text.\n\nShare this page."))
    other = signature(Text("B", "Quite another."), Text("B", "Quite another.\n\nShare this page."))
    assert one == other == ((), ("Share", "this", "page", "."))


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "It cost 5 million.", "It cost 7 million."),
        ("en", "It cost five million.", "It cost seven million."),
        ("en", "They met on 3 May.", "They met on 3 June."),
        ("en", "They met on Monday.", "They met on Tuesday."),
        ("en", "He met Putin in the evening.", "He met Aliyev in the evening."),
        ("en", "He agreed. Moscow did not.", "He agreed. Minsk did not."),
        ("en", "The sides agreed with NATO on it.", "The sides agreed on it."),
        ("fr", "Le président a reçu Emmanuel Macron.", "Le président a reçu Charles Michel."),
        ("fr", "Réunion du 5 mars", "Réunion du 5 avril"),
        ("ru", "Президент принял Путина.", "Президент принял Лукашенко."),
        ("ru", "Пришли двое из трёх тысяч.", "Пришли двое из пяти тысяч."),
        ("hy", "Նախագահը հանդիպեց Փաշինյանի հետ։", "Նախագահը հանդիպեց Ալիևի հետ։"),
        ("hy", "Նախագահը խոսեց երկու մարդու հետ։", "Նախագահը խոսեց երեք մարդու հետ։"),
        ("hy", "Հանդիպումը մարտի 5-ին է։", "Հանդիպումը մարտի 6-ին է։"),
        ("ka", "პრეზიდენტი შეხვდა საქართველოს ელჩს", "პრეზიდენტი შეხვდა სომხეთის ელჩს"),
        ("ka", "პრეზიდენტი შეხვდა ფაშინიანს", "პრეზიდენტი შეხვდა ალიევს"),
        ("fa", "دیدار در ۱۴ مرداد بود", "دیدار در ۱۵ مرداد بود"),
        ("en", "They agreed.", "They agreed.\n\nThe meeting was held in Gyumri."),
    ],
)
def test_numbers_dates_and_names_are_figures_and_names(language: str, before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        assert classify(Text("Title", one), Text("Title", other), language) == "figures and names"
        assert classify(Text(one, ""), Text(other, ""), language) == "figures and names"


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "He said it is good.", "He said it is fine."),
        ("en", "In that year it may be so.", "In that year it might be so."),
        ("en", "The talks were held. It was late.", "Talks were held. It was late."),
        ("en", "He met Putin today.", "He met Putin yesterday evening."),
        ("fr", "La réunion a eu lieu.", "Cette réunion a eu lieu."),
        ("ru", "Он встретил Пашиняна.", "Он встретился с Пашиняном."),
        ("ru", "Переговоры прошли хорошо.", "Беседы прошли хорошо."),
        ("hy", "Նախագահը խոսեց Փաշինյանի մասին։", "Նախագահը գրեց Փաշինյանի մասին։"),
        ("ka", "პრეზიდენტი შეხვდა ელჩს", "პრეზიდენტი ხვდება ელჩს"),
        ("fa", "دیدار بود", "سخنرانی بود"),
        ("en", "He left", "He left."),
    ],
)
def test_everything_else_is_wording(language: str, before: str, after: str) -> None:
    for one, other in ((before, after), (after, before)):
        assert classify(Text("Title", one), Text("Title", other), language) == "wording"


def test_a_headline_in_capitals_throughout_names_nobody() -> None:
    before, after = "The President Met With Several Ministers", "The President Spoke With Several Ministers"
    assert classify(Text(before, "b"), Text(after, "b"), "en") == "wording"
