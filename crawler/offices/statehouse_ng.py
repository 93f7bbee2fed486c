"""The President of Nigeria: one address in several categories, and the HTML lists where the API is refused."""

from crawler.office import Address, Expect
from crawler.platforms.wordpress import WordPress


class StatehouseNg(WordPress):
    """President of the Federal Republic of Nigeria."""

    name = "statehouse_ng"
    country = "NG"
    timezone = "Africa/Lagos"
    languages = ("en",)
    sections = ("news",)
    listing = "https://statehouse.gov.ng/wp-json/wp/v2/posts?per_page=50"
    fallback = "https://statehouse.gov.ng/category/{section}/"
    releases = (Address(r"/(?P<slug>[^/-]+-[^/-]+-[^/]+)", "{slug}"),)
    body, date = (*WordPress.body, ".news-detail-content"), (*WordPress.date, ".page-info")
    expect = Expect(rows=(5, 50), body_characters=150, quiet_days=7)
