"""Platform bases: how listings are asked for, what is found in them, and the traps of each, once."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from crawler.listings import Form, Json, Listing, ListingRequest
from crawler.office import Address, Office
from crawler.platforms.armenia import ArmenianGovernment
from crawler.platforms.feed import Feed
from crawler.platforms.jsonlist import JsonList
from crawler.platforms.sitemap import Sitemap
from crawler.platforms.wordpress import WordPress
from crawler.reading import Unreadable, read_listing, read_release
from storage.model import ListSpec, Page


class Plain(Office):
    """An office of the tests."""

    name = "plain"
    country = "XX"
    timezone = "Europe/Vienna"
    languages = ("en",)
    sections = ("news",)
    listing = "https://office.example/{section}"
    next_listing = "page/{n}/"
    releases = (Address(r"/news/(?P<slug>[^/]+)", "{slug}"),)
    title, body, date = "h1", ".text", ".date"


def page(body: str | bytes, url: str = "https://office.example/news", status: int = 200) -> Page:
    return Page(url, status, {}, body if isinstance(body, bytes) else body.encode(), datetime(2026, 1, 1, tzinfo=UTC))


def spec(office: Office) -> ListSpec:
    return office.lists()[0]


def listing(office: Office, body: str | bytes, url: str | None = None) -> Listing:
    return read_listing(page(body, url or spec(office).url), office, spec(office))


def asked(office: Office, number: int, before: Listing | None = None) -> ListingRequest:
    request = office.listing_request(spec(office), number, before)
    assert request is not None
    return request


# ---- pagers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "step", "first", "third"),
    [
        ("page/{n}/", 0, "https://office.example/news", "https://office.example/news/page/3/"),
        ("{n}", 0, "https://office.example/news", "https://office.example/news/3"),
        ("page,{n}", 0, "https://office.example/news", "https://office.example/news/page,3"),
        ("P{offset}", 20, "https://office.example/news", "https://office.example/news/P40"),
        ("?page={n}", 0, "https://office.example/news", "https://office.example/news?page=3"),
        ("?page={index}", 0, "https://office.example/news", "https://office.example/news?page=2"),
        ("?start={offset}", 16, "https://office.example/news", "https://office.example/news?start=32"),
        ("?page={n}", 0, "https://office.example/news?order=DESC", "https://office.example/news?order=DESC&page=3"),
        ("page/{n}/", 0, "https://office.example/news/?idiom=es", "https://office.example/news/page/3/?idiom=es"),
    ],
)
def test_a_pager_counts_as_the_site_does(template: str, step: int, first: str, third: str) -> None:
    office = type("Paged", (Plain,), {"next_listing": template, "step": step, "listing": first})()
    assert (asked(office, 1).url, asked(office, 3).url) == (first, third)
    assert asked(office, 3).method == "GET"


def test_a_form_and_a_json_object_are_posted_for_every_listing() -> None:
    form = type("Posted", (Plain,), {"post": Form(lang="zh", detailno="{n}"), "listing_headers": {"X-Empty": ""}})()
    request = asked(form, 2)
    assert (request.method, parse_qs(request.body.decode())) == ("POST", {"lang": ["zh"], "detailno": ["2"]})
    assert request.headers == (("Content-Type", "application/x-www-form-urlencoded"), ("X-Empty", ""))
    body = Json(filter={"active": True, "in": ["{offset}"]}, page={"number": "{index}"})
    request = asked(type("Asked", (Plain,), {"post": body, "step": 20})(), 3)
    assert json.loads(request.body) == {"filter": {"active": True, "in": [40]}, "page": {"number": 2}}


def test_a_pager_of_signed_links_is_followed_and_ends_with_them() -> None:
    office = type("Followed", (Plain,), {"next_listing": "", "next_link": "li.next a[data-nextlink]"})()
    assert not office.numbered
    first = listing(
        office,
        "<a href='/news/one'>One</a><li class=next><a data-nextlink=1 href='/news?p=2&amp;cHash=a1'>next</a></li>",
    )
    assert asked(office, 2, first).url == "https://office.example/news?p=2&cHash=a1"
    last = listing(office, "<a href='/news/two'>Two</a><li class=next><span>next</span></li>")
    assert office.listing_request(spec(office), 3, last) is None


def test_an_office_without_pager_has_one_listing() -> None:
    office = type("Single", (Plain,), {"next_listing": ""})()
    assert office.listing_request(spec(office), 2, Listing()) is None


# ---- HTML lists ------------------------------------------------------------------------------------------------------


def test_a_base_and_relative_links_lead_to_the_releases() -> None:
    office = type("Based", (Plain,), {"releases": (Address(r"/news(?P<number>\d+)/[^/]+\.html", "{number}"),)})()
    found = listing(
        office,
        "<base href='https://office.example/'><a href='news7/a-slug.html'>Seven</a><a href='news7/another.html'>more</a>",
        "https://office.example/en/archive/",
    )
    assert [(row.key, row.title) for row in found] == [("7", "Seven")]


def test_a_row_dates_its_own_links_only() -> None:
    office = type("Dated", (Plain,), {"row": ".card", "row_date": "h5", "row_title": "h3"})()
    body = (
        "<h5>1 January 2020</h5><div class=card><a href='/news/a'><h3>A</h3><h5>5 October 2026</h5></a></div>"
        "<div class=card><a href='/news/b'><h3>B</h3><h5>October 2026</h5></a></div><a href='/news/c'>C</a>"
    )
    assert [(row.title, row.published_on) for row in listing(office, body)] == [
        ("A", date(2026, 10, 5)), ("B", None), ("C", None)
    ]  # fmt: skip
    release = read_release(
        page("<h1>A</h1><div class=text>Text</div>", "https://office.example/news/a"),
        office, section="news", language="en", listed_on=date(2026, 10, 5),
    )  # fmt: skip
    assert release.published_on == date(2026, 10, 5)


def test_one_parameter_of_the_query_may_be_the_release() -> None:
    office = type("Queried", (Plain,), {"releases": (Address(r"/d\.aspx\?id=(?P<n>\d+)", "{n}", parameter="id"),)})()
    found = listing(
        office, "<a href='/d.aspx?x=1&amp;id=7'>Seven</a><a href='/d.aspx'>None</a><a href='/d.aspx?id=x'>x</a>"
    )
    assert [(row.key, row.url) for row in found] == [("7", "https://office.example/d.aspx?id=7")]


def test_languages_without_a_mark_in_the_address_are_told_apart() -> None:
    shapes = (
        Address(r"/en/(?P<slug>[^/]+)", "{slug}", "{slug}", language="en"),
        Address(r"/(?P<slug>[^/]+)", "{slug}", "{slug}", language="fi"),
    )
    office = type("Two", (Plain,), {"languages": ("fi", "en"), "releases": shapes})()
    found = listing(office, "<a href='/yksi-kaksi'>Yksi</a><a href='/en/one-two'>One</a>")
    assert [row.title for row in found] == ["Yksi"]
    located = office.locate("https://office.example/en/one-two")
    assert located is not None and (located.language, located.story_key) == ("en", "one-two")


def test_a_date_line_is_taken_by_its_pattern_and_no_other() -> None:
    within = {
        "date_within": r"(?:Published:\s*)?(?P<date>.*?)(?:\s+- Seul le prononcé fait foi)?",
        "date_languages": ("pl",),
    }
    office = type("Lined", (Plain,), within)()
    assert office.find_date("Published: 16.07.2026.", "en")[0] == date(2026, 7, 16)
    assert office.find_date("5 May 2023 - Seul le prononcé fait foi", "en")[0] == date(2023, 5, 5)
    assert office.find_date("27 maja 2026", "en")[0] == date(2026, 5, 27)
    day, instant = office.find_date("2026-10-04T23:30:00Z", "en")
    assert (day, instant) == (date(2026, 10, 5), datetime(2026, 10, 4, 23, 30, tzinfo=UTC))
    with pytest.raises(ValueError):
        office.find_date("Updated 16.07.2026", "en")


# ---- feeds -----------------------------------------------------------------------------------------------------------

RSS = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><title>Office</title><link>https://office.example/</link>
<item><title>Talks &amp;amp; trade</title><link>/news/talks</link><pubDate>Sun, 04 Oct 2026 23:30:00 GMT</pubDate>
<description>&lt;p&gt;The whole text.&lt;/p&gt;</description></item>
<item><title>&e;</title><link>https://office.example/news/entity</link></item>
<item><title>Elsewhere</title><link>https://elsewhere.example/news/x</link></item>
<item><title>Again</title><link>https://www.office.example/news/talks/?utm=1</link></item></channel></rss>"""


