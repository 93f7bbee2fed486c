"""What cleaning keeps and what folding makes equal."""

from __future__ import annotations

import sqlite3
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.text import FORM_MARK, STEM_MARK, cased, clean, fold


def test_paragraphs_are_single_lines_with_one_blank_line_between() -> None:
    assert clean("  One\r\n two\t\u00a0three \n \n\n\n Four\u2029Five ") == "One two three\n\nFour\n\nFive"


def test_what_cannot_be_seen_is_taken_out_and_quotation_marks_stay() -> None:
    assert clean("«Ar\u00adme\u200bnia»\x00 “said” \x07\ufeff") == "«Armenia» “said”"


def test_letters_and_their_accents_become_one_character() -> None:
    assert clean("e\u0301lection") == "\u00e9lection"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ինչո՞ւ", "ինչու"),
        ("այո՜", "ԱՅՈ"),
        ("Եվրոպա", "ևրոպա"),
        ("Եւրոպա", "ԵՎՐՈՊԱ"),
        ("արև", "ԱՐԵՒ"),
        ("Алёна", "алена"),
        ("ЕРЕВА\u0301Н", "Ереван"),
        ("O’Brien", "o'brien"),
        ("об'єкт", "об’єкт"),
        ("État", "état"),
        ("e\u0301tat", "état"),
        ("коопе\u00adрация", "кооперация"),
        ("Straße", "STRASSE"),
    ],
)
def test_spellings_of_one_word_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("été", "ete"), ("мой", "мои"), ("pêche", "péché"), ("իր", "ուր")])
def test_diacritics_and_letters_still_tell_words_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_nothing_but_signs_folds_to_nothing() -> None:
    assert fold("՞—’_") == ""


def test_no_word_can_look_like_a_marked_key() -> None:
    assert fold(f"a{STEM_MARK}{FORM_MARK}b") == "ab"


def test_cased_keeps_capitals_and_drops_armenian_marks() -> None:
    assert cased("Ինչո՞ւ") == "Ինչու"


@given(st.text(max_size=12))
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


def test_the_search_index_keeps_every_folded_letter_of_the_scripts_in_use_in_one_token() -> None:
    database = sqlite3.connect(":memory:")
    database.execute(
        "create virtual table t using fts5(x, tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co M*'\")"
    )
    database.execute("create virtual table v using fts5vocab(t, instance)")
    # Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian: SQLite's tables of Unicode know these blocks.
    letters = [chr(code) for code in (*range(0x30, 0x0560), *range(0x561, 0x588), *range(0x10D0, 0x10FB))]
    letters = [letter for letter in letters if unicodedata.category(letter)[0] in "LN"]
    words = [folded for letter in letters if (folded := fold(f"a{letter}b"))]
    with database:
        database.executemany("insert into t(rowid, x) values (?, ?)", list(enumerate(words)))
    tokens = database.execute("select doc, count(*) from v group by doc having count(*) > 1").fetchall()
    assert [(words[row], count) for row, count in tokens] == []
    assert len(words) > 1000
    assert sys.intern(words[0]) is words[0]
