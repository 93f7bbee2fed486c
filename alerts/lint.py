"""Looking over topics for what their author hardly meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from alerts.topics import SENTENCE_LANGUAGES, TopicSpec
from language.equivalents import equivalents, spelling
from language.forms import asked, language_of
from language.query import Query
from language.references import NOTHING, References
from language.text import STEM_MARK
from language.tree import And, Filter, Node, Not, Or, Phrase, Word

_SCRIPTS = {"hy": "Armenian", "ru": "Russian", "en": "English or French"}


def lint(
    topics: Mapping[str, TopicSpec], known: Callable[[Query], bool] | None = None, names: References = NOTHING
) -> list[str]:
    """A sentence for each thing to look at: clauses that can never be met, languages that a topic leaves out (`names` has the
    spellings of names), words that no dictionary knows and, with `known` (does the archive hold a release that meets it?),
    that no release has."""
    found: list[str] = []
    for topic in topics.values():
        for what in dict.fromkeys([*_unreachable(topic.tree.root), *_languages(topic, names), *_unmet(topic, known)]):
            found.append(f"topic {topic.name}: {what}")
    return found


def _unreachable(node: Node) -> Iterator[str]:
    match node:
        case And(parts=parts):
            wanted = [part for part in _flat(parts) if not isinstance(part, Not)]
            refused = {part.part for part in _flat(parts) if isinstance(part, Not)}
            for met in wanted:
                if met in refused:
                    yield f"{_named(met)} is asked for and excluded at once; nothing can meet both"
            by_filter: dict[str, set[str]] = {}
            for met in wanted:
                if isinstance(met, Filter):
                    by_filter.setdefault(met.name, set()).add(met.value)
            for name, values in by_filter.items():
                if len(values) > 1:
                    yield f"{name}: cannot be {' and '.join(sorted(values))} at once; write OR between them"
            for part in parts:
                yield from _unreachable(part)
        case Or(parts=parts):
            seen: set[Node] = set()
            for part in parts:
                if part in seen:
                    yield f"{_named(part)} is there twice; once is enough"
                seen.add(part)
                yield from _unreachable(part)
            words = {part.word: part for part in parts if isinstance(part, Word) and not part.exact}
            for one in words.values():
                for other in words.values():
                    if one.word != other.word and one.field == other.field and _covers(one, other):
                        yield f"{other.clause} adds nothing: {one.clause} already meets all its forms"
        case Not(part=part):
            yield from _unreachable(part)


def _flat(parts: Iterable[Node]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, And):
            yield from _flat(part.parts)
        else:
            yield part


def _named(node: Node) -> str:
    return "a part" if isinstance(node, And | Or | Not) else node.clause


def _covers(one: Word, other: Word) -> bool:
    """Whether each text that has a form of the other word, in any language, meets the first."""
    return all(
        set(asked(other.word, language).keys) <= set(asked(one.word, language).keys) for language in SENTENCE_LANGUAGES
    )


def _languages(topic: TopicSpec, names: References) -> Iterator[str]:
    limited = any(leaf.name == "lang" for leaf in _filters(topic.tree.root))
    if limited:
        return
    leaves = [leaf.words if isinstance(leaf, Phrase) else (leaf.word,) for leaf in _words(topic.tree.root)]
    named: set[str] = set()
    for there, missing in _unnamed(leaves, names):
        named |= missing.keys()
        lacking = " and ".join(f"{name} ({language})" for language, name in missing.items())
        yield f"{there} is there, {lacking} {'is' if len(missing) == 1 else 'are'} not"
    for thing in _spelt(topic.tree.leans_on):
        for language, script in _SCRIPTS.items():
            if language not in thing:
                yield f"{next(iter(thing.values()))} is there, but `names` has no {script} spelling of it"
    words = [word for leaf in leaves for word in leaf if not word.isdigit()]
    asked_in = {language_of(word, "en") for word in words}
    for language, name in _SCRIPTS.items():
        if words and language not in asked_in and language not in named:
            yield f"{words[0]} is there, but no {name} word: releases in that language are not heard"
    tried = {sentence.language for sentence in topic.must_match if sentence.language}
    if topic.must_match and tried:
        for language in SENTENCE_LANGUAGES:
            if language not in tried:
                yield f"no must_match sentence is in {language}; add one, so that a change cannot lose that language"


def _unnamed(leaves: Iterable[tuple[str, ...]], names: References) -> Iterator[tuple[str, dict[str, str]]]:
    """What a topic asks for under its name in some languages and not in others: one such name, and those that are missing,
    by language. By the topic's own spellings of names (`names`), countries, cities, and known acronyms."""
    asked_for = {spelling(" ".join(words)): " ".join(words) for words in leaves}
    for thing in (*_spelt(names), *equivalents(SENTENCE_LANGUAGES)):
        spelt = {language: spelling(name) for language, name in thing.items()}
        there = [asked_for[words] for words in spelt.values() if words in asked_for]
        missing = {language: thing[language] for language, words in spelt.items() if words not in asked_for}
        if there and missing:
            yield there[0], missing


def _spelt(names: References) -> Iterator[dict[str, str]]:
    """Spellings of a name, one for each script. Latin ones count for English; French has the same letters."""
    for spellings in dict.fromkeys(names.spellings.values()):
        by_language: dict[str, str] = {}
        for words in spellings:
            by_language.setdefault(language_of(words[0], "en"), " ".join(words))
        yield by_language


def _unmet(topic: TopicSpec, known: Callable[[Query], bool] | None) -> Iterator[str]:
    for leaf in _words(topic.tree.root):
        if isinstance(leaf, Phrase) or leaf.exact:
            continue
        keys = asked(leaf.word, language_of(leaf.word, "en")).keys
        unknown = any(key.endswith(STEM_MARK) for key in keys)
        if unknown and known is not None and not known(Query(leaf.word, Word(leaf.word, None, leaf.clause))):
            yield f"no dictionary knows {leaf.clause} and no release has it; is it spelt right?"


def _words(node: Node) -> Iterator[Word | Phrase]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _words(part)
        case Word() | Phrase():
            yield node


def _filters(node: Node) -> Iterator[Filter]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _filters(part)
        case Filter():
            yield node