class Fed(Feed):
    """An office with a feed."""

    name, country, timezone, languages, sections = "fed", "XX", "Europe/Vienna", ("en",), ("news",)
    listing = "https://office.example/feed"
    releases = Plain.releases
    whole = True


def test_a_feed_gives_rows_with_local_days_and_whole_texts() -> None:
    office = Fed()
    found = listing(office, RSS)
    talks = found[0]
    assert (talks.title, talks.key, talks.published_on) == ("Talks & trade", "talks", date(2026, 10, 5))
    assert {row.key for row in found} <= {"talks", "entity"}
    assert not any("root:" in row.title for row in found), "an entity of the document was resolved"
    release = read_release(found.pages["talks"], office, section="news", language="en")
    assert (release.title, release.body) == ("Talks & trade", "The whole text.")
    assert release.published_at == datetime(2026, 10, 4, 23, 30, tzinfo=UTC)
    assert found.pages["talks"].headers["content-location"] == "https://office.example/feed"


def test_a_feed_that_is_followed_carries_nothing() -> None:
    office = type("Followed", (Fed,), {"whole": False, "title": "h1", "body": ".text"})()
    assert listing(office, RSS).pages == {}


def test_what_is_no_feed_is_read_as_a_page_and_its_wall_recognised() -> None:
    with pytest.raises(Unreadable, match="Cloudflare"):
        listing(Fed(), "<html><title>Just a moment...</title></html>")
    assert listing(Fed(), "<html><p>Sorry.</p></html>") == []


