"""The President of Brazil: offsets in a parameter with a type."""

from crawler.office import Address, Expect, Office


class Planalto(Office):
    """President of the Federative Republic of Brazil."""

    name = "planalto"
    country = "BR"
    timezone = "America/Sao_Paulo"
    languages = ("pt",)
    sections = ("noticias",)
    listing = "https://www.gov.br/planalto/pt-br/acompanhe-o-planalto/{section}"
    next_listing, step = "?b_start:int={offset}", 20
    releases = (
        Address(
            r"/planalto/pt-br/acompanhe-o-planalto/(?P<section>noticias)/(?P<month>\d{4}/\d\d)/(?P<slug>[^/]+)", "{month}/{slug}"
        ),
    )
    title, body = "h1.documentFirstHeading", "#content-core"
    date, date_within = ".documentPublished", r"(?:Publicado em\s*)?(?P<date>.*)"
    expect = Expect(rows=(5, 20), body_characters=150, quiet_days=5)
