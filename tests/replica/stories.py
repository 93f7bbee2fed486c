"""The truth of the replica: which stories it has, in which editions, and how they change while it runs.

A story is made from a plan that knows no language (topic, cast, order of paragraphs) and is then written out
in each of its languages. Everything follows from the seed and the newest date, so that two processes agree on
every byte.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.replica.documents import documents
from tests.replica.plans import filled, make_plan, write
from tests.replica.story import LANGUAGES, NUMBERED, Edition, ReplicaError, Story
from tests.replica.texts import MATERIALS, TOPICS

ZONE = ZoneInfo("Asia/Yerevan")
SECTION_TOPICS: dict[str, tuple[str, ...]] = {
    "press-release": ("nato", "eu", "energy", "peace", "iran", "appointment", "cabinet", "culture"),
    "statements-and-messages": ("peace", "culture", "eu", "energy"),
    "congratulatory": ("congratulation",),
    "condolence": ("condolence",),
    "domestic-visits": ("visit",),
    "foreign-visits": ("journey",),
    "interviews-and-press-conferences": ("interview",),
}
"""Sections with dated addresses and what their stories are about."""
RARE_TOPICS: dict[str, tuple[str, ...]] = {"notepad": ("culture",), "chronicle": ("visit", "cabinet")}
"""Dated sections with a story now and then; a small office has none, and then no such list."""
SECTIONS: tuple[str, ...] = (*SECTION_TOPICS, *RARE_TOPICS, *NUMBERED)
_SECTION_WEIGHTS = (50, 8, 11, 6, 7, 7, 6)
SLUGS: Mapping[str, tuple[str, ...]] = {
    "nato": ("NATO-meeting", "Meeting", "President-Melikyan-meeting-NATO"),
    "eu": ("EU-delegation", "Meeting", "Announcement"),
    "energy": ("Energy-security", "Consultation", "Announcement"),
    "peace": ("Announcement", "Statement", "Peace-treaty"),
    "iran": ("Ambassador-of-Iran", "Credentials", "Meeting"),
    "appointment": ("Appointment", "Oath", "Announcement"),
    "cabinet": ("Cabinet-meeting",),
    "culture": ("Exhibition", "Concert", "Announcement"),
    "congratulation": ("Congratulatory-message", "Congratulation"),
    "condolence": ("Condolence-message", "Condolence"),
    "visit": ("Working-visit", "President-Melikyan-visit"),
    "journey": ("Official-visit", "President-Melikyan-visit"),
    "interview": ("Interview", "Press-conference"),
}
_OLDEST_DAYS = 5100  # about fourteen years of archive, the denser the newer, as on the real site


def today() -> date:
    """The press office's own date."""
    return datetime.now(ZONE).date()


