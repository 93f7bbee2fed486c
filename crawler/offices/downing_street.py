"""The Prime Minister of the United Kingdom, by the search API of GOV.UK."""

from crawler.office import Address, Expect
from crawler.platforms.jsonlist import JsonList


class DowningStreet(JsonList):
    """Prime Minister of the United Kingdom."""

    name = "downing_street"
    country = "GB"
    timezone = "Europe/London"
    languages = ("en",)
    sections = ("prime-ministers-office-10-downing-street",)
    listing = (
        "https://www.gov.uk/api/search.json?filter_organisations={section}&order=-public_timestamp&count=20"
        "&fields=title,link,public_timestamp"
    )
    next_listing, step = "?start={offset}", 20
    results, url_field, date_field = "results", "link", "public_timestamp"
    releases = (Address(r"/government/(?P<kind>news|speeches)/(?P<slug>[^/]+)", "{kind}/{slug}"),)
    title, body = "h1", ".govspeak"
    date = "meta[name='govuk:first-published-at']::attr(content)"
    expect = Expect(rows=(1, 20), body_characters=150, quiet_days=7)
