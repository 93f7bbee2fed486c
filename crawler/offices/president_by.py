"""The President of Belarus: a sitemap of some 38,000 events."""

from crawler.office import Address, Expect
from crawler.platforms.sitemap import Sitemap


class PresidentBy(Sitemap):
    """President of the Republic of Belarus."""

    name = "president_by"
    country = "BY"
    timezone = "Europe/Minsk"
    languages = ("ru", "be", "en")
    sections = ("events",)
    listing = "https://president.gov.by/sitemap.event.xml"
    releases = (Address(r"/(?P<language>ru|be|en)/(?P<section>events)/(?P<slug>[^/]+)", "{slug}", "{slug}"),)
    title, body = "h1", (".detail__content", ".detail__text")
    date = "time[data-datetime]::attr(data-datetime)"
    expect = Expect(rows=(20, 200), body_characters=150, quiet_days=7)
