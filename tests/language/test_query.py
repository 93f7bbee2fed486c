"""The query language: what is understood, and what is refused with a sentence that helps."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.evaluate import evaluate
from language.query import MAX_CHARACTERS, QueryError, parse
from language.references import References
from language.tree import And, Filter, Node, Not, Or, Phrase, Prefix, Word
from language.words import Words


def word(text: str, **more: object) -> Word:
    return Word(text, more.get("field"), str(more.get("clause", text)), bool(more.get("exact")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("nato", word("nato")),
        ("nato summit", And((word("nato"), word("summit")))),
        ("nato AND summit", And((word("nato"), word("summit")))),
        ("nato OR eu", Or((word("nato"), word("eu")))),
        ("a NOT b", And((word("a"), Not(word("b"))))),
        ("a AND NOT b", And((word("a"), Not(word("b"))))),
        ("a -b", And((word("a"), Not(word("b"))))),
        ("NOT NOT a", word("a")),
        ("+a b", And((word("a"), word("b")))),
        ("armenia peace OR war", And((word("armenia"), Or((word("peace"), word("war")))))),
        ("(a OR b) c", And((Or((word("a"), word("b"))), word("c")))),
        ('"north atlantic"', Phrase(("north", "atlantic"), None, '"north atlantic"')),
        ("«north atlantic»", Phrase(("north", "atlantic"), None, '"north atlantic"')),
        ('"a b"~5', Phrase(("a", "b"), None, '"a b"~5', slop=5)),
        ("Azerb*", Prefix("azerb", None, "Azerb*")),
        ("=US", word("US", clause="=US", exact=True)),
        ("title:nato", word("nato", field="title", clause="title:nato")),
        (
            "body:(a OR b)",
            Or((word("a", field="body", clause="body:a"), word("b", field="body", clause="body:b"))),
        ),
        ("lang:HY", Filter("lang", "hy", "lang:HY")),
        ("section:press-release", Filter("section", "press-release", "section:press-release")),
        ("South-Caucasus", Phrase(("South", "Caucasus"), None, "South-Caucasus", forms=True)),
        ("ԱՄՆ-ի", word("ԱՄՆ", clause="ԱՄՆ-ի")),
        ("l'OTAN", word("OTAN", clause="l'OTAN")),
        ("Ինչո՞ւ", word("Ինչո՞ւ")),
    ],
)
def test_a_query_becomes_a_tree(query: str, tree: Node) -> None:
    assert parse(query).root == tree


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("", 0, "empty"),
        (" \x00\x01 ", 0, "empty"),
        ('peace AND  "nato', 12, "unclosed quotation mark at character 12"),
        ("a (b", 3, "unclosed parenthesis at character 3"),
        ("a) b", 2, "closing parenthesis without an opening one at character 2"),
        ("*", 1, "after at least 2 letters"),
        ("a*", 1, "after at least 2 letters"),
        ("na*to", 1, "only end a word"),
        ("na?o", 1, "only end a word"),
        ("NOT nato", 1, "must not occur"),
        ("-nato -eu", 1, "must not occur"),
        ("NOT a OR NOT b", 1, "must not occur"),
        ("a OR -b", 1, "one side of an OR"),
        (
            "peace foo:bar",
            7,
            "unknown field `foo:` at character 7; the fields are title, body, lang, office, section and topic",
        ),
        ('said:"x"', 1, "is kept for what somebody is quoted with"),
        ("title:(a body:b)", 10, "a field inside the field title:"),
        ("a AND", 5, "ends at character 5 where a word is expected"),
        ("a AND OR b", 7, "`OR` cannot stand at character 7"),
        ("'a'", 1, "cannot stand at character 1"),
        ("nato~2", 5, "can only follow a phrase"),
        ('"a b"~', 6, "whole number"),
        ('"a b"~1.5', 6, "whole number"),
        ('"a b"~99999', 6, "whole number"),
        ("nato^2", 5, "weighted"),
        ("/(a+)+$/", 1, "regular expressions"),
        ("[a TO b]", 1, "ranges"),
        (">5", 1, "ranges"),
        ("=na*", 1, "one whole word"),
        ("=a-b", 1, "one whole word"),
        ("lang:h*", 6, "whole name"),
        ("!!!", 1, "no letter or digit"),
        ('"…"', 1, "no letter or digit"),
        ("a\\", 2, "nothing follows"),
        ('="a b"', 1, "quotation mark inside a word"),
        ("(" * 51 + "a" + ")" * 51, 51, "more than 50 open parentheses"),
    ],
)
def test_what_is_no_query_is_refused_with_its_place(query: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert says in caught.value.message
    assert caught.value.position == position


@pytest.mark.parametrize(
    "query",
    [
        "word " * 10_000,
        "a-" * 9_000 + "a",
        "(" * 10_000,
        "(" * 9_000 + "a" + ")" * 9_000,
        "-" * 19_000 + "a",
        "NOT " * 499 + "a",
        "title:" * 400 + "a",
        '"' + "a " * 9_000 + '"',
        "x" * MAX_CHARACTERS + "x",
        '"a b"~' + "9" * 5_000,
        "\\" * 19_999,
    ],
)
def test_hostile_queries_end_in_a_sentence_and_soon(query: str) -> None:
    started = time.process_time()
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert time.process_time() - started < 2
    assert len(caught.value.message) < 200


def test_a_query_of_many_words_is_read() -> None:
    assert isinstance(parse(" ".join(f"w{n}" for n in range(500))).root, And)
    assert isinstance(parse(" OR ".join(f"w{n}" for n in range(250))).root, Or)
    assert isinstance(parse("(" * 50 + "a" + ")" * 50).root, Word)


@given(st.text(alphabet="ab *?\"()~^:=-+\\/[]{}<>!NOTAND OR«»’'5éԱ", max_size=30))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert error.message and 0 <= error.position <= len(text)
    else:
        assert query.text == text


TOPICS = References.of(
    {
        "nato": "NATO OR НАТО",
        "sport": "football OR title:match",
        "summit": "topic:nato summit",
        "a": "war OR topic:b",
        "b": "topic:c",
        "c": "topic:a OR peace",
        "broken": 'nato "',
        "peace process": "peace",
        "wide": " OR ".join(f"w{n}" for n in range(240)),
        "wider": " OR ".join(["topic:wide"] * 30),
    },
    [["Khachaturyan", "Khachaturian", "Хачатурян", "Խաչատուրյան"], ["OTAN", "North Atlantic Treaty Organization"]],
)


def test_a_topic_stands_for_its_query_inside_another() -> None:
    assert parse("topic:nato AND NOT topic:sport", TOPICS).root == parse(
        "(NATO OR НАТО) AND NOT (football OR title:match)"
    ).root
    assert parse("topic:summit", TOPICS).root == parse("(NATO OR НАТО) summit").root
    assert parse('topic:"peace process"', TOPICS).root == parse("peace").root


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("war OR topic:a", "leads back to itself (a → b → c → a)"),
        ("topic:nat", "did you mean `topic:nato`?"),
        ("peace topic:zzz", "there is no topic `zzz` at character 7"),
        ("topic:broken", "topic:broken at character 1 cannot be used: unclosed quotation mark at character 6"),
        ("topic:wider", "more than 5000 words"),
        ('said:"never again"', "`said:` at character 1 is kept for what somebody is quoted with"),
    ],
)
def test_references_that_cannot_be_followed_are_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, TOPICS)
    assert says in caught.value.message


def test_a_topic_that_names_itself_is_refused_where_it_is_declared() -> None:
    with pytest.raises(QueryError, match="leads back to itself"):
        parse("war OR topic:b", TOPICS, "a")


@pytest.mark.parametrize(
    ("text", "language"),
    [("Խաչատուրյանին", "hy"), ("Хачатуряном", "ru"), ("Khachaturian's", "en"), ("Khachaturyan", "fr")],
)
@pytest.mark.parametrize("query", ["Khachaturyan", "хачатурян", "Խաչատուրյան"])
def test_one_spelling_of_a_name_stands_for_all_and_their_cases(query: str, text: str, language: str) -> None:
    assert evaluate(parse(query, TOPICS), Words.of("", text, language)) is not None
    assert evaluate(parse(f"={query}", TOPICS), Words.of("", "Хачатуряном", "ru")) is None


def test_a_spelling_may_have_several_words() -> None:
    words = Words.of("", "The North Atlantic Treaty Organization met.", "en")
    explanation = evaluate(parse("OTAN", TOPICS), words)
    assert explanation is not None and explanation.clauses[0].clause == "OTAN"


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"w{n}" for n in range(10_000)),
        "(" * 10_000,
        "(" * 10_000 + "a" + ")" * 10_000,
        "*",
        "NOT nato",
        "NOT (NOT (NOT war))",
        "\x00\x01\x1b[31m",
        "-" * 10_000 + "a",
        "a" * 1_000_000,
        "NOT " * 3_000 + "a",
        "a~" * 5_000,
        '"' * 9_999,
        "/(a+)+$/",
        "title:" * 3_000 + "a",
    ],
    ids=lambda text: text[:12].encode("unicode_escape").decode(),
)
def test_hostile_queries_are_refused_in_one_sentence_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert time.process_time() - began < 2
    assert len(caught.value.message) < 300 and "\x1b" not in caught.value.message
