"""The President of Kazakhstan: releases are dated on the list only; page 0 and page 1 are the same."""

from crawler.office import Address, Expect, Office


class Akorda(Office):
    """President of the Republic of Kazakhstan."""

    name = "akorda"
    country = "KZ"
    timezone = "Asia/Almaty"
    languages = ("ru", "en")
    sections = ("events", "speeches", "addresses")
    listing = "https://www.akorda.kz/{language}/{section}"
    next_listing = "?page={n}"
    releases = (Address(r"/(?P<language>ru|en)/(?P<slug>[^/]+)-(?P<number>\d+)", "{number}"),)
    title, body = "h2", "article"
    row, row_date, row_title = ".card", "h5.mt-3", "h3"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=10)
