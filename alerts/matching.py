"""Which of many topics a release meets, at a cost that hardly depends on how many there are.

Each topic is entered in an index under a necessary term: something of which a text must have at least one
to meet the query. Only topics with such a term in the text are evaluated, exactly, by `language.evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from language.evaluate import Explanation, evaluate
from language.forms import analyse
from language.text import fold
from language.tree import And, Node, Or, Phrase, Prefix, Query, Word
from language.words import Words

_HEAD = 2
"""Letters by which prefixes are looked up; `language.query` takes no shorter prefix."""


@dataclass(frozen=True, slots=True)
class _Need:
    """A text can only meet the query with one of these keys, or with a word that begins with one of the
    prefixes."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Index:
    """The topics for texts of one language."""

    needs: dict[int, _Need | None] = field(default_factory=dict)
    by_key: dict[str, set[int]] = field(default_factory=dict)
    by_head: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    """First letters of a prefix → prefix → topics."""
    always: set[int] = field(default_factory=set)
    """Topics without a necessary term (only filters): tried on every text."""

    def add(self, topic: int, need: _Need | None) -> None:
        self.needs[topic] = need
        if need is None:
            self.always.add(topic)
            return
        for key in need.keys:
            self.by_key.setdefault(key, set()).add(topic)
        for prefix in need.prefixes:
            self.by_head.setdefault(prefix[:_HEAD], {}).setdefault(prefix, set()).add(topic)

    def remove(self, topic: int) -> None:
        need = self.needs.pop(topic)
        if need is None:
            self.always.discard(topic)
            return
        for key in need.keys:
            _discard(self.by_key, key, topic)
        for prefix in need.prefixes:
            prefixes = self.by_head[prefix[:_HEAD]]
            _discard(prefixes, prefix, topic)
            if not prefixes:
                del self.by_head[prefix[:_HEAD]]

    def candidates(self, words: Words) -> set[int]:
        found = set(self.always)
        by_key = self.by_key
        for words_of_field in (words.title, words.body):
            for key in words_of_field.keys & by_key.keys():
                found |= by_key[key]
        if self.by_head:
            for words_of_field in (words.title, words.body):
                for form in words_of_field.forms.values():
                    for prefix, topics in self.by_head.get(form.folded[:_HEAD], {}).items():
                        if form.folded.startswith(prefix):
                            found |= topics
        return found


def _discard(index: dict[str, set[int]], key: str, topic: int) -> None:
    topics = index[key]
    topics.discard(topic)
    if not topics:
        del index[key]


class Matcher:
    """An index over topics.

    `frequency` says in how many releases a key (`language.forms.keys`) occurs, as far as known: of several
    necessary words the rarest is entered, without it the longest. The index for a language is built with
    the first text in it. Not for use by several threads at once."""

    def __init__(self, topics: Iterable[tuple[int, Query]] = (), frequency: Mapping[str, int] | None = None) -> None:
        self._queries: dict[int, Query] = dict(topics)
        self._frequency = frequency or {}
        self._indexes: dict[str, _Index] = {}

    def __len__(self) -> int:
        return len(self._queries)

    def add(self, topic: int, query: Query) -> None:
        """Enter a topic; one with the same id is replaced."""
        if topic in self._queries:
            self.remove(topic)
        self._queries[topic] = query
        for language, index in self._indexes.items():
            index.add(topic, self._need(query.root, language))

    def remove(self, topic: int) -> None:
        """Take a topic out. Raises `KeyError` when there is none with this id."""
        del self._queries[topic]
        for index in self._indexes.values():
            index.remove(topic)

    def match(self, words: Words) -> list[tuple[int, Explanation]]:
        """The topics that the release meets, by ascending id, each with the reasons."""
        index = self._indexes.get(words.language) or self._build(words.language)
        found = ((topic, evaluate(self._queries[topic], words)) for topic in sorted(index.candidates(words)))
        return [(topic, explanation) for topic, explanation in found if explanation is not None]

    def _build(self, language: str) -> _Index:
        index = self._indexes[language] = _Index()
        for topic, query in self._queries.items():
            index.add(topic, self._need(query.root, language))
        return index

    def _need(self, node: Node, language: str) -> _Need | None:
        match node:
            case Word(word=word, exact=exact):
                return _Need((fold(word),) if exact else analyse(word, language).keys)
            case Prefix(prefix=prefix):
                return _Need((), (prefix,))
            case Phrase(words=words, forms=forms):
                needs = [_Need(analyse(word, language).keys if forms else (fold(word),)) for word in words]
                return min(needs, key=self._cost)
            case And(parts=parts):
                known = [need for part in parts if (need := self._need(part, language)) is not None]
                return min(known, key=self._cost, default=None)
            case Or(parts=parts):
                branches = [self._need(part, language) for part in parts]
                known = [need for need in branches if need is not None]
                if len(known) < len(branches):
                    return None
                return _Need(
                    tuple(dict.fromkeys(key for need in known for key in need.keys)),
                    tuple(dict.fromkeys(prefix for need in known for prefix in need.prefixes)),
                )
        return None  # NOT and filters need no word

    def _cost(self, need: _Need) -> float:
        """How often the need is expected to be met: the known frequency, and a guess that longer is rarer.
        Words are some four times as rare with each letter (Zipf's law of abbreviation); a prefix is met by
        many words."""
        keys = sum(self._frequency.get(key, 0) + 4.0 ** -len(key) for key in need.keys)
        return keys + sum(64 * 4.0 ** -len(prefix) for prefix in need.prefixes)
