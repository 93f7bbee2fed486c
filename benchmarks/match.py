"""`match`: releases of 3 KB a second against 1,000 to 100,000 topics, beside literal phrases found by ahocorasick_rs.

All of it runs in one thread; seconds are seconds of CPU, which a busy machine distorts less."""

from __future__ import annotations

import gc
import random
import re
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass

import ahocorasick_rs

from alerts.matching import Matcher
from benchmarks.common import Figure
from language.forms import analyse
from language.query import Query, parse
from language.words import Words
from tests.replica.client import Replica

SIZES = (1_000, 10_000, 100_000)
TEXT_BYTES = 3_000
HITS = 5
"""Topics that a release meets, on average, at every size."""
ROUNDS = 20
_WORDS = re.compile(r"\w+")
_SYLLABLES = {
    "en": "ba ken dor lis mur tav pel shon gri wek zul fan".split(),
    "fr": "beau kin dor lié mour tav pel chon gré vec zul fan".split(),
    "ru": "ба кен дор лис мур тав пел шон гри век зул фан".split(),
    "hy": "բա կեն դոր լիս մուր տավ պել շոն գրի վեկ զուլ ֆան".split(),
}


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str
    language: str

    def words(self) -> Words:
        return Words.of(self.title, self.body, self.language, "president_am", "press-release")


def texts() -> list[Text]:
    """Releases of the replica in four languages, several put together until each has 3 KB (UTF-8)."""
    with Replica.start(stories=400, no_log=True) as office:
        truths = office.stories()
    made: list[Text] = []
    for language in _SYLLABLES:
        title, body = "", ""
        for truth in truths:
            if truth["text_language"] != language:
                continue
            for paragraph in truth["paragraphs"]:
                title, body = title or truth["title"], f"{body}\n\n{paragraph}" if body else paragraph
                if len(body.encode()) >= TEXT_BYTES:
                    made.append(Text(title, body, language))
                    title, body = "", ""
    random.Random(5).shuffle(made)
    return made[:600]


class Topics:
    """Queries over words of the texts and over names that occur in none: 60 % single words, 30 % AND or OR, 10 % phrases
    or near. Every AND holds a word of the texts, mostly a common one, beside the one it needs."""

    def __init__(self, found: list[Text]) -> None:
        self.chance = random.Random(3)
        seen: Counter[tuple[str, str]] = Counter()
        self.pairs: list[str] = []
        for text in found:
            words = [word for word in text.body.split() if word.isalpha() and len(word) > 4]
            seen.update({(text.language, word) for word in words})
            pairs = [f"{a} {b}" for a, b in zip(text.body.split(), text.body.split()[1:], strict=False)]
            self.pairs += [pair for pair in pairs if pair.replace(" ", "").isalpha()][:5]
        self.common = [word for (_, word), number in seen.items() if number >= 20]
        self.known = [word for (_, word), number in seen.items() if number < 20]

    def name(self) -> str:
        syllables = _SYLLABLES[self.chance.choice(tuple(_SYLLABLES))]
        return "".join(self.chance.choice(syllables) for _ in range(4)).capitalize()

    def one(self, met: bool) -> str:
        chance = self.chance
        word = chance.choice(self.known) if met else self.name()
        kind = chance.random()
        if kind < 0.6:
            return word
        if kind < 0.75:
            return f"{chance.choice(self.common)} AND {word}"
        if kind < 0.9:
            return f"{self.name()} OR {word}"
        if kind < 0.95:
            return f'"{chance.choice(self.pairs) if met else f"{self.name()} {self.name()}"}"'
        return f'"{word} {chance.choice(self.common)}"~10'


