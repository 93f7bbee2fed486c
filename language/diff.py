"""What an edit changed: the difference of two texts by words, and whether it touches figures and names. Pure."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from simplemma.strategies import DictionaryLookupStrategy
from simplemma.strategies.dictionaries.dictionary_factory import DEFAULT_DICTIONARY_FACTORY, SUPPORTED_LANGUAGES

from language.forms import keys
from language.months import fold as fold_name
from language.months import month_numbers, weekday_numbers
from language.text import fold
from language.tokens import core, tokenize, words_in

EditClass = Literal["figures and names", "wording"]
"""`figures and names`: numbers, dates or names were put in, taken out or replaced. `wording`: anything else."""
Kind = Literal["same", "removed", "added"]

LONG = 4_000
"""From so many words on, those that stand everywhere (difflib's `autojunk`) anchor no comparison: without, two quite
different long speeches take seconds."""

NUMBER_WORDS = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion half dozen",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante "
    "cinquante soixante cent mille million milliard",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать "
    "шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят "
    "девяносто сто двести триста четыреста пятьсот тысяча миллион миллиард триллион",
    "hy": "երկու երեք չորս հինգ վեց յոթ ութ ինը տասը տասնմեկ տասներկու տասներեք տասնչորս տասնհինգ քսան երեսուն քառասուն "
    "հիսուն վաթսուն յոթանասուն ութսուն իննսուն հարյուր հազար միլիոն միլիարդ",
}
"""Numbers in words; "one" is an article or a pronoun in most languages and left out."""

_dictionary = DictionaryLookupStrategy(DEFAULT_DICTIONARY_FACTORY)
_SENTENCE_ENDS = ".!?…։:\n"
_OPENING = " \t«»“”„\"'‘’(—–-"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stood before (`removed`), stands now (`added`), or both (`same`, as it stands now)."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Title and body of one revision."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a sign, with the white space behind it and its offset in the text."""

    word: str
    space: str
    at: int


def _tokens(text: str, offset: int = 0) -> list[_Token]:
    """Every word and every other visible character of a text, in order; nothing but white space before the first is lost."""
    found: list[_Token] = []
    words = tokenize(text)
    place = 0
    spans = [words.span(index) for index in range(len(words.written))]
    pieces: list[tuple[str, int]] = []
    for start, end in [*spans, (len(text), len(text))]:
        pieces += [(text[at], at) for at in range(place, start) if not text[at].isspace()]
        if end > start:
            pieces.append((text[start:end], start))
        place = end
    for index, (word, at) in enumerate(pieces):
        following = pieces[index + 1][1] if index + 1 < len(pieces) else len(text)
        found.append(_Token(word, text[at + len(word) : following], offset + at))
    return found


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > LONG)
    return list(matcher.get_opcodes())


@dataclass(frozen=True, slots=True)
class _Step:
    """Tokens that are the same in both texts, or that replace one another (either may be empty)."""

    same: bool
    old: list[_Token]
    new: list[_Token]


def _steps(before: str, after: str) -> Iterator[_Step]:
    """The way from one text to the other: paragraph by paragraph, and word by word within those that differ."""
    old, new = _paragraphs(before), _paragraphs(after)
    for kind, a, b, c, d in _opcodes([text.strip() for text, _ in old], [text.strip() for text, _ in new]):
        one = [token for text, at in old[a:b] for token in _tokens(text, at)]
        other = [token for text, at in new[c:d] for token in _tokens(text, at)]
        if kind == "equal":
            yield _Step(True, one, other)
            continue
        for inner, e, f, g, h in _opcodes([token.word for token in one], [token.word for token in other]):
            yield _Step(inner == "equal", one[e:f], other[g:h])


def _paragraphs(text: str) -> list[tuple[str, int]]:
    """Each paragraph with the line ends behind it, and its offset."""
    return [(match.group(), match.start()) for match in re.finditer(r"[^\n]+\n*|\n+", text)]


def diff(before: str, after: str) -> tuple[Piece, ...]:
    """The difference of two texts by words: `same` and `added` joined are the text after, to the letter; `same` and
    `removed` joined are the words of the text before. White space alone is no difference."""
    found: list[Piece] = []
    gap = ""  # what stood before the next token in the text before

    def put(kind: Kind, tokens: Iterable[_Token]) -> None:
        text = "".join(token.word + token.space for token in tokens)
        if kind == "removed" and text and found and not found[-1].text[-1].isspace():
            text = gap + text
        if text and found and found[-1].kind == kind:
            found[-1] = Piece(kind, found[-1].text + text)
        elif text:
            found.append(Piece(kind, text))

    for step in _steps(before, after):
        if step.same:
            put("same", step.new)
        else:
            put("removed", step.old)
            put("added", step.new)
        gap = step.old[-1].space if step.old else gap
    return tuple(found)


