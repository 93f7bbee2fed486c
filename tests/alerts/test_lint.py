"""What `topics lint` says of topics that their author hardly meant so."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.config import Settings
from alerts.lint import lint
from alerts.topics import load_references, load_topics
from language.equivalents import equivalents, spelling


def said(folder: Path, query: str, names: str = "[]") -> list[str]:
    (folder / "topics.yaml").write_text(f"names: {names}\ntopics:\n  t: {{query: '{query}'}}\n", encoding="utf-8")
    found = lint(load_topics(folder, Settings()), None, load_references(folder))
    return [sentence.removeprefix("topic t: ") for sentence in found]


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ("НАТО OR NATO OR OTAN OR դաշինք", ["НАТО is there, ՆԱՏՕ (hy) is not"]),
        ("НАТО OR саммит", ["НАТО is there, ՆԱՏՕ (hy) and NATO (en) and OTAN (fr) are not"]),
        ("НАТО OR ՆԱՏՕ OR NATO OR OTAN", []),
        ("=ЕС OR =EU OR =UE OR =ԵՄ", []),
        ("lang:ru НАТО", []),
        ("Россия OR Russia OR Russie OR հարց", ["Россия is there, Ռուսաստան (hy) is not"]),
        ("Москва OR Moscow OR Moscou OR հարց", ["Москва is there, Մոսկվա (hy) is not"]),
        ("Европейский-союз OR European-Union OR Union-européenne OR հարց",
         ["Европейский союз is there, Եվրոպական Միություն (hy) is not"]),
        ("peace OR мир OR խաղաղություն", []),
        ("peace OR мир", ["peace is there, but no Armenian word: releases in that language are not heard"]),
    ],
)  # fmt: skip
def test_it_names_what_is_missing_in_a_language(tmp_path: Path, query: str, sentences: list[str]) -> None:
    assert sorted(said(tmp_path, query)) == sorted(sentences)


def test_spellings_of_names_count(tmp_path: Path) -> None:
    names = "[[Aliyev, Алиев, Ալիև]]"
    assert said(tmp_path, "Aliyev", names) == []
    assert said(tmp_path, '"Aliyev" OR "Ալիև" OR мир', names) == ["Aliyev is there, Алиев (ru) is not"]
    assert said(tmp_path, "Aliyev OR հարց", "[[Aliyev, Алиев]]") == [
        "Aliyev is there, but `names` has no Armenian spelling of it"
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("(peace NOT мир) AND мир AND խաղաղություն", "мир is asked for and excluded at once"),
        ("peace OR мир OR խաղաղություն OR peace", "peace is there twice"),
        ("lang:hy lang:ru мир", "lang: cannot be hy and ru at once"),
    ],
)
def test_clauses_that_nothing_can_meet_are_named(tmp_path: Path, query: str, sentence: str) -> None:
    assert any(found.startswith(sentence) for found in said(tmp_path, query))


def test_every_thing_has_a_name_in_two_languages_at_least() -> None:
    known = equivalents()
    assert len(known) > 300 and all(len(thing) > 1 for thing in known)
    assert all(spelling(name) for thing in known for name in thing.values())
