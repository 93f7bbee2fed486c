"""topics.yaml: what analysts track, in which words, and where it is told.

A topic may carry sentences that it must and must not match; `check_sentences()` runs them, in tests and at
the command line, so that a changed query shows what it loses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from alerts.config import Block, Settings, folder
from alerts.values import Duration
from alerts.yamlfile import ConfigError, Document, read_yaml, suggestion
from language.detect import detect
from language.evaluate import evaluate
from language.query import Query, QueryError, parse
from language.references import NOTHING, References
from language.tokens import words_in
from language.words import Words
from storage.model import Cause, Rhythm

TOPICS = "topics.yaml"
SENTENCE_LANGUAGES = ("hy", "ru", "en", "fr")
"""Among which the language of a sentence is detected when topics.yaml does not say it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that a topic must or must not match. `language` '' means: detect it."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as declared: its query (text and tree), the causes it wants, and its subscriptions: the channels it is
    told on (`tell`), with the `rhythms` of those that do not get it at once.
    """

    name: str
    title: str
    query: str
    tree: Query
    on: frozenset[Cause]
    tell: tuple[str, ...]
    rhythms: Mapping[str, Rhythm]
    max_age: timedelta
    urgent: bool
    must_match: tuple[Sentence, ...]
    must_not_match: tuple[Sentence, ...]

    @property
    def declared(self) -> dict[str, Any]:
        """What beside the query's text decides who is told of what, as the archive keeps it with every version of the topic.
        `leans_on`: what its meaning hangs on elsewhere in the file (other topics, spellings of names), so that a change
        there is a new version of this topic too."""
        leans_on = {} if self.tree.leans_on is NOTHING else {"leans_on": self.tree.leans_on.to_dict()}
        return leans_on | {
            "on": sorted(self.on),
            "tell": {channel: self.rhythms.get(channel, "at once") for channel in self.tell},
            "max_age": int(self.max_age.total_seconds()),
            "urgent": self.urgent,
        }


class _Topic(Block):
    title: str = ""
    query: str = Field(min_length=1)
    on: tuple[Literal["published", "edited", "withdrawn", "restored"], ...] = ("published",)
    tell: tuple[str | dict[str, Rhythm], ...] = ()
    max_age: Duration = timedelta(days=7)
    urgent: bool = False
    must_match: tuple[str | dict[str, str], ...] = ()
    must_not_match: tuple[str | dict[str, str], ...] = ()

    @field_validator("on")
    @classmethod
    def _some(cls, causes: tuple[str, ...]) -> tuple[str, ...]:
        if not causes:
            raise ValueError("is empty; write [published], or delete the topic")
        return causes

    @field_validator("tell", mode="before")
    @classmethod
    def _channels(cls, entries: Any) -> Any:
        for entry in entries if isinstance(entries, list | tuple) else ():
            if isinstance(entry, dict) and (len(entry) != 1 or next(iter(entry.values())) not in get_args(Rhythm)):
                raise ValueError(
                    "an entry is a channel, or a channel with its rhythm: `desk: daily` (or weekly, at once)"
                )
        return entries

    @field_validator("must_match", "must_not_match")
    @classmethod
    def _one_language(cls, sentences: tuple[str | dict[str, str], ...]) -> tuple[str | dict[str, str], ...]:
        for sentence in sentences:
            if isinstance(sentence, dict) and len(sentence) != 1:
                raise ValueError("each entry holds one sentence; write a line `- ru: …` for each")
        return sentences


class _File(Block):
    names: tuple[tuple[str, ...], ...] = ()
    topics: dict[str, _Topic] = Field(default_factory=dict)

    @field_validator("names")
    @classmethod
    def _several(cls, names: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for spellings in names:
            if len(spellings) < 2:
                raise ValueError("each entry lists two spellings of one name or more, as in [Aliyev, Алиев, Ալիև]")
            if wordless := [spelling for spelling in spellings if not words_in(spelling)]:
                raise ValueError(f"{wordless[0]!r} has no letter; write a name")
        return names


def load_topics(where: Path | None, settings: Settings) -> dict[str, TopicSpec]:
    """Read and check topics.yaml in the folder `where` (None: `folder()`): name → topic, in the file's order.

    Raises `ConfigError` listing every problem with its line: unknown keys and channels, and queries that do
    not parse.
    """
    document = read_yaml((folder() if where is None else where) / TOPICS)
    file = document.validate(_File)
    declared, references = file.topics, _references(file)
    problems: list[str] = []
    topics: dict[str, TopicSpec] = {}
    for name, topic in declared.items():
        problems += _channel_problems(document, name, topic, settings)
        if not name.strip() or not name.isprintable() or len(name) > 60:
            problems.append(document.problem(("topics", name), "a topic's name is one line of 1 to 60 characters"))
        try:
            tree = parse(topic.query, references, name)
        except QueryError as error:
            problems.append(document.problem(("topics", name, "query"), str(error)))
            continue
        subscriptions = dict(_subscription(entry) for entry in topic.tell)
        topics[name] = TopicSpec(
            name=name,
            title=topic.title or name,
            query=" ".join(topic.query.split()),
            tree=tree,
            on=frozenset(topic.on) | ({"restored"} if "withdrawn" in topic.on else set()),
            tell=tuple(subscriptions),
            rhythms={channel: rhythm for channel, rhythm in subscriptions.items() if rhythm != "at once"},
            max_age=topic.max_age,
            urgent=topic.urgent,
            must_match=tuple(_sentences(topic.must_match)),
            must_not_match=tuple(_sentences(topic.must_not_match)),
        )
    if problems:
        raise ConfigError(problems)
    return topics


def load_references(where: Path | None = None) -> References:
    """What a query may refer to by the topics.yaml of a folder (None: `folder()`): its topics and its spellings of
    names; nothing where there is no such file. Raises `ConfigError` as `load_topics` does."""
    path = (folder() if where is None else where) / TOPICS
    return _references(read_yaml(path).validate(_File)) if path.exists() else NOTHING


def _references(file: _File) -> References:
    return References.of({name: topic.query for name, topic in file.topics.items()}, file.names)


def check_sentences(topics: Mapping[str, TopicSpec]) -> list[str]:
    """Run every topic's sentences; a sentence for each failure, none when all are as declared.

    A sentence stands as title and as body, so that clauses on either field can be tried.
    """
    failures: list[str] = []
    for topic in topics.values():
        for wanted, sentences in ((True, topic.must_match), (False, topic.must_not_match)):
            for sentence in sentences:
                language = sentence.language or detect(sentence.text, SENTENCE_LANGUAGES, None)
                words = Words.of(sentence.text, sentence.text, language)
                if (evaluate(topic.tree, words) is not None) is not wanted:
                    missed = "does not match, but must" if wanted else "matches, but must not"
                    failures.append(f"topic {topic.name}: {missed} ({language}): {sentence.text}")
    return failures


def _channel_problems(document: Document, name: str, topic: _Topic, settings: Settings) -> Iterator[str]:
    seen: set[str] = set()
    for position, entry in enumerate(topic.tell):
        channel, _ = _subscription(entry)
        if channel not in settings.channels:
            what = suggestion(channel, settings.channels) or "; schedules.yaml declares no channel yet"
            yield document.problem(("topics", name, "tell", position), f"unknown channel {channel!r}{what}")
        elif channel in seen:
            yield document.problem(
                ("topics", name, "tell", position), f"channel {channel!r} stands here twice; keep one"
            )
        seen.add(channel)


def _subscription(entry: str | dict[str, Rhythm]) -> tuple[str, Rhythm]:
    return (entry, "at once") if isinstance(entry, str) else next(iter(entry.items()))


def _sentences(entries: tuple[str | dict[str, str], ...]) -> Iterator[Sentence]:
    for entry in entries:
        if isinstance(entry, str):
            yield Sentence(str(entry))
        else:
            yield from (Sentence(str(text), language) for language, text in entry.items())
