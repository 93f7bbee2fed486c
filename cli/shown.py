"""How a match is shown in the terminal: the sentence with its words marked, and the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from language.text import fold
from language.tokens import core

console = Console()


def marked(sentence: str, words: Iterable[str]) -> Text:
    """A sentence with the words that matched in bold; between asterisks where there is no bold, in a file or pipe."""
    wanted = sorted(set(words), key=len, reverse=True)
    if not wanted:
        return Text(sentence)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, wanted)) + r")(?!\w)")
    if not console.is_terminal:
        return Text(pattern.sub(lambda found: f"*{found.group()}*", sentence))
    text = Text(sentence)
    text.highlight_regex(pattern, style="bold yellow")
    return text


def hit_words(explanation: Mapping[str, Any], sentence: str | None = None) -> list[str]:
    """The words that matched, as written (in one sentence, when it is given)."""
    return [
        hit["word"]
        for clause in explanation.get("clauses", ())
        for hit in clause["hits"]
        if sentence is None or hit["sentence"] == sentence
    ]


def print_explanation(explanation: Mapping[str, Any]) -> None:
    """Clause by clause: the word as written → its form → the dictionary form, how sure, and the sentence."""
    for clause in explanation.get("clauses", ()):
        console.print(Text.assemble("clause ", (clause["clause"], "bold"), f"  ({explanation['language']})"))
        for hit in clause["hits"]:
            form = " ".join(filter(None, (fold(core(word)) for word in hit["word"].split())))
            way = " → ".join(dict.fromkeys((hit["word"], form, hit["key"])))
            console.print(Text(f"  {way}  ({hit['strength']}, {hit['field']})"))
            console.print(Text("    ").append_text(marked(hit["sentence"], [hit["word"]])))
    if explanation.get("filters"):
        console.print(Text("held: " + ", ".join(explanation["filters"])))
