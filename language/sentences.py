"""Where sentences begin and end, so that a hit can be shown in its own.

A sentence ends at . ! ? … with the quotation marks that close after it, before white space; in Armenian at ։ and at the
: written for it; and at the end of a line or paragraph. A sentence shown cut in two is a blemish, not an error, so the
list of abbreviations need not be complete.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

SHOWN_CHARACTERS = 400
"""Longer sentences are shown from both sides of the hit only, with … where they are cut."""

# The marks after the first are bounded, so that a page of nothing but dots costs no more than its length.
_END = re.compile(r"""[.!?…։][.!?…։"'”’»)\]]{0,20}(?=\s|$)""")
_ARMENIAN_END = re.compile(r"""[.!?…։:][.!?…։:"'”’»)\]]{0,20}(?=\s|$)""")
_ARMENIAN_LETTER = re.compile("[Ա-Ֆա-և]")
# A full stop after one capital ("J. Smith") or a common abbreviation ends no sentence.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(«\"“])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|St|Gen|Col|Lt|Prof|No|vs|MM|Mme|им|ул|гг|тыс|млн|млрд|руб|см|св)\.$"
)
_LOOKED_AT = 7
"""Characters: the longest abbreviation with the blank before it and its stop."""


class Sentences:
    """The sentences of one text, worked out once for all hits in it."""

    __slots__ = ("_paragraphs", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._paragraphs: dict[int, list[int]] = {}

    def shown(self, start: int, end: int) -> str:
        """The sentence that holds `text[start:end]`, stripped, or what is shown of it when it is long. A place that runs
        over the end of a sentence is shown in all that it touches."""
        text = self.text
        left = text.rfind("\n", 0, start) + 1
        breaks = self._paragraphs.get(left) or self._breaks(left)
        after = bisect_right(breaks, start)
        first, last = breaks[after - 1], breaks[after]
        if last < end:
            last = self._end_of_sentence(end)
        if last - first > SHOWN_CHARACTERS and len(text[first:last].strip()) > SHOWN_CHARACTERS:
            return self._cut(start, end)
        return text[first:last].strip()

    def _end_of_sentence(self, end: int) -> int:
        """Where the sentence ends of which `end` is the end of a word."""
        left = self.text.rfind("\n", 0, end) + 1
        breaks = self._paragraphs.get(left) or self._breaks(left)
        return breaks[bisect_left(breaks, end)]

    def _breaks(self, left: int) -> list[int]:
        """Where the sentences of the paragraph that begins at `left` begin, and one past its end."""
        text = self.text
        right = text.find("\n", left)
        if right < 0:
            right = len(text)
        breaks = self._paragraphs[left] = [left]
        pattern = _ARMENIAN_END if _ARMENIAN_LETTER.search(text, left, right) else _END
        for mark in pattern.finditer(text, left, right):
            end = mark.end()
            # Five letters before the stop are no abbreviation, and a look at them is cheaper than the search.
            if (
                mark.group() != "."
                or (end - left > 5 and text[end - 6 : end - 1].isalpha())
                or not _ABBREVIATED.search(text, max(0, end - _LOOKED_AT), end)
            ):
                breaks.append(end)
        breaks.append(right + 1)
        return breaks

    def _cut(self, start: int, end: int) -> str:
        text, around = self.text, max(0, SHOWN_CHARACTERS - (end - start)) // 2
        left, right = max(0, start - around), min(len(text), end + around)
        return ("…" if left else "") + text[left:right].strip() + ("…" if right < len(text) else "")
