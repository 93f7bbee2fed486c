"""What is said of publications, edits, withdrawals and restorations: the cause, and what is known of it. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from alerts.excerpts import EXCERPTS, number_of_changes
from alerts.notes import local_time
from storage.model import AlertContent

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
EFFECTS = {
    "entered": "An edit of a release brought it in: now the text meets this topic.",
    "left": "An edit of a release took it out: the text no longer meets this topic.",
}
EDIT_CLASSES = {
    "figures and names": "The edit changed figures or names.",
    "wording": "The edit changed the wording only, no figure and no name.",
}


def cause_of(content: AlertContent) -> str:
    """Why a message comes, in a sentence."""
    if content.cause != "edited" or not content.effect:
        return CAUSES[content.cause]
    return EFFECTS[content.effect]


def event_notes(content: AlertContent) -> list[str]:
    """What else is to be said of an event, in sentences."""
    notes = []
    if content.edit_class and content.cause == "edited":
        notes.append(EDIT_CLASSES[content.edit_class])
    if content.missing_since:
        since = local_time(content.missing_since, content.timezone)
        if content.cause == "withdrawn":
            counts = Counter(answer.partition(" UTC: ")[2] for answer in content.answers)
            told = ", ".join(f"{answer} ({number} times)" for answer, number in counts.items())
            notes.append(f"It has not been found since {since}; the site answered {told}.")
            notes.append("Its last text is kept.")
        else:
            notes.append(f"It had not been found since {since}.")
    if content.with_languages:
        names = ", ".join(language_name(code) for code in content.with_languages)
        notes.append(f"The same befell its text in: {names}.")
    return notes


def edit_payload(content: AlertContent) -> dict[str, Any] | None:
    """What a webhook says of an edit."""
    if content.cause != "edited":
        return None
    return {"class": content.edit_class or None, "effect": content.effect or None, "further_changes": further(content)}


def withdrawal_payload(content: AlertContent) -> dict[str, Any] | None:
    """What a webhook says of a withdrawal or its end."""
    if not content.missing_since:
        return None
    return {"missing_since": content.missing_since, "answers": list(content.answers)}


def further(content: AlertContent) -> int:
    """How many passages an edit changed beside those that a message shows."""
    if content.cause != "edited" or not content.previous_body:
        return 0
    return max(0, number_of_changes(content.previous_body, content.body) - EXCERPTS)


def language_name(code: str) -> str:
    """The English name of a language code; the code itself when it is not known."""
    return LANGUAGES.get(code, code)
