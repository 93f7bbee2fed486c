"""Dictionary forms: the keys under which the forms of one word meet.

Two words are forms of one another in a language when their `keys` have one in common. `language.analysis` works them out; here
they are remembered by the word as written, up to `CACHE_WORDS` a language."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import lru_cache

from language.analysis import LONGEST_ACRONYM, LONGEST_WORD, Form, analyse_word, is_dictionary_form
from language.scripts import CYRILLIC, NOT_LATIN
from language.text import STEM_MARK, fold
from language.tokens import core, words_in

RULES_VERSION = 3
"""Raised with every change that gives some word other keys: an index made under another version must be
renewed."""

CACHE_WORDS = 200_000
"""Distinct written words remembered for each language of texts (some 150 MB when full); then forgotten all
at once."""
_MOST_LANGUAGES = 64


def language_of(word: str, language: str) -> str:
    """The language by whose rules a word in a text of `language` is analysed: by its script first.

    Armenian letters mean Armenian, Cyrillic the text's language when it is written in Cyrillic and Russian
    when not, Latin the text's language when it is written in Latin letters and English when not. The first
    letter decides."""
    for letter in word:
        if "\u0531" <= letter <= "\u0587" or "\ufb13" <= letter <= "\ufb17":
            return "hy"
        if "\u0400" <= letter <= "\u052f":
            return language if language in CYRILLIC else "ru"
        if letter.isalpha():
            return "en" if letter < "\u0250" and language in NOT_LATIN else language
    return language


def keys(word: str, language: str) -> tuple[str, ...]:
    """The keys of a word, as written or folded, in a text of `language` (a code such as "hy"); () if it has
    no letter or digit. Capitals help: ԱՄՆ (USA) is no form of ամ. Memoized."""
    return analyse(word, language).keys


def analyse(word: str, language: str) -> Form:
    """The analysed word; `keys` explains how. An unknown language gives the word itself as its only key."""
    return known_forms(language)[word]


_learning = threading.RLock()
"""One for all languages: a word in another script is learnt in its own."""


def asked(word: str, language: str) -> Form:
    """The word of a query, analysed for texts of a language: as `analyse`, but a word that stands in its dictionary form
    is that word alone. `мир` is not asked for as a form of миро (chrism), `Песков` not as one of песок (sand)."""
    return _asked(language)[word]


@lru_cache(maxsize=64)
def _asked(language: str) -> _Asked:
    return _Asked(language)


class _Asked(dict[str, Form]):
    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> Form:
        if len(self) >= CACHE_WORDS:
            self.clear()
        form = analyse(word, self._language)
        if len(form.keys) > 1 and is_dictionary_form(form, language_of(form.folded, self._language)):
            kept = [0, *(n for n, key in enumerate(form.keys) if n and key.endswith(STEM_MARK))]
            form = Form(form.folded, form.cased, tuple(form.keys[n] for n in kept), tuple(form.terms[n] for n in kept))
        self[word] = form
        return form


class KnownForms(dict[str, Form]):
    """Word as written → `Form`, for texts of one language; a word that is missing is analysed and remembered.

    Texts repeat themselves: most of what stands between two blanks (a piece) is looked up and not cut into words. Threads
    may share it."""

    def __init__(self, language: str, capitals: bool = False) -> None:
        super().__init__()
        self.language = language
        self.capitals = capitals
        """Whether the texts are all in capitals, so that capitals tell nothing of a word."""
        self.pieces: dict[str, tuple[str, ...]] = {}
        """What stands between two blanks → the words in it."""
        self.holding: dict[str, list[str]] = {}
        """Key → every piece remembered here that holds a word with it."""
        self._long = 0

    def __missing__(self, word: str) -> Form:
        with _learning:
            if word not in self:
                bare = core(word)
                language = language_of(fold(bare), self.language)
                if language == self.language:
                    self[word] = analyse_word(bare, language, self.capitals)
                else:
                    self[word] = known_forms(language, self.capitals)[word]
            return self[word]

    def learn(self, pieces: Iterable[str]) -> None:
        """Remember what stands between two blanks, and every word in it."""
        for piece in pieces:
            with _learning:
                if piece in self.pieces:
                    continue
                words = tuple(words_in(piece))
                if words == (piece,):
                    words = (piece,)  # one text in memory, not two
                for key in dict.fromkeys(key for word in words for key in self[word].keys):
                    self.holding.setdefault(key, []).append(piece)
                self._long += len(piece) // LONGEST_WORD
                self.pieces[piece] = words  # last: who finds the piece finds its words

    @property
    def full(self) -> bool:
        return len(self) >= CACHE_WORDS or len(self.pieces) + self._long >= 2 * CACHE_WORDS


_known: dict[tuple[str, bool], KnownForms] = {}


def known_forms(language: str, capitals: bool = False) -> KnownForms:
    """What is remembered of the words in texts of a language (all in `capitals` or not), shared by all. When it is full, a
    new memory takes its place; texts that were analysed with the old one keep that."""
    known = _known.get((language, capitals))
    if known is None or known.full:
        if len(_known) >= _MOST_LANGUAGES:
            _known.clear()
        known = _known[language, capitals] = KnownForms(language, capitals)
    return known


def in_capitals(text: str) -> bool:
    """Whether a text is all in capitals, with a word too long for an acronym: a headline, say."""
    return text.isupper() and any(len(word) > LONGEST_ACRONYM for word in text.split())
