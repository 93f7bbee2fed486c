"""A second opinion on a page that an office's selectors cannot read: what trafilatura makes of it.

It is evidence for the operator, kept beside the failed page: whether the site still shows a text there (the selectors are
out of date) or none (the page is no release). It is never stored as a release: a generic reader guesses.
"""

from __future__ import annotations

from typing import Any

from storage.model import Page

TEXT_CHARACTERS = 20_000
"""So much of the text is kept: enough to compare it."""


def second_reading(page: Page) -> dict[str, str]:
    """Title, date and body as trafilatura reads them; {} when it finds no text. Never raises."""
    # Imported where it is needed: it takes a third of a second, and most runs never need it.
    from trafilatura import bare_extraction

    try:
        found: Any = bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=False)
    except Exception:  # it is a guest: whatever it trips over is no reason to fail
        return {}
    if found is None:
        return {}
    fields = {"title": found.title, "date": found.date, "body": (found.text or "")[:TEXT_CHARACTERS]}
    return {name: value for name, value in fields.items() if value} if fields["body"] else {}
