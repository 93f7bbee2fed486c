"""The President of Russia, English edition: numbered addresses, the date in an attribute."""

from crawler.office import Address, Expect, Office


class PresidentRu(Office):
    """President of the Russian Federation."""

    name = "president_ru"
    country = "RU"
    timezone = "Europe/Moscow"
    languages = ("en",)
    sections = ("news",)
    listing = "http://en.kremlin.ru/events/president/{section}"
    next_listing = "page/{n}"
    releases = (Address(r"/events/president/(?P<section>news)/(?P<number>\d+)", "{section}/{number}"),)
    title, body = "h1.entry-title", "[itemprop=articleBody]"
    date, time = "time.read__published::attr(datetime)", ".read__time"
    row, row_title, row_date = ".hentry_event", ".entry-title", "time.published::attr(datetime)"
    drop = ".masha-ignore, .read__bottommeta, .slider, .gallery"
    expect = Expect(rows=(10, 30), body_characters=100, quiet_days=7)
