"""The White House: today's site, and the structure of 2017 for what is archived of it."""

from crawler.office import Address, Expect, Office


class WhiteHouse(Office):
    """President of the United States of America."""

    name = "whitehouse"
    country = "US"
    timezone = "America/New_York"
    languages = ("en",)
    sections = ("news",)
    listing = "https://www.whitehouse.gov/{section}/"
    next_listing = "page/{n}/"
    releases = (
        Address(
            r"/(?P<kind>remarks|briefings-statements|releases|fact-sheets|presidential-actions)/\d{4}/\d\d/(?P<slug>[^/]+)",
            "{kind}/{slug}",
        ),
        Address(r"/the-press-office/(?P<date>\d{4}/\d\d/\d\d)/(?P<slug>[^/]+)", "the-press-office/{date}/{slug}"),
    )
    title, body = ("h1.wp-block-post-title", ".pane-node-title h1", "h1"), (".entry-content", ".field-name-field-forall-body")
    date = ("time[datetime]::attr(datetime)", "#press_article_date_created")
    expect = Expect(rows=(5, 30), body_characters=100, quiet_days=7)
