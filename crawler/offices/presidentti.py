"""The President of Finland: WordPress, one site, categories by language."""

from crawler.office import Address, Expect
from crawler.platforms.wordpress import WordPress


class Presidentti(WordPress):
    """President of the Republic of Finland."""

    name = "presidentti"
    country = "FI"
    timezone = "Europe/Helsinki"
    languages = ("fi", "en")
    sections = ("posts",)
    listing = {
        "fi": "https://www.presidentti.fi/wp-json/wp/v2/{section}?categories=1,21,114&per_page=50",
        "en": "https://www.presidentti.fi/wp-json/wp/v2/{section}?categories=9,23,118&per_page=50",
    }
    releases = (
        Address(r"/(?P<language>en)/(?P<slug>[^/]+)", "{slug}"),
        Address(r"/(?!en$|wp-json)(?P<slug>[^/]+)", "{slug}", language="fi"),
    )
    expect = Expect(rows=(5, 50), body_characters=150, quiet_days=10)