class Stories:
    """All stories of the office, by path, and the lists that they stand on."""

    def __init__(self, count: int = 400, seed: int = 1, until: date | None = None) -> None:
        """Generate `count` stories; the newest is of `until` (default: yesterday in Yerevan)."""
        if count < 0:
            raise ReplicaError(f"a press office cannot have {count} stories; give a number from 0 up")
        self.seed = seed
        self.until = until or today() - timedelta(days=1)
        self.all: list[Story] = []
        self.by_path: dict[str, tuple[Story, str]] = {}
        self.lists: dict[tuple[str, str], list[Story]] = {(x, s): [] for x in LANGUAGES for s in SECTIONS}
        self.list_modified: dict[tuple[str, str], datetime] = {}
        self._texts: set[tuple[str, ...]] = set()
        decrees = count // 10
        for number in range(count - decrees, 0, -1):
            self._generate(number, count - decrees)
        for document in documents(seed, decrees, self.until):
            self._enter(document)
        for place in self.lists:
            self._sort(*place)

    # generation

    def _generate(self, age: int, count: int) -> None:
        rng = Random(f"{self.seed}:story:{age}")
        days = int(_OLDEST_DAYS * ((age - 1) / max(count, 100)) ** 2.5)
        day = self.until - timedelta(days=days)
        first = age <= len(SECTION_TOPICS)  # however small the office is, no dated list of it is empty
        weighted = rng.choices(tuple(SECTION_TOPICS), _SECTION_WEIGHTS)[0]
        section = tuple(SECTION_TOPICS)[age - 1] if first else weighted
        if not first and Random(f"{self.seed}:rare:{age}").random() < 0.03:
            section = "chronicle" if age % 4 == 0 else "notepad"
        topic = rng.choice((SECTION_TOPICS | RARE_TOPICS)[section])
        odds = {"hy": 1.0, "en": 0.92, "ru": 0.75, "fr": 0.4}
        languages = [language for language in LANGUAGES if rng.random() < odds[language] or first]
        plan = make_plan(rng, topic, day)
        while tuple(write(plan, "hy")[1]) in self._texts:  # every cast has a day in it: a clash ends soon
            plan = make_plan(rng, topic, day)
        self._texts.add(tuple(write(plan, "hy")[1]))
        story = Story(
            0,
            section,
            topic,
            day,
            self._free_slug(day, rng.choice(SLUGS[topic])),
            None,
            rng.choice((0, 8, 25)),
        )
        modified = datetime.combine(day, time(12), UTC) + timedelta(seconds=rng.randrange(20_000))
        for language in languages:
            title, paragraphs = write(plan, language)
            story.editions[language] = Edition(language, title, paragraphs, modified, language)
        self._enter(story)

    def _free_slug(self, day: date, wanted: str) -> str:
        taken = {story.slug for story in self.all if story.day == day}
        return next(slug for n in range(1, 1000) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)

    def _enter(self, story: Story) -> None:
        story.id = len(self.all) + 1
        self.all.append(story)
        for language in story.editions:
            self._enter_edition(story, language)

    def _enter_edition(self, story: Story, language: str) -> None:
        self.by_path[story.path(language)] = (story, language)
        self.lists[language, story.section].append(story)

    def _sort(self, language: str, section: str) -> None:
        self.lists[language, section].sort(key=lambda s: (s.day or date.min, s.number or s.id), reverse=True)

    # asking

    def truths(self) -> Iterator[dict[str, object]]:
        """Every release, withdrawn ones included, oldest story first."""
        for story in self.all:
            for language in story.editions:
                yield story.truth(language)

    def rows(self, language: str, section: str) -> list[Story]:
        """What the list shows, newest first."""
        return [s for s in self.lists[language, section] if not s.editions[language].withdrawn]

    def modified(self, language: str, section: str) -> datetime:
        """When the list last changed."""
        newest = [s.editions[language].modified for s in self.rows(language, section)]
        return max([*newest, self.list_modified.get((language, section), datetime(2012, 1, 1, tzinfo=UTC))])

    def find(self, address: str) -> tuple[Story, str]:
        """The release at a live address, a loopback one or a path; ReplicaError when there is none."""
        path = "/" + address.split("://", 1)[1].split("/", 1)[-1] if "://" in address else address
        found = self.by_path.get(path.split("?")[0].split("#")[0].rstrip("/") + "/")
        if found is None:
            raise ReplicaError(f"no release has the address {address}; /stories lists those there are")
        return found

    # changing

    def publish(
        self,
        section: str = "press-release",
        day: date | None = None,
        slug: str | None = None,
        languages: Sequence[str] | None = None,
        titles: Mapping[str, str] | None = None,
        paragraphs: Mapping[str, Sequence[str]] | None = None,
        topic: str | None = None,
        photos: int = 0,
    ) -> Story:
        """Add a story, or further languages to the story of this section, day and slug.

        Languages without a text of their own get one about `topic` (default: "nato" unless texts are given).
        Without `languages` it is those of the texts given, or all.
        """
        titles, paragraphs = dict(titles or {}), dict(paragraphs or {})
        named = [x for x in LANGUAGES if x in titles or x in paragraphs]
        languages = list(languages or named or LANGUAGES)
        topic = topic or "nato"
        self._check(section, languages, topic)
        day = day or today()
        slug = slug or self._free_slug(day, SLUGS[topic][0])
        if not all(letter.isalnum() or letter in "-_." for letter in slug):
            raise ReplicaError(f"the slug {slug!r} must be letters, digits and - _ . only")
        same = [s for s in self.all if (s.section, s.day, s.slug) == (section, day, slug)]
        clash = [x for x in languages if same and x in same[0].editions]
        if clash:
            raise ReplicaError(f"{same[0].path(clash[0])} is published already; edit it, or choose another slug")
        story = same[0] if same else Story(0, section, topic, day, slug, None, photos)
        plan = make_plan(Random(f"{self.seed}:published:{day}:{slug}:{topic}"), topic, day)
        now = datetime.now(UTC).replace(microsecond=0)
        for language in languages:
            title, body = write(plan, language)
            title = unicodedata.normalize("NFC", titles.get(language, title))
            body = [unicodedata.normalize("NFC", text) for text in paragraphs.get(language, body)]
            story.editions[language] = Edition(language, title, body, now, language)
        if not same:
            story.id = len(self.all) + 1
            self.all.append(story)
        for language in languages:
            self._enter_edition(story, language)
            self._list_changed(language, section)
        return story

    def _check(self, section: str, languages: Sequence[str], topic: str) -> None:
        if section not in SECTION_TOPICS:
            raise ReplicaError(f"nothing can be published in {section!r}; sections: {', '.join(SECTION_TOPICS)}")
        if unknown := [x for x in languages if x not in LANGUAGES]:
            raise ReplicaError(f"the office has no language {unknown[0]!r}; languages: {', '.join(LANGUAGES)}")
        if topic not in TOPICS:
            raise ReplicaError(f"there is no text about {topic!r}; topics: {', '.join(TOPICS)}")

    def edit(
        self,
        url: str,
        title: str | None = None,
        paragraphs: Sequence[str] | None = None,
        old: str | None = None,
        new: str | None = None,
        change: str | None = None,
        topic: str = "nato",
    ) -> tuple[Story, str]:
        """Change one release: give its new `title` or `paragraphs`, replace `old` by `new`, or name a
        `change`.

        Changes: "paragraph" appends a general one, "shorten" drops the last, "mention" appends one about
        `topic`, "furniture" alters the page around the release and not a letter of its text.
        """
        story, language = self.find(url)
        edition = story.editions[language]
        title_now, texts = (
            title or edition.title,
            list(edition.paragraphs if paragraphs is None else paragraphs),
        )
        if old is not None:
            if not any(old in text for text in (title_now, *texts)):
                raise ReplicaError(f"{old!r} does not stand in {story.path(language)}")
            title_now, texts = (
                title_now.replace(old, new or ""),
                [text.replace(old, new or "") for text in texts],
            )
        plan = make_plan(Random(f"{self.seed}:edited:{url}:{edition.version}"), topic, story.day or self.until)
        material = MATERIALS[edition.text_language]
        if change == "paragraph":
            texts.append(filled(material.told[edition.version % len(material.told)], material, plan.cast))
        elif change == "shorten":
            texts = texts[:-1] or texts
        elif change == "mention":
            self._check("press-release", (), topic)
            texts.append(filled(material.topics[topic].told[1], material, plan.cast))
        elif change == "furniture":
            edition.furniture += 1
        elif change is not None:
            raise ReplicaError(f"there is no change {change!r}; changes: paragraph, shorten, mention, furniture")
        listed = title_now != edition.title or texts[:1] != edition.paragraphs[:1]
        if (title_now, texts) != (edition.title, edition.paragraphs):
            edition.title, edition.paragraphs = title_now, texts
            edition.version += 1
        edition.touch()
        if listed:
            self._list_changed(language, story.section)
        return story, language

    def withdraw(self, url: str, withdrawn: bool = True, all_languages: bool = False) -> Story:
        """Take one release (or the whole story) off the site and its lists, or put it back."""
        story, language = self.find(url)
        for each in list(story.editions) if all_languages else [language]:
            story.editions[each] = replace(story.editions[each], withdrawn=withdrawn)
            story.editions[each].touch()
            self._list_changed(each, story.section)
        return story

    def _list_changed(self, language: str, section: str) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        self.list_modified[language, section] = max(now, self.modified(language, section) + timedelta(seconds=1))
        self._sort(language, section)
