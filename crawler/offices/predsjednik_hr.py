"""The President of Croatia."""

from crawler.office import Address, Expect, Office


class PredsjednikHr(Office):
    """President of the Republic of Croatia."""

    name = "predsjednik_hr"
    country = "HR"
    timezone = "Europe/Zagreb"
    languages = ("hr",)
    sections = ("vijesti", "govori")
    listing = "https://www.predsjednik.hr/{section}/"
    next_listing = "page/{n}/"
    releases = (Address(r"/(?P<section>vijesti|govori)/(?!page$)(?P<slug>[^/]+)", "{section}/{slug}"),)
    title, body, date = "h1", ".p-post-single__content", ".p-post-single__meta"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=7)
