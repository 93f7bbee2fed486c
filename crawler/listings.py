"""How the listings of a list are asked for, and what one of them holds. Pure.

Listing 1 of a list has an address of its own; how the later ones are reached is the site's business: a page number in
the path or the query, an offset, the body of a POST, a link that can only be followed, or the parts of a sitemap's
index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from storage.model import Page, Row


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """A listing to ask for, at its live address. `queue` holds the addresses that a sitemap's index still owes."""

    url: str
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    queue: tuple[str, ...] = ()


class Listing(list[Row]):
    """The rows of one listing, in its order.

    `following` are addresses that the listing itself names as the next to read (a "next" link, the parts of an index);
    an index has those and no rows. `pages` holds, by key, what a listing carries whole: each text as a page of its
    own, so that it is read, kept and read again like any other; `carries` says that it is a listing that should.
    """

    def __init__(
        self, rows: Iterable[Row] = (), following: tuple[str, ...] = (), pages: Mapping[str, Page] | None = None
    ) -> None:
        super().__init__(rows)
        self.following = following
        self.pages = dict(pages or {})
        self.carries = False


class Form(dict[str, str]):
    """The fields of an HTML form that a listing is asked for with."""

    mime = "application/x-www-form-urlencoded"


class Json(dict[str, Any]):
    """The JSON object that a listing is asked for with."""

    mime = "application/json"


def numbers(number: int, step: int) -> dict[str, int]:
    """What the template of a pager may hold for listing `number`: `{n}` counts from 1, `{index}` from 0, `{offset}` is
    how many rows of `step` a listing come before."""
    return {"n": number, "index": number - 1, "offset": (number - 1) * step}


def numbered_url(first: str, template: str, values: Mapping[str, int]) -> str:
    """The address of a later listing: a template "?page={n}" joins the first address's query, any other is put behind
    its path."""
    part = template.format(**values)
    address, _, query = first.partition("?")
    if part.startswith("?"):
        return f"{address}?{query}&{part[1:]}" if query else address + part
    behind = f"{address.rstrip('/')}/{part.lstrip('/')}"
    return f"{behind}?{query}" if query else behind


def post_request(
    url: str, fields: Form | Json, values: Mapping[str, int], headers: Mapping[str, str]
) -> ListingRequest:
    """A POST for a listing. A field that is a template alone ("{n}") becomes a number in JSON, text in a form."""
    filled = _fill(fields, values)
    body = json.dumps(filled) if isinstance(fields, Json) else urlencode(filled)
    return ListingRequest(url, "POST", body.encode(), (("Content-Type", fields.mime), *headers.items()))


def _fill(value: Any, values: Mapping[str, int]) -> Any:
    if isinstance(value, Mapping):
        return {name: _fill(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [_fill(one, values) for one in value]
    if isinstance(value, str) and value.startswith("{") and value[1:-1] in values:
        return values[value[1:-1]]
    return value


def is_query_pager(template: str) -> bool:
    """A pager of the query: one that a site may ignore, or number from 0 where page 0 and page 1 are the same."""
    return template.startswith("?") or bool(urlsplit(template).query)