# ---- sitemaps --------------------------------------------------------------------------------------------------------


class Mapped(Sitemap):
    """An office with a sitemap."""

    name, country, timezone, languages, sections = "mapped", "XX", "Europe/Vienna", ("en",), ("news",)
    listing = "https://office.example/sitemap.xml"
    releases = Plain.releases
    title, body = "h1", ".text"
    newest = 3


def urlset(*entries: tuple[str, str]) -> str:
    urls = "".join(f"<url><loc> {url} </loc><lastmod>{when}</lastmod></url>" for url, when in entries)
    return f'<?xml version="1.0"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


MANY = urlset(
    *((f"https://office.example/news/n{n}", f"2026-0{n}-01") for n in range(1, 8)), ("https://office.example/x", "")
)


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_of_a_sitemap_the_newest_releases_are_the_listing(pack: object) -> None:
    found = listing(Mapped(), pack(MANY))  # type: ignore[operator]
    assert [row.key for row in found] == ["n7", "n6", "n5"]
    assert found[0].published_on is None, "the day of the last change is no day of publication"
    dated = type("Dated", (Mapped,), {"dated_by_lastmod": True})()
    assert listing(dated, pack(MANY))[0].published_on == date(2026, 7, 1)  # type: ignore[operator]


def test_an_index_leads_to_its_parts_the_latest_first() -> None:
    class Indexed(Mapped):
        """An office with an index."""

        name = "indexed"
        parts: ClassVar[str] = "news"

    office = Indexed()
    parts = (("news-1", "2026-01-01"), ("pages", "2026-12-01"), ("news-2", "2026-05-01"))
    index = "".join(
        f"<sitemap><loc>https://office.example/{name}.xml</loc><lastmod>{when}</lastmod></sitemap>"
        for name, when in parts
    )
    found = listing(office, f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{index}</sitemapindex>')
    assert found == [] and found.following == ("https://office.example/news-2.xml", "https://office.example/news-1.xml")
    request = asked(office, 1, found)
    assert (request.url, request.queue) == ("https://office.example/news-2.xml", ("https://office.example/news-1.xml",))
    rest = office.listing_request(spec(office), 2, Listing(), request.queue)
    assert rest is not None and (rest.url, rest.queue) == ("https://office.example/news-1.xml", ())


def test_a_sitemap_is_read_without_entities_and_a_bomb_stays_packed() -> None:
    evil = '<!DOCTYPE u [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + urlset(("https://office.example/news/&e;", ""))
    assert all(
        "/" not in row.key and row.key != "" for row in listing(Mapped(), evil.replace('<?xml version="1.0"?>\n', ""))
    )
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000 + b"</urlset>")
    assert listing(Mapped(), bomb) == []


# ---- JSON and WordPress ----------------------------------------------------------------------------------------------


def test_a_json_list_names_its_fields_by_paths() -> None:
    fields = {
        "name": "api", "results": "data.items", "url_field": "id", "url_form": "/news/{value}", "title_field": "t.0.en",
        "date_field": "at", "title": "h1", "body": ".text", "releases": Plain.releases, "listing": Plain.listing,
        "country": "XX", "timezone": "Asia/Tokyo", "languages": ("en",), "sections": ("news",), "__doc__": "An office.",
    }  # fmt: skip
    office = type("Api", (JsonList,), fields)()
    rows = [{"id": 7, "t": [{"en": "Seven"}], "at": "2026-10-04T20:00:00Z"}, {"id": None}, {"t": 3}, "odd"]
    found = listing(office, json.dumps({"data": {"items": rows}}))
    assert [(row.key, row.title, row.published_on) for row in found] == [("7", "Seven", date(2026, 10, 5))]
    assert listing(office, json.dumps({"data": {"items": []}})) == []
    assert listing(office, json.dumps({"error": "closed"})) == []


