"""The President of Ireland: offsets in the path, ordinals in the date."""

from crawler.office import Address, Expect, Office


class PresidentIe(Office):
    """President of Ireland."""

    name = "president_ie"
    country = "IE"
    timezone = "Europe/Dublin"
    languages = ("en",)
    also_written_in = ("ga",)
    sections = ("news-releases", "speeches")
    listing = "https://president.ie/en/media-library/{section}"
    next_listing, step = "P{offset}", 20
    releases = (
        Address(
            r"/en/media-library/(?P<section>news-releases|speeches)/(?!selected-speeches|P\d+$)(?P<slug>[^/]+)",
            "{slug}",
        ),
    )
    title, body, date = ".c-detail-page-content h2", ".c-detail-page-content", "h3.page-subheading"
    drop = "h3.page-subheading"
    date_within = r"(?:Date:\s*)?(?P<date>.*)"
    expect = Expect(rows=(5, 20), body_characters=150, quiet_days=10)
