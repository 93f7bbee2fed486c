"""One release as words: analysed once, then used by the search index, by topics and by explanations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, takewhile
from typing import Literal

from language.forms import KnownForms, asked, in_capitals, known_forms
from language.sentences import Sentences
from language.text import FORM_MARK, STEM_MARK
from language.tokens import Tokens

Field = Literal["title", "body"]
FIELDS: tuple[Field, Field] = ("title", "body")


class FieldWords:
    """The words of one field. What only a hit needs (places, offsets, sentences) is worked out when first asked for."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.pieces = set(text.split())
        """What stands between two blanks."""
        self.memory = known_forms(language, in_capitals(text))
        """What is known of words in this language."""
        self.is_learnt = False
        """Whether `memory` is sure to hold every piece."""

    @property
    def known(self) -> KnownForms:
        """What is known of words in this language, every word of this field among them."""
        if not self.is_learnt:
            # Of a plain dict, and only of one, `difference` looks up the few and does not read the many.
            self.memory.learn(self.pieces.difference(self.memory.pieces))
            self.is_learnt = True
        return self.memory

    @cached_property
    def distinct(self) -> set[str]:
        """The different words as written."""
        return set(chain.from_iterable(map(self.known.pieces.__getitem__, self.pieces)))

    @cached_property
    def written(self) -> list[str]:
        """Each word as it stands, in order."""
        return list(chain.from_iterable(map(self.known.pieces.__getitem__, self.text.split())))

    def start_of(self, index: int) -> int:
        """The offset in `text` of word `index` of `written`."""
        word = self.written[index]
        return self.tokens.offsets(word, self.written[: index + 1].count(word))[-1]

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.text)

    @cached_property
    def sentences(self) -> Sentences:
        return Sentences(self.text)

    @cached_property
    def beginnings(self) -> list[tuple[str, str]]:
        """Each distinct word folded and as written, by the alphabet: for prefixes."""
        return sorted((self.known[word].folded, word) for word in self.distinct)

    def has_any(self, keys: Iterable[str]) -> bool:
        """Whether a word has one of the keys (`forms.keys`)."""
        holding, apart = self.known.holding, self.pieces.isdisjoint
        for key in keys:  # noqa: SIM110 (asked several times a release: `any` takes twice as long)
            if key in holding and not apart(holding[key]):
                return True
        return False

    def with_folded(self, folded: str) -> list[str]:
        """The distinct words as written that are this one, folded."""
        return [word for word in self.with_keys((folded,)) if self.known[word].folded == folded]

    def with_keys(self, keys: Iterable[str]) -> list[str]:
        """The distinct words as written that have one of the keys, in no order."""
        known, pieces = self.known, self.pieces
        holding = known.holding
        found: list[str] = []
        for key in keys:
            if key in holding and not pieces.isdisjoint(holding[key]):
                for piece in pieces.intersection(holding[key]):
                    words = known.pieces[piece]
                    found += words if len(words) == 1 else [word for word in words if key in known[word].keys]
        return found if len(found) < 2 else list(dict.fromkeys(found))

    def with_prefix(self, prefix: str) -> list[str]:
        """The distinct words as written that begin so, folded."""
        words = self.beginnings
        first = bisect_left(words, (prefix, ""))
        return [word for _, word in takewhile(lambda pair: pair[0].startswith(prefix), islice(words, first, None))]


@dataclass(eq=False, slots=True)
class Words:
    """The analysed text of one release."""

    language: str
    office: str
    section: str
    title: FieldWords
    body: FieldWords

    @classmethod
    def of(cls, title: str, body: str, language: str, office: str = "", section: str = "") -> Words:
        """Analyse a release written in `language` (a code such as "hy"); some 0.2 ms for 3 KB of familiar
        words."""
        return cls(language, office, section, FieldWords(title, language), FieldWords(body, language))

    def field(self, name: Field) -> FieldWords:
        """The words of the title or of the body."""
        return self.title if name == "title" else self.body

    def for_index(self) -> Terms:
        """What the search index holds of both fields, worked out."""
        return Terms(self.terms("title"), self.terms("body"))

    def terms(self, name: Field) -> str:
        """What the search index holds of a field: every distinct folded word, dictionary form (with `FORM_MARK`) and
        stem (with `STEM_MARK`), each once, in no order, joined by spaces. `fts.fts_expression` asks for these."""
        found = self.field(name)
        return " ".join(set().union(*[found.known[word].terms for word in found.distinct]))


@dataclass(frozen=True, slots=True)
class Terms:
    """What `Words.terms` says of both fields, without the words: small enough to be handed to another process."""

    title: str
    body: str

    def terms(self, name: Field) -> str:
        """As `Words.terms`."""
        return self.title if name == "title" else self.body


def search_terms(word: str, language: str) -> tuple[str, ...]:
    """The terms of `Words.terms` that any text of `language` holding a form of `word` has one of."""
    terms: dict[str, None] = {}
    for key in asked(word, language).keys:
        terms[key] = None
        if not key.endswith(STEM_MARK):
            terms[key + FORM_MARK] = None
    return tuple(terms)
