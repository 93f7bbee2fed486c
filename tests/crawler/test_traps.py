"""What offices' sites are known to do to their readers, each met by the office that it is known of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from crawler.offices import find_office, offices
from crawler.reading import Unreadable, read_listing, read_release
from crawler.saved import load_pages
from language.dates import DateError
from storage.model import Page, Release
from tests.conftest import Deployment
from tests.crawler.site import Site, serve

SAVED = Path(__file__).parents[1] / "offices"
PARAGRAPH = "<p>The President received the ambassador of a friendly country and thanked him for three years of service.</p>"


def page(url: str, body: str | bytes, status: int = 200) -> Page:
    content = body if isinstance(body, bytes) else body.encode()
    return Page(url, status, {"content-type": "text/html; charset=utf-8"}, content, datetime(2026, 10, 5, tzinfo=UTC))


def saved(name: str) -> Page:
    """The first release among an office's saved pages."""
    return next(one.page for one in load_pages(SAVED / name) if one.kind == "release")


def read(name: str, one: Page, language: str | None = None, listed_on: date | None = None) -> Release:
    office = find_office(name)
    return read_release(
        one, office, section=office.sections[0], language=language or office.languages[0], listed_on=listed_on
    )


# ---- pages that are none ---------------------------------------------------------------------------------------------

HOME = f"<html><head><title>President</title></head><body><h1>Welcome</h1><h2>News</h2><div class=home>{PARAGRAPH * 3}</div>"
ERROR = f"<html><body><h1>Die Seite wurde nicht gefunden</h1><div class=c-error><p>Fehler</p>{PARAGRAPH}</div></body></html>"


@pytest.mark.parametrize(
    ("office", "body"),
    [("president_bg", HOME), ("bundespraesident_de", ERROR), ("whitehouse", HOME), ("president_ru", HOME)],
)
def test_a_home_page_or_an_error_at_http_200_is_no_release(office: str, body: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(office, page(saved(office).url, body))
    assert caught.value.kind == "foreign"


@pytest.mark.parametrize(
    ("office", "body", "whose"),
    [
        ("president_am", "<title>Radware Captcha Page</title><script src=//captcha.perfdrive.com/c.js></script>", "Radware"),
        ("president_pl", "<title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/h></script>", "Cloudflare"),
        ("president_ua", "<title>Access Denied</title><div id=sec-if-cpt-container></div>", "Akamai"),
        ("planalto", "<script src='/TSPD/08f1?type=9'></script><noscript>Enable JavaScript</noscript>", "F5"),
        ("presidencia_mx", "<h1>Verifying your browser</h1>", "a bot check"),
    ],
)  # fmt: skip
def test_a_wall_at_http_200_is_named_on_lists_and_on_releases(office: str, body: str, whose: str) -> None:
    found = find_office(office)
    spec = found.lists()[0]
    for reading in (
        lambda: read_listing(page(spec.url, body), found, spec),
        lambda: read(office, page(saved(office).url, body)),
    ):
        with pytest.raises(Unreadable, match=whose) as caught:
            reading()
        assert caught.value.kind == "wall"


# ---- pagers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "third"),
    [
        ("whitehouse", "https://www.whitehouse.gov/news/page/3/"),
        ("president_ru", "http://en.kremlin.ru/events/president/news/page/3"),
        ("president_az", "https://president.az/az/news/category/all/3"),
        ("president_pl", "https://www.president.pl/news/page,3"),
        ("presedinte_md", "https://presedinte.md/rom/discursuri/page:3"),
        ("akorda", "https://www.akorda.kz/ru/events?page=3"),
        ("presidencia_mx", "https://www.gob.mx/presidencia/es/archivo/prensa?order=DESC&page=3"),
        ("gov_za", "https://www.gov.za/news/speeches?page=2"),
        ("president_lv", "https://www.president.lv/lv/jaunumi?page=2"),
        ("predsednica_si", "https://www.predsednica-slo.si/sl/objave/vse?start=32"),
        ("casarosada", "https://www.casarosada.gob.ar/informacion/discursos?start=80"),
        ("planalto", "https://www.gov.br/planalto/pt-br/acompanhe-o-planalto/noticias?b_start:int=40"),
        ("president_ie", "https://president.ie/en/media-library/news-releases/P40"),
        ("downing_street", "start=40"),
    ],
)
def test_every_way_of_counting_listings(office: str, third: str) -> None:
    found = find_office(office)
    request = found.listing_request(found.lists()[0], 3)
    assert request is not None and request.method == "GET" and request.url.endswith(third)


