"""What the benchmarks share: topics, figures, and the folder of a deployment."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tests.replica.client import Replica

TOPICS = 1_000
POLITENESS_OFF = {
    "DOWNLOAD_DELAY": "0",
    "AUTOTHROTTLE_ENABLED": "False",
    "CONCURRENT_REQUESTS": "16",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
}
"""As many requests at a time as Scrapy's stock settings allow; a real site gets one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: `value` is met when it is at least (or at most) `limit`."""

    name: str
    value: float
    limit: float | None
    at_least: bool
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "met" if (self.value >= self.limit if self.at_least else self.value <= self.limit) else "MISSED"

    @property
    def demanded(self) -> str:
        return "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g}"


def queries(truths: list[dict[str, str]], number: int = TOPICS, seed: int = 1) -> list[str]:
    """Queries over words of the texts and as many that occur in none: 60 % single words, 30 % AND and OR, 10 % phrases."""
    chance = random.Random(seed)
    words = sorted({
        word for truth in truths for paragraph in truth["paragraphs"] for word in paragraph.split()
        if word.isalpha() and len(word) > 5
    })  # fmt: skip
    rare = [word[::-1] for word in words]  # an ending would be taken for one of the word's forms

    def word() -> str:
        # One in eight is a word of the texts: some five hits a release at 1,000 topics.
        return chance.choice(words if chance.random() < 0.13 else rare)

    made = []
    for _ in range(number):
        kind = chance.random()
        if kind < 0.6:
            made.append(word())
        elif kind < 0.9:
            made.append(f"{word()} {chance.choice(('AND', 'OR'))} {word()}")
        else:
            made.append(f'"{word()} {word()}"')
    return made


def configure(folder: Path, office: Replica, number: int = TOPICS) -> None:
    """schedules.yaml and a topics.yaml of `number` topics in a folder."""
    (folder / "schedules.yaml").write_text("offices:\n  president_am: {every: 10m}\n", encoding="utf-8")
    topics = {f"t{n}": {"query": query} for n, query in enumerate(queries(office.stories(), number))}
    (folder / "topics.yaml").write_text(json.dumps({"topics": topics}, ensure_ascii=False), encoding="utf-8")
