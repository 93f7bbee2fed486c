"""The President of Georgia, the site as it was last seen from abroad: Georgian text under English addresses too."""

from crawler.office import Address, Expect, Office


class PresidentGe(Office):
    """President of Georgia."""

    name = "president_ge"
    country = "GE"
    timezone = "Asia/Tbilisi"
    languages = ("ka", "en")
    sections = ("News",)
    listing = "https://president.gov.ge/{language}/PressOffice/{section}"
    hosts = ("president.ge",)
    releases = (Address(r"/(?P<language>ka|en)/(?P<section>News)/Article/(?P<slug>[^/]+)", "{slug}", "{slug}"),)
    title, body = ".InsideNewsTitle", ".InsideNewsBox"
    expect = Expect(rows=(3, 60), body_characters=150, quiet_days=14)
