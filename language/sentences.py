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

    __slots__ = ("_breaks", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._breaks = [0]
        breaks, offset = self._breaks, 0
        for paragraph in text.split("\n"):
            if paragraph:
                pattern = _ARMENIAN_END if _ARMENIAN_LETTER.search(paragraph) else _END
                for mark in pattern.finditer(paragraph):
                    end = mark.end()
                    if mark.group() != "." or not _ABBREVIATED.search(paragraph, max(0, end - _LOOKED_AT), end):
                        breaks.append(offset + end)
            offset += len(paragraph) + 1
            breaks.append(offset)

    def shown(self, start: int, end: int) -> str:
        """The sentence that holds `text[start:end]`, stripped, or what is shown of it when it is long. A place that runs
        over the end of a sentence is shown in all that it touches."""
        breaks = self._breaks
        after = bisect_right(breaks, start)
        first, last = breaks[after - 1], breaks[after]
        if last < end:
            last = breaks[bisect_left(breaks, end)]
        if last - first > SHOWN_CHARACTERS and len(self.text[first:last].strip()) > SHOWN_CHARACTERS:
            return self._cut(start, end)
        return self.text[first:last].strip()

    def _cut(self, start: int, end: int) -> str:
        text, around = self.text, max(0, SHOWN_CHARACTERS - (end - start)) // 2
        left, right = max(0, start - around), min(len(text), end + around)
        return ("…" if left else "") + text[left:right].strip() + ("…" if right < len(text) else "")
