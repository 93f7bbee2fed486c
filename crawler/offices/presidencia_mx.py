"""The President of Mexico: the date beside its label in a list of definitions."""

from crawler.office import Address, Expect, Office


class PresidenciaMx(Office):
    """President of the United Mexican States."""

    name = "presidencia_mx"
    country = "MX"
    timezone = "America/Mexico_City"
    languages = ("es",)
    sections = ("prensa", "articulos")
    listing = "https://www.gob.mx/presidencia/es/archivo/{section}?order=DESC"
    next_listing = "?page={n}"
    releases = (
        Address(r"/presidencia/(?P<section>prensa|articulos)/(?P<slug>[^/]+)", "{section}/{slug}"),
        Address(r"/presidencia/(?P<section>prensa|articulos)/(?P<slug>[^/]+)/es", "{section}/{slug}"),
    )
    title, body = "h1.bottom-buffer", ".article-body"
    date = "dl dt:contains('Fecha de publicación') + dd"
    expect = Expect(rows=(3, 9), body_characters=150, quiet_days=10)
