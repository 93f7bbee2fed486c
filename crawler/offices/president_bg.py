"""The President of Bulgaria: the number decides, the slug is decoration; dead pages answer with the home page."""

from crawler.office import Address, Expect, Office


class PresidentBg(Office):
    """President of the Republic of Bulgaria."""

    name = "president_bg"
    country = "BG"
    timezone = "Europe/Sofia"
    languages = ("bg",)
    sections = ("news",)
    listing = "https://www.president.bg/{section}/"
    last_slash = False
    next_listing = "page/{n}/"
    releases = (Address(r"/(?P<section>news)(?P<number>\d+)/[^/]+\.html", "{section}{number}"),)
    title, body, date = "h2.article-title", ".print-content", ".date"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=7)
