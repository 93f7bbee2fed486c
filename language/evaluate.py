"""Whether a release meets a query, exactly, and why: the one judge of the archive's search and of topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal

import orjson

from language.forms import analyse
from language.text import STEM_MARK, cased, fold
from language.tokens import core, sentence_at
from language.tree import And, Filter, Leaf, Node, Not, Or, Phrase, Prefix, Query, Word, fields_of
from language.words import Field, FieldWords, Words

HITS_A_CLAUSE = 5
SENTENCE_CHARACTERS = 400
"""Longer sentences are shown from both sides of the hit only, with … where they are cut."""

Strength = Literal["exact", "form", "stem"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a clause is met: `text[start:end] == word` in that field.

    `key` is the dictionary form through which it is met (the clause itself for a prefix or phrase).
    `strength`: exact, the word as asked for, case apart; form, another form of it or the continuation of a
    prefix; stem, by the stem of words that no dictionary knows."""

    word: str
    key: str
    field: Field
    start: int
    end: int
    sentence: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the query that is met, as the query has it, and its first hits."""

    clause: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a release meets a query: every clause that is met, outside NOT, in the order of the query; and
    the filters (`lang:hy`) that hold."""

    language: str
    clauses: tuple[Clause, ...]
    filters: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, strings and numbers: {language, clauses: [{clause, hits: [{word, key, field,
        start, end, sentence, strength}]}], filters}."""
        return {
            "language": self.language,
            "clauses": [
                {
                    "clause": met.clause,
                    "hits": [{name: getattr(hit, name) for name in Hit.__slots__} for hit in met.hits],
                }
                for met in self.clauses
            ],
            "filters": list(self.filters),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text; made at every hit of every release, hence by orjson from the records themselves."""
        return orjson.dumps(self).decode()


def evaluate(query: Query, words: Words) -> Explanation | None:
    """The reasons why a release meets the query; None when it does not."""
    if not meets(query.root, words):
        return None
    met = dict.fromkeys(leaf for leaf in _leaves(query.root) if meets(leaf, words))
    return Explanation(
        words.language,
        tuple(Clause(leaf.clause, tuple(_hits(leaf, words))) for leaf in met if not isinstance(leaf, Filter)),
        tuple(leaf.clause for leaf in met if isinstance(leaf, Filter)),
    )


def meets(node: Node, words: Words) -> bool:
    """Whether a release meets a part of a query. Decides as `evaluate` does, without the reasons."""
    match node:
        case Word(exact=False):
            keys = analyse(node.word, words.language).keys
            return not (words.keys if node.field is None else words.field(node.field).keys).isdisjoint(keys)
        case And(parts=parts):
            return all(meets(part, words) for part in parts)
        case Or(parts=parts):
            return any(meets(part, words) for part in parts)
        case Not(part=part):
            return not meets(part, words)
        case Filter():
            value = {"lang": words.language, "office": words.office, "section": words.section}[node.name]
            return value.casefold() == node.value
    return any(True for name in fields_of(node) for _ in _spans(node, words.field(name), words.language))


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            yield from chain.from_iterable(map(_leaves, parts))
        case Not():
            return
        case _:
            yield node


def _hits(leaf: Word | Prefix | Phrase, words: Words) -> Iterator[Hit]:
    spans = ((name, *span) for name in fields_of(leaf) for span in _spans(leaf, words.field(name), words.language))
    for name, first, last in islice(spans, HITS_A_CLAUSE):
        found = words.field(name)
        text = found.tokens.text
        start, end = found.tokens.start(first), found.tokens.span(last)[1]
        key, strength = _why(leaf, found.tokens.written[first], words.language)
        yield Hit(text[start:end], key, name, start, end, _shown(text, start, end), strength)


def _why(leaf: Word | Prefix | Phrase, written: str, language: str) -> tuple[str, Strength]:
    if isinstance(leaf, Phrase):
        return " ".join(fold(word) for word in leaf.words), "form" if leaf.forms else "exact"
    form = analyse(written, language)
    if isinstance(leaf, Prefix):
        return leaf.prefix + "*", "exact" if form.folded == leaf.prefix else "form"
    asked = analyse(leaf.word, language)
    if asked.folded == form.folded:
        return form.folded, "exact"
    shared = [key for key in asked.keys if key in form.keys]
    # Dictionary forms come before stems in `keys`.
    return shared[0].removesuffix(STEM_MARK), "stem" if shared[0].endswith(STEM_MARK) else "form"


def _shown(text: str, start: int, end: int) -> str:
    sentence = sentence_at(text, start, end)
    if len(sentence) <= SENTENCE_CHARACTERS:
        return sentence
    around = max(0, SENTENCE_CHARACTERS - (end - start)) // 2
    left, right = max(0, start - around), min(len(text), end + around)
    return ("…" if left else "") + text[left:right].strip() + ("…" if right < len(text) else "")


def _spans(leaf: Word | Prefix | Phrase, found: FieldWords, language: str) -> Iterator[tuple[int, int]]:
    """First and last word index of each place in a field where a clause is met, ascending."""
    if isinstance(leaf, Phrase):
        yield from _phrase(leaf, found, language)
        return
    if isinstance(leaf, Prefix):
        written = [word for word, form in found.forms.items() if form.folded.startswith(leaf.prefix)]
    elif leaf.exact:
        target = cased(core(leaf.word))
        written = [word for word in found.by_folded.get(fold(target), ()) if found.forms[word].cased == target]
    else:
        written = found.with_keys(analyse(leaf.word, language).keys)
    for place in found.at(written) if written else ():
        yield place, place


def _phrase(leaf: Phrase, found: FieldWords, language: str) -> Iterator[tuple[int, int]]:
    places: dict[str, list[int]] = {}
    for word in leaf.words:
        written = found.with_keys(analyse(word, language).keys) if leaf.forms else found.by_folded.get(fold(word), [])
        if not written:
            return
        places[word] = found.at(written)
    yield from (_side_by_side(leaf.words, places) if leaf.slop is None else _near(leaf.words, places, leaf.slop))


def _side_by_side(words: tuple[str, ...], places: dict[str, list[int]]) -> Iterator[tuple[int, int]]:
    later = [(offset, set(places[word])) for offset, word in enumerate(words)][1:]
    for first in places[words[0]]:
        if all(first + offset in at for offset, at in later):
            yield first, first + len(words) - 1


def _near(words: tuple[str, ...], places: dict[str, list[int]], slop: int) -> Iterator[tuple[int, int]]:
    """The shortest windows that hold every word as often as it is asked for, with at most `slop` words
    more."""
    wanted = Counter(map(fold, words))
    events = sorted({(place, fold(word)) for word, at in places.items() for place in at})
    missing, left = len(words), 0
    for place, word in events:
        missing -= wanted[word] > 0
        wanted[word] -= 1
        while missing == 0:
            first, leaving = events[left]
            if place - first + 1 - len(words) <= slop:
                yield first, place
            wanted[leaving] += 1
            missing += wanted[leaving] > 0
            left += 1
