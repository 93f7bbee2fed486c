"""The search index and the exact evaluator mean the same: whatever the evaluator accepts, FTS5 has selected."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.matching import Matcher
from language.evaluate import evaluate, meets
from language.fts import fts_expression
from language.query import QueryError, parse
from language.words import Words

LANGUAGES = ("hy", "ru", "en", "fr", "el", "ka")
TEXT_WORDS = (
    "Իրանի իր իրեն Երևանում Եւրոպայի երևալ նախագահները ՆԱՏՕ-ի ԱՄՆ Ինչո՞ւ համաձայնագրի և "
    "НАТО-вский Пашиняна договорённости стали визиты мира войн "
    "Armenia's agreements meetings met US us Stoltenbergs don't South-Caucasus 2024 "
    "l'OTAN d’Arménie traités traiter élections Géorgie visites "
    "Ελλάδας προέδρου πρόεδρος συμφωνίες თბილისში პრეზიდენტმა ԻՐԱՆԻ ПОСЛЫ"
).split()
QUERY_WORDS = [
    *TEXT_WORDS,
    *"իրան երևան նախագահ նատօ пашинян договоренность сталь meeting meet nato traité visite".split(),
    *"ελλάδα συμφωνία πρόεδρος პრეზიდენტი თბილისი посол".split(),
]

texts = st.lists(st.sampled_from(TEXT_WORDS), max_size=8).map(" ".join)
leaves = st.one_of(
    st.sampled_from(QUERY_WORDS),
    st.sampled_from(QUERY_WORDS).map(lambda word: f"={word}"),
    st.sampled_from(QUERY_WORDS).flatmap(lambda word: st.integers(2, 5).map(lambda size: f"{word[:size]}*")),
    st.lists(st.sampled_from(QUERY_WORDS), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.tuples(st.lists(st.sampled_from(QUERY_WORDS), min_size=2, max_size=3), st.integers(0, 4)).map(
        lambda near: f'"{" ".join(near[0])}"~{near[1]}'
    ),
    st.sampled_from(LANGUAGES).map(lambda language: f"lang:{language}"),
)
queries = st.recursive(
    st.one_of(leaves, st.tuples(st.sampled_from(["title", "body"]), st.sampled_from(QUERY_WORDS)).map(":".join)),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} NOT {two[1]})"),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.execute(
        "create virtual table words using fts5(title, body, "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co M*'\")"
    )
    yield database
    database.close()


def selected(index: sqlite3.Connection, words: Words, expression: str) -> bool:
    """Whether FTS5 selects a release by an expression."""
    if not expression:
        return True
    index.execute("delete from words")
    index.execute("insert into words values (?, ?)", (words.terms("title"), words.terms("body")))
    return bool(index.execute("select count(*) from words where words match ?", (expression,)).fetchone() == (1,))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(queries, texts, texts, st.sampled_from(LANGUAGES))
def test_what_the_evaluator_accepts_the_index_selects_and_the_matcher_finds(
    index: sqlite3.Connection, text: str, title: str, body: str, language: str
) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        # Random queries hold what the language refuses by design; nothing else may be refused.
        assert any(
            reason in error.message
            for reason in ("must not occur", "letters of one word", "one whole word", "side of an OR")
        )
        return
    words = Words.of(title, body, language)
    explanation = evaluate(query, words)
    assert (explanation is not None) == meets(query.root, words)
    assert Matcher([(7, query)]).match(words) == ([(7, explanation)] if explanation else [])
    if explanation is not None:
        assert selected(index, words, fts_expression(query, LANGUAGES))
        assert selected(index, words, fts_expression(query, [language]))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(QUERY_WORDS), texts, st.sampled_from(LANGUAGES))
def test_for_one_bare_word_the_index_alone_is_exact(
    index: sqlite3.Connection, word: str, body: str, language: str
) -> None:
    query, words = parse(word), Words.of("", body, language)
    if "-" in word and len(query.text.split("-")) > 1 and not hasattr(query.root, "exact"):
        return  # a hyphenated pair is a phrase, whose order the index does not know
    assert selected(index, words, fts_expression(query, [language])) == (evaluate(query, words) is not None)


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("lang:hy", ""),
        ("nato OR lang:hy", ""),
        ("nato lang:hy NOT war", '(("nato" OR "natoǀ" OR "natoǁ"))'),
        ('title:"peace war"', '{title} : (("peace" AND "war"))'),
        ("body:Arm*", '{body} : ("arm" *)'),
        ("=US", '"us"'),
    ],
)
def test_filters_and_negation_are_left_to_the_evaluator(query: str, expression: str) -> None:
    assert fts_expression(parse(query), ["en"]) == expression


def test_the_longest_query_is_an_expression_that_sqlite_takes(index: sqlite3.Connection) -> None:
    words = Words.of("", "w499", "en")
    for operator in (" OR ", " AND "):
        query = parse(operator.join([f"w{number}" for number in range(250)]))
        expression = fts_expression(query, LANGUAGES)
        assert selected(index, words, expression) is False


def test_the_deepest_query_is_an_expression_that_sqlite_takes(index: sqlite3.Connection) -> None:
    query = parse("".join(f"(a{n} OR (b{n} " for n in range(24)) + "w499" + "))" * 24)
    expression = fts_expression(query, LANGUAGES)
    for body in ("a0", "b0 b1 a2", " ".join(f"b{n}" for n in range(24)) + " w499", "b0 b1", "w499"):
        words = Words.of("", body, "en")
        assert evaluate(query, words) is None or selected(index, words, expression)
    assert not selected(index, Words.of("", "b1 b2 b3", "en"), expression)
