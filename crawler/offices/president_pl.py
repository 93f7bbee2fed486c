"""The President of Poland, English edition: with Polish dates."""

from crawler.office import Address, Expect, Office


class PresidentPl(Office):
    """President of the Republic of Poland."""

    name = "president_pl"
    country = "PL"
    timezone = "Europe/Warsaw"
    languages = ("en",)
    sections = ("news",)
    listing = "https://www.president.pl/{section}"
    next_listing = "page,{n}"
    releases = (Address(r"/news/(?!page,)[^/]+,(?P<number>\d+)", "{number}"),)
    title, body, date = "h1", ".articles-single__description", ".articles-single__date"
    date_languages = ("pl",)
    expect = Expect(rows=(3, 30), body_characters=150, quiet_days=7)
