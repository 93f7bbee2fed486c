"""Text as it is stored, and words as they are compared.

`clean` makes the text of a page fit for the archive without changing what it says. `fold` makes two
spellings of one word equal: it is what "the same word" means everywhere in podium, in the search index, in
topics and in explanations."""

from __future__ import annotations

import re
import sys
import unicodedata

STEM_MARK = "ǁ"
"""U+01C1, a letter of no European or Caucasian language: ends a stem key, so that no word can be mistaken
for one."""
FORM_MARK = "ǀ"
"""U+01C0: ends a dictionary form in the search index, where words as written stand beside dictionary
forms."""


def _marks() -> str:
    """All combining marks of the Basic Multilingual Plane (Unicode general category M), as a set for a
    regular expression. Beyond that plane `re` would test range after range, and no office writes such a
    script."""
    points = [point for point in range(0x10000) if unicodedata.category(chr(point))[0] == "M"]
    return "".join(f"\\u{point:04x}" for point in points)


MARKS = _marks()
ARMENIAN_MARKS = "՛՜՞՟"
"""Emphasis, exclamation, question and abbreviation marks: Armenian writes them over a vowel, inside the
word."""
APOSTROPHES = "'’‘ʼ՚＇`´"
HYPHENS = "-‐‑–—−"
INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f"
"""Soft hyphen, zero-width and direction marks, variation selectors: they change how a word looks, never
which it is."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_JOINED = "\u0600-\u06ff\u0900-\u0dff"
_UNSEEN = re.compile(f"(?:(?!\u200c)[{INVISIBLE}])|(?<![{_JOINED}])\u200c|\u200c(?![{_JOINED}])")
"""What a stored text goes without. Between Arabic or Indic letters U+200C parts what would else be joined: it is spelling."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]|[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028]")
# Anything that the three above would change, or that ends a paragraph: most texts have none of it.
_UNCLEAN = re.compile(rf"[\x00-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{INVISIBLE}]")
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*|\s*\u2029\s*")
_NOT_IN_A_WORD = re.compile(f"[^\\w{MARKS}]|[_{STEM_MARK}{FORM_MARK}ʼ՚՛՜՞՟ՙ]|{_INVISIBLE.pattern}")
_CYRILLIC_STRESS = re.compile("(?<=[\u0400-\u052f])[\u0300\u0301]")


def clean(text: str) -> str:
    """The text as the archive keeps it: NFC, without control characters, soft hyphens and zero-width
    characters.

    Paragraphs are what blank lines (or U+2029) separate; in the result each is one line and exactly one blank
    line ("\\n\\n") stands between two. Any other white space, a single line break included, is one space.
    Quotation marks and dashes stay as the site wrote them.
    """
    if _UNCLEAN.search(text) is None:
        return " ".join(unicodedata.normalize("NFC", text).split())
    text = _UNSEEN.sub("", _CONTROL.sub("", _LINE_END.sub("\n", text)))
    paragraphs = (" ".join(part.split()) for part in _PARAGRAPH_END.split(unicodedata.normalize("NFC", text)))
    return "\n\n".join(part for part in paragraphs if part)


def fold(word: str) -> str:
    """The form of a word under which its spellings are equal; may be empty when nothing of it is a letter
    or digit.

    Case, Armenian marks inside the word, the three spellings of և, ё/е, Cyrillic stress marks, apostrophes,
    hyphens and invisible characters make no difference; diacritics do. The result has only letters, digits
    and combining marks, so FTS5's tokenizer `unicode61 remove_diacritics 0 categories 'L* N* Co M*'` keeps
    it whole. Folding twice changes nothing."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())
    if not (folded.isascii() and folded.isalnum()):
        folded = _NOT_IN_A_WORD.sub("", folded).replace("եւ", "և").replace("եվ", "և").replace("ё", "е")
        folded = unicodedata.normalize("NFC", _CYRILLIC_STRESS.sub("", folded))
    return sys.intern(folded)


def cased(word: str) -> str:
    """`fold` without the folding of case: what `=WORD` compares."""
    return unicodedata.normalize("NFC", _NOT_IN_A_WORD.sub("", unicodedata.normalize("NFC", word)))
