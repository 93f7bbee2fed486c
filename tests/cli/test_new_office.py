"""`podium new-office` drafts an office that reads its own pages, and leaves it to a person to say that it reads them right."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from crawler.office import Office
from crawler.saved import load_pages, read_all
from tests.conftest import POLITENESS_OFF
from tests.crawler.site import Site, serve

ROOT = Path(__file__).parents[2]

TEXT = [
    "The President of the Republic today received the ambassador of a friendly country after three years of service.",
    "They spoke of trade, of flights between both capitals and of the cooperation of their universities this year.",
    "A business forum will be held before the end of the year, and students will study in both of the countries.",
]


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def podium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "schedules.yaml").write_text("offices: {}\n", encoding="utf-8")
    (folder / "topics.yaml").write_text("topics: {}\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "new-office", *arguments, "--into", str(folder)],
        env=os.environ | {"PODIUM_CONFIG": str(folder), "COLUMNS": "200"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def drafted(folder: Path, name: str) -> tuple[Office, dict[str, Any]]:
    """The office that was written, and its expectation."""
    path = folder / "crawler" / "offices" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    declared = [one for one in vars(module).values() if isinstance(one, type) and vars(one).get("name") == name]
    assert len(path.read_text(encoding="utf-8").split("class ")[1].splitlines()) <= 25
    expected = json.loads((folder / "tests" / "offices" / name / "expected.json").read_text(encoding="utf-8"))
    return declared[0](), expected


def release(title: str, day: str) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    return (
        "<html><body><nav><a href='/'>Home</a></nav><div class='page'><h1 class='headline'>"
        f"{title}</h1><div class='news-date'>{day}</div><div class='story-text'>{text}</div></div>"
        "<aside><h2>Other news</h2><p>Short.</p></aside><footer><p>Imprint</p></footer></body></html>"
    )


def test_an_html_list_is_drafted_with_its_landmarks_and_its_pager(site: Site, tmp_path: Path) -> None:
    rows = "".join(f"<li><a href='/en/news/a-visit-of-day-{n}'>A visit of day {n}</a></li>" for n in (1, 2, 3))
    menu = "<nav><a href='/en/about'>About</a><a href='/en/contact'>Contact</a></nav>"
    listing = f"<title>The Office</title>{menu}<ul>{rows}</ul><a href='/en/news?page=2'>2</a>"
    site.put("GET /en/news", f"<html><body>{listing}</body></html>")
    for n in (1, 2, 3):
        site.put(f"GET /en/news/a-visit-of-day-{n}", release(f"A visit of day {n}", f"{n} October 2026"))
    done = podium(tmp_path, "president_xx", f"{site.url}/en/news", "--country", "at", "--timezone", "Europe/Vienna")
    assert done.returncode == 0, done.stderr
    office, expected = drafted(tmp_path, "president_xx")
    assert (office.name, office.country, office.next_listing) == ("president_xx", "AT", "?page={n}")
    assert (office.title, office.body) == ("h1.headline", "div.story-text")
    assert expected["reviewed"] is False
    assert [row["title"] for row in expected["rows"]] == [f"A visit of day {n}" for n in (1, 2, 3)]
    first = expected["releases"][0]
    assert (first["title"], first["published_on"], first["body"]) == ("A visit of day 1", "2026-10-01", TEXT)
    again = read_all(office, load_pages(tmp_path / "tests" / "offices" / "president_xx"))
    assert again == {name: expected[name] for name in ("rows", "releases")}
    refused = podium(tmp_path, "president_xx", f"{site.url}/en/news")
    assert refused.returncode == 2 and "there already" in refused.stderr


def test_wordpress_is_recognised_by_the_api_that_its_page_names(site: Site, tmp_path: Path) -> None:
    site.put(
        "GET /", f"<html><head><link rel='https://api.w.org/' href='{site.url}/wp-json/'></head><body></body></html>"
    )
    posts = [
        {"link": f"{site.url}/a-visit-{word}/", "title": {"rendered": f"A visit {word}"}, "date_gmt": "2026-10-04T22:30:00",
         "content": {"rendered": "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)}}
        for word in ("today", "tomorrow")
    ]  # fmt: skip
    site.put("GET /wp-json/wp/v2/posts?per_page=50", json.dumps(posts), "application/json")
    done = podium(tmp_path, "pressed_xx", f"{site.url}/", "--timezone", "Europe/Vienna")
    assert done.returncode == 0 and "'wordpress'" in done.stdout, done.stdout + done.stderr
    office, expected = drafted(tmp_path, "pressed_xx")
    assert office.whole and len(expected["releases"]) == 2
    assert (expected["releases"][0]["published_on"], expected["releases"][0]["body"]) == ("2026-10-05", TEXT)


def test_feed_sitemap_and_the_armenian_cms_are_recognised(site: Site, tmp_path: Path) -> None:
    text = "".join(f"&lt;p&gt;{paragraph}&lt;/p&gt;" for paragraph in TEXT * 3)
    entries = "".join(
        f"<item><title>Visit {n}</title><link>{site.url}/news/visit-{n}</link><description>{text}</description></item>"
        for n in (1, 2)
    )
    site.put(
        "GET /feed",
        f"<?xml version='1.0'?><rss version='2.0'><channel>{entries}</channel></rss>",
        "application/rss+xml",
    )
    urls = "".join(f"<url><loc>{site.url}/en/2026/10/0{n}/visit</loc></url>" for n in (1, 2, 3))
    site.put(
        "GET /sitemap.xml",
        f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>",
    )
    for n in (1, 2, 3):
        site.put(f"GET /en/2026/10/0{n}/visit", release(f"Visit {n}", ""))
    items = "".join(f"<a href='/en/press-release/item/2026/10/0{n}/Visit/'>Visit {n}</a>" for n in (1, 2))
    site.put("GET /en/press-release/", f"<html><body>{items}</body></html>")
    for n in (1, 2):
        page = f"<h1>Visit {n}</h1><div class='news-text'>{''.join(f'<p>{one}</p>' for one in TEXT)}</div>"
        site.put(f"GET /en/press-release/item/2026/10/0{n}/Visit/", page)
    for name, path, platform in (
        ("fed_xx", "/feed", "feed"), ("mapped_xx", "/sitemap.xml", "sitemap"), ("armed_xx", "/en/press-release/", "armenia"),
    ):  # fmt: skip
        done = podium(tmp_path, name, site.url + path)
        assert done.returncode == 0 and f"'{platform}'" in done.stdout, done.stdout + done.stderr
        _, expected = drafted(tmp_path, name)
        titles = {found["title"] for found in expected["releases"]}
        assert len(titles) == 2 and titles <= {"Visit 1", "Visit 2", "Visit 3"}, name
        assert all(found["body"][0] == TEXT[0] for found in expected["releases"])


def test_saved_files_do_instead_of_the_site(tmp_path: Path) -> None:
    base = "https://www.president.example"
    (tmp_path / "list.html").write_text(
        "".join(f"<a href='/news{n}/a-visit.html'>Visit {n}</a>" for n in (11, 12)), encoding="utf-8"
    )
    releases = []
    for n in (11, 12):
        (tmp_path / f"{n}.html").write_text(release(f"Visit {n}", "no day"), encoding="utf-8")
        releases += ["--release", f"{base}/news{n}/a-visit.html={tmp_path / f'{n}.html'}"]
    done = podium(tmp_path, "saved_xx", f"{base}/news", "--file", str(tmp_path / "list.html"), *releases)
    assert done.returncode == 0 and "not found: date" in done.stdout, done.stderr
    _, expected = drafted(tmp_path, "saved_xx")
    assert [(one["key"], one["title"], one["body"]) for one in expected["releases"]] == [
        ("11", "Visit 11", TEXT), ("12", "Visit 12", TEXT)
    ]  # fmt: skip


def test_what_cannot_be_drafted_is_said_in_a_sentence(site: Site, tmp_path: Path) -> None:
    site.put("GET /empty", "<html><body><p>Nothing here.</p></body></html>")
    site.put("GET /robots.txt", "User-agent: *\nDisallow: /closed\n", "text/plain")
    for arguments, says in (
        (("x_x_x", f"{site.url}/empty"), "no two addresses of one shape"),
        (("x_x_x", f"{site.url}/missing"), "HTTP 404"),
        (("x_x_x", f"{site.url}/closed"), "refuses"),
        (("X!", f"{site.url}/empty"), "no name for an office"),
        (("x_x_x", "president.example/news"), "no address"),
        (("x_x_x", "http://127.0.0.1:9/news"), "cannot be reached"),
        (("x_x_x", f"{site.url}/empty", "--timezone", "Mars"), "no time zone"),
    ):
        done = podium(tmp_path, *arguments)
        assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "crawler").exists() and not (tmp_path / "tests").exists()


def sitemap(*urls: str, kind: str = "urlset", entry: str = "url") -> str:
    found = "".join(f"<{entry}><loc>{url}</loc><lastmod>2026-10-0{n}</lastmod></{entry}>" for n, url in enumerate(urls, 1))
    return f"<?xml version='1.0'?><{kind} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{found}</{kind}>"


def test_an_index_of_packed_sitemaps_is_followed_to_its_latest_part(site: Site, tmp_path: Path) -> None:
    parts = (f"{site.url}/pages.xml", f"{site.url}/news.xml.gz")
    site.put("GET /sitemap.xml", sitemap(*parts, kind="sitemapindex", entry="sitemap"), "application/xml")
    urls = [f"{site.url}/en/2026/10/0{n}/visit" for n in (1, 2, 3)]
    site.put("GET /news.xml.gz", gzip.compress(sitemap(*urls).encode()), "application/gzip")
    for n in (1, 2, 3):
        site.put(f"GET /en/2026/10/0{n}/visit", release(f"Visit {n}", ""))
    done = podium(tmp_path, "mapped_xx", f"{site.url}/sitemap.xml")
    assert done.returncode == 0 and "'sitemap'" in done.stdout, done.stdout + done.stderr
    office, expected = drafted(tmp_path, "mapped_xx")
    assert office.listing == f"{site.url}/sitemap.xml" and len(expected["rows"]) == 3
    assert [one["published_on"] for one in expected["releases"]] == ["2026-10-01", "2026-10-02"]


@pytest.mark.parametrize("platform", ["feed", "sitemap", "wordpress", "armenia", "html"])
def test_every_platform_is_recognised_in_a_saved_file(platform: str, tmp_path: Path) -> None:
    base = "https://www.president.example"
    urls = {
        "armenia": [f"{base}/en/press-release/item/2026/10/0{n}/Visit/" for n in (1, 2)],
    }.get(platform, [f"{base}/en/2026/10/0{n}/visit-{n}/" for n in (1, 2)])
    text = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT * 2)
    posts = [
        {"link": url, "title": {"rendered": "Visit"}, "date_gmt": "2026-10-04T10:00:00", "content": {"rendered": text}}
        for url in urls
    ]  # fmt: skip
    items = "".join(
        f"<item><title>Visit</title><link>{url}</link><description>{escape(text)}</description></item>" for url in urls
    )
    content = {
        "feed": f"<?xml version='1.0'?><rss version='2.0'><channel>{items}</channel></rss>",
        "sitemap": sitemap(*urls),
        "wordpress": json.dumps(posts),
    }.get(platform, "".join(f"<a href='{url}'>Visit</a>" for url in urls))
    (tmp_path / "list").write_text(content, encoding="utf-8")
    arguments = []
    if platform not in ("feed", "wordpress"):
        page = release("Visit", "") if platform != "armenia" else f"<h1>Visit</h1><div class='news-text'>{text}</div>"
        (tmp_path / "visit.html").write_text(page, encoding="utf-8")
        arguments = [part for url in urls for part in ("--release", f"{url}={tmp_path / 'visit.html'}")]
    done = podium(tmp_path, "saved_xx", f"{base}/en/press-release/", "--file", str(tmp_path / "list"), *arguments)
    assert done.returncode == 0 and f"on the platform '{platform}'" in done.stdout, done.stdout + done.stderr
    office, expected = drafted(tmp_path, "saved_xx")
    bases = {"feed": "Feed", "sitemap": "Sitemap", "wordpress": "WordPress", "armenia": "ArmenianGovernment", "html": "Office"}
    assert type(office).__mro__[1].__name__ == bases[platform]
    assert [one["title"] for one in expected["releases"]] == ["Visit", "Visit"] and expected["reviewed"] is False
    assert all(one["body"][:3] == TEXT for one in expected["releases"])


def test_an_address_that_leads_elsewhere_is_said(site: Site, tmp_path: Path) -> None:
    with serve() as other:
        other.put("GET /news", "<a href='/news/a-visit'>A visit</a>")
        moved = other.url.replace("127.0.0.1", "localhost")
        site.answers["GET /news"] = (302, f"text/html\r\nLocation: {moved}/news", b"")
        done = podium(tmp_path, "x_x_x", f"{site.url}/news")
    assert done.returncode == 2 and f"leads to {moved}/news: give that address" in done.stderr, done.stderr


def test_the_guide_followed_to_the_letter_ends_in_an_office_that_passes(site: Site, tmp_path: Path) -> None:
    """docs/add-an-office.md in a copy of the repository: draft, a test that fails, the review, a test that passes."""
    copy = tmp_path / "podium"
    leave = shutil.ignore_patterns(".*", "data", "*.egg-info", "__pycache__", "benchmarks", "docs", "faults")
    shutil.copytree(ROOT, copy, ignore=leave)
    rows = "".join(f"<li><a href='/en/news/a-visit-of-day-{n}'>A visit of day {n}</a></li>" for n in (1, 2, 3))
    site.put("GET /en/news", f"<html><head><title>The Office</title></head><body><ul>{rows}</ul></body></html>")
    for n in (1, 2, 3):
        site.put(f"GET /en/news/a-visit-of-day-{n}", release(f"A visit of day {n}", f"{n} October 2026"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=copy, capture_output=True, text=True, timeout=120,
            env=os.environ | {"PYTHONPATH": str(copy), "PODIUM_CONFIG": str(copy), "PODIUM_DB": str(tmp_path / "p.db")},
        )  # fmt: skip

    def tested() -> subprocess.CompletedProcess[str]:
        return run("pytest", "-n", "0", "-p", "no:cacheprovider", "tests/crawler/test_offices.py", "-k", "president_xx")

    place = ("--country", "AT", "--timezone", "Europe/Vienna", "--language", "en")
    drafting = run("cli.main", "new-office", "president_xx", f"{site.url}/en/news", *place)
    assert drafting.returncode == 0, drafting.stdout + drafting.stderr
    unreviewed = tested()
    assert unreviewed.returncode == 1 and "then set reviewed to true" in unreviewed.stdout
    expectation = copy / "tests" / "offices" / "president_xx" / "expected.json"
    text = expectation.read_text(encoding="utf-8")
    assert "A visit of day 1" in text and "2026-10-01" in text
    expectation.write_text(text.replace('"reviewed": false', '"reviewed": true'), encoding="utf-8")
    reviewed = tested()
    assert reviewed.returncode == 0 and " passed" in reviewed.stdout, reviewed.stdout
    table = run("cli.main", "offices", "--markdown")
    assert "| `president_xx` | The Office | AT | en | news | HTML lists | not live yet |" in table.stdout, table.stdout
    crawled = run("scrapy", "crawl", "president_xx", "-a", "listings=1", *POLITENESS_OFF)
    assert crawled.returncode == 0 and re.search(r"^(?:ok|quiet): ", crawled.stdout, re.M), crawled.stdout + crawled.stderr
