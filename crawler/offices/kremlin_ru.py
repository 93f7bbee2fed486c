"""The President of Russia, Russian edition: an Atom feed of the newest twenty releases with their whole text."""

from crawler.office import Address, Expect
from crawler.platforms.feed import Feed


class KremlinRu(Feed):
    """President of the Russian Federation, Russian edition."""

    name = "kremlin_ru"
    country = "RU"
    timezone = "Europe/Moscow"
    languages = ("ru",)
    sections = ("news", "transcripts")
    listing = "http://kremlin.ru/events/president/{section}/feed"
    releases = (Address(r"/events/president/(?:news|transcripts|trips)/(?P<number>\d+)", "{number}"),)
    whole = True
    # An entry that comes without its text is read from its page.
    title, body = (Feed.carried_title, "h1.entry-title"), (Feed.carried_body, "[itemprop=articleBody]")
    date, time = (Feed.carried_date, "time.read__published::attr(datetime)"), ".read__time"
    drop = ".masha-ignore, .read__bottommeta, .read__tooltip, .slider, .gallery"
    expect = Expect(rows=(10, 30), body_characters=100, quiet_days=7)
