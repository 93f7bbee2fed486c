"""What stands under a bare number: decrees, signed laws and announcements.

Their address has no date and their page's heading is the section's name. Laws have a heading of their own and most of them a
line that is nothing but a date; announcements name days in their sentences, or two on lines of their own, and are written in
the edition's language but for French.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from tests.replica.plans import filled, make_cast, make_plan, write
from tests.replica.story import ANNOUNCEMENTS, DECREES, LANGUAGES, SIGNED_LAWS, Edition, Story
from tests.replica.texts import MATERIALS
from tests.replica.texts.hy import DECREE, DECREE_TITLES, LAW, LAW_TITLES

_OF_TEN: Mapping[int, str] = {2: SIGNED_LAWS, 4: ANNOUNCEMENTS, 7: SIGNED_LAWS, 8: SIGNED_LAWS}
"""Which of ten documents are no decrees."""


def documents(seed: int, count: int, until: date) -> Iterator[Story]:
    """`count` documents, oldest first. Numbers begin anew in each section, so that a number alone names none."""
    numbers: dict[str, int] = {}
    for position in range(count):
        section = _OF_TEN.get(position % 10, DECREES)
        number = numbers[section] = numbers.get(section, -1) + 1
        rng = Random(f"{seed}:decree:{position}")
        day = until - timedelta(days=3 * (count - position))
        story = Story(0, section, "decree", None, "", 2100 + number, 0)
        modified = datetime.combine(day, time(9), UTC)
        for language, (title, paragraphs, written_in) in _TEXTS[section](rng, day, number, story).items():
            story.editions[language] = Edition(language, title, paragraphs, modified, written_in)
        yield story


_Texts = dict[str, tuple[str, list[str], str]]
"""Title, paragraphs and the language that they are written in, by edition."""


def _decree(rng: Random, day: date, number: int, story: Story) -> _Texts:
    cast, hy = make_cast(rng, day), MATERIALS["hy"]
    title = filled(rng.choice(DECREE_TITLES), hy, cast)
    chosen = [DECREE[0], *rng.sample(DECREE[1:-1], rng.randint(2, len(DECREE) - 3)), DECREE[-1]]
    paragraphs = [filled(text, hy, cast).replace("№", f"ՆՀ-{700 + number}-Ա") for text in chosen]
    story.own_titles = dict.fromkeys(LANGUAGES, paragraphs[0])
    return {language: (title, list(paragraphs), "hy") for language in LANGUAGES}


def _law(rng: Random, day: date, number: int, story: Story) -> _Texts:
    cast, hy = make_cast(rng, day), MATERIALS["hy"]
    title = filled(rng.choice(LAW_TITLES), hy, cast)
    paragraphs = [title, *(filled(text, hy, cast) for text in LAW)]
    if number % 3 != 2:  # every third says its date nowhere
        story.stated = day
        paragraphs.insert(1, f"{day.day} {hy.months[day.month - 1]} {day.year} թ.")
    story.own_heading = True
    story.own_titles = dict.fromkeys(LANGUAGES, title)
    return {language: (title, list(paragraphs), "hy") for language in LANGUAGES}


def _announcement(rng: Random, day: date, number: int, story: Story) -> _Texts:
    plan = make_plan(rng, "culture", day)
    texts: _Texts = {}
    story.own_heading = True
    for language in LANGUAGES:
        written_in = "hy" if language == "fr" else language
        title, paragraphs = write(plan, written_in)
        lines = [f"{one:%d.%m.%Y}" for one in (day, day + timedelta(days=20))]  # two days: the text states neither
        texts[language] = (title, [title, *paragraphs[:3], *lines], written_in)
        story.own_titles[language] = title
    return texts


_TEXTS = {DECREES: _decree, SIGNED_LAWS: _law, ANNOUNCEMENTS: _announcement}
