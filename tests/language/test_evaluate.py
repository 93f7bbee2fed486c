"""Which releases meet a query, and the reasons that are given."""

from __future__ import annotations

import json

import pytest

from language.evaluate import HITS_A_CLAUSE, Explanation, evaluate
from language.query import parse
from language.words import Words

HY = Words.of(
    "Նախագահը հանդիպեց ՆԱՏՕ-ի գլխավոր քարտուղարին",
    "Ինչո՞ւ եկավ Իրանի դեսպանը։ Նախագահ Խաչատուրյանը Երևանում էր:\n\nՎերջ։",
    "hy",
    office="president_am",
    section="press-release",
)
EN = Words.of(
    "President meets NATO Secretary-General",
    "Armenia's agreements with the US were signed. The Stoltenbergs told us of peace and of the South Caucasus.",
    "en",
    office="president_am",
    section="notepad",
)
RU = Words.of("Президент встретился с Алиевым", "Договорённости о мире и НАТО-вский саммит. Визиты Пашиняна.", "ru")
FR = Words.of("Le Président à l’OTAN", "Les traités d'Arménie ; des nouvelles élections générales.", "fr")


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (HY, "ՆԱՏՕ"),
        (HY, "նախագահ AND դեսպան"),
        (HY, "իրան -թուրքիա"),
        (HY, '"Նախագահ Խաչատուրյանը"'),
        (HY, '"քարտուղարին նախագահը"~3'),
        (HY, "երև* lang:hy office:president_am section:press-release"),
        (HY, "պատերազմ OR ինչու"),
        (EN, "agreement"),
        (EN, "=US"),
        (EN, "title:meet body:Stoltenberg"),
        (EN, "South-Caucasus"),
        (EN, '"told us"'),
        (EN, '"peace signed"~20'),
        (EN, "section:notepad"),
        (RU, "договоренность Алиев НАТО"),
        (RU, "Пашинян AND (война OR визит)"),
        (FR, "OTAN l'Arménie"),
        (FR, '"l’OTAN"'),
        (FR, "traité élection nouveau"),
    ],
)
def test_a_release_meets_what_it_says(words: Words, query: str) -> None:
    explanation = evaluate(parse(query), words)
    assert explanation is not None
    for clause in explanation.clauses:
        assert clause.hits
        for hit in clause.hits:
            assert words.field(hit.field).tokens.text[hit.start : hit.end] == hit.word
            assert hit.word in hit.sentence


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (HY, "իր"),
        (HY, "երևալ"),
        (HY, "title:Իրան"),
        (HY, "=ինչու"),
        (HY, '"քարտուղարին գլխավոր"'),
        (HY, '"քարտուղարին նախագահը"~2'),
        (HY, '"Նախագահ դեսպան"~20'),
        (HY, "lang:en ՆԱՏՕ"),
        (HY, "ՆԱՏՕ -Իրան"),
        (EN, "=Us"),
        (EN, "office:president_ru"),
        (EN, '"secretary general armenia"'),
        (EN, '"us us us"~99'),
        (RU, "мера"),
        (FR, "traiter"),
        (FR, '"traité"'),
    ],
)
def test_a_release_does_not_meet_what_it_does_not_say(words: Words, query: str) -> None:
    assert evaluate(parse(query), words) is None


def reasons(explanation: Explanation | None) -> list[tuple[str, str, str, str]]:
    assert explanation is not None
    return [(met.clause, hit.word, hit.key, hit.strength) for met in explanation.clauses for hit in met.hits]


def test_the_reason_names_the_word_its_dictionary_form_and_how_sure_it_is() -> None:
    assert reasons(evaluate(parse("ՆԱՏՕ իրան"), HY)) == [
        ("ՆԱՏՕ", "ՆԱՏՕ-ի", "նատօ", "exact"),
        ("իրան", "Իրանի", "իրան", "form"),
    ]
    assert reasons(evaluate(parse("agreement Stoltenberg's"), EN)) == [
        ("agreement", "agreements", "agreement", "form"),
        ("Stoltenberg's", "Stoltenbergs", "stoltenberg", "stem"),
    ]


def test_only_clauses_that_are_met_are_named_and_none_under_not() -> None:
    explanation = evaluate(parse("(саммит OR война) NOT спорт"), RU)
    assert [met.clause for met in explanation.clauses] == ["саммит"] if explanation else False


def test_filters_that_hold_are_named() -> None:
    explanation = evaluate(parse("lang:ru (НАТО OR office:x)"), RU)
    assert explanation is not None and explanation.filters == ("lang:ru",)


def test_no_more_than_the_first_places_are_shown() -> None:
    explanation = evaluate(parse("peace"), Words.of("Peace", "peace " * 1000, "en"))
    assert explanation is not None
    hits = explanation.clauses[0].hits
    assert len(hits) == HITS_A_CLAUSE
    assert [(hit.field, hit.start) for hit in hits[:3]] == [("title", 0), ("body", 0), ("body", 6)]


def test_a_sentence_without_end_is_cut_around_the_word() -> None:
    explanation = evaluate(parse("peace"), Words.of("", "war " * 900 + "peace" + " war" * 900, "en"))
    assert explanation is not None
    sentence = explanation.clauses[0].hits[0].sentence
    assert sentence.startswith("…") and sentence.endswith("…") and "peace" in sentence and len(sentence) < 500


def test_an_explanation_is_plain_json() -> None:
    explanation = evaluate(parse("НАТО lang:ru"), RU)
    assert explanation is not None
    assert json.loads(explanation.to_json()) == explanation.to_dict()
    assert explanation.to_dict() == {
        "language": "ru",
        "clauses": [
            {
                "clause": "НАТО",
                "hits": [
                    {
                        "word": "НАТО-вский",
                        "key": "нато",
                        "field": "body",
                        "start": 24,
                        "end": 34,
                        "sentence": "Договорённости о мире и НАТО-вский саммит.",
                        "strength": "exact",
                    }
                ],
            }
        ],
        "filters": ["lang:ru"],
    }


def test_index_terms_are_words_forms_and_stems_each_once_and_told_apart() -> None:
    words = Words.of("Meetings, meetings", "Stoltenbergs", "en")
    assert sorted(words.terms("title").split()) == ["meetings", "meetingǀ"]
    assert sorted(words.terms("body").split()) == ["stoltenbergs", "stoltenbergǁ"]


def test_an_empty_release_is_no_error() -> None:
    empty = Words.of("", "", "hy")
    assert evaluate(parse("նախագահ"), empty) is None
    assert empty.terms("title") == "" == empty.terms("body")
