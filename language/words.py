"""One release as words: analysed once, then used by the search index, by topics and by explanations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, KeysView
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import Literal

from language.forms import Form, analyse, known_forms
from language.sentences import Sentences
from language.text import FORM_MARK, STEM_MARK
from language.tokens import Tokens, tokenize

Field = Literal["title", "body"]
FIELDS: tuple[Field, Field] = ("title", "body")


class FieldWords:
    """The words of one field. What only a hit needs (places, offsets, sentences) is worked out when first asked for."""

    def __init__(self, text: str, language: str) -> None:
        self.tokens: Tokens = tokenize(text)
        known = known_forms(language)
        self.forms: dict[str, Form] = {word: known[word] for word in self.tokens.distinct}
        """Each distinct word as written, analysed."""
        first: dict[str, str] = {}
        others: dict[str, list[str]] = {}
        claim = first.setdefault
        for word, form in self.forms.items():
            for key in form.keys:
                if claim(key, word) is not word:
                    others.setdefault(key, []).append(word)
        # Two tables, because most keys have one word, and a list for each would take half as long again.
        self._first, self._others = first, others

    @property
    def keys(self) -> KeysView[str]:
        """Every key of every word (`forms.keys`)."""
        return self._first.keys()

    @cached_property
    def sentences(self) -> Sentences:
        return Sentences(self.tokens.text)

    @cached_property
    def beginnings(self) -> list[tuple[str, str]]:
        """Each distinct word folded and as written, by the alphabet: for prefixes."""
        return sorted((form.folded, word) for word, form in self.forms.items())

    def with_folded(self, folded: str) -> list[str]:
        """The distinct words as written that are this one, folded."""
        return [word for word in self.with_keys((folded,)) if self.forms[word].folded == folded]

    def with_keys(self, keys: Iterable[str]) -> list[str]:
        """The distinct words as written that have one of the keys."""
        first, others = self._first, self._others
        found: dict[str, None] = {}
        for key in keys:
            if key in first:
                found[first[key]] = None
                if key in others:
                    found.update(dict.fromkeys(others[key]))
        return list(found)

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

    def has_any(self, keys: Iterable[str], field: Field | None) -> bool:
        """Whether a word of the field (None: of title or body) has one of the keys."""
        return (field != "body" and not self.title.keys.isdisjoint(keys)) or (
            field != "title" and not self.body.keys.isdisjoint(keys)
        )

    def field(self, name: Field) -> FieldWords:
        """The words of the title or of the body."""
        return self.title if name == "title" else self.body

    def terms(self, name: Field) -> str:
        """What the search index holds of a field: every distinct folded word, dictionary form (with
        `FORM_MARK`) and stem (with `STEM_MARK`), joined by spaces. `fts.fts_expression` asks for these."""
        terms: dict[str, None] = {}
        for form in self.field(name).forms.values():
            for position, key in enumerate(form.keys):
                terms[key if position == 0 or key.endswith(STEM_MARK) else key + FORM_MARK] = None
        return " ".join(terms)


def search_terms(word: str, language: str) -> tuple[str, ...]:
    """The terms of `Words.terms` that any text of `language` holding a form of `word` has one of."""
    terms: dict[str, None] = {}
    for key in analyse(word, language).keys:
        terms[key] = None
        if not key.endswith(STEM_MARK):
            terms[key + FORM_MARK] = None
    return tuple(terms)
