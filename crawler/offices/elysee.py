"""The President of France: the sitemap of publications, because the list ignores its page number."""

from crawler.office import Address, Expect
from crawler.platforms.sitemap import Sitemap


class Elysee(Sitemap):
    """President of the French Republic."""

    name = "elysee"
    country = "FR"
    timezone = "Europe/Paris"
    languages = ("fr",)
    sections = ("publications",)
    listing = "https://www.elysee.fr/sitemap.publication.xml"
    releases = (Address(r"/(?P<president>[a-z-]+)/(?P<date>\d{4}/\d\d/\d\d)/(?P<slug>[^/]+)", "{date}/{slug}"),)
    title, body, date = "h1", (".card__body", ".ck-styled"), ".published-at"
    date_within = r"(?P<date>.*?)(?:\s+-\s+Seul le prononcé fait foi\.?)?"
    expect = Expect(rows=(20, 200), body_characters=150, quiet_days=7)
