"""The President of Ukraine: dates with the word for year and a time."""

from crawler.office import Address, Expect, Office


class PresidentUa(Office):
    """President of Ukraine."""

    name = "president_ua"
    country = "UA"
    timezone = "Europe/Kyiv"
    languages = ("uk", "en", "ru")
    sections = ("all", "speeches")
    listing = {
        "uk": "https://www.president.gov.ua/news/{section}",
        "en": "https://www.president.gov.ua/en/news/{section}",
        "ru": "https://www.president.gov.ua/ru/news/{section}",
    }
    next_listing = "?page={n}"
    releases = (
        Address(r"/(?P<language>en|ru)/news/[^/]+-(?P<number>\d+)", "{number}", "{number}"),
        Address(r"/news/[^/]+-(?P<number>\d+)", "{number}", "{number}", language="uk"),
    )
    title, body, date = "h1", ".article_content", "p.date"
    row, row_date = ".cat_list .item_stat_headline", "p.date"
    expect = Expect(rows=(5, 40), body_characters=150, quiet_days=4)
