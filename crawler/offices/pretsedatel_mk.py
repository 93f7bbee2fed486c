"""The President of North Macedonia: WordPress."""

from crawler.office import Address, Expect
from crawler.platforms.wordpress import WordPress


class PretsedatelMk(WordPress):
    """President of the Republic of North Macedonia."""

    name = "pretsedatel_mk"
    country = "MK"
    timezone = "Europe/Skopje"
    languages = ("mk",)
    sections = ("posts",)
    listing = "https://pretsedatel.mk/wp-json/wp/v2/{section}?categories=5,3&per_page=50"
    releases = (Address(r"/(?!en$|wp-json$|category$)(?P<slug>[^/]+)", "{slug}"),)
    body = (*WordPress.body, ".et_pb_post_content")
    expect = Expect(rows=(5, 50), body_characters=150, quiet_days=10)