def test_lists_that_are_posted_for() -> None:
    taiwan, kyrgyz = find_office("president_tw"), find_office("president_kg")
    form = taiwan.listing_request(taiwan.lists()[0], 3)
    assert form is not None and form.method == "POST" and parse_qs(form.body.decode())["detailno"] == ["3"]
    api = kyrgyz.listing_request(kyrgyz.lists()[0], 3)
    assert api is not None and api.method == "POST" and '"page": 2' in re.sub(r":(?=\d)", ": ", api.body.decode())


def test_lists_that_can_only_be_followed_and_lists_that_end_at_once() -> None:
    austria, georgia = find_office("bundespraesident_at"), find_office("president_ge")
    assert austria.next_links and not austria.numbered
    assert georgia.listing_request(georgia.lists()[0], 2) is None


# ---- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "base", "href", "key"),
    [
        ("bundespraesident_de", "https://www.bundespraesident.de/", "SharedDocs/Reden/DE/Rede-zum-Tag.html?nn=129626",
         "reden/DE/Rede-zum-Tag"),
        ("president_bg", "https://www.president.bg/", "news7001/any-slug-at-all.html", "news7001"),
    ],
)  # fmt: skip
def test_relative_links_are_of_the_base_that_the_page_names(office: str, base: str, href: str, key: str) -> None:
    found = find_office(office)
    spec = next(one for one in found.lists() if one.section in (key.split("/")[0], "news"))
    body = f"<html><head><base href='{base}'></head><body><a href='{href}'>A release</a></body></html>"
    assert [row.key for row in read_listing(page(spec.url, body), found, spec)] == [key]


@pytest.mark.parametrize(
    ("office", "addresses"),
    [
        ("president_am", [f"{scheme}://{www}president.am/en/press-release/item/2026/10/05/Visit{end}"
                          for scheme in ("http", "https") for www in ("", "www.") for end in ("", "/", "?a=1", "/#top")]),
        ("president_bg", ["https://www.president.bg/news7001/one-slug.html", "https://president.bg/news7001/another.html"]),
        ("president_pl", ["https://www.president.pl/news/a-visit,1234", "https://www.president.pl/news/retitled,1234"]),
        ("akorda", ["https://www.akorda.kz/ru/vstrecha-123456", "https://akorda.kz/ru/o-vstreche-123456/"]),
        ("casarosada", ["https://www.casarosada.gob.ar/informacion/discursos/51-un-discurso",
                        "https://www.casarosada.gob.ar/informacion/discursos/51-otro"]),
        ("president_ru", ["http://en.kremlin.ru/events/president/news/63674",
                          "http://en.kremlin.ru/events/president/transcripts/63674"]),
        ("president_tw", ["https://www.president.gov.tw/NEWS/38888", "https://www.president.gov.tw/News/38888"]),
        ("gov_za", ["https://www.gov.za/news/speeches/president-address",
                    "https://www.gov.za/news/speeches/the-presidency/president-address"]),
    ],
)  # fmt: skip
def test_one_release_under_several_addresses_is_one(office: str, addresses: list[str]) -> None:
    located = [find_office(office).locate(address) for address in addresses]
    assert None not in located
    assert len({one.key for one in located if one is not None}) == 1


@pytest.mark.parametrize("copy", ["/photos", "/videos", "/print", "/photos/64231"])
def test_copies_of_a_release_are_no_releases(copy: str) -> None:
    assert find_office("president_ru").locate(f"http://en.kremlin.ru/events/president/news/63674{copy}") is None
    assert find_office("president_ru").locate("http://en.kremlin.ru/events/president/news/copy/63674") is None


