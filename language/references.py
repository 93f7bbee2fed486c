"""What a query may lean on: other topics by name (`topic:nato`), and names that are spelt in several ways.

A reference stands for the whole query of that topic; a topic that leads back to itself is refused. A bare word that is
one of several spellings of a name stands for all of them: Khachaturyan also for Хачатурян and Խաչատուրյան. Very words
(`=WORD`, "a phrase") are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from language.text import fold
from language.tokens import core, words_in

MOST_WORDS = 5_000
"""Words of a query with all that its references and spellings stand for."""


@dataclass(frozen=True)
class References:
    """`topics`: name → query as written. `spellings`: folded word → all spellings of that name, itself among them."""

    topics: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, topics: Mapping[str, str], names: Iterable[Iterable[str]]) -> References:
        """From the queries of topics and lists of spellings; a spelling may have several words ("North Atlantic
        Treaty Organization"), which are looked for side by side in any form. Only a spelling of one word calls for the
        others. Lists that share a spelling are taken together."""
        found: dict[str, dict[tuple[str, ...], None]] = {}
        for spellings in names:
            together: dict[tuple[str, ...], None] = {}
            for spelling in spellings:
                words = tuple(word for word in map(core, words_in(spelling)) if fold(word))
                if words:
                    together[words] = None
            for words in list(together):
                if len(words) == 1:
                    together.update(found.get(fold(words[0]), {}))
            for words in together:
                if len(words) == 1:
                    found[fold(words[0])] = together
        return cls(dict(topics), {word: tuple(together) for word, together in found.items()})

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, {topics: {name: query}, names: [[spelling]]}, of which `from_dict` makes the same again."""
        names = dict.fromkeys(tuple(map(" ".join, spellings)) for spellings in self.spellings.values())
        return {"topics": dict(self.topics), "names": [list(name) for name in sorted(names)]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> References:
        """Of what `to_dict` made; of anything else as much as is there."""
        return cls.of(plain.get("topics", {}), plain.get("names", ()))


NOTHING = References()
