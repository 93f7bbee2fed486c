"""Offices crawled for real, over loopback, from sites that page, carry, repeat and refuse as theirs are known to."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from crawler.offices import find_office
from tests.conftest import Deployment
from tests.crawler.site import Answer, Site, serve


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def crawl(site: Site, folder: Path, office: str, *arguments: str, says: str = "ok") -> Deployment:
    deployment = Deployment(folder, site.url)
    deployment.configure(schedules=f"offices:\n  {office}: {{every: 10m}}\n")
    done = deployment.crawl(*arguments, office=office, scope=False)
    assert re.search(rf"^(?:{says}|quiet): ", done.stdout, re.M), done.stdout + done.stderr[-2000:]
    return deployment


def titles(deployment: Deployment, office: str) -> list[str]:
    archive = deployment.archive()
    found = sorted(release.title for release in archive.releases(office=office))
    archive.close()
    return found


def release(title: str, body: str = "") -> str:
    text = f"<p>{body or title + ', told at length for the archive. '}</p>" * 4
    return f"<main><h2>{title}</h2><article>{text}</article></main>"


def akorda(site: Site, listings: dict[str, list[int]]) -> None:
    for address, numbers in listings.items():
        cards = "".join(
            f"<div class=card><a href='/ru/vstrecha-{n}'><h3>Встреча {n}</h3><h5 class=mt-3>{n} мая 2026 года</h5></a></div>"
            for n in numbers
        )
        site.put(f"GET {address}", cards)
        for n in numbers:
            site.put(f"GET /ru/vstrecha-{n}", release(f"Встреча {n}"))


ONLY = ("-a", "sections=events", "-a", "languages=ru", "-a", "listings=all")


def test_a_list_that_ignores_its_page_number_ends(site: Site, tmp_path: Path) -> None:
    same = [3, 2, 1]
    akorda(site, {f"/ru/events{query}": same for query in ("", *(f"?page={n}" for n in range(2, 30)))})
    deployment = crawl(site, tmp_path, "akorda", *ONLY)
    assert titles(deployment, "akorda") == ["Встреча 1", "Встреча 2", "Встреча 3"]
    lists = [address for address, _ in site.asked if "/events" in address]
    assert lists == ["GET /ru/events", "GET /ru/events?page=2", "GET /ru/events?page=3"]


def test_a_list_that_gives_its_first_page_twice_is_read_to_its_end(site: Site, tmp_path: Path) -> None:
    akorda(
        site, {"/ru/events": [6, 5], "/ru/events?page=2": [6, 5], "/ru/events?page=3": [4, 3], "/ru/events?page=4": [2]}
    )
    deployment = crawl(site, tmp_path, "akorda", *ONLY)
    assert len(titles(deployment, "akorda")) == 5
    archive = deployment.archive()
    assert {str(one.published_on) for one in archive.releases(office="akorda")} == {
        f"2026-05-0{n}" for n in range(2, 7)
    }
    archive.close()


def test_a_list_that_begins_again_behind_its_end_ends(site: Site, tmp_path: Path) -> None:
    around = {f"/ru/events?page={n}": ([2, 1], [4, 3], [6, 5])[n % 3] for n in range(2, 40)}
    akorda(site, {"/ru/events": [4, 3], **around})
    deployment = crawl(site, tmp_path, "akorda", *ONLY)
    assert len(titles(deployment, "akorda")) == 6
    assert len([address for address, _ in site.asked if "/events" in address]) <= 6


def test_listings_are_posted_for_and_years_of_the_republic_read(site: Site, tmp_path: Path) -> None:
    def answer(body: bytes) -> Answer:
        number = int(parse_qs(body.decode())["detailno"][0])
        rows = (
            "".join(f"<li><a href='/NEWS/{number}{n}'>新聞 {number}{n}</a></li>" for n in (1, 2)) if number < 4 else ""
        )
        return 200, "text/html", rows.encode()

    site.answers["POST /WebAPI/News/List"] = answer
    for n in (11, 12, 21, 22, 31, 32):
        text = "<p>總統今日接見友邦大使，感謝他三年來為兩國情誼所做的努力。</p>" * 4
        html = f"<div class=pageTitle1>新聞 {n}</div><div class=pageDate1>115年05月{n}日</div><div class=article1>{text}</div>"
        site.put(f"GET /NEWS/{n}", html, "text/html")
    site.put("GET /NEWS/32", "<div class=pageTitle1>新聞 32</div><div class=article1>文</div>", "text/html")
    deployment = crawl(site, tmp_path, "president_tw", "-a", "listings=all")
    assert titles(deployment, "president_tw") == [f"新聞 {n}" for n in (11, 12, 21, 22, 31, 32)]
    assert len([address for address, _ in site.asked if address.startswith("POST")]) == 4
    archive = deployment.archive()
    days = {one.title: str(one.published_on) for one in archive.releases(office="president_tw")}
    assert days["新聞 11"] == "2026-05-11" and days["新聞 32"] == "None"
    archive.close()


def test_an_index_of_packed_sitemaps_is_followed(site: Site, tmp_path: Path) -> None:
    office = find_office("elysee")
    base = "https://www.elysee.fr"
    named = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    index = f"<sitemapindex {named}><sitemap><loc>{base}/part.xml.gz</loc></sitemap></sitemapindex>"
    urls = "".join(f"<url><loc>{base}/emmanuel-macron/2026/05/0{n}/visite</loc></url>" for n in (1, 2, 3))
    site.put("GET /sitemap.publication.xml", index, "application/xml")
    site.put("GET /part.xml.gz", gzip.compress(f"<urlset {named}>{urls}</urlset>".encode()), "application/gzip")
    for n in (1, 2, 3):
        text = "<p>Le Président de la République a reçu ce jour l'ambassadeur d'un pays ami, après trois ans.</p>" * 3
        site.put(f"GET /emmanuel-macron/2026/05/0{n}/visite", f"<h1>Visite {n}</h1><div class=card__body>{text}</div>")
    deployment = crawl(site, tmp_path, office.name)
    assert titles(deployment, office.name) == ["Visite 1", "Visite 2", "Visite 3"]


def posts(*texts: tuple[str, str]) -> str:
    return json.dumps([
        {
            "link": f"https://statehouse.gov.ng/a-long-{slug}/", "title": {"rendered": f"Title of {slug}"},
            "date_gmt": "2026-05-04T10:00:00", "content": {"rendered": f"<p>{text}</p>" * 5},
        }
        for slug, text in texts
    ])  # fmt: skip


def test_texts_that_a_listing_carries_are_stored_compared_and_never_asked_for(site: Site, tmp_path: Path) -> None:
    api = "GET /wp-json/wp/v2/posts?per_page=50"
    first = "The President received the ambassador of a friendly country today. "
    site.put(api, posts(("one", first), ("two", first)), "application/json")
    deployment = crawl(site, tmp_path, "statehouse_ng", "-a", "listings=1")
    assert [address for address, _ in site.asked] == [api]
    assert titles(deployment, "statehouse_ng") == ["Title of one", "Title of two"]

    site.put(api, posts(("one", first + "And his wife. "), ("two", first)), "application/json")
    crawl(site, tmp_path, "statehouse_ng", "-a", "listings=1", "-a", "recheck=30d")
    assert {address for address, _ in site.asked} == {api}
    archive = deployment.archive()
    assert archive.runs(limit=1)[0].counts.releases_edited == 1
    changed = archive.release_at("https://statehouse.gov.ng/a-long-one/")
    assert changed is not None and changed.release.body.startswith(first + "And his wife.")
    archive.close()


def test_where_the_api_is_refused_the_html_list_is_read(site: Site, tmp_path: Path) -> None:
    site.put("GET /wp-json/wp/v2/posts?per_page=50", '{"code":"rest_forbidden"}', "application/json", status=401)
    site.put("GET /category/news/", "<a href='https://statehouse.gov.ng/a-long-visit/'>A visit</a>")
    text = "<p>The President received the ambassador of a friendly country today and spoke of trade.</p>" * 3
    html = f"<h1>A visit</h1><div class=page-info>May 4, 2026</div><div class=news-detail-content>{text}</div>"
    site.put("GET /a-long-visit/", html)
    deployment = crawl(site, tmp_path, "statehouse_ng")
    assert titles(deployment, "statehouse_ng") == ["A visit"]


def test_signed_links_are_followed_but_not_off_the_office(site: Site, tmp_path: Path) -> None:
    def listing(n: int, link: str) -> str:
        row = f"<a href='/aktuelles/detail/besuch-{n}'>Besuch {n}</a>"
        return f"{row}<li class=next><a data-nextlink=1 href='{link}'>weiter</a></li>"

    site.put("GET /aktuelles", listing(1, "/aktuelles?page=2&amp;cHash=ab"))
    site.put("GET /aktuelles?page=2&cHash=ab", listing(2, "https://elsewhere.example/aktuelles?page=3"))
    for n in (1, 2):
        text = "<p>Der Bundespräsident hat heute den Botschafter eines befreundeten Landes empfangen.</p>" * 4
        html = f"<div class=news-single><h1>Besuch {n}</h1><div class=news-single-content>{text}</div></div>"
        site.put(f"GET /aktuelles/detail/besuch-{n}", html)
    deployment = crawl(site, tmp_path, "bundespraesident_at", "-a", "listings=all")
    assert titles(deployment, "bundespraesident_at") == ["Besuch 1", "Besuch 2"]


def test_a_section_that_was_never_there_is_said_and_is_no_fault(site: Site, tmp_path: Path) -> None:
    akorda(site, {"/ru/events": [2, 1]})
    deployment = crawl(site, tmp_path, "akorda", "-a", "languages=ru", "-a", "listings=1")
    assert titles(deployment, "akorda") == ["Встреча 1", "Встреча 2"]
    del site.answers["GET /ru/events"]
    deployment.crawl("-a", "languages=ru", "-a", "listings=1", office="akorda", scope=False)
    archive = deployment.archive()
    assert archive.runs(limit=1)[0].verdict == "unreachable", "a list that was there and is gone is a fault"
    archive.close()


def test_a_page_that_lost_its_landmarks_is_kept_with_a_second_reading(site: Site, tmp_path: Path) -> None:
    akorda(site, {"/ru/events": [3, 2, 1]})
    paragraph = "Президент сегодня принял посла дружественной страны, завершающего трёхлетнюю миссию в республике. "
    moved = (
        f"<html><body><main><h1>Новая вёрстка</h1><div class=story><p>{paragraph * 3}</p></div></main></body></html>"
    )
    site.put("GET /ru/vstrecha-3", moved)
    deployment = crawl(site, tmp_path, "akorda", "-a", "sections=events", "-a", "languages=ru", "-a", "listings=1")
    assert titles(deployment, "akorda") == ["Встреча 1", "Встреча 2"], "a second reading is never stored as a release"
    with sqlite3.connect(deployment.db) as connection:
        kept = connection.execute("SELECT reason, second_reading FROM failed_pages").fetchall()
    assert len(kept) == 1 and "no heading and container" in kept[0][0]
    second = json.loads(kept[0][1])
    assert second["title"] == "Новая вёрстка" and second["body"].startswith(paragraph.strip()[:60])


def feed(site: Site, numbers: list[int], text: str) -> str:
    entries = "".join(
        f"<entry><title>Встреча {n}</title><link href='http://kremlin.ru/events/president/news/{n}'/><id>{n}</id>"
        f"<published>2026-05-0{n}T23:30:00+03:00</published><content type='html'>&lt;p&gt;{text * 3}&lt;/p&gt;</content></entry>"
        for n in numbers
    )
    return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Кремль</title>{entries}</feed>"


RUSSIAN = "Президент сегодня принял посла дружественной страны, завершающего трёхлетнюю миссию в республике. "


def test_a_feed_with_whole_texts_is_one_request_and_an_item_of_two_feeds_is_one_release(
    site: Site, tmp_path: Path
) -> None:
    atom = "application/atom+xml; charset=utf-8"
    site.put("GET /events/president/news/feed", feed(site, [3, 2, 1], RUSSIAN), atom)
    transcripts = feed(site, [3], RUSSIAN).replace("/president/news/3", "/president/transcripts/3")
    site.put("GET /events/president/transcripts/feed", transcripts, atom)
    deployment = crawl(site, tmp_path, "kremlin_ru")
    assert titles(deployment, "kremlin_ru") == ["Встреча 1", "Встреча 2", "Встреча 3"]
    assert {address for address, _ in site.asked} == {
        "GET /events/president/news/feed", "GET /events/president/transcripts/feed"
    }  # fmt: skip
    archive = deployment.archive()
    assert {str(one.published_on) for one in archive.releases()} == {f"2026-05-0{n}" for n in (1, 2, 3)}
    archive.close()


def test_an_entry_without_its_text_is_read_from_its_page(site: Site, tmp_path: Path) -> None:
    whole = feed(site, [3, 2], RUSSIAN)
    bare = re.sub(r"<content.*?</content>", "", whole, count=1)
    site.put("GET /events/president/news/feed", bare, "application/atom+xml; charset=utf-8")
    html = (
        "<article><h1 class=entry-title>Встреча 3</h1><time class=read__published datetime=2026-05-03>3 мая 2026 года</time>"
        f"<div class=read__time>23:30</div><div itemprop=articleBody><div class=slider>Фото</div><p>{RUSSIAN * 3}</p>"
        "<div class=read__bottommeta>Темы</div></div></article>"
    )
    site.put("GET /events/president/news/3", html)
    deployment = crawl(site, tmp_path, "kremlin_ru", "-a", "sections=news")
    archive = deployment.archive()
    read = {one.key: one for one in archive.releases()}
    archive.close()
    assert {address for address, _ in site.asked} == {"GET /events/president/news/feed", "GET /events/president/news/3"}
    assert read["3"].body == read["2"].body == " ".join((RUSSIAN * 3).split())
    assert read["3"].published_at is not None and f"{read['3'].published_at:%d %H:%M}" == "03 20:30"


def test_a_feed_to_follow_leads_to_its_pages(site: Site, tmp_path: Path) -> None:
    items = "".join(
        f"<item><title>دیدار {n}</title><link>https://www.leader.ir/fa/content/{n}/any-slug</link></item>" for n in (1, 2)
    )
    site.put("GET /fa/rss", f"<?xml version='1.0'?><rss version='2.0'><channel>{items}</channel></rss>", "text/xml")
    for n in (1, 2):
        text = "<p>رئیس جمهور امروز سفیر کشور دوست را به حضور پذیرفت و از سه سال کوشش او سپاسگزاری کرد.</p>" * 4
        html = f"<h1 class=page_title>دیدار {n}</h1><article id=details><time>۱۴۰۵/۰۴/۲{n}</time>{text}</article>"
        site.put(f"GET /fa/content/{n}/any-slug", html)
    deployment = crawl(site, tmp_path, "leader_ir")
    archive = deployment.archive()
    assert {one.key: str(one.published_on) for one in archive.releases()} == {"1": "2026-07-12", "2": "2026-07-13"}
    archive.close()


def test_a_json_list_is_posted_for_page_by_page(site: Site, tmp_path: Path) -> None:
    def answer(body: bytes) -> Answer:
        page = json.loads(body)["pageRequest"]["page"]
        rows = [{"id": 10 - 2 * page - n, "titleRu": f"Встреча {10 - 2 * page - n}", "publishedAt": "2026-05-04T20:00:00Z"}
                for n in (0, 1)]  # fmt: skip
        return 200, "application/json", json.dumps({"content": rows if page < 3 else []}).encode()

    site.answers["POST /api/v1/news/search"] = answer
    for n in range(5, 11):
        site.put(f"GET /ru/news/{n}", f"<h1>Встреча {n}</h1><article><p>{RUSSIAN * 3}</p></article>")
    deployment = crawl(site, tmp_path, "president_kg", "-a", "listings=all", "-a", "reach=direct")
    assert len(titles(deployment, "president_kg")) == 6
    assert len([address for address, _ in site.asked if address.startswith("POST")]) == 4
    archive = deployment.archive()
    assert {str(one.published_on) for one in archive.releases()} == {"2026-05-05"}, "the day in Bishkek"
    archive.close()


def test_a_slug_is_decoration_and_a_dead_page_answers_with_the_home_page(site: Site, tmp_path: Path) -> None:
    links = "".join(
        f"<a href='news700{n}/a-slug-{n}.html'>Среща {n}</a><a href='news700{n}/other.html'>още</a>" for n in (1, 2, 3)
    )
    site.put("GET /news/", f"<html><head><base href='https://www.president.bg/'></head><body>{links}</body></html>")
    text = "<p>Президентът прие днес посланика на приятелска страна и му благодари за тригодишната мисия.</p>" * 3
    for n in (1, 2):
        html = f"<h2 class=article-title>Среща {n}</h2><div class=date>2{n} Юни 2026</div><div class=print-content>{text}</div>"
        site.put(f"GET /news700{n}/a-slug-{n}.html", html)
    site.put("GET /news7003/a-slug-3.html", f"<h1>Президент на Република България</h1><div class=home>{text}</div>")
    deployment = crawl(site, tmp_path, "president_bg", "-a", "listings=1", says="ok|unreadable")
    assert titles(deployment, "president_bg") == ["Среща 1", "Среща 2"]
    archive = deployment.archive()
    assert {str(one.published_on) for one in archive.releases()} == {"2026-06-21", "2026-06-22"}
    archive.close()
