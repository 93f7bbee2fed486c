"""WordPress: its REST API (`/wp-json/wp/v2/…`) with the texts in the list, and the HTML list where the API is refused.

Many sites switch the API off one day or put a login before it. Then `fallback` is read, an ordinary list whose releases are
read from their HTML pages. The text between the markers of `.entry-content` and `content.rendered` is the same, so a site that
changes from one to the other shows no edits. https://developer.wordpress.org/rest-api/reference/posts/
"""

from __future__ import annotations

from typing import ClassVar

from crawler.platforms.carried import DataOffice
from crawler.platforms.jsonlist import JsonList


class WordPress(JsonList):
    """An office on WordPress. `listing` is the address of the API's posts with `per_page`; the site's local time is
    that of the office."""

    access = "WordPress REST"
    next_listing = "?page={n}"
    whole, last_slash, date_zone = True, True, "Z"
    url_field, title_field, date_field, text_field = "link", "title.rendered", "date_gmt", "content.rendered"
    title: ClassVar[tuple[str, ...]] = (DataOffice.carried_title, "h1.entry-title", "h1.wp-block-post-title", "h1")
    body: ClassVar[tuple[str, ...]] = (DataOffice.carried_body, ".entry-content")
    date: ClassVar[tuple[str, ...]] = (
        DataOffice.carried_date,
        "time.entry-date::attr(datetime)",
        "time[datetime]::attr(datetime)",
    )
    drop = ".sharedaddy, .jp-relatedposts, [class*=share], [class*=social]"
