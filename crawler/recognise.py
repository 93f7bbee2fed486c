"""What a page shows of its site: which platform it is on, which links are releases, where heading, text and date stand.

For `podium new-office`, which writes a first draft of an office from a listing and two releases. Everything found here is a
proposal to be reviewed by a person; no crawl uses it. Pure.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

from crawler.platforms.feed import Feed
from crawler.platforms.sitemap import Sitemap, root_of
from crawler.reading import parse
from crawler.second import second_reading
from crawler.selectors import compile_css, text_of
from language.dates import DateError, read_date, read_instant
from storage.model import Page

Platform = Literal["feed", "sitemap", "wordpress", "armenia", "html"]
LEAST_LINKS = 2
"""A shape of addresses that fewer links have is none."""

_links = compile_css("a[href]")
_api = compile_css("link[rel='https://api.w.org/']")
_base = compile_css("base[href]")
_armenian = re.compile(r"/(?:hy|en|ru|fr)/[a-z-]+/item/(?:\d{4}/\d\d/\d\d/[^/]+|\d+)/?$")
_DATES = (
    "meta[property='article:published_time']::attr(content)", "time[datetime]::attr(datetime)", "time", "[class*=date]",
    "[class*=Date]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of addresses: its pattern and key as an office declares them, and the addresses that have it."""

    pattern: str
    key: str
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Selectors that find heading, text and date on the releases; '' where nothing fits."""

    title: str
    body: str
    date: str


def recognise(page: Page) -> tuple[Platform, str]:
    """The platform of a listing and the address to list it by: the page's own, or that of the API it names."""
    if root_of(page) is not None and re.search(rb"<(?:urlset|sitemapindex)\b", page.body[:4096]):
        return "sitemap", page.url
    if re.search(rb"<(?:rss|feed|rdf:RDF)\b", page.body[:4096]):
        return "feed", page.url
    try:
        rows = json.loads(page.body)
    except ValueError:
        pass
    else:
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "rendered" in str(rows[0].get("title")):
            return "wordpress", page.url
    tree = parse(page)
    paths = [urlsplit(link.get("href").strip()).path for link in _links(tree)]
    if sum(bool(_armenian.search(path)) for path in paths) >= LEAST_LINKS:
        return "armenia", page.url
    api = _api(tree)
    if api and api[0].get("href"):
        root = urljoin(page.url, api[0].get("href").strip())
        return "wordpress", f"{root.rstrip('/')}/wp/v2/posts?per_page=50"
    return "html", page.url


def addresses(page: Page, platform: Platform) -> list[str]:
    """Every address that a listing leads to on its own host, each once, in its order."""
    found: list[str] = []
    if platform == "feed":
        entries = Feed.entries(Feed.__new__(Feed), page)
        found = [entry.url for entry in entries or ()]
    elif platform == "sitemap":
        root = root_of(page)
        found = [element.text or "" for element in root.iter("{*}loc")] if root is not None else []
    elif platform == "wordpress" and page.body.lstrip()[:1] == b"[":
        found = [str(row.get("link", "")) for row in json.loads(page.body)]
    else:
        tree = parse(page)
        base = urljoin(page.url, _base(tree)[0].get("href")) if _base(tree) else page.url
        found = [urljoin(base, link.get("href").strip()) for link in _links(tree)]
    host = urlsplit(page.url).netloc.removeprefix("www.")
    whole = (urljoin(page.url, address.strip()) for address in found)
    mine = (url.partition("#")[0] for url in whole if urlsplit(url).netloc.removeprefix("www.") == host)
    return list(dict.fromkeys(mine))


def newest_parts(page: Page) -> tuple[str, ...]:
    """The sitemaps that an index leads to, the latest changed first; () for any other page."""
    return Sitemap.following(Sitemap.__new__(Sitemap), page)


def release_shape(urls: list[str], listing: str) -> Shape | None:
    """The shape that most probably is that of releases: the one whose addresses are most, and longest at the end."""
    shapes: dict[tuple[str, str], list[str]] = {}
    for url in urls:
        path = unquote(urlsplit(url).path).rstrip("/")
        if path and path != unquote(urlsplit(listing).path).rstrip("/"):
            shapes.setdefault(_shape(path), []).append(url)
    ranked = sorted(
        ((shape, found) for shape, found in shapes.items() if len(found) >= LEAST_LINKS),
        key=lambda one: sum(min(len(urlsplit(url).path.rstrip("/").rsplit("/")[-1]), 60) for url in one[1]),
    )
    if not ranked:
        return None
    (pattern, key), found = ranked[-1]
    return Shape(pattern, key, tuple(found))


