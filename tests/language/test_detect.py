"""The language of a text: script first, then the detector, with the address as a hint."""

from __future__ import annotations

import pytest

from language.detect import detect

OFFICE = ("hy", "en", "ru", "fr")


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Հանրապետության նախագահի հրամանագիրը ՀՀ քաղաքացիություն շնորհելու մասին", "en", "hy"),
        ("Президент принял посла Франции в Армении", "en", "ru"),
        ("The President of the Republic received the Ambassador of France to Armenia today", "fr", "en"),
        ("Le Président de la République a reçu l'ambassadeur d'Allemagne en Arménie", "en", "fr"),
        ("Նախագահ NATO", None, "hy"),
    ],
)
def test_the_text_overrules_the_address(text: str, hint: str | None, language: str) -> None:
    assert detect(text, OFFICE, hint) == language


@pytest.mark.parametrize(
    ("text", "hint"), [("OK", "fr"), ("2024", "ru"), ("", "hy"), ("Decret", "fr"), ("Décret", "en")]
)
def test_the_address_decides_where_the_text_says_little(text: str, hint: str) -> None:
    assert detect(text, OFFICE, hint) == hint


def test_an_armenian_text_is_armenian_though_the_office_declares_only_english() -> None:
    assert detect("Նախագահի հրամանագիրը", ["en"], "en") == "hy"


def test_one_candidate_of_the_script_needs_no_detector() -> None:
    assert detect("Зустріч президента України", ["uk", "en"], "en") == "uk"


def test_a_language_the_detector_does_not_know_is_no_error() -> None:
    assert detect("A text of more than thirty letters in Latin script", ["xx", "yy"], "yy") == "yy"


def test_without_candidate_or_hint_there_is_no_answer() -> None:
    with pytest.raises(ValueError, match="candidate"):
        detect("text", [])
