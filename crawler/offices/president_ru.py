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
    # A number is one release wherever it stands: what is in the news may be among the transcripts and trips too.
    releases = (Address(r"/events/president/(?:news|transcripts|trips)/(?P<number>\d+)", "{number}", section="news"),)
    title, body = "h1.entry-title", ("[itemprop=articleBody]", ".read__internal_content")
    date, time = "time.read__published::attr(datetime)", ".read__time"
    row, row_title, row_date = ".hentry_event", ".entry-title", "time.published::attr(datetime)"
    drop = ".masha-ignore, .read__bottommeta, .read__tooltip, .slider, .gallery"
    expect = Expect(rows=(10, 30), body_characters=100, quiet_days=7)
