"""Which of many topics a release meets, at a cost that hardly depends on how many there are.

Each topic is entered in an index under a necessary term: something of which a text must have at least one
to meet the query. Only topics with such a term in the text are evaluated, exactly, by `language.evaluate`.
Which topics a word calls for is remembered by the piece between two blanks that it stands in: most pieces of most texts
call for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from language.evaluate import Explanation, evaluate
from language.forms import KnownForms, asked
from language.text import fold
from language.tree import And, Node, Or, Phrase, Prefix, Query, Word
from language.words import FieldWords, Words

Told = list[tuple[int, str]]
"""Topic ids with what explains that they were met, as JSON (`Explanation.to_dict`)."""

_HEAD = 2
"""Letters by which prefixes are looked up; `language.query` takes no shorter prefix."""


@dataclass(frozen=True, slots=True)
class _Need:
    """A text can only meet the query with one of these keys, or with a word that begins with one of the
    prefixes."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


class _Entries(dict[str, int | set[int]]):
    """Key → the one topic under it, or the set of them: most keys have one, and a set is large."""

    def enter(self, key: str, topic: int) -> None:
        there = self.get(key)
        if there is None:
            self[key] = topic
        elif isinstance(there, set):
            there.add(topic)
        elif there != topic:
            self[key] = {there, topic}

    def leave(self, key: str, topic: int) -> None:
        there = self[key]
        if isinstance(there, set):
            there.discard(topic)
            if len(there) == 1:
                self[key] = there.pop()
        else:
            del self[key]

    def under(self, key: str) -> Iterable[int]:
        there = self.get(key, ())
        return (there,) if isinstance(there, int) else there


class _Called:
    """Piece of a text → the topics entered under a key or prefix of a word in it; worked out once a piece."""

    def __init__(self, index: _Index, known: KnownForms) -> None:
        self.known = known
        self._index = index
        self._topics: dict[str, tuple[int, ...]] = {}
        self._idle: set[str] = set()
        """The pieces that call for no topic: most."""

    def by(self, field: FieldWords) -> Iterable[int]:
        """The topics that the pieces of a text call for."""
        found: set[int] = set()
        for piece in field.pieces.difference(self._idle):
            topics = self._topics.get(piece)
            found.update(self._learnt(piece, field.known) if topics is None else topics)
        field.is_learnt = True  # what was worked out here was learnt before
        return found

    def _learnt(self, piece: str, known: KnownForms) -> Iterable[int]:
        called: set[int] = set()
        for word in known.pieces[piece]:
            form = known[word]
            called |= self._index.called(form.folded, form.keys)
        if called:
            self._topics[piece] = tuple(called)
        else:
            self._idle.add(piece)
        return called

    def forget(self, key: str) -> None:
        """What the words with a key call for has to be worked out anew."""
        for piece in self.known.holding.get(key, ()):
            self._topics.pop(piece, None)
            self._idle.discard(piece)


class _Index:
    """The topics for texts of one language."""

    def __init__(self) -> None:
        self.by_key = _Entries()
        self.by_head: dict[str, _Entries] = {}
        """First letters of a prefix → prefix → topics."""
        self.always: set[int] = set()
        """Topics without a necessary term (only filters): tried on every text."""
        self._called: dict[bool, _Called] = {}
        """For texts in capitals and for others."""

    def add(self, topic: int, need: _Need | None) -> None:
        if need is None:
            self.always.add(topic)
            return
        for key in need.keys:
            self.by_key.enter(key, topic)
        for prefix in need.prefixes:
            self.by_head.setdefault(prefix[:_HEAD], _Entries()).enter(prefix, topic)
        self._forget(need)

    def remove(self, topic: int, need: _Need | None) -> None:
        if need is None:
            self.always.discard(topic)
            return
        for key in need.keys:
            self.by_key.leave(key, topic)
        for prefix in need.prefixes:
            prefixes = self.by_head[prefix[:_HEAD]]
            prefixes.leave(prefix, topic)
            if not prefixes:
                del self.by_head[prefix[:_HEAD]]
        self._forget(need)

    def _forget(self, need: _Need) -> None:
        """What the words that the need is about call for has to be worked out anew."""
        if need.prefixes:
            self._called.clear()
        for called in self._called.values():
            for key in need.keys:
                called.forget(key)

    def called(self, folded: str, keys: Iterable[str]) -> set[int]:
        """The topics entered under one of the keys, or under a beginning of the folded word."""
        found = set(chain.from_iterable(map(self.by_key.under, keys)))
        for prefix in self.by_head.get(folded[:_HEAD], ()):
            if folded.startswith(prefix):
                found.update(self.by_head[folded[:_HEAD]].under(prefix))
        return found

    def candidates(self, words: Words) -> set[int]:
        found = set(self.always)
        for field in (words.title, words.body):
            capitals = field.memory.capitals
            called = self._called.get(capitals)
            if called is None or called.known is not field.memory:
                called = self._called[capitals] = _Called(self, field.memory)
            found.update(called.by(field))
        return found


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
        query = self._queries.pop(topic)
        for language, index in self._indexes.items():
            index.remove(topic, self._need(query.root, language))

    @property
    def topics(self) -> list[tuple[int, Query]]:
        """Every topic that was entered, with its query."""
        return list(self._queries.items())

    @property
    def frequency(self) -> Mapping[str, int]:
        """What was said of how often keys occur."""
        return self._frequency

    def match(self, words: Words) -> list[tuple[int, Explanation]]:
        """The topics that the release meets, by ascending id, each with the reasons."""
        return list(self._met(words))

    def told(self, words: Words) -> Told:
        """As `match`, with the reasons as JSON."""
        return [(topic, explanation.to_json()) for topic, explanation in self._met(words)]

    def _met(self, words: Words) -> Iterator[tuple[int, Explanation]]:
        index = self._indexes.get(words.language) or self._build(words.language)
        for topic in sorted(index.candidates(words)):
            explanation = evaluate(self._queries[topic], words)
            if explanation is not None:
                yield topic, explanation

    def _build(self, language: str) -> _Index:
        index = self._indexes[language] = _Index()
        for topic, query in self._queries.items():
            index.add(topic, self._need(query.root, language))
        return index

    def _need(self, node: Node, language: str) -> _Need | None:
        match node:
            case Word(word=word, exact=exact):
                return _Need((fold(word),) if exact else asked(word, language).keys)
            case Prefix(prefix=prefix):
                return _Need((), (prefix,))
            case Phrase(words=words, forms=forms):
                needs = [_Need(asked(word, language).keys if forms else (fold(word),)) for word in words]
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
