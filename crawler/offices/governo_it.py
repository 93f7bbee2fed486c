"""The Prime Minister of Italy: pages from 0."""

from crawler.office import Address, Expect, Office


class GovernoIt(Office):
    """President of the Council of Ministers of Italy."""

    name = "governo_it"
    country = "IT"
    timezone = "Europe/Rome"
    languages = ("it",)
    sections = ("interventi", "notizie-presidente")
    listing = "https://www.governo.it/it/{section}"
    next_listing = "?page={index}"
    releases = (Address(r"/it/articolo/[^/]+/(?P<number>\d+)", "{number}"),)
    title, body = ("h2.title_large", "h1.title_large"), ("div.body_intervista", "div.field-name-body")
    date = (".post_content p.h6", "p.dataright")
    expect = Expect(rows=(3, 40), body_characters=150, quiet_days=7)
