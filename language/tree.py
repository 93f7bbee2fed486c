"""The tree of a parsed query: what `query.parse` makes and the evaluator, the search index and topics
read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from language.references import NOTHING, References
from language.words import Field

FilterName = Literal["lang", "office", "section"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word: all its forms, or with `exact` (`=WORD`) this very spelling, case included."""

    word: str
    field: Field | None
    clause: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Prefix:
    """`pref*`: words that begin so; `prefix` is folded and has two letters at least."""

    prefix: str
    field: Field | None
    clause: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several words of one field.

    `slop` None: one directly after the other, in order. A number: in any order, with at most so many other
    words between the first and the last. `forms`: any form of each word (`South-Caucasus` without quotation
    marks), else these very words, case apart."""

    words: tuple[str, ...]
    field: Field | None
    clause: str
    slop: int | None = None
    forms: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """`lang:`, `office:` or `section:` with the value, in lower case, that the release must have."""

    name: FilterName
    value: str
    clause: str


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Leaf = Word | Prefix | Phrase | Filter
Node = Leaf | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: the text as it was given, the tree, which is never purely negative, and what else decides its
    meaning: the topics and spellings of names that it leans on, directly or through others."""

    text: str
    root: Node
    leans_on: References = field(default=NOTHING, repr=False, compare=False)
    leaves: tuple[Leaf, ...] = field(init=False, repr=False, compare=False)
    """The clauses that are not under a NOT, each once, in the order of the query."""

    def __post_init__(self) -> None:
        root = self.root
        leaves = (root,) if isinstance(root, Word) else tuple(dict.fromkeys(_leaves(root)))
        object.__setattr__(self, "leaves", leaves)


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case Not():
            return
        case _:
            yield node


def fields_of(node: Word | Prefix | Phrase) -> tuple[Field, ...]:
    """The fields a clause looks in."""
    return ("title", "body") if node.field is None else (node.field,)
