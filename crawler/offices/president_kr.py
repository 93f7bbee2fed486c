"""The President of the Republic of Korea: lists that a script fills."""

from crawler.office import Address, Expect, Office


class PresidentKr(Office):
    """President of the Republic of Korea."""

    name = "president_kr"
    country = "KR"
    timezone = "Asia/Seoul"
    languages = ("ko",)
    sections = ("speeches", "briefings")
    listing = "https://www.president.go.kr/{section}"
    next_listing = "?pageNo={n}"
    releases = (Address(r"/(?P<section>speeches|briefings)/(?P<id>[A-Za-z0-9]+)", "{section}/{id}"),)
    title, body, date = ".txtL", ".view_txt", ".date"
    reach = "browser"
    expect = Expect(rows=(3, 30), body_characters=100, quiet_days=7)
