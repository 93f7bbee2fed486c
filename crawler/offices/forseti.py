"""The President of Iceland: a sitemap, dates in the head of the page."""

from crawler.office import Address, Expect
from crawler.platforms.sitemap import Sitemap


class Forseti(Sitemap):
    """President of Iceland."""

    name = "forseti"
    country = "IS"
    timezone = "Atlantic/Reykjavik"
    languages = ("is",)
    sections = ("frettir",)
    listing = "https://www.forseti.is/sitemap.xml"
    releases = (Address(r"/(?P<section>frettir)/(?P<slug>[^/]+)", "{slug}"),)
    title, body = ("meta[property='og:title']::attr(content)", "h1"), ("article", ".article")
    date = "meta[property='article:published_time']::attr(content)"
    drop = "h1"
    expect = Expect(rows=(10, 200), body_characters=150, quiet_days=14)
