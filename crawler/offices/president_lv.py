"""The President of Latvia: pages from 0, each row linked twice."""

from crawler.office import Address, Expect, Office


class PresidentLv(Office):
    """President of the Republic of Latvia."""

    name = "president_lv"
    country = "LV"
    timezone = "Europe/Riga"
    languages = ("lv", "en")
    sections = ("news",)
    listing = {"lv": "https://www.president.lv/lv/jaunumi", "en": "https://www.president.lv/en/articles"}
    next_listing = "?page={index}"
    releases = (Address(r"/(?P<language>lv|en)/(?:article|jaunums)/(?P<slug>[^/]+)", "{slug}"),)
    title, body, date = "h1.display-4", ".text__text-content", ".submitted"
    date_within = r"(?:Published|Publicēts):?\s*(?P<date>.*)"
    expect = Expect(rows=(5, 40), body_characters=150, quiet_days=7)
