"""What a language module must state, and how a template's slots are filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Forms = Mapping[str, str]
"""One word or name in the forms that the templates of a language ask for, by slot name."""


@dataclass(frozen=True)
class TopicText:
    """Templates of one topic: titles, paragraphs told by the press office, paragraphs spoken by somebody.

    The first told paragraph opens the release. Slots are those of :func:`fill`.
    """

    titles: tuple[str, ...]
    told: tuple[str, ...]
    spoken: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """Everything of one language. Guests and places stand in the same order in every language."""

    topics: Mapping[str, TopicText]
    told: tuple[str, ...]
    """Paragraphs that fit behind any meeting."""
    spoken: tuple[str, ...]
    """Spoken paragraphs that fit into any speech."""
    host_leads: tuple[str, ...]
    """Lines before words of the President; they end with a colon."""
    guest_leads: tuple[str, ...]
    """Lines before words of a guest; they end with a colon."""
    guests: tuple[Forms, ...]
    places: tuple[Forms, ...]
    months: tuple[str, ...]
    """Names of the months as they stand inside a date."""
    day: str
    """How a date stands in a sentence, with the slots {d}, {month} and {y}."""
    first_day: str = "1"
    """How the first of a month is written."""


@dataclass(frozen=True)
class Cast:
    """The numbers that fill a story's slots, the same in all its languages."""

    guest: int
    place: int
    years: int
    amount: int
    day: date


def fill(template: str, material: Material, cast: Cast) -> str:
    """The template with every slot filled; KeyError when it names a slot that the language does not have.

    Slots: the forms of the guest and of the place, ``{years}`` (a count), ``{amount}`` (millions or a count)
    and ``{day}`` (the story's date written out).
    """
    number = material.first_day if cast.day.day == 1 else cast.day.day
    day = material.day.format(d=number, month=material.months[cast.day.month - 1], y=cast.day.year)
    return template.format(
        **material.guests[cast.guest % len(material.guests)],
        **material.places[cast.place % len(material.places)],
        years=cast.years,
        amount=cast.amount,
        day=day,
    )
