"""The text of an element, paragraph by paragraph. Pure."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from language.text import clean

_BLOCK_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
"""Elements that HTML renders as blocks (https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3)."""

_SOURCE_BREAK = re.compile(r"[\r\n\f\v\x1e]")
"""Breaks of the source are spaces to a reader; `clean` makes one of many."""


def remove(element: Any) -> None:
    """Take an element out of its tree, but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def text_blocks(container: Any, furniture: re.Pattern[str] | None = None) -> list[str]:
    """The paragraphs of an element in reading order, cleaned; a line break (`<br>`) inside one stays a line break, two
    or more end it. Lines that `furniture` matches as a whole are left out."""
    pieces: list[str] = []
    _collect(container, pieces)
    blocks = []
    for raw in re.split(r"\n[^\S\n]*\n\s*|\x1e", "".join(pieces)):
        lines = [clean(line) for line in raw.split("\n")]
        block = "\n".join(line for line in lines if line and not (furniture and furniture.fullmatch(line)))
        if block:
            blocks.append(block)
    return blocks


def _collect(container: Any, pieces: list[str]) -> None:
    """Append the element's text: source line ends as spaces, `<br>` as a line end, block bounds as \\x1e.

    A walk, not a recursion: nothing bounds how deep a page nests.
    """
    for event, element in etree.iterwalk(container, events=("start", "end")):
        tag = element.tag
        if tag == "br":
            if event == "start":
                pieces.append("\n")
        elif tag in _BLOCK_TAGS:
            pieces.append("\x1e")
        if event == "start":
            if element.text:
                pieces.append(_SOURCE_BREAK.sub(" ", element.text))
        elif element.tail and element is not container:
            pieces.append(_SOURCE_BREAK.sub(" ", element.tail))
