"""The President of Chile: one address whose parameter is the release."""

from crawler.office import Address, Expect, Office


class PresidenciaCl(Office):
    """President of the Republic of Chile."""

    name = "presidencia_cl"
    country = "CL"
    timezone = "America/Santiago"
    languages = ("es",)
    sections = ("discursos",)
    listing = "https://prensa.presidencia.cl/{section}.aspx"
    next_listing = "?page={n}"
    releases = (Address(r"/discurso\.aspx\?id=(?P<number>\d+)", "{number}", parameter="id"),)
    title, body, date = "#main_ltTitulo", "#main_ltContenido", "#main_ltFEcha"
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=7)
