"""Dictionary forms: the keys under which the forms of one word meet.

Two words are forms of one another in a language when their `keys` have one in common. The first key is
always the folded word itself. Then come dictionary forms: for Russian and Ukrainian the normal form of every
parse by pymorphy3, for other languages what simplemma knows, for Armenian, English and French also what the
tables of `language.inflection` lead to. Last come stems (marked by `STEM_MARK`), and only for words that no
dictionary knows: a stem proves little by itself. Snowball alone would let Իրան (Iran) meet իր (his), Երևան
meet երևալ (to appear), and "traité" meet "traiter".

Dictionaries are loaded when the first word of their language comes (0.1 to 0.3 s each) and stay in memory.
What was worked out is remembered by the word as written, up to `CACHE_WORDS` a language."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import snowballstemmer
from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy
from simplemma.strategies.dictionaries.dictionary_factory import (
    DEFAULT_DICTIONARY_FACTORY,
    SUPPORTED_LANGUAGES,
)

from language.inflection import inflected_from
from language.scripts import CYRILLIC, NOT_LATIN
from language.text import FORM_MARK, STEM_MARK, cased, fold
from language.tokens import core, words_in

RULES_VERSION = 2
"""Raised with every change that gives some word other keys: an index made under another version must be
renewed."""

CACHE_WORDS = 200_000
"""Distinct written words remembered for each language of texts (some 150 MB when full); then forgotten all
at once."""
_MOST_LANGUAGES = 64

_SNOWBALL = {
    "hy": "armenian", "ar": "arabic", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch",
    "en": "english", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "es": "spanish", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip
_SHORTEST_WORD_WITH_A_STEM = 5
_SHORTEST_STEM = 4
_LONGEST_ACRONYM = 5
_LONGEST_WORD = 80
"""Letters; nothing longer is a word of these languages, and rules that try every split of it would take
long."""


@dataclass(frozen=True, slots=True)
class Form:
    """A word as written, analysed: `folded` is the first of `keys`; `cased` keeps its capitals, for
    `=WORD`."""

    folded: str
    cased: str
    keys: tuple[str, ...]
    terms: tuple[str, ...]
    """What the search index holds of the word: the keys, of which dictionary forms end in `FORM_MARK`."""


class _Parser(Protocol):
    def normal_forms(self, word: str) -> list[str]: ...


INFLECTED = ("en", "fr", "hy")
"""Languages for which `language.inflection` has tables."""

_lookup = DictionaryLookupStrategy(DEFAULT_DICTIONARY_FACTORY)
_rules = DefaultStrategy(dictionary_factory=DEFAULT_DICTIONARY_FACTORY)


_PARSED = ("ru", "uk")
"""Languages that pymorphy3 parses."""


@lru_cache(maxsize=2)
def _parser(language: str) -> _Parser:
    import pymorphy3

    parser: _Parser = pymorphy3.MorphAnalyzer(result_type=None, lang=language)
    return parser


@lru_cache(maxsize=64)
def _stemmer(language: str) -> Callable[[str], str]:
    stem: Callable[[str], str] = snowballstemmer.stemmer(_SNOWBALL[language]).stemWord
    return stem


@lru_cache(maxsize=8)
def _lemmas(language: str) -> frozenset[str]:
    """Every word that simplemma's dictionary of a language gives as a dictionary form, folded (17,000 Armenian ones,
    77,000 English). Some 0.05 s a language."""
    dictionary = DEFAULT_DICTIONARY_FACTORY.get_dictionary(language)
    # simplemma decodes each value as it is asked for: of half a million Armenian ones 17,000 differ.
    stored: dict[bytes, bytes] | None = getattr(dictionary, "_dict", None)
    lemmas = set(dictionary.values()) if stored is None else {lemma.decode() for lemma in set(stored.values())}
    return frozenset(map(fold, lemmas))


_GENDERED = frozenset({"es", "fr", "it", "pt", "ro"})
"""Languages whose adjectives' feminines are dictionary entries of their own, with the masculine as their form."""


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
        if len(form.keys) > 1 and _is_dictionary_form(word, form, language_of(form.folded, self._language)):
            form = Form(form.folded, form.cased, form.keys[:1], form.terms[:1])
        self[word] = form
        return form


def _is_dictionary_form(word: str, form: Form, language: str) -> bool:
    if language in _PARSED:
        return form.folded in map(fold, _parser(language).normal_forms(form.folded))
    if language in INFLECTED and not any(key.endswith(STEM_MARK) for key in form.keys):
        return form.folded in _lemmas(language)
    return False