@pytest.mark.parametrize(
    ("office", "one", "other"),
    [
        ("president_am", "https://www.president.am/en/press-release/item/2026/10/05/Visit-2/",
         "https://www.president.am/en/press-release/item/2026/10/05/Visit/"),
        ("president_am", "https://www.president.am/en/decrees/item/10/", "https://www.president.am/en/signed-laws/item/10/"),
        ("planalto", "https://www.gov.br/planalto/pt-br/acompanhe-o-planalto/noticias/2026/10/agenda",
         "https://www.gov.br/planalto/pt-br/acompanhe-o-planalto/noticias/2026/09/agenda"),
        ("elysee", "https://www.elysee.fr/emmanuel-macron/2026/10/05/conseil-des-ministres",
         "https://www.elysee.fr/emmanuel-macron/2026/09/28/conseil-des-ministres"),
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_two_releases(office: str, one: str, other: str) -> None:
    first, second = find_office(office).locate(one), find_office(office).locate(other)
    assert first is not None and second is not None and first.key != second.key


# ---- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "language", "text", "day"),
    [
        ("president_am", "hy", "18 01, 2022", date(2022, 1, 18)),
        ("president_am", "en", "05.01.2015", date(2015, 1, 5)),
        ("president_am", "en", "17 նոյեմբերի 2025 թ.", date(2025, 11, 17)),
        ("primeminister_am", "ru", "31 Декабрь 2021", date(2021, 12, 31)),
        ("president_ru", "en", "August 12, 2020", date(2020, 8, 12)),
        ("whitehouse", "en", "July 08, 2017", date(2017, 7, 8)),
        ("elysee", "fr", "5 octobre 2023 - Seul le prononcé fait foi", date(2023, 10, 5)),
        ("president_ua", "uk", "26 вересня 2022 року - 22:16", date(2022, 9, 26)),
        ("president_az", "az", "18 iyun 2026, 09:00", date(2026, 6, 18)),
        ("akorda", "ru", "1 августа 2026 года", date(2026, 8, 1)),
        ("president_pl", "en", "27 maja 2026", date(2026, 5, 27)),
        ("bundespraesident_de", "de", "9. Juli 2026", date(2026, 7, 9)),
        ("president_ie", "en", "Date: Sat 1st Jun, 2013 | 15:00", date(2013, 6, 1)),
        ("predsednica_si", "sl", "Datum objave 30. 5. 2026", date(2026, 5, 30)),
        ("president_bg", "bg", "21 Юни 2026", date(2026, 6, 21)),
        ("president_lv", "en", "Published: 16.07.2026.", date(2026, 7, 16)),
        ("president_kr", "ko", "2026.07.01", date(2026, 7, 1)),
        ("president_tw", "zh", "115年05月16日", date(2026, 5, 16)),
        ("leader_ir", "fa", "۱۴۰۵/۰۴/۲۵", date(2026, 7, 16)),
        ("presidencia_mx", "es", "11 de septiembre de 2019", date(2019, 9, 11)),
        ("president_by", "ru", "2026-05-05T01:30:00+03:00", date(2026, 5, 5)),
    ],
)
def test_every_office_reads_the_dates_that_its_site_writes(office: str, language: str, text: str, day: date) -> None:
    assert find_office(office).find_date(text, language)[0] == day


@pytest.mark.parametrize("text", ["03, 2024", "07, 2023", "05, 2009", "2024", "18 01"])
def test_a_date_that_lost_a_part_is_none_to_any_office(text: str) -> None:
    for office in offices().values():
        with pytest.raises(DateError):
            office.find_date(text, office.languages[0])


def test_a_day_in_the_first_sentence_is_not_the_day_of_publication() -> None:
    for name, heading, container in (
        ("president_ge", "InsideNewsTitle", "InsideNewsBox"), ("president_am", "", "news-text"),
    ):  # fmt: skip
        title = f"<div class='{heading}'>On the decree</div>" if heading else "<h1>Announcements</h1>"
        body = f"<p>By the Presidential decree of December 27, 2008 the office was founded.</p>{PARAGRAPH}"
        url = (
            "https://president.gov.ge/en/News/Article/on-the-decree" if heading
            else "https://www.president.am/en/announcements/item/7/"
        )  # fmt: skip
        release = read(name, page(url, f"{title}<div class='{container}'>{body}</div>"), "en")
        assert release.published_on is None and release.remarks == ()


def test_where_only_the_list_dates_a_release_the_sidebars_days_do_not_count() -> None:
    side = "<aside><div class=date_main_block_small>9 мая 2020 года</div><h5 class=mt-3>8 мая 2020 года</h5></aside>"
    html = f"<main><h2>Встреча</h2><article>{PARAGRAPH}</article></main>{side}"
    url = "https://www.akorda.kz/ru/vstrecha-123456"
    assert read("akorda", page(url, html)).published_on is None
    assert read("akorda", page(url, html), listed_on=date(2026, 8, 1)).published_on == date(2026, 8, 1)


# ---- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("office", "url", "html", "written_in"),
    [
        ("president_am", "https://www.president.am/en/decrees/item/77/",
         "<h1>Decrees</h1><div class=news-text><p>Հանրապետության Նախագահի հրամանագիրը դատավոր նշանակելու մասին</p></div>",
         "hy"),
        ("president_ge", "https://president.gov.ge/en/News/Article/visit",
         "<div class=InsideNewsTitle>ვიზიტი</div><div class=InsideNewsBox>პრეზიდენტმა ელჩი მიიღო და მადლობა გადაუხადა.</div>",
         "ka"),
        ("president_ie", "https://president.ie/en/media-library/speeches/oraid",
         "<div class=c-detail-page-content><h2>Óráid an Uachtaráin</h2><p>Tá an-áthas orm a bheith anseo libh inniu agus ba "
         "mhaith liom mo bhuíochas a ghabháil libh as an bhfáilte chaoin a chuir sibh romham.</p></div>", "ga"),
        ("president_ie", "https://president.ie/en/media-library/speeches/speech",
         f"<div class=c-detail-page-content><h2>A speech</h2>{PARAGRAPH}</div>", "en"),
    ],
)  # fmt: skip
def test_the_language_of_the_address_is_not_that_of_the_text(office: str, url: str, html: str, written_in: str) -> None:
    release = read(office, page(url, html), "en")
    assert (release.language, release.text_language) == ("en", written_in)


