"""What of a release a message shows: the sentences that matched, with the words marked, and what an edit
changed.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

EXCERPTS = 3
"""So many sentences, and so many changes of an edit, are shown."""
LONGEST = 420
"""Characters of one sentence that are shown; longer ones are cut around the words that matched."""
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_DIRECTION = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
# Armenian ends a sentence with ։ and writes the Latin colon for it; a colon is taken for it between
# Armenian letters.
_SENTENCE_END = re.compile(r"(?<=[.!?…։])[»”\"’)]*\s+|(?<=[\u0561-\u0587]:)\s+")


def one_line(text: str) -> str:
    """Text of a site as one line: no control or direction characters, line ends or lone surrogates, single
    spaces.
    """
    visible = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in _DIRECTION.sub("", text))
    return " ".join(visible.split())


def shorten(text: str, longest: int) -> str:
    """`text`, cut at a word to at most `longest` characters with an ellipsis."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > longest // 2 else cut).rstrip(" ,;:–—-") + "…"


@dataclass(frozen=True, slots=True)
class Hit:
    """One clause of a query that was met, by which word of the text, as the explanation states it."""

    clause: str
    word: str
    form: str
    field: str
    sentence: str
    strength: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a passage; `marked` when it is a word that matched, or what an edit changed."""

    text: str
    marked: bool = False


Passage = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One sentence before and after an edit, with the words that differ marked; either may be empty."""

    before: Passage
    after: Passage


def hits(explanation: Mapping[str, Any]) -> list[Hit]:
    """The hits of an explanation (`language.evaluate`), in its order, cleaned for one line each."""
    return [
        Hit(
            clause=one_line(str(clause.get("clause", ""))),
            word=one_line(str(hit.get("word", ""))),
            form=one_line(str(hit.get("key", ""))),
            field=str(hit.get("field", "")),
            sentence=one_line(str(hit.get("sentence", ""))),
            strength=str(hit.get("strength", "")),
        )
        for clause in explanation.get("clauses", ())
        for hit in clause.get("hits", ())
    ]


def passages(found: Iterable[Hit]) -> list[Passage]:
    """The sentences that matched, each once, with every matched word marked; those of the body come first.

    The title heads every message, so a sentence that is the title shows only when the body has none.
    """
    words: dict[tuple[bool, str], list[str]] = {}
    for hit in found:
        if hit.sentence and hit.word:
            words.setdefault((hit.field == "title", hit.sentence), []).append(hit.word)
    # Sentences that meet more of the query say more: they come first, in the order of the text otherwise.
    order = sorted(words, key=lambda key: (key[0], -len(set(words[key]))))
    if order and not order[0][0]:
        order = [key for key in order if not key[0]]
    return [mark(sentence, words[(title, sentence)]) for title, sentence in order[:EXCERPTS]]


def mark(sentence: str, words: Iterable[str]) -> Passage:
    """`sentence` with each of these words marked wherever it stands, cut to `LONGEST` around the first."""
    spellings = sorted({word for word in words if word}, key=len, reverse=True)
    if not spellings:
        return (Part(shorten(sentence, LONGEST)),)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in spellings))
    first = pattern.search(sentence)
    sentence, head, tail = _window(sentence, first.start() if first else 0)
    parts: list[Part] = [Part("…")] if head else []
    position = 0
    for found in pattern.finditer(sentence):
        if found.start() > position:
            parts.append(Part(sentence[position : found.start()]))
        parts.append(Part(found[0], marked=True))
        position = found.end()
    rest = sentence[position:] + ("…" if tail else "")
    return (*parts, Part(rest)) if rest else tuple(parts)


def differences(before: str, after: str) -> list[Difference]:
    """What an edit changed, sentence by sentence, at most `EXCERPTS` of them, in the order of the text."""
    old, new = _sentences(before), _sentences(after)
    found: list[Difference] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            found.append(_difference(" ".join(old[a:b]), " ".join(new[c:d])))
        if len(found) == EXCERPTS:
            break
    return found


def number_of_changes(before: str, after: str) -> int:
    """How many passages an edit changed."""
    matcher = difflib.SequenceMatcher(None, _sentences(before), _sentences(after), autojunk=False)
    return sum(kind != "equal" for kind, *_ in matcher.get_opcodes())


def _difference(before: str, after: str) -> Difference:
    old, new = before.split(), after.split()
    before_parts: list[Part] = []
    after_parts: list[Part] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        changed = kind != "equal"
        if b > a:
            before_parts.append(Part(" ".join(old[a:b]), changed))
        if d > c:
            after_parts.append(Part(" ".join(new[c:d]), changed))
    return Difference(_spaced(before_parts), _spaced(after_parts))


def _spaced(parts: list[Part]) -> Passage:
    """The parts with single spaces between them, unmarked stretches shortened so that the changes stay in
    sight.
    """
    spaced: list[Part] = []
    for position, part in enumerate(parts):
        text = part.text
        if not part.marked and len(text) > LONGEST // 2:
            words = text.split()
            head = "" if position == 0 else " ".join(words[:8]) + " "
            tail = "" if position == len(parts) - 1 else " " + " ".join(words[-8:])
            text = f"{head}…{tail}"
        spaced.append(Part(shorten(text, LONGEST * 2), part.marked))
        if position < len(parts) - 1:
            spaced.append(Part(" "))
    return tuple(spaced)


def _sentences(text: str) -> list[str]:
    return [
        sentence
        for paragraph in text.splitlines()
        for sentence in map(one_line, _SENTENCE_END.split(paragraph))
        if sentence
    ]


def _window(sentence: str, at: int) -> tuple[str, bool, bool]:
    """At most `LONGEST` characters of a sentence around `at`, from word to word; whether head and tail were
    cut.
    """
    if len(sentence) <= LONGEST:
        return sentence, False, False
    start = max(0, min(at - LONGEST // 3, len(sentence) - LONGEST))
    if start:
        start = sentence.find(" ", start, at) + 1 or start
    end = min(len(sentence), start + LONGEST)
    if end < len(sentence):
        end = max(sentence.rfind(" ", start, end), start + LONGEST // 2)
    return sentence[start:end], start > 0, end < len(sentence)
