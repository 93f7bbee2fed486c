"""Where sentences begin and end, so that a hit can be shown in its own.

A sentence ends at . ! ? … with the quotation marks that close after it, before white space; in Armenian at ։ and at the
: written for it; and at the end of a line or paragraph. A sentence shown cut in two is a blemish, not an error, so the
list of abbreviations need not be complete.
"""

from __future__ import annotations

import re

SHOWN_CHARACTERS = 400
"""Longer sentences are shown from both sides of the hit only, with … where they are cut."""

# The marks after the first are bounded, so that a page of nothing but dots costs no more than its length.
_END = re.compile(r"""[.!?…։][.!?…։"'”’»)\]]{0,20}(?=\s|$)""")
_ARMENIAN_END = re.compile(r"""[.!?…։:][.!?…։:"'”’»)\]]{0,20}(?=\s|$)""")
_PLAIN_MARKS, _ARMENIAN_MARKS = ".!?…։", ".!?…։:"
_IN_A_RUN = frozenset(_ARMENIAN_MARKS + "\"'”’»)]")
_ARMENIAN_LETTER = re.compile("[Ա-Ֆա-և]")
# A full stop after one capital ("J. Smith") or a common abbreviation ends no sentence.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(«\"“])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|St|Gen|Col|Lt|Prof|No|vs|MM|Mme|им|ул|гг|тыс|млн|млрд|руб|см|св)\.$"
)
_LOOKED_AT = 7
"""Characters: the longest abbreviation with the blank before it and its stop."""


class Sentences:
    """The sentences of one text. Looks around each hit: to cut whole paragraphs costs twice as much."""

    __slots__ = ("_marks", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._marks: dict[int, tuple[re.Pattern[str], str]] = {}
        """Beginning of a paragraph → what ends its sentences."""

    def shown(self, start: int, end: int) -> str:
        """The sentence that holds `text[start:end]`, stripped, or what is shown of it when it is long. A place that runs
        over the end of a sentence is shown in all that it touches."""
        text = self.text
        left = text.rfind("\n", 0, start) + 1
        right = text.find("\n", end)
        if right < 0:
            right = len(text)
        pattern, marks = self._marks.get(left) or self._marks_of(left)
        first = self._begin(left, start, pattern, marks)
        if "\n" in text[start:end]:
            pattern, _ = self._marks_of(text.rfind("\n", start, end) + 1)
        last = self._end(end, right, pattern)
        if last - first > SHOWN_CHARACTERS and len(text[first:last].strip()) > SHOWN_CHARACTERS:
            return self._cut(start, end)
        return text[first:last].strip()

    def _marks_of(self, left: int) -> tuple[re.Pattern[str], str]:
        """What ends the sentences of the paragraph that begins at `left`."""
        right = self.text.find("\n", left)
        armenian = _ARMENIAN_LETTER.search(self.text, left, right if right >= 0 else len(self.text))
        self._marks[left] = found = (_ARMENIAN_END, _ARMENIAN_MARKS) if armenian else (_END, _PLAIN_MARKS)
        return found

    def _begin(self, left: int, start: int, pattern: re.Pattern[str], marks: str) -> int:
        """Where the sentence begins that holds `start`, in the paragraph that begins at `left`."""
        text, at = self.text, start
        while True:
            at = max([text.rfind(mark, left, at) for mark in marks])
            if at < 0:
                return left
            # Marks and what closes after them stand together; the first mark of them is where a search from the left
            # would have begun.
            run = at
            while run > left and text[run - 1] in _IN_A_RUN:
                run -= 1
            for place in range(run, at + 1):
                mark = pattern.match(text, place)
                if mark is not None:
                    if mark.end() <= start and self._ends(mark, left):
                        return mark.end()
                    break
            at = run

    def _end(self, end: int, right: int, pattern: re.Pattern[str]) -> int:
        """Where the sentence ends of which `end` is the end of a word, in the paragraph that ends at `right`."""
        for mark in pattern.finditer(self.text, end, right):
            if self._ends(mark, 0):
                return mark.end()
        return right

    def _ends(self, mark: re.Match[str], left: int) -> bool:
        """Whether a mark ends a sentence: all do but the full stop of an abbreviation."""
        text, end = self.text, mark.end()
        # Five letters before the stop are no abbreviation, and a look at them is cheaper than the search.
        return (
            mark.group() != "."
            or (end - left > 5 and text[end - 6 : end - 1].isalpha())
            or not _ABBREVIATED.search(text, max(0, end - _LOOKED_AT), end)
        )

    def _cut(self, start: int, end: int) -> str:
        text, around = self.text, max(0, SHOWN_CHARACTERS - (end - start)) // 2
        left, right = max(0, start - around), min(len(text), end + around)
        return ("…" if left else "") + text[left:right].strip() + ("…" if right < len(text) else "")

