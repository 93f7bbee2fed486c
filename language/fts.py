"""From a query to SQLite FTS5: an expression that selects every release the exact evaluator could accept.

It may select more: NOT, `lang:`, `office:`, `section:`, the order of a phrase and capitals are left to
`evaluate.evaluate`, which decides in the archive's search as it does in the live stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from language.text import fold
from language.tree import And, Node, Not, Or, Phrase, Prefix, Query, Word
from language.words import search_terms


def fts_expression(query: Query, languages: Sequence[str]) -> str:
    """An FTS5 MATCH expression over the columns `title` and `body`, filled with `Words.terms`, that selects
    at least every text in one of `languages` that meets the query.

    An empty string means that any release may meet it (the query has only filters, say): search without
    MATCH."""
    return _expression(query.root, tuple(dict.fromkeys(languages)), _DEEPEST)


_DEEPEST = 16
"""Levels of parentheses that are handed on: FTS5's parser has a stack of 100 entries, of which a level takes up to four.
What stands deeper is left to the exact evaluation."""


def _expression(node: Node, languages: tuple[str, ...], depth: int) -> str:
    if depth == 0:
        return ""
    match node:
        case Word(word=word, exact=exact):
            return _in_field(node, _word(word, languages, forms=not exact))
        case Prefix(prefix=prefix):
            return _in_field(node, f"{_quoted(prefix)} *")
        case Phrase(words=words, forms=forms):
            parts = dict.fromkeys(_word(word, languages, forms) for word in words)
            return _in_field(node, "(" + " AND ".join(parts) + ")")
        case And(parts=children):
            found = [part for child in children if (part := _expression(child, languages, depth - 1))]
            return "(" + " AND ".join(found) + ")" if found else ""
        case Or(parts=children):
            found = [_expression(child, languages, depth - 1) for child in children]
            return "(" + " OR ".join(found) + ")" if all(found) else ""
        case Not():
            return ""
    return ""  # a filter


def _in_field(node: Word | Prefix | Phrase, expression: str) -> str:
    return f"{{{node.field}}} : ({expression})" if node.field else expression


def _word(word: str, languages: Iterable[str], forms: bool) -> str:
    if not forms:
        return _quoted(fold(word))
    terms = dict.fromkeys(term for language in languages for term in search_terms(word, language))
    return "(" + " OR ".join(map(_quoted, terms or [fold(word)])) + ")"


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'
