"""The Government of South Africa: pages from 0."""

from crawler.office import Address, Expect, Office


class GovZa(Office):
    """President and Government of South Africa."""

    name = "gov_za"
    country = "ZA"
    timezone = "Africa/Johannesburg"
    languages = ("en",)
    sections = ("speeches", "media-statements")
    listing = "https://www.gov.za/news/{section}"
    next_listing = "?page={index}"
    releases = (
        Address(r"/news/(?P<section>speeches|media-statements)/(?:[^/]+/)?(?P<slug>[^/]+)", "{section}/{slug}"),
    )
    title, body, date = "h1", ".field--name-body", "time"
    expect = Expect(rows=(5, 40), body_characters=150, quiet_days=4)
