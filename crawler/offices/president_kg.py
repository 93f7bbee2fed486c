"""The President of Kyrgyzstan: a JSON API that is asked by POST; the pages are a JavaScript application."""

from crawler.listings import Json
from crawler.office import Address, Expect
from crawler.platforms.jsonlist import JsonList


class PresidentKg(JsonList):
    """President of the Kyrgyz Republic."""

    name = "president_kg"
    country = "KG"
    timezone = "Asia/Bishkek"
    languages = ("ru",)
    sections = ("news",)
    listing = "https://president.kg/api/v1/news/search"
    post = Json(
        filter={"active": True, "categories": [31]},
        pageRequest={"page": "{index}", "limit": 20},
        sorting={"sortBy": "PUBLISHED_AT", "sortDirection": "DESC"},
    )
    results, url_field, url_form = "content", "id", "/ru/news/{value}"
    title_field, date_field, reach = "titleRu", "publishedAt", "browser"
    releases = (Address(r"/ru/news/(?P<number>\d+)", "{number}"),)
    title, body, date = "h1", ("article", ".news-detail"), "time"
    expect = Expect(rows=(5, 20), quiet_days=7)
