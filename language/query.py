"""The query language: Lucene syntax as analysts know it, read by luqum into a small tree of our own.

    nato summit             both words, in any of their forms
    nato AND (visit OR meeting) NOT exercise      also  -exercise
    "north atlantic treaty" these very words, side by side
    "armenia azerbaijan"~5  these very words, in any order, at most five other words between
    azerb*                  words that begin so
    =US                     this very spelling, case included
    title:nato  body:(peace OR war)  lang:hy  office:president_am  section:press-release
    topic:nato NOT topic:sport  what other topics ask for

OR binds closer than words side by side: `armenia peace OR war` is `armenia AND (peace OR war)`. Typographic
quotation marks serve as the plain ones. A bare word with a hyphen (`South-Caucasus`) is its parts side by
side, in any form."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import partial
from typing import cast, get_args

from luqum import tree as luqum
from luqum.exceptions import ParseError
from luqum.thread import parse as luqum_parse

from language.references import MOST_WORDS, NOTHING, References
from language.text import fold
from language.tokens import core, tokenize
from language.tree import And, Filter, FilterName, Node, Not, Or, Phrase, Prefix, Query, Word
from language.words import FIELDS, Field

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_SLOP", "MAX_WORDS", "Query", "QueryError", "parse"]

MAX_WORDS = 500
MAX_DEPTH = 50
"""Levels of parentheses, NOT and fields inside one another."""
MAX_CHARACTERS = 20_000
MAX_SLOP = 1_000
_SHORTEST_PREFIX = 2
_FILTERS = get_args(FilterName)
_KNOWN_FIELDS = "title, body, lang, office, section and topic"
_TOPIC, _RESERVED = "topic", "said"

# Typographic quotation marks as people paste them; control characters and halves of surrogate pairs. One for one, so that
# positions stay.
_NO_CHARACTERS = (*range(32), *range(127, 160), *range(0xD800, 0xE000))
_AS_PLAIN = str.maketrans(dict.fromkeys("“”„‟«»", '"') | {chr(code): " " for code in _NO_CHARACTERS})
_SLOP = re.compile(r"\d{1,4}(?![^\s)])")
_POSITION = re.compile(r"position (\d+)")


class QueryError(ValueError):
    """A query that cannot be read: `message` is a sentence that says where and what to write instead;
    `position` is the number of the character it is about, counted from 1 (0 when it is about the whole
    query)."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def parse(text: str, references: References = NOTHING, name: str | None = None) -> Query:
    """Read a query; `references` holds the topics that `topic:NAME` may name and the spellings of names; `name` is that
    of the topic whose query it is, if it is one.

    Raises `QueryError` for everything that is not one. Time and memory are bounded: length, number of words
    and nesting are checked before anything else looks at the text."""
    used = _Used()
    root = _read(text, references, (name,) if name else (), used)
    leans_on = References(used.topics, used.spellings) if used.topics or used.spellings else NOTHING
    return Query(text, root, leans_on)


@dataclass(slots=True)
class _Used:
    """What was read so far of a query, references included."""

    words: int = 0
    topics: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)


