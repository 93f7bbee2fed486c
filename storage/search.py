"""Searching the archive: the word index selects candidates, the exact evaluator decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from language.evaluate import evaluate
from language.fts import fts_expression
from language.query import Query
from language.words import Words
from storage.database import Store
from storage.model import Hit
from storage.times import opt_date

BATCH = 64
"""Candidates fetched at a time while the exact evaluator has not yet accepted enough."""


class Search:
    """The verb `search`."""

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
        limit: int = 20,
    ) -> list[Hit]:
        """The best `limit` releases that meet `query`, ranked by BM25, each with the sentence that matched."""
        languages: Sequence[str] = [
            row["text_language"] for row in self.store.all("SELECT DISTINCT text_language FROM releases")
        ]
        if not languages:
            return []
        # Without an expression (a query of filters only) every release is a candidate, the newest first.
        expression = fts_expression(query, languages)
        where, parameters = (["releases_words MATCH ?"], [expression]) if expression else (["1"], [])
        rank = "releases_words.rank" if expression else "r.published_on DESC, r.id DESC"
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
        hits: list[Hit] = []
        cursor = self.store.execute(
            "SELECT r.id, r.office, r.section, r.language, r.text_language, r.title, r.body, r.url, r.published_on "
            "FROM releases_words JOIN releases r ON r.id = releases_words.rowid "
            f"WHERE {' AND '.join(where)} ORDER BY {rank}",
            parameters,
        )
        while len(hits) < limit and (rows := cursor.fetchmany(BATCH)):
            for row in rows:
                words = Words.of(row["title"], row["body"], row["text_language"], row["office"], row["section"])
                explanation = evaluate(query, words)
                if explanation is None:
                    continue
                shown = explanation.to_dict()
                hits.append(
                    Hit(
                        release_id=row["id"],
                        office=row["office"],
                        section=row["section"],
                        language=row["language"],
                        title=row["title"],
                        url=row["url"],
                        published_on=opt_date(row["published_on"]),
                        excerpt=excerpt(shown),
                        explanation=shown,
                    )
                )
                if len(hits) == limit:
                    break
        return hits


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
