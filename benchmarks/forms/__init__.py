"""`forms`: how many forms of a word are heard, and how many strangers, beside other ways to compare words.

The lists in this folder are read by `load`. Lines of a list:

    # a remark
    % - s 's         a class: the endings of its forms, the dictionary form's first; "-" is no ending
    border school    stems of words of that class, until the next line of another kind
    = go goes went   one word with its forms, the dictionary form first
    ! pole pol poll  a word and strangers that are no forms of it

A list may hold one form under several words; words that share a form are not counted as strangers of one another.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import snowballstemmer
from simplemma import lemmatize

from benchmarks.common import Figure
from language.forms import asked, keys
from language.text import fold

LANGUAGES = {"hy": "armenian", "ru": "russian", "en": "english", "fr": "french"}
DEMANDED = 0.98


@dataclass(slots=True)
class FormList:
    """`forms`: dictionary form → its forms, itself not among them; `strangers`: → words that are none."""

    forms: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    strangers: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def size(self) -> int:
        return sum(map(len, self.forms.values()))


def load(language: str) -> FormList:
    """Read a list. Raises `ValueError` naming the line that is none of the kinds."""
    path = Path(__file__).with_name(f"{language}.txt")
    found = FormList()
    endings: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        kind, *words = line.split() or ["#"]
        if kind == "#":
            continue
        if kind == "%":
            endings = ["" if ending == "-" else ending for ending in words]
        elif kind == "=":
            found.forms[words[0]].update(dict.fromkeys(word for word in words[1:] if word != words[0]))
        elif kind == "!":
            found.forms[words[0]]
            found.strangers[words[0]].update(dict.fromkeys(words[1:]))
        elif endings:
            for stem in (kind, *words):
                base, *forms = [stem + ending for ending in endings]
                found.forms[base].update(dict.fromkeys(form for form in forms if form != base))
        else:
            raise ValueError(f"{path.name}:{number}: words before any class")
    return found


Meet = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Score:
    """`missed` and `false`: the pairs (dictionary form, word) that were not heard, and that should not have been."""

    recall: float
    precision: float
    missed: list[tuple[str, str]]
    false: list[tuple[str, str]]


def score(found: FormList, meet: Meet) -> Score:
    """Ask of every word whether each of its forms meets it, and of all forms in the list and the strangers whether they
    do not."""
    everything = {form: None for base, forms in found.forms.items() for form in (base, *forms)}
    of = defaultdict(set)
    for base, forms in found.forms.items():
        for form in (base, *forms):
            of[fold(form)].add(base)
    heard, missed, false = 0, [], []
    for base, forms in found.forms.items():
        own = set(map(fold, (base, *forms)))
        akin = {fold(form) for one in own for other in of[one] for form in (other, *found.forms[other])}
        for form in forms:
            if meet(base, form):
                heard += 1
            else:
                missed.append((base, form))
        for word in dict.fromkeys((*everything, *found.strangers[base])):
            if (word in found.strangers[base] or fold(word) not in akin) and fold(word) not in own and meet(base, word):
                false.append((base, word))
    return Score(heard / (heard + len(missed)), heard / (heard + len(false)), missed, false)


def ours(language: str) -> Meet:
    return lambda base, form: not set(asked(base, language).keys).isdisjoint(keys(form, language))


def snowball(language: str) -> Meet:
    stem = snowballstemmer.stemmer(LANGUAGES[language]).stemWord
    return lambda base, form: bool(stem(base.lower()) == stem(form.lower()))


def simplemma(language: str) -> Meet:
    return lambda base, form: bool(lemmatize(base, language).lower() == lemmatize(form, language).lower())


def substring(_language: str) -> Meet:
    return lambda base, form: base.lower() in form.lower()


def porter(_language: str) -> Meet:
    """FTS5's tokenizer `porter unicode61`, as most search boxes over SQLite have it."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5 (word, tokenize = 'porter unicode61')")
    database.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, 'instance')")
    known: dict[str, tuple[str, ...]] = {}

    def terms(word: str) -> tuple[str, ...]:
        if word not in known:
            database.execute("DELETE FROM t")
            database.execute("INSERT INTO t VALUES (?)", (word,))
            known[word] = tuple(row[0] for row in database.execute("SELECT term FROM v ORDER BY offset"))
        return known[word]

    return lambda base, form: terms(form)[: len(terms(base))] == terms(base)


OTHERS: dict[str, Callable[[str], Meet]] = {
    "Snowball": snowball, "simplemma": simplemma, "FTS5 porter": porter, "substring": substring,
}  # fmt: skip


def run() -> list[Figure]:
    figures = []
    for language in LANGUAGES:
        found = load(language)
        mine = score(found, ours(language))
        beside = {name: score(found, make(language)) for name, make in OTHERS.items()}
        for what in ("recall", "precision"):
            note = ", ".join(f"{name} {getattr(other, what):.3f}" for name, other in beside.items())
            figures.append(
                Figure(f"forms: {what}, {language}", getattr(mine, what), DEMANDED, True,
                       f"{found.size} forms of {len(found.forms)} words; {note}")
            )  # fmt: skip
    return figures
