"""What one word can be a form of, by the dictionaries and rules of its language: the keys that `language.forms` remembers.

First the folded word itself. Then dictionary forms: for Russian and Ukrainian the normal form of every parse by pymorphy3, for
other languages what simplemma knows, for Armenian, English and French also what the tables of `language.inflection` lead to.
Last come stems (marked by `STEM_MARK`), and only for words that no dictionary knows: a stem proves little by itself. Snowball
alone would let Իրան (Iran) meet իր (his), Երևան meet երևալ (to appear), and "traité" meet "traiter".

Dictionaries are loaded when the first word of their language comes (0.1 to 0.3 s each) and stay in memory."""

from __future__ import annotations

import re
import sys
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

from language.inflection import armenian_guesses, armenian_passive, inflected_from
from language.text import FORM_MARK, STEM_MARK, cased, fold

_SNOWBALL = {
    "hy": "armenian", "ar": "arabic", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch",
    "en": "english", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "nn": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "es": "spanish", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip
_SHORTEST_WORD_WITH_A_STEM = 4
_SHORTEST_STEM = 4
LONGEST_ACRONYM = 5
LONGEST_WORD = 80
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
    def word_is_known(self, word: str) -> bool: ...


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


def is_dictionary_form(form: Form, language: str) -> bool:
    """Whether a word of this language stands in its dictionary form."""
    if language == "hy" and form.folded in armenian_passive(form.folded, _lemmas(language)):
        return True
    if language in _PARSED:
        return form.folded in map(fold, _parser(language).normal_forms(form.folded))
    if language in INFLECTED and not any(key.endswith(STEM_MARK) for key in form.keys):
        return form.folded in _lemmas(language)
    return False


def analyse_word(word: str, language: str, capitals: bool) -> Form:
    """Analyse a word without its ending after a hyphen (`tokens.core`) that is of this language. `capitals`: the whole text
    is in capitals, so that they tell nothing of a word."""
    folded = fold(word)
    if not folded:
        return Form("", "", (), ())
    found = [folded]
    if not folded.isdigit() and len(folded) <= LONGEST_WORD:
        if language in _PARSED:
            parser = _parser(language)
            found += [fold(normal) for normal in parser.normal_forms(folded)]
            if not parser.word_is_known(folded):
                found += _slavic_stems(folded)
        elif language in SUPPORTED_LANGUAGES:
            found += _by_dictionary(word, folded, language, capitals)
        elif language in _SNOWBALL:
            found += _stems(folded, language)
    keys = tuple(sys.intern(key) for key in dict.fromkeys(found) if key)
    terms = (keys[0], *(key if key.endswith(STEM_MARK) else sys.intern(key + FORM_MARK) for key in keys[1:]))
    return Form(folded, cased(word), keys, terms)


def _by_dictionary(word: str, folded: str, language: str, capitals: bool) -> list[str]:
    acronym = not capitals and word.isupper() and 2 <= len(word) <= LONGEST_ACRONYM
    if acronym and (lemma := _lookup.exact_lemma(word, language)):
        return [fold(lemma)]
    spellings = list(_spellings(folded, language))
    lemmas = [lemma for spelling in spellings if (lemma := _lookup.get_lemma(spelling, language))]
    proper = _lookup.exact_lemma(folded[0].upper() + folded[1:], language)
    if proper and proper[0].isupper() and fold(proper) == folded and (word[0].isupper() or language == "hy"):
        # A name in its dictionary form: Երևան is the city, though the same letters are also a form of երևալ. In small
        # letters մարտին is no Martin.
        return [] if word[0].isupper() else _armenian_nouns(folded)
    known = [fold(lemma) for lemma in lemmas]
    if language in INFLECTED and not acronym:
        # The dictionary gives one form where several are right: սահմանի is of սահմանել (define) and of
        # սահման (border).
        known += inflected_from(folded, language, _lemmas(language), folded in known)
        if language == "fr":
            known = [lemma for lemma in known if _may_be_french(folded, lemma)]
    if known:
        if language in _GENDERED:
            # A feminine's or participle's own dictionary form: nouvelles → nouvelle → nouveau.
            known += [fold(further) for lemma in lemmas if (further := _lookup.get_lemma(lemma, language))]
        if language == "hy" and not acronym:
            known += armenian_passive(folded, _lemmas(language))
            # What the dictionary has as a word of its own (կողմից, by) is also a form where the ending leaves no doubt.
            if folded not in known or _ARMENIAN_PLAIN.search(folded):
                known += _armenian_nouns(folded)
        return known
    found = (
        [] if acronym else [fold(lemma) for spelling in spellings if (lemma := _rules.get_lemma(spelling, language))]
    )
    found = [lemma for lemma in found if _common_prefix(lemma, folded) >= max(3, 0.6 * min(len(lemma), len(folded)))]
    if language == "hy" and not acronym:
        found += _armenian_nouns(folded)
    return found if acronym else found + _stems(folded, language)


@lru_cache(maxsize=20_000)
def _is_french_verb(lemma: str) -> bool:
    """Whether what looks like an infinitive in -er is one: the dictionary knows a past tense of it, or no plural."""
    stem = lemma[:-2]
    stem += "e" if stem.endswith("g") else ""
    past, plural = re.sub("c$", "ç", stem) + "ait", lemma + "s"
    known = [fold(_lookup.get_lemma(form, "fr") or "") for form in (past, plural)]
    return known[0] == lemma or known[1] != lemma


def _may_be_french(folded: str, lemma: str) -> bool:
    """Not a form of a noun or adjective in -er by the tables of verbs: message is no form of messager."""
    return (
        not lemma.endswith("er")
        or folded.removesuffix("s") == lemma
        or folded.endswith(("ère", "ères"))
        or _is_french_verb(lemma)
    )


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
_ARMENIAN_PLAIN = re.compile("(?:ից|ով|ներ|ներ[իը]|ներ(?:ին|ից|ով|ում))$")
_ARMENIAN_CLUSTER = re.compile("[^աեէըիոօւև]{2}$")
_ARMENIAN_WEAK_VOWEL = re.compile(r"(?:ու|ի)(?=[^աեէըիոօւև]+$)")


def _armenian_nouns(folded: str) -> list[str]:
    """Dictionary forms that the word is a noun form of: all ways to take endings off that leave one, or an oblique stem
    that the dictionary knows (հորից, հոր, հայր)."""
    lemmas = _lemmas("hy")
    found = []
    for base in _armenian_bases(folded):
        if len(base) >= 3 and base in lemmas:
            found.append(base)
            if base.endswith("ում"):
                continue  # հարցումից is of հարցում (survey), not of հարց (question), whose form that is too
        if _ARMENIAN_CLUSTER.search(base):
            # The last ի or ու of a stem falls out when an ending follows: գին, գնի; կամուրջ, կամրջի.
            found += [whole for vowel in ("ի", "ու") if (whole := base[:-1] + vowel + base[-1]) in lemmas]
        if len(base) >= 3 and (lemma := _lookup.get_lemma(base, "hy")):
            found.append(fold(lemma))
    return found


def _armenian_bases(folded: str) -> list[str]:
    """What stands before any noun ending, longest first."""
    cuts = range(len(folded) - 1, max(1, len(folded) - 9), -1)
    return [folded[:cut] for cut in cuts if _ARMENIAN_ENDING.fullmatch(folded, cut)]


def _stems(folded: str, language: str) -> list[str]:
    """Stem keys of a word that no dictionary knows."""
    if len(folded) < _SHORTEST_WORD_WITH_A_STEM or language not in _SNOWBALL:
        return []
    stems = [_stemmer(language)(folded)]
    if language == "hy":
        # The last ի or ու of a stem falls out when an ending follows: համաձայնագիր, համաձայնագրի.
        stems += [_ARMENIAN_WEAK_VOWEL.sub("", base) for base in (folded, *_armenian_bases(folded))]
        stems += armenian_guesses(folded)
    return [fold(stem) + STEM_MARK for stem in stems if len(stem) >= _SHORTEST_STEM]


# What Russian and Ukrainian masculine names end in, by case and number (Zaliznyak, first declension of names of persons).
_SLAVIC_ENDING = re.compile("(?:а|я|у|ю|ом|ем|ой|е|ы|и|і|ові|еві|ам|ам[иі]|ах)$")


def _slavic_stems(folded: str) -> list[str]:
    """Stem keys of a word that pymorphy3 does not know and only guesses at: Шольца is of Шольц, not of the guess Шолец."""
    stems = dict.fromkeys((folded, _SLAVIC_ENDING.sub("", folded)))
    return [stem + STEM_MARK for stem in stems if len(stem) >= _SHORTEST_STEM]