class Pressed(WordPress):
    """An office on WordPress."""

    name, country, timezone, languages, sections = "pressed", "XX", "Africa/Nairobi", ("en",), ("news",)
    listing = "https://office.example/wp-json/wp/v2/posts?per_page=50"
    fallback = "https://office.example/category/{section}/"
    releases = (Address(r"/(?P<slug>[^/]+-[^/]+)", "{slug}"),)


TEXT = "<p>The first paragraph.</p>\n<p>“The second,” it was said.</p>"


def test_wordpress_carries_the_text_and_its_html_page_reads_the_same() -> None:
    office = Pressed()
    post = {
        "link": "https://office.example/a-visit/", "title": {"rendered": "A visit &#8211; and more"},
        "date_gmt": "2026-10-04T21:30:00", "content": {"rendered": TEXT + "<div class='sharedaddy'>Share</div>"},
    }  # fmt: skip
    found = listing(office, json.dumps([post, post | {"link": "https://office.example/locked-post/", "content": {}}]))
    assert [(row.key, row.published_on) for row in found] == [
        ("a-visit", date(2026, 10, 5)),
        ("locked-post", date(2026, 10, 5)),
    ]
    assert list(found.pages) == ["a-visit"], "a post without its text is read from its page"
    carried = read_release(found.pages["a-visit"], office, section="news", language="en")
    html = (
        f"<article><h1 class='entry-title'>A visit – and more</h1><time class='entry-date' datetime='2026-10-05T00:30:00+03:00'>"
        f"x</time><div class='entry-content'>{TEXT}<div class='sharedaddy'>Share</div></div></article>"
    )
    fetched = read_release(page(html, "https://office.example/a-visit/"), office, section="news", language="en")
    assert (carried.content_hash, carried.published_at, carried.key) == (
        fetched.content_hash,
        fetched.published_at,
        fetched.key,
    )
    assert asked(office, 2).url == "https://office.example/wp-json/wp/v2/posts?per_page=50&page=2"
    request = office.fallback_request(spec(office))
    assert request is not None and request.url == "https://office.example/category/news/"


# ---- the Armenian government's CMS ------------------------------------------------------------------------------------


class Yerevan(ArmenianGovernment):
    """An office of the tests."""

    name, sections = "yerevan", ("press-release", "decrees", "signed-laws")
    listing = "https://office.example/{language}/{section}/"


def test_date_and_slug_join_the_editions_and_a_number_is_of_its_section() -> None:
    office = Yerevan()
    dated = [office.locate(f"https://office.example/{code}/press-release/item/2026/10/05/Visit/") for code in ("hy", "en")]
    assert {one.story_key for one in dated if one} == {"2026/10/05/Visit"}
    assert [one.language for one in dated if one] == ["hy", "en"]
    assert {one.published_on for one in dated if one} == {date(2026, 10, 5)}
    decree, law = (office.locate(f"https://office.example/en/{name}/item/7/") for name in ("decrees", "signed-laws"))
    assert decree is not None and law is not None and (decree.key, law.key) == ("decrees/7", "signed-laws/7")
    assert office.locate("https://office.example/en/press-release/item/2026/13/05/Visit/") is None, "no such day"
    assert [asked(office, number).url for number in (1, 2)] == [
        "https://office.example/hy/press-release/", "https://office.example/hy/press-release/page/2/"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "title", "day"),
    [
        ("<h2>Օրենք կրթության մասին</h2><p>17 նոյեմբերի 2025 թ.</p><p>Հոդված 1.</p>", "Օրենք կրթության մասին", "2025-11-17"),
        ("<p>ՀՐԱՄԱՆԱԳԻՐԸ ՆՀ-7-Ա</p><p>Նշանակել 17 նոյեմբերի 2025 թ. դատավոր։</p>", "ՀՐԱՄԱՆԱԳԻՐԸ ՆՀ-7-Ա", "None"),
        ("<p>Օրենք</p><p>17.11.2025</p><p>18.11.2025</p>", "Օրենք", "None"),
        ("<p>Օրենք</p><p>17.11.2025</p><p>17 նոյեմբերի 2025 թ.</p>", "Օրենք", "2025-11-17"),
        ("<p>Օրենք</p><p>նոյեմբեր 2025 թ.</p>", "Օրենք", "None"),
    ],
)
def test_what_has_only_a_number_is_named_and_dated_by_its_own_text(text: str, title: str, day: str) -> None:
    side = "<aside><div class=news-date>01.01.2020</div></aside>"
    html = f"<h1>Signed laws</h1><div class=news-text>{text}<p>← Back to list</p></div>{side}"
    url = "https://office.example/en/signed-laws/item/7/"
    release = read_release(page(html, url), Yerevan(), section="signed-laws", language="en")
    assert (release.title, str(release.published_on), release.text_language) == (title, day, "hy")
    assert release.body.split("\n\n")[0] == title and "Back to list" not in release.body
