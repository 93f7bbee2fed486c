"""The President of Taiwan: a form posted for each listing, years of the Republic, no charset in the headers."""

from crawler.listings import Form
from crawler.office import Address, Expect, Office


class PresidentTw(Office):
    """President of the Republic of China (Taiwan)."""

    name = "president_tw"
    country = "TW"
    timezone = "Asia/Taipei"
    languages = ("zh",)
    sections = ("news",)
    listing = "https://www.president.gov.tw/WebAPI/News/List"
    post = Form(lang="zh", country="TW", detailno="{n}", tag="Page", no="35")
    listing_headers = {"CUSTOMER-CSRF-HEADER": ""}
    releases = (Address(r"/(?i:news)/(?P<number>\d+)", "{number}"),)
    title, body, date = ".pageTitle1", ".article1", ".pageDate1"
    expect = Expect(rows=(5, 15), body_characters=60, quiet_days=5)
