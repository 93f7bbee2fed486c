"""From the content of an alert to what is said: subject, text, HTML and the webhook's payload.

Everything here is pure: the same content gives the same bytes, so that every retry says the same. Whatever
comes from a site is reduced to visible characters on one line before it enters a header, and escaped in
HTML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.events import cause_of, edit_payload, event_notes, further, language_name, withdrawal_payload
from alerts.excerpts import (
    Difference,
    Hit,
    Passage,
    differences,
    hits,
    one_line,
    passages,
    shorten,
)
from alerts.notes import digest_cause, digest_parts, incident_payload, local_time, test_payload
from storage.model import AlertContent, Edition
from storage.outgoing import Content, DigestContent, IncidentContent, TestContent

__all__ = ["Message", "one_line", "payload", "payload_bytes", "render"]

SUBJECT_TITLE = 90
"""Characters of a title in the subject; mail programs show 60 to 100."""
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


def render(
    content: Content, *, language: str | None = None, operator: str | None = None, unsubscribe: str | None = None
) -> Message:
    """Say a content. `language` is the edition whose link the reader wants first; `operator` may be written to, at
    `unsubscribe` a reader can stop it.
    """
    about = {"operator": operator, "unsubscribe": unsubscribe}
    match content:
        case AlertContent():
            return _alert(content, language, about)
        case DigestContent():
            return _digest(content, about)
        case IncidentContent():
            return _incident(content)
        case TestContent():
            title = f"Test of channel {content.channel}"
            lines = ["This message only tries the channel: nothing happened on any site."]
            why = f"somebody ran `podium channels test {content.channel}` at {local_time(content.at, 'UTC')}."
            return _note(f"[podium] {title}", title, lines, why)


def _alert(content: AlertContent, language: str | None, about: Mapping[str, str | None]) -> Message:
    title = one_line(content.title) or "(without a title)"
    found = hits(content.explanation)
    office = one_line(content.office_title) or content.office
    values: dict[str, Any] = {
        "title": title,
        "topic": one_line(content.topic),
        "query": one_line(content.query),
        "cause": cause_of(content),
        "notes": event_notes(content),
        "edited": content.cause == "edited",
        "left": content.effect == "left",
        "unreadable": "" if content.readable else UNREADABLE,
        "passages": passages(found),
        "differences": _differences(content),
        "further": further(content),
        "title_before": _title_before(content),
        "office": office,
        "section": content.section.replace("-", " "),
        "language": language_name(content.text_language or content.language),
        "published": content.published_on or "without a date",
        "noticed": local_time(content.raised_at, content.timezone),
        "late": _late(content.late, content.raised_at, content.timezone),
        "editions": _editions(content, language),
        "reasons": _reasons(found),
        **about,
    }
    values["preheader"] = shorten(_plain(values["passages"][0]) if values["passages"] else values["cause"], 150)
    marked = "" if content.cause == "published" else f"{content.cause.capitalize()}: "
    subject = f"[{shorten(values['topic'], 40)}] {marked}{shorten(title, SUBJECT_TITLE)} — {shorten(office, 60)}"
    return _message("alert", subject, values)


def _digest(content: DigestContent, about: Mapping[str, str | None]) -> Message:
    parts, number = digest_parts(content), len(content.items)
    topics = ", ".join(part.topic for part in parts)
    values = {
        "title": f"{number} {'alert' if number == 1 else 'alerts'}: {shorten(topics, SUBJECT_TITLE)}",
        "cause": digest_cause(content),
        "rhythm": content.rhythm,
        "due": local_time(content.due_at, content.timezone),
        "late": _late(content.late, content.due_at, content.timezone),
        "parts": parts,
        "why": f"these topics tell the channel {content.channel}: {topics}.",
        **about,
    }
    values["preheader"] = values["cause"]
    return _message("digest", f"[digest] {values['title']}", values)


def _incident(content: IncidentContent) -> Message:
    opened = local_time(content.opened_at, "UTC")
    if content.event == "closed":
        lines = [f"It began at {opened} and ended at {local_time(content.closed_at, 'UTC')}."]
        if content.caught_up:
            lines.append(f"Caught up: {content.caught_up}.")
    else:
        lines = [f"Since {opened}." if content.event == "opened" else f"Since {opened}, and not over yet."]
        if content.last_good:
            lines.append(f"Last read in good health: {local_time(content.last_good, 'UTC')}.")
        lines.append(content.advice)
    word = {"opened": "Trouble", "reminded": "Still trouble", "closed": "Over"}[content.event]
    title = f"{word}: {one_line(content.reason)}"
    values = {
        "title": title,
        "lines": [line for line in lines if line],
        "table": [tuple(one_line(cell) for cell in line) for line in content.table],
        "pages": list(zip(("then", "now") if len(content.pages) > 1 else ("now",), map(one_line, content.pages), strict=False)),
        "commands": [content.command, f"podium incidents {content.incident_id}"] if content.command else [],
        "why": "you are this podium's operator.",
        "late": _late(content.late, content.closed_at or content.at or content.opened_at, "UTC"),
        "preheader": lines[0],
    }
    return _message("incident", f"[podium] {shorten(title, 140)}", values)


def _note(subject: str, title: str, lines: list[str], why: str) -> Message:
    return _message("note", subject, {"title": title, "lines": lines, "why": why, "late": "", "preheader": lines[0]})


def _message(template: str, subject: str, values: Mapping[str, Any]) -> Message:
    return Message(
        subject=subject,
        text=_templates.get_template(f"{template}.txt").render(values),
        html=_templates.get_template(f"{template}.html").render(values),
    )


def _late(sent_at: str, due_at: str, timezone: str) -> str:
    if not sent_at:
        return ""
    return f"noticed {local_time(due_at, timezone)}, and could not be sent before {local_time(sent_at, timezone)}."


def payload(content: Content) -> dict[str, Any]:
    """The webhook's JSON object, `{type, timestamp, data}`, as docs/webhooks.md and docs/webhook.schema.json say."""
    match content:
        case AlertContent():
            return _alert_payload(content)
        case IncidentContent():
            return incident_payload(content)
        case TestContent():
            return test_payload(content)
        case DigestContent():
            return {
                "type": "digest",
                "timestamp": content.due_at,
                "data": {
                    "channel": content.channel,
                    "rhythm": content.rhythm,
                    "limit": content.limit,
                    "items": [{"id": item.uid, **_alert_payload(item.content)} for item in content.items],
                    "late": content.late or None,
                },
            }


def _alert_payload(content: AlertContent) -> dict[str, Any]:
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
            "with_languages": list(content.with_languages),
            "edit": edit_payload(content),
            "withdrawal": withdrawal_payload(content),
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
            "late": content.late or None,
        },
    }


def payload_bytes(content: Content) -> bytes:
    """The payload as compact UTF-8 JSON; the same bytes for the same content, as the signature demands."""
    text = json.dumps(payload(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate cannot be encoded; it can only come from a broken page and means nothing.
    return text.encode("utf-8", errors="replace")


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


def _plain(passage: Passage) -> str:
    return "".join(part.text for part in passage)