# ---- lists -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def mexico(site: Site, listings: dict[str, list[int]]) -> None:
    for query, numbers in listings.items():
        rows = "".join(f"<article><a href='/presidencia/prensa/visita-{n}'>Visita {n}</a></article>" for n in numbers)
        pager = "".join(f"<a href='?order=DESC&amp;page={n}'>{n}</a>" for n in range(1, 9))
        site.put(f"GET /presidencia/es/archivo/prensa?order=DESC{query}", f"<html><body>{rows}{pager}</body></html>")
        for n in numbers:
            html = f"<h1 class=bottom-buffer>Visita {n}</h1><dl><dt>Fecha de publicación</dt><dd>{n} de mayo de 2026</dd></dl>"
            site.put(f"GET /presidencia/prensa/visita-{n}", f"{html}<div class=article-body>{PARAGRAPH * 3}</div>")


def crawl(site: Site, folder: Path, *arguments: str) -> tuple[int, str]:
    deployment = Deployment(folder, site.url)
    deployment.configure(schedules="offices:\n  presidencia_mx: {every: 10m}\n")
    done = deployment.crawl(*arguments, office="presidencia_mx", scope=False)
    return done.returncode, done.stdout


def test_a_section_that_was_emptied_in_silence_is_trouble(site: Site, tmp_path: Path) -> None:
    """The other one goes on as ever, and HTTP 200 is all that is said."""
    both = ("-a", "sections=prensa,articulos", "-a", "listings=1")
    mexico(site, {"": [5, 4, 3]})
    html = "<h1 class=bottom-buffer>Artículo 9</h1><dl><dt>Fecha de publicación</dt><dd>9 de mayo de 2026</dd></dl>"
    site.put("GET /presidencia/es/archivo/articulos?order=DESC", "<a href='/presidencia/articulos/articulo-9'>Artículo</a>")
    site.put("GET /presidencia/articulos/articulo-9", f"{html}<div class=article-body>{PARAGRAPH * 3}</div>")
    assert crawl(site, tmp_path, *both)[0] == 0
    site.put("GET /presidencia/es/archivo/articulos?order=DESC", "<html><body><h2>Artículos</h2></body></html>")
    code, said = crawl(site, tmp_path, *both)
    assert code == 1 and re.search(r"^redesigned: 1 of 2 lists .*articulos/es", said, re.M), said


def test_a_list_that_is_cut_off_ends_where_it_is_cut(site: Site, tmp_path: Path) -> None:
    """Its pager still names eight listings; from the third on they are gone, and that is no fault."""
    mexico(site, {"": [9, 8, 7], "&page=2": [6, 5, 4]})
    code, said = crawl(site, tmp_path, "-a", "sections=prensa", "-a", "listings=all")
    assert code == 0 and not re.search(r"unreachable|redesigned", said)
    assert [address for address, _ in site.asked if "page=4" in address] == []
