"""The site software of the Armenian government: president.am, primeminister.am.

Every section is a list in every edition. Releases have a date and a slug in their address, the same in all editions, which
joins them to stories; decrees, laws and announcements have a number only, a heading that is the section's name on every
page, and mostly Armenian text in every edition.
"""

from __future__ import annotations

from crawler.office import Address, Office

_ITEM = r"/(?P<language>hy|en|ru|fr)/(?P<section>[a-z-]+)/item"


class ArmenianGovernment(Office):
    """An office on the Armenian government's site software."""

    country = "AM"
    timezone = "Asia/Yerevan"
    languages = ("hy", "en", "ru", "fr")
    next_listing = "page/{n}/"
    releases = (
        Address(_ITEM + r"/(?P<date>\d{4}/\d\d/\d\d)/(?P<slug>[^/]+)", "{date}/{slug}", "{date}/{slug}"),
        Address(_ITEM + r"/(?P<number>\d+)", "{section}/{number}", "{section}/{number}"),
    )
    title, body, date = "h1", (".news-text", ".static-content", ".news-content"), (".date-cub", ".news-date")
    drop, furniture = "[class*=gallery], [class*=share], [class*=social]", (r"←.*", r"(more|ещё|еще|encore|ևս) \d+ \w+")
    headless = ("decrees", "signed-laws", "announcements")
    date_languages = ("hy",)
    access = "Armenian government's CMS, HTML lists"