def _shape(path: str) -> tuple[str, str]:
    """Pattern and key of one path: what is a date, a number or the last segment varies, the rest stands."""
    if match := re.fullmatch(r"(.*/)(\d{4}/\d\d/\d\d)/[^/]+", path):
        return rf"{re.escape(match[1])}(?P<date>\d{{4}}/\d\d/\d\d)/(?P<slug>[^/]+)", "{date}/{slug}"
    if match := re.fullmatch(r"(.*/[A-Za-z-]+)(\d{2,})/[^/]+?(\.\w{3,5})?", path):  # a number and a decorative slug
        return rf"{re.escape(match[1])}(?P<number>\d+)/[^/]+{re.escape(match[3] or '')}", "{number}"
    head, _, last = path.rpartition("/")
    head = re.sub(r"(?<=/)\d{4}(?=/|$)", r"\\d{4}", re.escape(head))
    head = re.sub(r"(?<=/)\d{1,2}(?=/|$)", r"\\d+", head)
    if last.isdecimal():
        return rf"{head}/(?P<number>\d+)", "{number}"
    if re.fullmatch(r".+[-,]\d{3,}", last):
        return rf"{head}/[^/]+[-,](?P<number>\d+)", "{number}"
    if match := re.fullmatch(r"(.+)(\.\w{3,5})", last):
        return rf"{head}/(?P<slug>[^/]+){re.escape(match[2])}", "{slug}"
    return rf"{head}/(?P<slug>[^/]+)", "{slug}"


def landmarks(pages: list[Page], language: str) -> Landmarks:
    """Where heading, text and date stand on releases: proposed from the first, counted only if they fit all."""
    trees = [parse(page) for page in pages]
    texts = [second_reading(page).get("body", "") for page in pages]
    return Landmarks(
        title=_fitting(_titles(trees[0]), trees),
        body=_fitting(_bodies(trees[0], texts[0]), trees),
        date=next((css for css in _DATES if all(_dated(tree, css, language) for tree in trees)), ""),
    )


def _fitting(candidates: list[str], trees: list[Any]) -> str:
    return next((css for css in candidates if all(len(compile_css(css)(tree)) == 1 for tree in trees)), "")


def _titles(tree: Any) -> list[str]:
    return [css for tag in ("h1", "h2") for element in tree.iter(tag) if text_of(element) for css in _names(element)]


def _bodies(tree: Any, text: str) -> list[str]:
    """The containers of the text as the second reader found it, the smallest first."""
    lines = [line.strip() for line in text.split("\n") if len(line.strip()) > 40] or [text.strip()[:40] or "\0"]
    places: Counter[Any] = Counter()
    for element in tree.iter("p", "div", "article", "section", "td"):
        own = " ".join("".join(element.itertext()).split())
        places[element] = sum(" ".join(line.split())[:60] in own for line in lines)
    most = max(places.values(), default=0)
    if not most:
        return []
    holders = [element for element, count in places.items() if count == most and element.tag != "p"]
    holders.sort(key=lambda element: len("".join(element.itertext())))
    return [css for element in holders for css in _names(element)]


def _names(element: Any) -> list[str]:
    """Selectors for an element, from the plainest that may do to the nearest."""
    found = []
    if element.get("itemprop"):
        found.append(f"[itemprop={element.get('itemprop')}]")
    words = [word for word in (element.get("class") or "").split() if re.fullmatch(r"[A-Za-z_][\w-]*", word)]
    found += [f"{element.tag}.{word}" for word in words]
    if re.fullmatch(r"[A-Za-z_][A-Za-z_-]*", element.get("id") or ""):
        found.append(f"#{element.get('id')}")
    return [*found, str(element.tag)]


def _dated(tree: Any, css: str, language: str) -> bool:
    found = compile_css(css)(tree)
    if not found:
        return False
    text = text_of(found[0])
    try:
        return read_instant(text) is not None or bool(read_date(text, language))
    except DateError:
        return False


def saved_page(url: str, body: bytes, headers: dict[str, str] | None = None) -> Page:
    """A page from a file, as if it had just been answered."""
    return Page(url, 200, headers or {"content-type": "text/html"}, body, datetime.now(UTC).replace(microsecond=0))
