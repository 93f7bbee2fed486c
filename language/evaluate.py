"""Whether a release meets a query, exactly, and why: the one judge of the archive's search and of topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, Literal, NamedTuple

import orjson

from language.analysis import Form
from language.forms import asked
from language.text import STEM_MARK, cased, fold
from language.tokens import core
from language.tree import And, Filter, Node, Not, Or, Phrase, Prefix, Query, Word, fields_of
from language.words import Field, FieldWords, Words

HITS_A_CLAUSE = 5
_START = attrgetter("start")

_folded = lru_cache(maxsize=100_000)(fold)
"""The words of phrases, asked for again and again."""

Strength = Literal["exact", "form", "stem"]


class Hit(NamedTuple):
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


class Clause(NamedTuple):
    """A clause of the query that is met, as the query has it, and its first hits."""

    clause: str
    hits: tuple[Hit, ...]


class Explanation(NamedTuple):
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
            "clauses": [{"clause": met.clause, "hits": [hit._asdict() for hit in met.hits]} for met in self.clauses],
            "filters": list(self.filters),
        }

    def to_json(self) -> str:
        """`to_dict` as JSON text; made for every match, hence by orjson."""
        return orjson.dumps(self.to_dict()).decode()


def evaluate(query: Query, words: Words) -> Explanation | None:
    """The reasons why a release meets the query; None when it does not."""
    root = query.root
    if isinstance(root, Word | Phrase | Prefix):
        hits = _hits(root, words)
        return Explanation(words.language, (Clause(root.clause, hits),), ()) if hits else None
    if not meets(root, words):
        return None
    clauses: list[Clause] = []
    filters: list[str] = []
    for leaf in query.leaves:
        if isinstance(leaf, Filter):
            if meets(leaf, words):
                filters.append(leaf.clause)
        elif hits := _hits(leaf, words):
            clauses.append(Clause(leaf.clause, hits))
    return Explanation(words.language, tuple(clauses), tuple(filters))


def meets(node: Node, words: Words) -> bool:
    """Whether a release meets a part of a query. Decides as `evaluate` does, without the reasons."""
    match node:
        case Word(exact=False):
            keys = asked(node.word, words.language).keys
            return (node.field != "body" and words.title.has_any(keys)) or (
                node.field != "title" and words.body.has_any(keys)
            )
        case And(parts=parts):
            return all(meets(part, words) for part in parts)
        case Or(parts=parts):
            return any(meets(part, words) for part in parts)
        case Not(part=part):
            return not meets(part, words)
        case Filter():
            value = {"lang": words.language, "office": words.office, "section": words.section}[node.name]
            return value.casefold() == node.value
        case Phrase():
            return any(True for name in fields_of(node) for _ in _spans(node, words.field(name), words.language))
    return any(_written(node, words.field(name)) for name in fields_of(node))


def _hits(leaf: Word | Prefix | Phrase, words: Words) -> tuple[Hit, ...]:
    """The first places where a clause is met, up to `HITS_A_CLAUSE`; () when it is not."""
    hits: list[Hit] = []
    language, field = words.language, leaf.field
    if field != "body":
        _find(leaf, "title", words.title, language, hits)
    if field != "title" and len(hits) < HITS_A_CLAUSE:
        _find(leaf, "body", words.body, language, hits)
    return tuple(hits)


def _find(leaf: Word | Prefix | Phrase, name: Field, found: FieldWords, language: str, hits: list[Hit]) -> None:
    """Add the first places in a field, up to `HITS_A_CLAUSE` in all."""
    if isinstance(leaf, Phrase):
        _find_phrase(leaf, name, found, language, hits)
        return
    if isinstance(leaf, Word) and not leaf.exact:
        written = found.with_keys(asked(leaf.word, language).keys)
    else:
        written = _written(leaf, found)
    if not written:
        return
    known, before, room = found.memory, len(hits), HITS_A_CLAUSE - len(hits)
    shown, offsets = found.sentences.shown, found.tokens.offsets
    for word in written:
        key, strength = _why(leaf, known[word], language)
        length = len(word)
        for start in offsets(word, room):
            end = start + length
            hits.append(Hit(word, key, name, start, end, shown(start, end), strength))
    if len(written) > 1:
        hits[before:] = sorted(hits[before:], key=_START)[:room]


def _find_phrase(leaf: Phrase, name: Field, found: FieldWords, language: str, hits: list[Hit]) -> None:
    key = " ".join(map(_folded, leaf.words))
    strength: Strength = "form" if leaf.forms else "exact"
    for start, end in islice(_spans(leaf, found, language), HITS_A_CLAUSE - len(hits)):
        sentence = found.sentences.shown(start, end)
        hits.append(Hit(found.text[start:end], key, name, start, end, sentence, strength))


def _why(leaf: Word | Prefix, form: Form, language: str) -> tuple[str, Strength]:
    if isinstance(leaf, Prefix):
        return leaf.prefix + "*", "exact" if form.folded == leaf.prefix else "form"
    wanted = asked(leaf.word, language)
    if wanted.folded == form.folded:
        return form.folded, "exact"
    # Dictionary forms come before stems in `keys`.
    keys = form.keys
    for key in wanted.keys:
        if key in keys:
            return (key.removesuffix(STEM_MARK), "stem") if key.endswith(STEM_MARK) else (key, "form")
    raise AssertionError(f"{form.folded} does not meet {leaf.clause}")


def _written(leaf: Word | Prefix, found: FieldWords) -> list[str]:
    """The distinct words of a field, as written, that meet a clause of one very word or prefix."""
    if isinstance(leaf, Prefix):
        return found.with_prefix(leaf.prefix)
    target = cased(core(leaf.word))
    return [word for word in found.with_folded(_folded(target)) if found.known[word].cased == target]


def _spans(leaf: Phrase, found: FieldWords, language: str) -> Iterator[tuple[int, int]]:
    """Start and end offsets of each place in a field where a phrase is met, ascending."""
    written: dict[str, list[str]] = {}
    for word in leaf.words:
        here = found.with_keys(asked(word, language).keys) if leaf.forms else found.with_folded(_folded(word))
        if not here:
            return
        written[word] = here
    if leaf.slop is None:
        yield from _side_by_side([written[word] for word in leaf.words], found)
    else:
        yield from _near(leaf.words, written, leaf.slop, found)


def _side_by_side(wanted: list[list[str]], found: FieldWords) -> Iterator[tuple[int, int]]:
    first, *others = wanted
    tokens = found.tokens
    starts = sorted(start for word in first for start in tokens.offsets(word))
    for start in starts:
        end = tokens.end_of(start, others)
        if end:
            yield start, end


def _near(
    words: tuple[str, ...], written: dict[str, list[str]], slop: int, found: FieldWords
) -> Iterator[tuple[int, int]]:
    """The shortest windows that hold every word as often as it is asked for, with at most `slop` words
    more."""
    # Two words of the query that fold alike are one, asked for twice.
    folded = {spelling: _folded(word) for word, here in written.items() for spelling in here}
    wanted = Counter(map(_folded, words))
    order = found.written
    events = [(place, folded[word]) for place, word in enumerate(order) if word in folded]
    missing, left = len(words), 0
    for place, word in events:
        missing -= wanted[word] > 0
        wanted[word] -= 1
        while missing == 0:
            first, leaving = events[left]
            if place - first + 1 - len(words) <= slop:
                yield found.start_of(first), found.start_of(place) + len(order[place])
            wanted[leaving] += 1
            missing += wanted[leaving] > 0
            left += 1
