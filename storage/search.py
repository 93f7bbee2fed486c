"""Searching the archive: the word index selects candidates, the exact evaluator decides."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from operator import attrgetter

from language.evaluate import evaluate
from language.forms import RULES_VERSION
from language.fts import fts_expression
from language.query import Query
from language.text import FORM_MARK
from language.words import Words
from storage.database import Store
from storage.model import Hit
from storage.times import opt_date, opt_from_text

_RELEASE = (
    "SELECT id, story_id, office, section, language, text_language, title, body, url, published_on, "
    "withdrawn_at FROM releases WHERE id = ?"
)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Under which rules the words stand in the index: releases after `renewed` and up to `last` under older ones."""

    version: int
    renewed: int
    last: int


class Search:
    """Verbs on searching and on the word index."""

    store: Store

    def search(
        self,
        query: Query,
        *,
        office: str | None = None,
        section: str | None = None,
        language: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int | None = 20,
    ) -> list[Hit]:
        """The best `limit` releases that meet `query`, ranked by BM25, each with the sentence that matched; with `limit`
        None all of them, by number.

        Releases that stand in the word index under older rules may be missing from what it selects. When that is not
        enough, those are read one by one, and what meets the query comes last, the newest first."""
        languages = self.text_languages()
        if not languages:
            return []
        stale = self._stale()  # before the index is asked: what is renewed meanwhile is in both, never in none
        where: list[str] = ["1"]
        parameters: list[str | int] = []
        for clause, value in (
            ("r.office = ?", office),
            ("r.section = ?", section),
            ("r.language = ?", language),
            ("r.published_on >= ?", since.isoformat() if since else None),
            ("r.published_on <= ?", until.isoformat() if until else None),
        ):
            if value is not None:
                where.append(clause)
                parameters.append(value)
        whole = f"SELECT r.id FROM releases r WHERE {' AND '.join(where)}"
        order = "r.id" if limit is None else "r.published_on DESC, r.id DESC"
        expression = fts_expression(query, languages)
        if not expression:
            # Any release may meet a query of filters only; the newest come first.
            found = self._accepted(query, self._ids(f"{whole} ORDER BY {order}", parameters))
            return list(islice(found, limit))
        # The ranking reads the word index alone where it can; a release is read when its turn comes to be judged.
        join = " JOIN releases r ON r.id = w.rowid" if parameters else ""
        where[0] = "w.releases_words MATCH ?"
        ranked = f"SELECT w.rowid FROM releases_words w{join} WHERE {' AND '.join(where)}"
        judged: set[int] = set()
        candidates = self._ids(
            f"{ranked} ORDER BY {'w.rowid' if limit is None else 'w.rank'}", [expression, *parameters], judged
        )
        hits = list(islice(self._accepted(query, candidates), limit))
        if stale is None or len(hits) == limit:
            return hits
        others = self._ids(f"{whole} AND r.id > ? AND r.id <= ? ORDER BY {order}", [*parameters, *stale], judged)
        hits += islice(self._accepted(query, others), None if limit is None else limit - len(hits))
        return sorted(hits, key=attrgetter("release_id")) if limit is None else hits

    def _ids(self, sql: str, parameters: Sequence[str | int], seen: set[int] | None = None) -> Iterator[int]:
        """The ids that a statement selects and that are not among the seen ones, which they join."""
        for (release_id,) in self.store.execute(sql, parameters):
            if seen is None:
                yield release_id
            elif release_id not in seen:
                seen.add(release_id)
                yield release_id

    def _accepted(self, query: Query, candidates: Iterable[int]) -> Iterator[Hit]:
        """Those of the candidates that the exact evaluator accepts, in their order."""
        for release_id in candidates:
            row = self.store.one(_RELEASE, (release_id,))
            assert row is not None
            words = Words.of(row["title"], row["body"], row["text_language"], row["office"], row["section"])
            explanation = evaluate(query, words)
            if explanation is None:
                continue
            shown = explanation.to_dict()
            yield Hit(
                release_id=row["id"],
                story_id=row["story_id"],
                office=row["office"],
                section=row["section"],
                language=row["language"],
                title=row["title"],
                url=row["url"],
                published_on=opt_date(row["published_on"]),
                excerpt=excerpt(shown),
                explanation=shown,
                withdrawn_at=opt_from_text(row["withdrawn_at"]),
            )

    def text_languages(self) -> list[str]:
        """The languages that texts in the archive are written in."""
        # From one language to the next by the index, however many releases each has.
        rows = self.store.all(
            "WITH RECURSIVE l(code) AS (SELECT min(text_language) FROM releases UNION ALL "
            "SELECT (SELECT min(text_language) FROM releases WHERE text_language > code) FROM l WHERE code IS NOT NULL) "
            "SELECT code FROM l WHERE code IS NOT NULL"
        )
        return [row[0] for row in rows]

    def published_between(self, since: date | None = None) -> tuple[date, date] | None:
        """The first and last date of publication in the archive (from `since` on); None when there is none."""
        row = self.store.one(
            "SELECT min(published_on), max(published_on) FROM releases WHERE published_on >= ?",
            (since.isoformat() if since else "",),
        )
        if row is None or row[0] is None:
            return None
        return date.fromisoformat(row[0]), date.fromisoformat(row[1])

    def common_words(self, share: float = 0.01) -> dict[str, int]:
        """The keys (`language.forms`) that more than this share of the releases has, with how many have it. Reads the
        whole vocabulary: half a second where there are a million words."""
        total = self.store.all("SELECT count(*) FROM releases")[0][0]
        self.store.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words_seen USING fts5vocab (main, releases_words, row)"
        )
        found: dict[str, int] = {}
        for term, releases in self.store.execute(
            "SELECT term, doc FROM temp.words_seen WHERE doc > ?", (max(1, int(total * share)),)
        ):
            key = term.removesuffix(FORM_MARK)
            found[key] = max(found.get(key, 0), releases)
        return found

    def word_index_stale(self) -> int:
        """How many releases still stand in the word index under older rules (`language.forms.RULES_VERSION`)."""
        stale = self._stale()
        if stale is None:
            return 0
        return int(self.store.all("SELECT count(*) FROM releases WHERE id > ? AND id <= ?", stale)[0][0])

    def _stale(self) -> tuple[int, int] | None:
        """The releases under older rules: ids after the first number, up to the second; None when there are none."""
        rules = self._rules()
        if rules.version == RULES_VERSION:
            return (rules.renewed, rules.last) if rules.renewed < rules.last else None
        last = self.store.all("SELECT max(id) FROM releases")[0][0]
        return (0, last) if last else None

    def renew_word_index(self, batch: int = 100, seconds: float | None = None) -> int:
        """Enter the next `batch` stale releases anew under today's rules, in one transaction, or fewer when that takes
        longer than `seconds`; returns how many. 0 when all are renewed. Other writers come in between two batches, and a
        reader finds every release at any time."""
        began, number = time.monotonic(), 0
        with self.store.transaction():
            rules = self._rules()
            if rules.version != RULES_VERSION:
                last = self.store.all("SELECT coalesce(max(id), 0) FROM releases")[0][0]
                rules = _Rules(RULES_VERSION, 0, last)
            renewed = rules.renewed
            for row in self.store.all(
                "SELECT id, title, body, text_language FROM releases WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
                (rules.renewed, rules.last, batch),
            ):
                words = Words.of(row["title"], row["body"], row["text_language"])
                self.store.execute("DELETE FROM releases_words WHERE rowid = ?", (row["id"],))
                self.store.execute(
                    "INSERT INTO releases_words (rowid, title, body) VALUES (?, ?, ?)",
                    (row["id"], words.terms("title"), words.terms("body")),
                )
                renewed, number = row["id"], number + 1
                if seconds is not None and time.monotonic() - began >= seconds:
                    break
            self.store.execute(
                "UPDATE word_index SET rules_version = ?, renewed_through = ?, renew_until = ?",
                (rules.version, renewed if number else rules.last, rules.last),
            )
        return number

    def _rules(self) -> _Rules:
        return _Rules(*self.store.all("SELECT rules_version, renewed_through, renew_until FROM word_index")[0])


def excerpt(explanation: dict[str, object]) -> str:
    """The first sentence of an explanation, preferring one from the body to the title."""
    clauses = explanation.get("clauses")
    found = ""
    for clause in clauses if isinstance(clauses, list) else []:
        for hit in clause["hits"]:
            if hit["field"] == "body":
                return str(hit["sentence"])
            found = found or str(hit["sentence"])
    return found
