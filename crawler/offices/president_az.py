"""The President of Azerbaijan: a page number at the end of the path."""

from crawler.office import Address, Expect, Office


class PresidentAz(Office):
    """President of the Republic of Azerbaijan."""

    name = "president_az"
    country = "AZ"
    timezone = "Asia/Baku"
    languages = ("az", "en")
    sections = ("all", "speeches")
    listing = "https://president.az/{language}/news/category/{section}"
    next_listing = "{n}"
    releases = (Address(r"/(?P<language>az|en)/articles/view/(?P<number>\d+)", "{number}", "{number}"),)
    title, body = "h1.news_heading", (".news-text-block", ".news_paragraph-block")
    date = (".news_date", ".text_body-date")
    row, row_date = ".news-feed_feed article", "span.category_date"
    expect = Expect(rows=(4, 30), body_characters=150, quiet_days=7)
