"""The President of Kenya: WordPress."""

from crawler.office import Address, Expect
from crawler.platforms.wordpress import WordPress


class PresidentKe(WordPress):
    """President of the Republic of Kenya."""

    name = "president_ke"
    country = "KE"
    timezone = "Africa/Nairobi"
    languages = ("en",)
    sections = ("posts",)
    listing = "https://www.president.go.ke/wp-json/wp/v2/{section}?per_page=50"
    releases = (Address(r"/(?!wp-json$|category$|speeches$)(?P<slug>[^/]+)", "{slug}"),)
    body = (*WordPress.body, ".brxe-post-content")
    expect = Expect(rows=(5, 50), body_characters=150, quiet_days=7)
