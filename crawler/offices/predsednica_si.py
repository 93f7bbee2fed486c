"""The President of Slovenia: offsets of sixteen, the date behind a label."""

from crawler.office import Address, Expect, Office


class PredsednicaSi(Office):
    """President of the Republic of Slovenia."""

    name = "predsednica_si"
    country = "SI"
    timezone = "Europe/Ljubljana"
    languages = ("sl",)
    sections = ("vse",)
    listing = "https://www.predsednica-slo.si/sl/objave/{section}"
    next_listing, step = "?start={offset}", 16
    releases = (Address(r"/sl/objave/(?!vse$|govori$|poslanice$|rss$)(?P<slug>[a-z0-9-]{8,})", "{slug}"),)
    title, body, date = "h1", ".news-single", ("[class*=datum]", "[class*=date]")
    drop, date_within = "[class*=datum], [class*=date]", r"(?:Datum objave:?\s*)?(?P<date>.*)"
    expect = Expect(rows=(5, 16), body_characters=150, quiet_days=10)
