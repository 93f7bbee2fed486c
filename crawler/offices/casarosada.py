"""The President of Argentina: offsets of forty."""

from crawler.office import Address, Expect, Office


class CasaRosada(Office):
    """President of the Argentine Nation."""

    name = "casarosada"
    country = "AR"
    timezone = "America/Argentina/Buenos_Aires"
    languages = ("es",)
    sections = ("discursos", "actividad-oficial", "conferencias")
    listing = "https://www.casarosada.gob.ar/informacion/{section}"
    next_listing, step = "?start={offset}", 40
    releases = (
        Address(
            r"/informacion/(?P<section>discursos|actividad-oficial|conferencias)/(?P<number>\d+)-[^/]*", "{number}"
        ),
    )
    title, body, date = ".col-md-8.col-md-offset-2 h2", ".col-md-8.col-md-offset-2", "time"
    drop = "time"
    expect = Expect(rows=(5, 40), body_characters=150, quiet_days=14)
