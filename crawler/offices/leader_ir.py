"""The Leader of Iran: an RSS feed whose releases are followed, in Persian with the Iranian calendar."""

from crawler.office import Address, Expect
from crawler.platforms.feed import Feed


class LeaderIr(Feed):
    """Leader of the Islamic Republic of Iran."""

    name = "leader_ir"
    country = "IR"
    timezone = "Asia/Tehran"
    languages = ("fa",)
    sections = ("news",)
    listing = "https://www.leader.ir/fa/rss"
    releases = (Address(r"/fa/content/(?P<number>\d+)(?:/[^/]*)?", "{number}"),)
    title, body, date = (".page_title", "h1"), ("article#details", ".news_body"), ("time", ".date")
    drop = "time, .date"
    expect = Expect(rows=(3, 60), body_characters=150, quiet_days=14)
