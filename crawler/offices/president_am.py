"""The President of Armenia: one site in four languages, dated addresses, numbered decrees."""

from crawler.office import Address, Expect, Office

_ITEM = r"/(?P<language>hy|en|ru|fr)/(?P<section>[a-z-]+)/item"


class PresidentAm(Office):
    """President of the Republic of Armenia."""

    name = "president_am"
    country = "AM"
    timezone = "Asia/Yerevan"
    languages = ("hy", "en", "ru", "fr")
    sections = (
        "press-release", "statements-and-messages", "congratulatory", "condolence", "domestic-visits",
        "foreign-visits", "interviews-and-press-conferences", "decrees",
    )  # fmt: skip
    listing = "https://www.president.am/{language}/{section}/"
    next_listing = "page/{n}/"
    releases = (
        Address(_ITEM + r"/(?P<date>\d{4}/\d\d/\d\d)/(?P<slug>[^/]+)", "{date}/{slug}", "{date}/{slug}"),
        Address(_ITEM + r"/(?P<number>\d+)", "{section}/{number}", "{section}/{number}"),
    )
    title, body, date = "h1", (".news-text", ".static-content", ".news-content"), (".date-cub", ".news-date")
    drop, furniture = "[class*=gallery], [class*=share], [class*=social]", (r"←.*", r"(more|ещё|еще|encore|ևս) \d+ \w+")
    headless = ("decrees",)
    expect = Expect(rows=(5, 60), body_characters=150, quiet_days=14)
