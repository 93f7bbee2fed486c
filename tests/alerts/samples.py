"""Pieces of alerts that the tests of this room are built from."""

from __future__ import annotations

from typing import Any

TITLE = "The President met with the Secretary General of NATO"
BODY = (
    "President Vahagn Khachaturyan received the Secretary General.\n\n"
    "The sides spoke of NATO's partnership with Armenia. They agreed to meet again in May."
)
SENTENCE = "The sides spoke of NATO's partnership with Armenia."


def explanation(*hits: dict[str, Any], clause: str = "NATO") -> dict[str, Any]:
    return {"language": "en", "clauses": [{"clause": clause, "hits": list(hits)}], "filters": []}


def hit(word: str, sentence: str, field: str = "body", key: str = "nato", strength: str = "exact") -> dict[str, Any]:
    return {
        "word": word, "key": key, "field": field, "start": 0, "end": len(word), "sentence": sentence,
        "strength": strength,
    }  # fmt: skip