def _read(text: str, references: References, within: tuple[str, ...], used: _Used) -> Node:
    """`within`: the topics whose queries lead here."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"the query has {len(text)} characters; write it with at most {MAX_CHARACTERS}")
    plain = text.translate(_AS_PLAIN)
    _check(plain)
    try:
        parsed = luqum_parse(plain)
    except ParseError as error:
        raise _unreadable(plain, str(error)) from None
    root = _Reader(plain, references, within, used).node(parsed, None, 0)
    if not _finds(root):
        raise QueryError("the query only says what must not occur; add what to find, as in `nato NOT exercise`", 1)
    return root


def _check(plain: str) -> None:
    """Refuse what is empty, unbalanced, too deep or too long, before the parser sees it."""
    if not plain.strip():
        raise QueryError("the query is empty; write at least one word")
    if (count := len(plain.split())) > MAX_WORDS:
        raise QueryError(f"the query has {count} words; write it with at most {MAX_WORDS}")
    open_at: list[int] = []
    quote_at: int | None = None
    escaped = False
    for position, character in enumerate(plain, 1):
        if escaped or character == "\\":
            escaped = not escaped
        elif character == '"':
            quote_at = None if quote_at else position
        elif quote_at:
            continue
        elif character == "(":
            open_at.append(position)
            if len(open_at) > MAX_DEPTH:
                raise QueryError(f"more than {MAX_DEPTH} open parentheses at character {position}", position)
        elif character == ")":
            if not open_at:
                raise QueryError(f"closing parenthesis without an opening one at character {position}", position)
            open_at.pop()
        elif character in "~^":
            _check_suffix(plain, position)
    if quote_at:
        raise QueryError(f"unclosed quotation mark at character {quote_at}", quote_at)
    if open_at:
        raise QueryError(f"unclosed parenthesis at character {open_at[-1]}", open_at[-1])
    if escaped:
        raise QueryError(f"nothing follows the \\ at character {len(plain)}", len(plain))
    # Every word becomes at most so many tokens that this also bounds the parser's work on `a-b-c` and `---a`.
    if (count := len(tokenize(plain).written)) > MAX_WORDS:
        raise QueryError(f"the query has {count} words; write it with at most {MAX_WORDS}")


def _check_suffix(plain: str, position: int) -> None:
    """Refuse a `~` that is not `"…"~5`, and any `^`: luqum stumbles over numbers that are none."""
    if plain[position - 1] == "^":
        raise QueryError(f"words cannot be weighted; leave the `^` at character {position} out", position)
    if position == 1 or plain[position - 2] != '"':
        raise QueryError(
            f'the `~` at character {position} can only follow a phrase, as in `"two words"~5`; '
            "a bare word meets its forms without it",
            position,
        )
    if (degree := _SLOP.match(plain, position)) is None or int(degree.group()) > MAX_SLOP:
        raise QueryError(
            f'after the `~` at character {position} write a whole number up to {MAX_SLOP}, as in `"two words"~5`',
            position,
        )


def _unreadable(plain: str, message: str) -> QueryError:
    found = _POSITION.search(message)
    if found is None:
        return QueryError(
            f"the query ends at character {len(plain)} where a word is expected; finish it or leave the last operator out",
            len(plain),
        )
    position = int(found.group(1)) + 1
    rest = plain[position - 1 :].split(maxsplit=1)
    what = rest[0][:20] if rest else ""
    return QueryError(
        f"`{what}` cannot stand at character {position}; put it in quotation marks to look for it, or leave it out",
        position,
    )


def _finds(node: Node) -> bool:
    """Whether a release must have something to meet the node, rather than only lack something."""
    if isinstance(node, And):
        return any(_finds(part) for part in node.parts)
    if isinstance(node, Or):
        return all(_finds(part) for part in node.parts)
    return not isinstance(node, Not)


class _Endless(QueryError):
    """A topic that leads back to itself, or to too much: said once, however deep it was found."""


class _Reader:
    """luqum's tree → ours."""

    def __init__(self, plain: str, references: References, within: tuple[str, ...], used: _Used) -> None:
        self.plain = plain
        self.references = references
        self.within = within
        self.used = used

    def node(self, item: luqum.Item, field: str | None, depth: int) -> Node:
        position = (item.pos or 0) + 1
        if depth > 2 * MAX_DEPTH:
            raise QueryError(f"the query is nested too deep at character {position}", position)
        below = partial(self.node, depth=depth + 1)
        match item:
            case luqum.Group() | luqum.FieldGroup():
                return below(item.expr, field)
            case luqum.AndOperation() | luqum.UnknownOperation():
                return And(tuple(below(child, field) for child in item.children))
            case luqum.OrOperation():
                parts = tuple(below(child, field) for child in item.children)
                if len({_finds(part) for part in parts}) == 2:
                    raise QueryError(
                        f"NOT cannot be one side of an OR, at character {position}; write `a OR (b NOT c)`",
                        position,
                    )
                return Or(parts)
            case luqum.Not() | luqum.Prohibit():
                inner = below(item.a, field)
                return inner.part if isinstance(inner, Not) else Not(inner)
            case luqum.Plus():
                return below(item.a, field)
            case luqum.SearchField():
                if field is not None:
                    raise QueryError(
                        f"a field inside the field {field}: at character {position}; move it out", position
                    )
                name = item.name.casefold()
                if name == _TOPIC:
                    return self.topic(item.expr, position)
                if name == _RESERVED:
                    raise QueryError(
                        f"`said:` at character {position} is kept for what somebody is quoted with, and not yet "
                        "understood; write the words without it",
                        position,
                    )
                if name not in (*FIELDS, *_FILTERS):
                    raise QueryError(
                        f"unknown field `{item.name[:20]}:` at character {position}; the fields are {_KNOWN_FIELDS}",
                        position,
                    )
                return below(item.expr, name)
            case luqum.Word() | luqum.Phrase() | luqum.Proximity():
                return self.leaf(item, field, position)
        raise self.unsupported(item, position)

    def topic(self, item: luqum.Item, position: int) -> Node:
        """What the topic of that name asks for."""
        name = item.value.strip('"') if isinstance(item, (luqum.Word, luqum.Phrase)) else ""
        known = self.references.topics
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            instead = f"did you mean `topic:{close[0]}`?" if close else "write the name of a topic of topics.yaml"
            raise QueryError(f"there is no topic `{name[:60]}` at character {position}; {instead}", position)
        if name in self.within:
            way = " → ".join((*self.within[self.within.index(name) :], name))
            raise _Endless(f"topic:{name} at character {position} leads back to itself ({way}); take it out", position)
        if len(self.within) >= MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} topics inside one another at character {position}", position)
        self.used.topics[name] = known[name]
        try:
            return _read(known[name], self.references, (*self.within, name), self.used)
        except _Endless:
            raise
        except QueryError as error:
            raise QueryError(
                f"topic:{name} at character {position} cannot be used: {error.message}", position
            ) from None

    def count(self, words: int, position: int) -> None:
        self.used.words += words
        if self.used.words > MOST_WORDS:
            raise _Endless(
                f"with all that it refers to the query has more than {MOST_WORDS} words at character {position}; "
                "refer to fewer topics",
                position,
            )

    def unsupported(self, item: luqum.Item, position: int) -> QueryError:
        if isinstance(item, luqum.Regex):
            instead = "regular expressions are not run; write `pref*` for words that begin alike"
        else:
            instead = "ranges are not supported; write words, phrases and fields"
        return QueryError(f"at character {position}: {instead}", position)

    def leaf(self, item: luqum.Item, field: str | None, position: int) -> Node:
        size = item.size or len(str(item))
        clause = self.plain[position - 1 : position - 1 + size].strip()
        slop: int | None = None
        phrase = item
        if isinstance(item, luqum.Proximity):
            phrase, slop = item.term, int(item.degree)
        quoted = isinstance(phrase, luqum.Phrase)
        value = re.sub(r"\\(.)", r"\1", phrase.value[1:-1] if quoted else phrase.value)
        if field in _FILTERS:
            if not value.strip() or "*" in value or slop is not None or value.startswith("="):
                raise QueryError(f"`{clause}` at character {position}: write the whole name after `{field}:`", position)
            return Filter(cast(FilterName, field), value.strip().casefold(), f"{field}:{clause}")
        where = cast("Field | None", field)
        clause = f"{field}:{clause}" if field else clause
        if quoted:
            words = self.words(value, clause, position)
            return Phrase(words, where, clause, slop if len(words) > 1 else None)
        return self.bare(value, where, clause, position)

    def bare(self, value: str, field: Field | None, clause: str, position: int) -> Node:
        if '"' in value:
            raise QueryError(
                f"quotation mark inside a word at character {position}; put a space before the phrase",
                position,
            )
        if value.startswith("="):
            words = self.words(value[1:], clause, position)
            if len(words) != 1 or "*" in value:
                raise QueryError(f"at character {position}: `=` goes before one whole word, as in `=US`", position)
            return Word(words[0], field, clause, exact=True)
        if value.endswith("*") and "*" not in value[:-1] and "?" not in value:
            words = tuple(tokenize(value[:-1]).written)
            prefix = fold(value[:-1])
            if len(words) > 1 or len(prefix) < _SHORTEST_PREFIX:
                raise QueryError(
                    f"at character {position}: `*` goes after at least {_SHORTEST_PREFIX} letters of "
                    "one word, as in `azerb*`",
                    position,
                )
            return Prefix(prefix, field, clause)
        if "*" in value or "?" in value:
            raise QueryError(
                f"`{value[:20]}` at character {position}: `*` can only end a word, and `?` stands for no letter",
                position,
            )
        words = self.words(value, clause, position)
        words = self.without_elision(value, words)
        if len(words) > 1:
            return Phrase(words, field, clause, forms=True)
        folded = fold(words[0])
        spellings = self.references.spellings.get(folded)
        if spellings is None:
            return Word(words[0], field, clause)
        self.used.spellings[folded] = spellings
        self.count(len(spellings) - 1, position)
        nodes = [
            Word(name[0], field, clause) if len(name) == 1 else Phrase(name, field, clause, forms=True)
            for name in dict.fromkeys((words, *spellings))
            if name == words or fold(name[0]) != folded or len(name) > 1
        ]
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def words(self, value: str, clause: str, position: int) -> tuple[str, ...]:
        words = tuple(word for word in map(core, tokenize(value).written) if fold(word))
        if not words:
            raise QueryError(f"`{clause[:20]}` at character {position} has no letter or digit to look for", position)
        self.count(len(words), position)
        return words

    def without_elision(self, value: str, words: tuple[str, ...]) -> tuple[str, ...]:
        """`l'OTAN` typed as one word looks for OTAN."""
        whole = tokenize(value).written
        if len(words) > 1 and value[len(whole[0]) : len(whole[0]) + 1] in ("'", "’"):
            return words[1:]
        return words