class KnownForms(dict[str, Form]):
    """Word as written → `Form`, for texts of one language; a word that is missing is analysed and remembered.

    Threads may share it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.pieces = _Pieces(self)
        self.spellings: dict[str, tuple[str, ...]] = {}
        """Key → every word as written that has it, of the words remembered here."""

    def __missing__(self, word: str) -> Form:
        with _learning:
            if word in self:
                return self[word]
            form = _analyse(word, self.language)
            for key in form.keys:
                self.spellings[key] = (*self.spellings.get(key, ()), word)
            self[word] = form  # last: who finds the word finds its spellings
            return form

    @property
    def full(self) -> bool:
        return len(self) >= CACHE_WORDS or len(self.pieces) >= 2 * CACHE_WORDS


class _Pieces(dict[str, tuple[str, ...]]):
    """What stands between two blanks → the words in it, each of them known. Texts repeat themselves: most pieces are
    looked up and not cut."""

    def __init__(self, known: KnownForms) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, piece: str) -> tuple[str, ...]:
        found = tuple(words_in(piece))
        if found == (piece,):
            found = (piece,)  # one text in memory, not two
        for word in found:
            self._known[word]
        if len(piece) <= _LONGEST_WORD:
            self[piece] = found
        return found


_known: dict[str, KnownForms] = {}


def known_forms(language: str) -> KnownForms:
    """What is remembered of the words in texts of a language, shared by all. When it is full, a new memory takes its
    place; texts that were analysed with the old one keep that."""
    known = _known.get(language)
    if known is None or known.full:
        if len(_known) >= _MOST_LANGUAGES:
            _known.clear()
        known = _known[language] = KnownForms(language)
    return known


def _analyse(written: str, text_language: str) -> Form:
    word = core(written)
    folded = fold(word)
    if not folded:
        return Form("", "", (), ())
    found = [folded]
    language = language_of(folded, text_language)
    if language != text_language:
        return analyse(written, language)
    if not folded.isdigit() and len(folded) <= _LONGEST_WORD:
        if language in _PARSED:
            found += [fold(normal) for normal in _parser(language).normal_forms(folded)]
        elif language in SUPPORTED_LANGUAGES:
            found += _by_dictionary(word, folded, language)
        elif language in _SNOWBALL:
            found += _stems(folded, language)
    keys = tuple(sys.intern(key) for key in dict.fromkeys(found) if key)
    terms = (keys[0], *(key if key.endswith(STEM_MARK) else sys.intern(key + FORM_MARK) for key in keys[1:]))
    return Form(folded, cased(word), keys, terms)


def _by_dictionary(word: str, folded: str, language: str) -> list[str]:
    acronym = word.isupper() and 2 <= len(word) <= _LONGEST_ACRONYM
    if acronym and (lemma := _lookup.exact_lemma(word, language)):
        return [fold(lemma)]
    spellings = list(_spellings(folded, language))
    lemmas = [lemma for spelling in spellings if (lemma := _lookup.get_lemma(spelling, language))]
    proper = _lookup.exact_lemma(folded[0].upper() + folded[1:], language)
    if proper and proper[0].isupper() and fold(proper) == folded and (word[0].isupper() or language == "hy"):
        # A name in its dictionary form: Երևան is the city, though the same letters are also a form of երևալ.
        return []
    known = [fold(lemma) for lemma in lemmas]
    if language in INFLECTED and not acronym:
        # The dictionary gives one form where several are right: սահմանի is of սահմանել (define) and of
        # սահման (border).
        known += inflected_from(folded, language, _lemmas(language), folded in known)
    if known:
        if language in _GENDERED:
            # A feminine's or participle's own dictionary form: nouvelles → nouvelle → nouveau.
            known += [fold(further) for lemma in lemmas if (further := _lookup.get_lemma(lemma, language))]
        return known + (_armenian_nouns(folded) if language == "hy" and folded not in known else [])
    found = (
        [] if acronym else [fold(lemma) for spelling in spellings if (lemma := _rules.get_lemma(spelling, language))]
    )
    found = [lemma for lemma in found if _common_prefix(lemma, folded) >= max(3, 0.6 * min(len(lemma), len(folded)))]
    if language == "hy" and not acronym:
        found += _armenian_nouns(folded)
    return found if acronym else found + _stems(folded, language)


def _spellings(folded: str, language: str) -> Iterator[str]:
    """The folded word as dictionaries may write it: lower case and capitalised, և also as եվ and as եւ."""
    variants = [folded]
    if language == "hy" and "և" in folded:
        variants += [folded.replace("և", "եվ"), folded.replace("և", "եւ")]
    for variant in variants:
        yield variant
        yield variant[0].upper() + variant[1:]


def _common_prefix(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


# Armenian noun endings, a closed class: number, then case, then article or possessive, with the glide յ
# after a vowel (Dum-Tragut, Armenian: Modern Eastern Armenian, 2009, ch. 2.1). The irregular declensions
# are in the dictionary; -ություն alone is so productive that it needs its rule.
_ARMENIAN_ENDING = re.compile("յ?(?:ն?եր)?(?:ից|ով|ում|ի|ու)?[ընսդ]?")
_ARMENIAN_WEAK_VOWEL = re.compile(r"(?:ու|ի)(?=[^աեէըիոօւև]+$)")


def _armenian_nouns(folded: str) -> list[str]:
    """Dictionary forms that the word is a noun form of: all ways to take endings off that leave one, or an oblique stem
    that the dictionary knows (հորից, հոր, հայր)."""
    lemmas = _lemmas("hy")
    found = []
    for base in _armenian_bases(folded):
        if base in lemmas:
            found.append(base)
        if len(base) >= 3 and (lemma := _lookup.get_lemma(base, "hy")):
            found.append(fold(lemma))
    return found


def _armenian_bases(folded: str) -> list[str]:
    """What stands before any noun ending, longest first."""
    cuts = range(len(folded) - 1, max(2, len(folded) - 9), -1)
    return [folded[:cut] for cut in cuts if _ARMENIAN_ENDING.fullmatch(folded, cut)]


def _stems(folded: str, language: str) -> list[str]:
    """Stem keys of a word that no dictionary knows."""
    if len(folded) < _SHORTEST_WORD_WITH_A_STEM or language not in _SNOWBALL:
        return []
    stems = [_stemmer(language)(folded)]
    if language == "hy":
        # The last ի or ու of a stem falls out when an ending follows: համաձայնագիր, համաձայնագրի.
        stems += [_ARMENIAN_WEAK_VOWEL.sub("", base) for base in (folded, *_armenian_bases(folded))]
    return [fold(stem) + STEM_MARK for stem in stems if len(stem) >= _SHORTEST_STEM]
