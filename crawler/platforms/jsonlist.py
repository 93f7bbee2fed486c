"""Lists that an API gives as JSON: where the rows stand, and which fields of a row are address, title, date and text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from crawler.platforms.carried import DataOffice, Entry, dig
from storage.model import Page


class JsonList(DataOffice):
    """An office whose lists come from a JSON API. Paths are dotted ("title.rendered"); '' is the whole or nothing."""

    access = "JSON API"
    results: ClassVar[str] = ""
    """Path of the array of rows ('' = the answer is the array)."""
    url_field: ClassVar[str] = "url"
    url_form: ClassVar[str] = "{value}"
    """The address of a release, made of the value of `url_field`."""
    title_field: ClassVar[str] = "title"
    date_field: ClassVar[str] = ""
    date_zone: ClassVar[str] = ""
    """What the API leaves out behind its instants ("Z" for UTC)."""
    text_field: ClassVar[str] = ""
    """The text as HTML, for offices that are `whole`."""

    def entries(self, page: Page) -> Iterator[Entry] | None:
        try:
            rows = dig(json.loads(page.body), self.results)
        except ValueError:
            return None  # no JSON: a wall, an error page or the HTML list
        if not isinstance(rows, list):
            return None
        return (self._entry(row) for row in rows)

    def _entry(self, row: Any) -> Entry:
        def text(path: str) -> str:
            value = dig(row, path) if path else None
            return str(value) if isinstance(value, str | int | float) else ""

        value = text(self.url_field)
        url = self.url_form.format(value=value) if value else ""
        stated = text(self.date_field)
        date = stated + self.date_zone if stated else ""
        return Entry(url, text(self.title_field), date, text(self.text_field))