def signature(before: Text, after: Text) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that an edit took out and those that it put in, in their order: equal for the same change of furniture
    in many texts."""
    out: list[str] = []
    into: list[str] = []
    for old, new in ((before.title, after.title), (before.body, after.body)):
        for step in _steps(old, new):
            if not step.same:
                out += [token.word for token in step.old]
                into += [token.word for token in step.new]
    return tuple(out), tuple(into)


# ---- the class of an edit --------------------------------------------------------------------------------------------


def classify(before: Text, after: Text, language: str) -> EditClass:
    """Whether an edit put in, took out or replaced numbers, dates or names, or was a matter of wording.

    A figure is a word with a digit of any script, a number in words (`NUMBER_WORDS`), a month or a weekday. A name is a
    word with a capital that does not merely begin its sentence, an acronym, or a country by Unicode CLDR; at the beginning
    of a sentence a word that stands capitalised within another, or that the dictionary does not know as an ordinary one.
    In scripts without capitals (Georgian, Arabic, Chinese …) every word that the dictionary does not know counts, without
    a dictionary every word. Another case of the same name (Armenia's, Пашиняна) is wording. German capitals say nothing of
    names: there an edit of any noun counts. Where it is uncertain, the answer is the one that is not overlooked.
    """
    scene = _Scene(before, after, language)
    for old, new, headline in ((before.title, after.title, True), (before.body, after.body, False)):
        for step in _steps(old, new):
            if step.same:
                continue
            if Counter(scene.figures(step.old)) != Counter(scene.figures(step.new)):
                return "figures and names"
            if _unmatched(scene.names(old, step.old, headline), step.new, language) or _unmatched(
                scene.names(new, step.new, headline), step.old, language
            ):
                return "figures and names"
    return "wording"


def _unmatched(names: Sequence[str], others: Sequence[_Token], language: str) -> bool:
    """Whether one of these names has no form among the words that stand in its place."""
    there = {key for token in others for key in _keys(token.word, language)}
    return any(not there.intersection(_keys(name, language)) for name in names)


def _keys(word: str, language: str) -> set[str]:
    return {fold(core(word)), *keys(word, language)}


class _Scene:
    """What is known of the words of an edit from both of its texts."""

    def __init__(self, before: Text, after: Text, language: str) -> None:
        self.language = language
        self.dates = frozenset(month_numbers(language)) | frozenset(weekday_numbers(language))
        self.numbers = _number_keys(language)
        self.known = _countries(language)
        # Words that stand with a capital within a sentence of either text: names, wherever they stand.
        self.capital = {
            fold(core(token.word))
            for text in (before.body, after.body)
            for token in _tokens(text)
            if _capital(token.word) and not _begins_sentence(text, token.at)
        }

    def figures(self, tokens: Iterable[_Token]) -> list[str]:
        return [fold(core(token.word)) for token in tokens if self._is_figure(token.word)]

    def _is_figure(self, word: str) -> bool:
        if any(character.isnumeric() for character in word):
            return True
        if not word[0].isalpha():
            return False
        if fold_name(word, self.language) in self.dates:
            # "may" and "mar" are words as well: where months are written with capitals, a small letter is no month.
            return word[0].isupper() or self.language not in ("en", "de")
        return not self.numbers.isdisjoint(_keys(word, self.language)) if self.numbers else False

    def names(self, text: str, tokens: Iterable[_Token], headline: bool) -> list[str]:
        telling = not (headline and _is_headline(text))
        return [token.word for token in tokens if self._is_name(token, text, telling)]

    def _is_name(self, token: _Token, text: str, telling: bool) -> bool:
        word = token.word
        if not word[0].isalpha():
            return False
        folded = fold(core(word))
        if folded in self.known or folded in self.capital:
            return _capital(word) or not _has_case(word)
        if not _has_case(word):
            if any(len(name) > 3 and folded.startswith(name[:-1]) for name in self.known if not _has_case(name)):
                return True
            return self.language not in SUPPORTED_LANGUAGES or _dictionary.exact_lemma(word, self.language) is None
        if not _capital(word):
            return False
        bare = core(word)
        if len(bare) > 1 and bare.isupper():
            return not (telling is False and text.isupper())
        if telling and not _begins_sentence(text, token.at):
            return True
        return _only_a_name(bare, self.language)


def _capital(word: str) -> bool:
    return word[0].isupper() and word not in ("I", "A")


def _has_case(word: str) -> bool:
    return word[0].title() != word[0].lower()  # Georgian letters have capitals that stand in no name


def _only_a_name(word: str, language: str) -> bool:
    """Whether the dictionary of a language knows a capitalised word as a name or not at all; False without a dictionary."""
    if language not in SUPPORTED_LANGUAGES:
        return False
    name = _dictionary.exact_lemma(word, language)
    return name[0].isupper() if name else _dictionary.exact_lemma(word.lower(), language) is None


def _begins_sentence(text: str, at: int) -> bool:
    """Whether nothing but opening signs stand between this place and the end of a sentence, or of the text."""
    while at > 0 and text[at - 1] in _OPENING:
        at -= 1
    return at == 0 or text[at - 1] in _SENTENCE_ENDS


def _is_headline(title: str) -> bool:
    """Whether a title is written with capitals throughout, as English headlines are: then they tell no names."""
    words = [word for word in words_in(title)[1:] if word[0].isalpha() and _has_case(word)]
    return len(words) > 1 and sum(word[0].isupper() for word in words) > len(words) / 2


@cache
def _number_keys(language: str) -> frozenset[str]:
    return frozenset(fold(word) for word in NUMBER_WORDS.get(language, "").split())


@cache
def _countries(language: str) -> frozenset[str]:
    """The words of countries' names in a language (CLDR), without its small words."""
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return frozenset()
    words = (word for code, name in territories.items() if code.isalpha() for word in words_in(name))
    return frozenset(fold(word) for word in words if len(word) > 2 and (word[0].isupper() or not _has_case(word)))
