"""Words in a text, with their places.

What counts as one word: a run of letters, digits and combining marks, with Armenian marks or apostrophes
inside it ("Ինչո՞ւ", "don't"); an acronym with its case ending ("ԱՄՆ-ի", "НАТО-вский"), which is the
acronym; a word with the English possessive ("NATO's"), which is the word. French elision ("l'OTAN") makes
two words, and so does any other hyphen ("Armenia-NATO")."""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

from language.text import APOSTROPHES, ARMENIAN_MARKS, HYPHENS, MARKS, fold

# Endings that Armenian and Russian hang on an acronym or (Armenian) a number by a hyphen. Armenian: the
# cases, the article and the possessives of singular and plural, and the adjective in -ական. Russian: the
# cases of acronyms declined as masculine nouns (ВТБ-а is rare, МИД-ом is not) and the adjectives in -вский,
# -овский, -шный.
_ARMENIAN_ENDING = (
    "(?:(?:ներ|եր)?(?:ի|ին|ից|ով|ում|ը|ն|ս|դ|ու|ուն|յի|յին|յից|յում)|(?:ներ|եր)|ական(?:ի|ին|ը|ն|ներ[իը]?)?)"
)
_RUSSIAN_ENDING = "(?:о?вск|шн|ск)(?:ий|ый|ого|ому|им|ым|ом|ая|ой|ую|ое|ие|ые|их|ых|ими|ыми)|а|у|ом|е|ы|и|ов|ам|ами|ах"
_ENDING = f"(?:{_ARMENIAN_ENDING}|{_RUSSIAN_ENDING})"
_CAPITAL = "A-ZÀ-ÖØ-ÞԱ-ՖЀ-Я"
_APOSTROPHE = f"[{APOSTROPHES}]"
_HYPHEN = f"[{HYPHENS}]"
# French words that lose their vowel before another: after these an apostrophe ends the word.
_ELIDED = "".join(rf"(?<!\b(?i:{word}))" for word in ("[cdjlmnst]", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"))

# After most words comes a space or a point: one look at it saves the four tries that could go on with the word, and
# half the time.
_WORD = re.compile(
    rf"[^\W_]+"
    rf"(?:(?=[^\s.,;:!?)])"
    rf"(?:[{MARKS}{ARMENIAN_MARKS}\u00ad\u200b-\u200d]+[^\W_]*"
    rf"|{_ELIDED}{_APOSTROPHE}[^\W_]+"
    rf"|(?<=[{_CAPITAL}][{_CAPITAL}]){_HYPHEN}{_ENDING}(?![^\W_])"
    rf"|(?<=\d){_HYPHEN}(?:ի|ին|ից|ում|ով|ն|ը)(?![^\W_])))*"
)
_TAIL = re.compile(rf"{_APOSTROPHE}[sS]$|(?<=[{_CAPITAL}\d]){_HYPHEN}{_ENDING}$|(?<=[Ա-Ֆ][Ա-Ֆ]){_ARMENIAN_ENDING}$")
_APART = frozenset(["", *" \n.,;:!?()[]«»“”„\"…։՝/_"])
"""What never belongs to a word: a word between two of these is whole. "" stands for an end of the text."""
_BLANK = re.compile(r"\s")
_BLANK_BEFORE = re.compile(r"\s(?=\S*\Z)")
_LONGEST_PIECE = 100


@dataclass(eq=False)
class Tokens:
    """The words of one text. What not every reader asks for is worked out when first asked for."""

    text: str

    @cached_property
    def written(self) -> list[str]:
        """Each word as it stands, in order, with its ending ("ԱՄՆ-ի"); about a tenth of a millisecond for 3 KB."""
        return words_in(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """For each word the offset in `text` of its first character: `text[start:].startswith(written)`."""
        # Between two words stands nothing that a word could begin with, so the next place where the word as
        # written is found is the word itself.
        find, starts, place = self.text.index, [], 0
        for word in self.written:
            place = find(word, place)
            starts.append(place)
            place += len(word)
        return starts

    def span(self, index: int) -> tuple[int, int]:
        """Start and end offsets of word `index` in `text`; `text[start:end] == written[index]`."""
        start = self.starts[index]
        return start, start + len(self.written[index])

    def end_of(self, start: int, following: Sequence[Container[str]]) -> int:
        """Where the last of some words ends that stand one after the other behind the word at offset `start`: for each the
        spellings it may have. 0 when others stand there."""
        words = _WORD.finditer(self.text, start)
        last = next(words)
        for spellings in following:
            word = next(words, None)
            if word is None or word.group() not in spellings:
                return 0
            last = word
        return last.end()

    def offsets(self, word: str, limit: int = sys.maxsize) -> list[int]:
        """Offsets in `text` of the first `limit` places of a word as written.

        Looks for the word in the text, which costs a hundredth of working out where every word stands. Between blanks
        and plain punctuation it is the whole word; beside a letter it is part of another; where apostrophes, hyphens or
        marks touch it, the piece between two blanks is cut into words again."""
        text, find = self.text, self.text.find
        found: list[int] = []
        length, at = len(word), find(word)
        while at >= 0 and len(found) < limit:
            end = at + length
            before, after = text[at - 1] if at else "", text[end : end + 1]
            if before in _APART and after in _APART:
                found.append(at)
                at = find(word, end)
                continue
            if not before.isalnum() and not after.isalnum():
                whole = self._stands_at(word, at)
                if whole is None:
                    return [self.starts[place] for place in self.places.get(word, ())[:limit]]
                if whole:
                    found.append(at)
            at = find(word, at + 1)
        return found

    def _stands_at(self, word: str, at: int) -> bool | None:
        """Whether `word` is a whole word at an offset; None when the piece it stands in is too long to cut again."""
        first = _BLANK_BEFORE.search(self.text, max(0, at - _LONGEST_PIECE), at)
        last = _BLANK.search(self.text, at, at + len(word) + _LONGEST_PIECE)
        left = first.end() if first else 0
        right = last.start() if last else len(self.text)
        if right - left > 2 * _LONGEST_PIECE + len(word):
            return None
        return any(m.start() + left == at and m.group() == word for m in _WORD.finditer(self.text[left:right]))

    @property
    def folded(self) -> list[str]:
        """Each word as it is compared: without its ending, folded."""
        return [fold(core(word)) for word in self.written]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """For each distinct word as written, the indexes where it stands, ascending."""
        found: dict[str, list[int]] = {}
        for index, word in enumerate(self.written):
            if word in found:
                found[word].append(index)
            else:
                found[word] = [index]
        return found


def tokenize(text: str) -> Tokens:
    """The words of a text."""
    return Tokens(text)


def words_in(text: str) -> list[str]:
    """Each word of a text as it stands, in order. No word goes over a blank."""
    return _WORD.findall(text)


def core(written: str) -> str:
    """The word itself: "ԱՄՆ-ի" and "ԱՄՆի" → "ԱՄՆ", "NATO's" → "NATO", anything else unchanged."""
    return _TAIL.sub("", written)
