"""The President of Germany: relative links under a base, a pager of tokens that cannot be computed."""

from crawler.office import Address, Expect, Office

_LISTS = "https://www.bundespraesident.de/DE/reden-und-aktuelles"


class BundespraesidentDe(Office):
    """President of the Federal Republic of Germany."""

    name = "bundespraesident_de"
    country = "DE"
    timezone = "Europe/Berlin"
    languages = ("de",)
    sections = ("pressemitteilungen", "reden", "berichte")
    listing = {
        "pressemitteilungen": f"{_LISTS}/presse/pressemitteilungen/pressemitteilungen_node.html",
        "reden": f"{_LISTS}/reden-und-interviews/reden-und-interviews_node.html",
        "berichte": f"{_LISTS}/berichte/berichte_node.html",
    }
    releases = tuple(
        Address(rf"/SharedDocs/{section.title()}/(?P<path>DE/.+)\.html", "{section}/{path}", section=section)
        for section in ("pressemitteilungen", "reden", "berichte")
    )
    title, body = "h1.c-article__headline", ".c-article__content"
    date = ".c-article__topline-wrapper .is-date [aria-hidden]"
    expect = Expect(rows=(3, 60), body_characters=150, quiet_days=10)
