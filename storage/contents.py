"""What a delivery says, gathered from the archive, and how it is frozen: JSON in `deliveries.payload`."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from typing import Any

from storage.database import Store
from storage.model import AlertContent, Edition
from storage.outgoing import Content, DigestContent, DigestItem, IncidentContent


def freeze(content: Content) -> str:
    """A content as the JSON text that `thaw` reads."""
    return json.dumps(asdict(content), ensure_ascii=False)


def thaw(kind: str, payload: str) -> Content:
    """What `freeze` froze, by the kind of its delivery."""
    fields = json.loads(payload)
    if kind == "incident":
        fields["table"] = tuple(tuple(line) for line in fields.get("table", ()))
        for name in ("pages", "offices"):
            fields[name] = tuple(fields.get(name, ()))
        return IncidentContent(**fields)
    if kind == "digest":
        fields["items"] = tuple(DigestItem(item["uid"], _alert(item["content"])) for item in fields["items"])
        return DigestContent(**fields)
    return _alert(fields)


def _alert(fields: dict[str, Any]) -> AlertContent:
    fields["others"] = tuple(Edition(**other) for other in fields["others"])
    for name in ("answers", "with_languages"):
        fields[name] = tuple(fields.get(name, ()))
    return AlertContent(**fields)


class Contents:
    """Verbs on what is said."""

    store: Store

    def alert_content(self, alert_id: int) -> AlertContent:
        """What is to be said of an alert, from the archive as it is now. KeyError when there is none of that id."""
        row = self.store.one(
            "SELECT a.id, a.release_id, a.revision, a.listing_row_id, a.story_id, a.cause, a.occurrence, a.raised_at, a.effect, "
            "coalesce(m.explanation, a.explanation) AS explanation, t.name AS topic, s.office, s.key AS story, "
            "o.title AS office_title, o.timezone, "
            "(SELECT query FROM topic_versions WHERE topic_id = t.id AND from_at <= a.raised_at "
            " ORDER BY from_at DESC LIMIT 1) AS query "
            "FROM alerts a JOIN topics t ON t.id = a.topic_id JOIN stories s ON s.id = a.story_id "
            "JOIN offices o ON o.name = s.office LEFT JOIN matches m ON m.topic_id = a.topic_id "
            "AND m.release_id = a.release_id AND m.revision = a.revision WHERE a.id = ?",
            (alert_id,),
        )
        if row is None:
            raise KeyError(alert_id)
        explanation = json.loads(row["explanation"])
        common = {
            "alert_id": alert_id,
            "topic": row["topic"],
            "query": row["query"] or "",
            "office": row["office"],
            "office_title": row["office_title"],
            "timezone": row["timezone"],
            "cause": row["cause"],
            "occurrence": row["occurrence"],
            "raised_at": row["raised_at"],
            "story": row["story"],
            "explanation": explanation,
        }
        if row["release_id"] is None:
            about = self.store.one(
                "SELECT r.*, l.section, l.language FROM listing_rows r JOIN lists l ON l.id = r.list_id WHERE r.id = ?",
                (row["listing_row_id"],),
            )
            assert about is not None
            return AlertContent(
                **common,
                section=about["section"],
                language=about["language"],
                text_language=about["language"],
                title=about["title"],
                body="",
                url=about["url"],
                published_on=about["published_on"] or "",
                readable=False,
            )
        release = self.store.one("SELECT * FROM releases WHERE id = ?", (row["release_id"],))
        text = self._revision(row["release_id"], row["revision"])
        before = self._revision(row["release_id"], row["revision"] - 1) if row["cause"] == "edited" else None
        assert release is not None and text is not None
        others = self.store.all(
            "SELECT language, title, url FROM releases WHERE story_id = ? AND id <> ? ORDER BY language",
            (row["story_id"], row["release_id"]),
        )
        return AlertContent(
            **common,
            section=release["section"],
            language=release["language"],
            text_language=release["text_language"],
            title=text["title"],
            body=text["body"],
            url=release["url"],
            published_on=release["published_on"] or "",
            others=tuple(Edition(*other) for other in others),
            previous_title=before["title"] if before else "",
            previous_body=before["body"] if before else "",
            edit_class=text["edit_class"],
            effect=row["effect"],
            with_languages=tuple(
                other["language"]
                for other in self.store.all(
                    "SELECT r.language FROM alert_editions e JOIN releases r ON r.id = e.release_id "
                    "WHERE e.alert_id = ? AND r.id <> ? ORDER BY r.language",
                    (alert_id, row["release_id"]),
                )
            ),
            **self._withdrawal(row["release_id"], row["cause"], row["raised_at"]),
        )

    def _withdrawal(self, release_id: int, cause: str, raised_at: str) -> dict[str, Any]:
        """What is known of the withdrawal that an alert says, or whose end it says."""
        if cause not in ("withdrawn", "restored"):
            return {}
        row = self.store.one(
            "SELECT id, missing_since FROM withdrawals WHERE release_id = ? AND withdrawn_at <= ? ORDER BY id DESC LIMIT 1",
            (release_id, raised_at),
        )
        if row is None:
            return {}
        answers = self.store.all("SELECT at, answer FROM absences WHERE withdrawal_id = ? ORDER BY id", (row["id"],))
        told = tuple(f"{answer['at'][:16].replace('T', ' ')} UTC: {answer['answer']}" for answer in answers)
        return {"missing_since": row["missing_since"], "answers": told}

    def _revision(self, release_id: int, number: int) -> sqlite3.Row | None:
        return self.store.one(
            "SELECT title, body, edit_class FROM revisions WHERE release_id = ? AND number = ?", (release_id, number)
        )
