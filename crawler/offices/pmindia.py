"""The Prime Minister of India."""

from crawler.office import Address, Expect, Office


class PmIndia(Office):
    """Prime Minister of India."""

    name = "pmindia"
    country = "IN"
    timezone = "Asia/Kolkata"
    languages = ("en",)
    sections = ("pmspeech",)
    listing = "https://www.pmindia.gov.in/en/tag/{section}/"
    next_listing = "page/{n}/"
    releases = (Address(r"/en/news_updates/(?P<slug>[^/]+)", "{slug}"),)
    title, body, date = ".content-block h2", ".news-bg", ".date"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=7)
