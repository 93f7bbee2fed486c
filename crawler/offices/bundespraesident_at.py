"""The President of Austria: a pager of signed links that can only be followed."""

from crawler.office import Address, Expect, Office


class BundespraesidentAt(Office):
    """President of the Republic of Austria."""

    name = "bundespraesident_at"
    country = "AT"
    timezone = "Europe/Vienna"
    languages = ("de",)
    sections = ("aktuelles",)
    listing = "https://www.bundespraesident.at/{section}"
    next_link = "li.next a[data-nextlink]"
    releases = (Address(r"/aktuelles/detail/(?P<slug>[^/]+)", "{slug}"),)
    title, body = (".news-single h1", "h1"), ".news-single-content"
    date = "time[datetime]::attr(datetime)"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=10)
