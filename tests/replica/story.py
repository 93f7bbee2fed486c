"""What a story of the replica is: its editions, its address, and the truth that a reader must find."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tests.replica.texts import MATERIALS
from tests.replica.wording import WORDS

LIVE = "https://www.president.am"
LANGUAGES: tuple[str, ...] = tuple(MATERIALS)
DECREES = "decrees"
SIGNED_LAWS = "signed-laws"
ANNOUNCEMENTS = "announcements"
NUMBERED = (DECREES, SIGNED_LAWS, ANNOUNCEMENTS)
"""Sections whose addresses hold a bare number; their pages' heading is the section's name."""


class ReplicaError(ValueError):
    """Somebody asked the replica for what it cannot do; the sentence says what and what there is instead."""


@dataclass
class Edition:
    """One release: a story in one language, as a reader must get it."""

    language: str
    title: str
    paragraphs: list[str]
    modified: datetime
    text_language: str
    version: int = 1
    withdrawn: bool = False
    furniture: int = 0
    """Raised when something changes on the page that is no part of the release."""

    def touch(self) -> None:
        """Let ``Last-Modified`` grow by at least the second that HTTP can express."""
        self.modified = max(datetime.now(UTC).replace(microsecond=0), self.modified + timedelta(seconds=1))


@dataclass
class Story:
    """A story in all its editions. ``number`` stands in the address of what is numbered, ``day`` and ``slug`` in all
    others. Of what is numbered, ``stated`` is the day that a line of the text states, ``own_heading`` says that the text
    begins with a heading, and ``own_titles`` are what a reader would call it.
    """

    id: int
    section: str
    topic: str
    day: date | None
    slug: str
    number: int | None
    photos: int
    editions: dict[str, Edition] = field(default_factory=dict)
    stated: date | None = None
    own_heading: bool = False
    own_titles: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The part of the address behind ``/item/`` that names the story."""
        return str(self.number) if self.day is None else f"{self.day:%Y/%m/%d}/{self.slug}"

    def path(self, language: str) -> str:
        """The canonical path of one edition, with the last slash."""
        return f"/{language}/{self.section}/item/{self.key}/"

    def truth(self, language: str) -> dict[str, object]:
        """What a perfect reader would know of this edition.

        ``title`` is what the page's heading says; of what is numbered that is its section's name, ``own_title`` what
        its text calls itself, and ``list_title`` what its row on the list says.
        """
        edition = self.editions[language]
        numbered = self.section in NUMBERED
        day = self.day or self.stated
        return {
            "story": self.id,
            "language": language,
            "text_language": edition.text_language,
            "section": self.section,
            "topic": self.topic,
            "key": self.key,
            "path": self.path(language),
            "url": LIVE + self.path(language),
            "title": WORDS[language].sections[self.section] if numbered else edition.title,
            "own_title": self.own_titles[language] if numbered else edition.title,
            "list_title": edition.title,
            "date": day.isoformat() if day else None,
            "paragraphs": list(edition.paragraphs),
            "withdrawn": edition.withdrawn,
            "version": edition.version,
        }
