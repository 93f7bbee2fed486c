"""From the content of an alert to what is said: subject, text, HTML and the webhook's payload.

Everything here is pure: the same content gives the same bytes, so that every retry says the same. Whatever
comes from a site is reduced to visible characters on one line before it enters a header, and escaped in
HTML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.excerpts import Difference, Hit, Passage, differences, hits, one_line, passages, shorten
from storage.model import AlertContent, Edition

__all__ = ["Message", "one_line", "payload", "payload_bytes", "render"]

SUBJECT_TITLE = 90
"""Characters of a title in the subject; mail programs show 60 to 100."""
LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French", "he": "Hebrew", "hy": "Armenian", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "kk": "Kazakh", "ko": "Korean", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "uz": "Uzbek", "zh": "Chinese",
}  # fmt: skip
"""ISO 639-1 codes by their English names; others are shown as codes."""
CAUSES = {
    "published": "A new release mentions it.",
    "edited": "The text of a release was edited.",
    "withdrawn": "A release was withdrawn from the site.",
    "restored": "A withdrawn release is back on the site.",
}
UNREADABLE = "The text could not be read from the page; only the title on the list of releases was compared."
STRENGTHS = {"exact": "the very word", "form": "a form of the word", "stem": "a word of the same stem"}

_templates = Environment(
    loader=PackageLoader("alerts"),
    autoescape=select_autoescape(enabled_extensions=("html",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class Message:
    """An alert in words: a subject of one line, a plain text and an HTML page that says the same."""

    subject: str
    text: str
    html: str


def render(content: AlertContent, *, language: str | None = None, operator: str | None = None) -> Message:
    """Say an alert. `language` is the edition whose link the reader wants first; `operator` may be written
    to.
    """
    title = one_line(content.title) or "(without a title)"
    found = hits(content.explanation)
    office = one_line(content.office_title) or content.office
    values: dict[str, Any] = {
        "title": title,
        "topic": one_line(content.topic),
        "query": one_line(content.query),
        "cause": CAUSES[content.cause],
        "edited": content.cause == "edited",
        "withdrawn": content.cause == "withdrawn",
        "unreadable": "" if content.readable else UNREADABLE,
        "passages": passages(found),
        "differences": _differences(content),
        "title_before": _title_before(content),
        "office": office,
        "section": content.section.replace("-", " "),
        "language": language_name(content.text_language or content.language),
        "published": content.published_on or "without a date",
        "noticed": _local_time(content.raised_at, content.timezone),
        "editions": _editions(content, language),
        "reasons": _reasons(found),
        "operator": operator,
    }
    values["preheader"] = shorten(_plain(values["passages"][0]) if values["passages"] else values["cause"], 150)
    return Message(
        subject=f"[{shorten(values['topic'], 40)}] {shorten(title, SUBJECT_TITLE)} — {shorten(office, 60)}",
        text=_templates.get_template("alert.txt").render(values),
        html=_templates.get_template("alert.html").render(values),
    )


def payload(content: AlertContent) -> dict[str, Any]:
    """The webhook's JSON object, `{type, timestamp, data}`, as docs/webhooks.md describes it."""
    found = hits(content.explanation)
    return {
        "type": f"release.{content.cause}",
        "timestamp": content.raised_at,
        "data": {
            "topic": content.topic,
            "query": content.query,
            "cause": content.cause,
            "occurrence": content.occurrence,
            "office": {
                "name": content.office,
                "title": content.office_title,
                "timezone": content.timezone,
            },
            "release": {
                "section": content.section,
                "language": content.language,
                "text_language": content.text_language,
                "title": content.title,
                "url": content.url,
                "published_on": content.published_on or None,
                "readable": content.readable,
            },
            "others": [{"language": o.language, "title": o.title, "url": o.url} for o in content.others],
            "excerpts": [_plain(passage) for passage in passages(found)],
            "changes": [
                {"before": _plain(change.before), "after": _plain(change.after)} for change in _differences(content)
            ],
            "previous_title": _title_before(content) or None,
            "matches": [
                {
                    "clause": hit.clause,
                    "word": hit.word,
                    "form": hit.form,
                    "field": hit.field,
                    "strength": hit.strength,
                }
                for hit in found
            ],
        },
    }


def payload_bytes(content: AlertContent) -> bytes:
    """The payload as compact UTF-8 JSON; the same bytes for the same content, as the signature demands."""
    text = json.dumps(payload(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate cannot be encoded; it can only come from a broken page and means nothing.
    return text.encode("utf-8", errors="replace")


def language_name(code: str) -> str:
    """The English name of a language code; the code itself when it is not known."""
    return LANGUAGES.get(code, code)


def _reasons(found: list[Hit]) -> list[dict[str, str]]:
    """Why it came: each clause with the word as it stands in the text, once."""
    reasons: dict[tuple[str, str], dict[str, str]] = {}
    for hit in found:
        reasons.setdefault(
            (hit.clause, hit.word),
            {
                "clause": hit.clause,
                "word": hit.word,
                "form": hit.form if hit.form.casefold() != hit.word.casefold() else "",
                "strength": STRENGTHS.get(hit.strength, ""),
                "field": "in the title" if hit.field == "title" else "",
            },
        )
    return list(reasons.values())


def _differences(content: AlertContent) -> list[Difference]:
    if content.cause != "edited" or not content.previous_body:
        return []
    return differences(content.previous_body, content.body)


def _title_before(content: AlertContent) -> str:
    changed = content.cause == "edited" and content.previous_title not in ("", content.title)
    return one_line(content.previous_title) if changed else ""


def _editions(content: AlertContent, preferred: str | None) -> list[dict[str, str]]:
    """The languages of the story with their links: the one its reader prefers first, then that which alerted."""
    own = Edition(content.language, content.title, content.url)
    ordered = sorted((own, *content.others), key=lambda edition: edition.language != preferred)
    return [
        {"language": language_name(each.language), "title": one_line(each.title), "url": one_line(each.url)}
        for each in ordered
    ]


def _local_time(instant: str, timezone: str) -> str:
    """An ISO 8601 instant in the office's own time: `2024-03-19 14:05 (Asia/Yerevan)`."""
    at = datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone))
    return f"{at:%Y-%m-%d %H:%M} ({timezone})"


def _plain(passage: Passage) -> str:
    return "".join(part.text for part in passage)