def run() -> list[Figure]:
    found = texts()
    topics = Topics(found)
    met = _met(topics, found)
    others = [topics.one(met=False) for _ in range(max(SIZES) - len(met))]
    queries = {size: [(n, parse(text)) for n, text in enumerate((met + others)[:size])] for size in SIZES}
    seen: Counter[str] = Counter()  # as the archive knows it of its releases
    for text in found:
        seen.update({key for word in text.words().body.distinct for key in analyse(word, text.language).keys})
    matchers = {size: Matcher(trees, seen) for size, trees in queries.items()}
    literal = ahocorasick_rs.AhoCorasick([_literal(query.text) for _, query in queries[10_000]])
    lowered = [f"{text.title}\n{text.body}" for text in found]
    for matcher in matchers.values():  # dictionaries and indexes are loaded once in a process's life
        for text in found:
            matcher.match(text.words())
    best = dict.fromkeys([*SIZES, 0], 0.0)
    hits = dict.fromkeys(SIZES, 0.0)
    for _ in range(ROUNDS):
        for size, matcher in matchers.items():
            began = time.process_time()
            number = sum(len(matcher.match(text.words())) for text in found)
            best[size] = max(best[size], len(found) / (time.process_time() - began))
            hits[size] = number / len(found)
        began = time.process_time()
        for text_as_stored in lowered:
            literal.find_matches_as_indexes(text_as_stored)
        best[0] = max(best[0], len(found) / (time.process_time() - began))
    note = ", ".join(f"{best[size]:.0f} at {size:,} topics ({hits[size]:.1f} hits)" for size in SIZES)
    return [
        Figure("match: releases a second, 1,000 topics", best[1_000], None, True, note),
        Figure("match: 100,000 topics over 1,000", best[100_000] / best[1_000], 0.5, True, "words and explanations too"),
        Figure("match: 10,000 topics over ahocorasick_rs", best[10_000] / best[0], 0.10, True,
               f"finding their words as 10,000 literal phrases: {best[0]:.0f} a second"),
        *_building(queries[100_000], [query for _, query in queries[100_000]], found),
    ]  # fmt: skip


def _literal(query: str) -> str:
    """The words of a query side by side, as somebody would look for them who only knows phrases."""
    return " ".join(word for word in _WORDS.findall(query) if word not in ("AND", "OR", "10"))


def _met(topics: Topics, found: list[Text]) -> list[str]:
    """Topics over words of the texts that together make `HITS` hits a release."""
    trial = [topics.one(met=True) for _ in range(2_000)]
    matcher = Matcher((n, parse(query)) for n, query in enumerate(trial))
    hits = Counter(topic for text in found for topic, _ in matcher.match(text.words()))
    chosen, total = 0, 0
    while total < HITS * len(found):
        total += hits[chosen]
        chosen += 1
    return trial[:chosen]


def _building(trees: list[tuple[int, Query]], queries: list[Query], found: list[Text]) -> list[Figure]:
    first = next(text for text in found if text.language == "ru").words()
    gc.collect()
    built, parsed = 0.0, 0.0
    for _ in range(3):
        began = time.process_time()
        matcher = Matcher(trees)
        matcher.match(first)
        built = max(built, len(trees) / (time.process_time() - began))
    sample = [query.text for query in queries[:20_000]]
    for _ in range(3):
        began = time.process_time()
        matcher = Matcher((n, parse(text)) for n, text in enumerate(sample))
        matcher.match(first)
        parsed = max(parsed, len(sample) / (time.process_time() - began))
    matcher = Matcher(trees)
    for text in found[:40]:
        matcher.match(text.words())
    slowest = 0.0
    for number, tree in trees[-200:]:
        began = time.process_time()
        matcher.remove(number)
        matcher.add(number, tree)
        slowest = max(slowest, (time.process_time() - began) / 2)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = Matcher((n, parse(text)) for n, text in enumerate(sample))
    for text in found[:40]:
        kept.match(text.words())
    bytes_a_topic = (tracemalloc.get_traced_memory()[0] - before) / len(sample)
    tracemalloc.stop()
    return [
        Figure("match: index built, topics a second", built, 20_000, True, "100,000 parsed trees, for one language"),
        Figure("match: index built with parsing", parsed, 5_000, True, "20,000 queries, for one language"),
        Figure("match: bytes a topic", bytes_a_topic, 3_000, False, "trees, queries and indexes for four languages"),
        Figure("match: ms to add or remove a topic", slowest * 1e3, 1.0, False,
               "the slowest of 200 among 100,000, in the indexes of four languages"),
    ]  # fmt: skip
