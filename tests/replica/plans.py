"""How a story is drawn up before it is written in any language, and how it is then written out in each."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from tests.replica.texts import MATERIALS, Cast, Material, fill

_QUOTES = (('"', "”"), ("“", '"'), ("«", "”"), ("«", "»"), ("“", "”"), ('"', '"'))
_LETTERS = ("congratulation", "condolence")


@dataclass(frozen=True)
class Plan:
    """A story before it is written in a language: part names with indexes into the material."""

    topic: str
    title: int
    cast: Cast
    parts: tuple[tuple[str, int], ...]
    quotes: tuple[str, str]
    repeat_opening: bool


def make_cast(rng: Random, day: date) -> Cast:
    """Draw the names and numbers. The numbers are such that one plural form fits them in every language."""
    return Cast(rng.randrange(12), rng.randrange(8), rng.randint(5, 20), rng.randrange(45, 995, 5), day)


def make_plan(rng: Random, topic: str, day: date) -> Plan:
    """Draw a plan of 4 to 12 paragraphs."""
    parts: list[tuple[str, int]] = [("topic_told", 0)]
    if topic in _LETTERS:
        parts += [("open", 0), *(("topic_spoken", n) for n in range(3)), ("close", 0)]
        if rng.random() < 0.7:
            parts.append(("topic_told", 1))
    else:
        host, guest = rng.randint(1, 3), rng.choice((0, 1, 2))
        general = rng.sample(range(len(MATERIALS["en"].spoken)), host + guest)
        parts += [("host_lead", rng.randrange(3)), ("open", 0), ("topic_spoken", 0)]
        parts += [*(("spoken", n) for n in general[:host]), ("close", 0), ("topic_told", 1)]
        if guest:
            parts += [("guest_lead", rng.randrange(2)), ("open", 0)]
            parts += [*(("spoken", n) for n in general[host:]), ("close", 0)]
        room = 12 - sum(kind not in ("open", "close") for kind, _ in parts)
        told = rng.sample(range(len(MATERIALS["en"].told)), min(rng.randint(0, 4), room))
        parts += [("told", n) for n in told]
    cast = make_cast(rng, day)
    return Plan(topic, rng.randrange(2), cast, tuple(parts), rng.choice(_QUOTES), rng.random() < 0.6)


def write(plan: Plan, language: str) -> tuple[str, list[str]]:
    """Title and paragraphs of a plan in one language.

    A quotation opens its first paragraph, often every one, and closes once, not always with the mark of its
    opening.
    """
    material = MATERIALS[language]
    topic = material.topics[plan.topic]
    pools: Mapping[str, Sequence[str]] = {
        "topic_told": topic.told,
        "topic_spoken": topic.spoken,
        "told": material.told,
        "spoken": material.spoken,
        "host_lead": material.host_leads,
        "guest_lead": material.guest_leads,
    }
    opening, closing = plan.quotes
    paragraphs: list[str] = []
    mark = ""
    for kind, number in plan.parts:
        if kind == "open":
            mark = opening
        elif kind == "close":
            paragraphs[-1] += closing
            mark = ""
        else:
            paragraphs.append(mark + filled(pools[kind][number], material, plan.cast))
            if not plan.repeat_opening:
                mark = ""
    return filled(topic.titles[plan.title], material, plan.cast), paragraphs


def filled(template: str, material: Material, cast: Cast) -> str:
    """A template with its slots filled, in NFC."""
    return unicodedata.normalize("NFC", fill(template, material, cast))
