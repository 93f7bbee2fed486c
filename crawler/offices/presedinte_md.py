"""The President of Moldova: lists by year, a colon in the page number."""

from crawler.office import Address, Expect, Office


class PresedinteMd(Office):
    """President of the Republic of Moldova."""

    name = "presedinte_md"
    country = "MD"
    timezone = "Europe/Chisinau"
    languages = ("ro",)
    sections = ("discursuri", "comunicate-de-presa")
    listing = "https://presedinte.md/rom/{section}"
    next_listing = "page:{n}"
    releases = (
        Address(r"/rom/(?P<section>discursuri|comunicate-de-presa)/(?!index|\d{4}|page:)(?P<slug>[^/]+)", "{slug}"),
    )
    title, body, date = "h1", "article", "time[datetime]::attr(datetime)"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=14)
