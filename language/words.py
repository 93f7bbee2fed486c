"""One release as words: analysed once, then used by the search index, by topics and by explanations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from language.forms import Form, analyse, known_forms
from language.text import FORM_MARK, STEM_MARK
from language.tokens import Tokens, tokenize

Field = Literal["title", "body"]
FIELDS: tuple[Field, Field] = ("title", "body")


class FieldWords:
    """The words of one field. What only a hit needs (places, offsets) is worked out when first asked for."""

    def __init__(self, text: str, language: str) -> None:
        self.tokens: Tokens = tokenize(text)
        known = known_forms(language)
        self.forms: dict[str, Form] = {word: known[word] for word in set(self.tokens.written)}
        """Each distinct word as written, analysed."""
        self.keys: frozenset[str] = frozenset().union(*[form.keys for form in self.forms.values()])

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Word as written → where it stands, as indexes into the words of the field."""
        return self.tokens.places()

    @cached_property
    def by_folded(self) -> dict[str, list[str]]:
        """Folded word → its spellings in this field."""
        found: dict[str, list[str]] = defaultdict(list)
        for word, form in self.forms.items():
            found[form.folded].append(word)
        return found

    def at(self, written: Iterable[str]) -> list[int]:
        """Where any of these words as written stands, ascending."""
        return sorted(place for word in written for place in self.places[word])

    def with_keys(self, keys: tuple[str, ...]) -> list[str]:
        """The distinct words as written that have one of the keys."""
        wanted = frozenset(keys)
        return [word for word, form in self.forms.items() if not wanted.isdisjoint(form.keys)]


@dataclass(eq=False)
class Words:
    """The analysed text of one release. `keys` holds every key of every word of title and body
    (`forms.keys`)."""

    language: str
    office: str
    section: str
    title: FieldWords
    body: FieldWords
    keys: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, title: str, body: str, language: str, office: str = "", section: str = "") -> Words:
        """Analyse a release written in `language` (a code such as "hy"); some 0.2 ms for 3 KB of familiar
        words."""
        of_title, of_body = FieldWords(title, language), FieldWords(body, language)
        return cls(language, office, section, of_title, of_body, of_title.keys | of_body.keys)

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
