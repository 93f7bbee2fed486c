"""How the replica's pages look: HTML of releases, lists and everything around them, 20 to 30 KB each as on
the real site.

What is known of the real markup is kept (``h1``, ``.date-cub``, ``.news-date``, ``.news-text`` …), and so are
its traps: dates beside the article, galleries and links inside it, three links a row in several spellings of
one address.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from tests.replica.story import LANGUAGES, LIVE, NUMBERED, Story
from tests.replica.wording import WORDS, Words

ROWS = 20
"""Entries on one list page."""

_STYLE = "".join(
    f".c{n}{{margin:{n}px {n % 7}px;padding:{n % 11}px;border-radius:{n % 5}px;"
    f"background:url(/static/img/sprite-{n}.png) 0 -{n * 16}px no-repeat}}"
    for n in range(44)
)
_SCRIPT = "".join(
    f"window.dataLayer=window.dataLayer||[];dataLayer.push({{'event':'slot-{n}','value':{n * 37 % 101}}});"
    for n in range(24)
)


def _menu(language: str, words: Words) -> str:
    columns = []
    for number, heading in enumerate(words.menu[:6]):
        links = "".join(
            f'<li class="menu-item menu-item-{number}-{n}">'
            f'<a class="menu-link" href="/{language}/{section}/"><span>{escape(name)}</span></a></li>'
            for n, (section, name) in enumerate(words.sections.items())
        )
        columns.append(
            f'<li class="menu-column c{number}"><span class="menu-title">{escape(heading)}</span>'
            f'<ul class="submenu">{links}</ul></li>'
        )
    return f'<ul class="menu">{"".join(columns)}</ul>'


def _footer(language: str, words: Words) -> str:
    links = "".join(
        f'<a class="footer-link" href="/{language}/{section}/">{escape(name)}</a> '
        for section, name in words.sections.items()
    )
    return (
        f'<div class="footer"><div class="footer-menu">{escape(" · ".join(words.menu))}</div>'
        f'<nav class="footer-navigation">{links}</nav><p>{escape(words.footer)}</p></div>'
    )


def _calendar(words: Words, month: date) -> str:
    """A calendar full of dates that are nobody's."""
    first = month.replace(day=1)
    start = first - timedelta(days=first.weekday())
    rows = []
    for week in range(6):
        days = [start + timedelta(days=7 * week + n) for n in range(7)]
        rows.append("".join(f'<td class="day" data-date="{d:%d.%m.%Y}"><span>{d.day:02}</span></td>' for d in days))
    head = "".join(f"<th>{escape(name)}</th>" for name in words.weekdays)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="calendar"><div class="calendar-month">{first:%m, %Y}</div>'
        f"<table><tr>{head}</tr>{body}</table></div>"
    )


def _sidebar(language: str, words: Words, month: date, generation: int) -> str:
    """Dates and texts that look like a release's and are none; dated from `month`, counted up with
    `generation`.
    """
    decoys = "".join(
        f'<div class="latest-item"><span class="news-date">{month - timedelta(days=n * 9):%d.%m.%Y}</span>'
        f'<a href="/{language}/{"photos" if n % 2 else "videos"}/item/{1200 + n + generation}/">'
        f"{escape(words.menu[n % len(words.menu)])} {n + 1 + generation}</a></div>"
        for n in range(5)
    )
    return (
        f'<aside class="sidebar"><h3>{escape(words.latest)}</h3>{decoys}{_calendar(words, month)}'
        f'<div class="banner"><img src="/static/img/banner-{generation}.jpg" alt=""></div></aside>'
    )


def layout(language: str, title: str, main: str, month: date, generation: int = 0) -> bytes:
    """A whole page around `main`."""
    words = WORDS[language]
    menu = _menu(language, words)
    switch = "".join(f'<a class="lang" href="/{x}/">{x}</a>' for x in LANGUAGES)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)} - {escape(words.office)}</title>"
        f'<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="/static/css/main.css">'
        f'<style>{_STYLE}</style><script>{_SCRIPT}</script></head>\n<body class="page lang-{language}">'
        f'<div class="header"><a class="logo" href="/{language}/">{escape(words.office)}</a>'
        f'<div class="header-date">01, 2009</div><div class="langs">{switch}</div>'
        f'<form class="search" action="/search"><input name="q" placeholder="{escape(words.search)}"></form>'
        f'<nav class="navigation">{menu}</nav></div>\n<div class="content">\n<div class="main">{main}</div>\n'
        f"{_sidebar(language, words, month, generation)}</div>\n"
        f"{_footer(language, words)}</body></html>\n"
    ).encode()


# releases


def release(story: Story, language: str) -> bytes:
    """The page of one release. Stories before 2018 have the old date, the oldest also the old containers."""
    edition, words, truth = story.editions[language], WORDS[language], story.truth(language)
    main = (
        f'<div class="article"><h1 class="article-title">{escape(str(truth["title"]))}</h1>'
        f"{_date(story.day)}{_body(story, language)}</div>"
    )
    month = (story.day or date(2023, 7, 3)).replace(day=3)
    title = words.sections[story.section] if story.section in NUMBERED else edition.title
    return layout(language, title, main, month + timedelta(days=40), edition.furniture)


def _date(day: date | None) -> str:
    if day is None:
        return ""
    if day.year < 2018:
        return f'<div class="news-date">{day:%d.%m.%Y}</div>'
    rest = f'<span class="date-rest">{day:%m, %Y}</span>'
    return f'<div class="date-cub"><span class="date-day">{day:%d}</span> {rest}</div>'


def _body(story: Story, language: str) -> str:
    edition, words = story.editions[language], WORDS[language]
    old = story.day is not None and story.day.year < 2015
    container = ("static-content", "news-content")[story.id % 2] if old else "news-text"
    texts = [_inline(text, (story.id + n) % 5) for n, text in enumerate(edition.paragraphs)]
    if old and language == "fr":
        # The oldest pages came from a system that wrote accents as separate characters.
        texts = [unicodedata.normalize("NFD", text) for text in texts]
    gallery = ""
    if story.photos:
        thumbs = "".join(
            f'<a class="photo" href="/static/photos/{story.id}-{n}.jpg">'
            f'<img src="/static/thumbs/{story.id}-{n}.jpg" alt=""></a>'
            for n in range(3)
        )
        more = words.photos.format(n=story.photos)
        gallery = f'<div class="news-gallery">{thumbs}<span class="gallery-more">{escape(more)}</span></div>'
    if container == "news-content":
        broken = [f"{text}<br /><br />\n" for text in texts]
        texts_html = "".join(broken[:2]) + gallery + "".join(broken[2:])
    else:
        paragraphs = [f"<p>{text}</p>\n" for text in texts]
        if story.own_heading:
            paragraphs[0] = f"<h2>{texts[0]}</h2>\n"
        texts_html = "".join(paragraphs[:2]) + gallery + "".join(paragraphs[2:])
    address = LIVE + story.path(language)
    share = "".join(
        f'<a class="share-link" href="https://{host}/share?u={address}">{name}</a> '
        for host, name in (("www.facebook.com", "Facebook"), ("x.com", "X"), ("t.me", "Telegram"))
    )
    return (
        f'<div class="{container}">{texts_html}'
        f'<div class="share-links"><span>{escape(words.share)}</span> {share}</div>'
        f'<a class="back-to-list" href="/{language}/{story.section}/">{escape(words.back)}</a></div>'
    )


def _inline(text: str, kind: int) -> str:
    """The paragraph with the inline markup that editors leave behind; its text stays the same."""
    html = escape(text, quote=False)
    head, space, rest = html.partition(" ")
    if not space or kind > 2:
        return html
    if kind == 0:
        return f"<strong>{head}</strong> {rest}"
    if kind == 1:
        return f"{head}&nbsp;{rest}"
    return f'<span style="font-size: 14px;">{head}  {rest}</span>\n'


# lists


def _links(path: str) -> tuple[str, str, str]:
    """Three spellings of one address, as they occur on the real site."""
    bare = path.rstrip("/")
    spellings = (
        path,
        f"https://www.president.am{path}",
        f"http://www.president.am{bare}",
        f"https://president.am{path}",
        bare,
        f"http://president.am{path}",
    )
    start = zlib.crc32(path.encode()) % len(spellings)
    first, second, third = (spellings[(start + n) % len(spellings)] for n in range(3))
    return first, second, third


def teaser(text: str) -> str:
    """The beginning of a text as a list shows it."""
    return text[:180].rsplit(" ", 1)[0] + "..."


def _row(story: Story, language: str) -> str:
    edition = story.editions[language]
    picture, heading, more = _links(story.path(language))
    day = f'<div class="list-date">{story.day:%m, %Y}</div>' if story.day else ""
    return (
        f'<li class="news-item"><a class="news-picture" href="{picture}">'
        f'<img src="/static/thumbs/{story.id}.jpg" alt="">'
        f'</a><div class="news-info">{day}'
        f'<h3 class="news-heading"><a href="{heading}">{escape(edition.title)}</a></h3>'
        f'<p class="news-teaser">{escape(teaser(edition.paragraphs[0]), quote=False)}</p>'
        f'<a class="news-more" href="{more}">{escape(WORDS[language].more)}</a></div></li>\n'
    )


def listing(language: str, section: str, stories: Sequence[Story], number: int, last: int) -> bytes:
    """List page `number` of `last` with the given stories; without any it is a proper page with an empty
    list.
    """
    name = WORDS[language].sections[section]
    rows = "".join(_row(story, language) for story in stories)
    near = [n for n in range(1, last + 1) if n in (1, last) or abs(n - number) < 4]
    pages = "".join(
        f'<a class="page-link" href="/{language}/{section}/{f"page/{n}/" if n > 1 else ""}">{n}</a> ' for n in near
    )
    main = (
        f'<h1 class="list-title">{escape(name)}</h1><ul class="news-list">{rows}</ul>'
        f'<div class="pagination">{pages}</div>'
    )
    return layout(language, name, main, date(2023, 7, 3))


# everything else


def home(language: str) -> bytes:
    """The home page."""
    words = WORDS[language]
    links = "".join(
        f'<div class="home-block"><a href="/{language}/{section}/">{escape(name)}</a></div>'
        for section, name in words.sections.items()
    )
    return layout(language, words.office, f'<div class="home">{links}</div>', date(2023, 7, 3))


def not_found(language: str) -> bytes:
    """The page for an address that does not exist; it has no heading of the first rank."""
    words = WORDS[language]
    main = f'<div class="error-page"><h2>404</h2><p>{escape(words.not_found)}</p></div>'
    return layout(language, words.not_found, main, date(2023, 7, 3))


def login(language: str) -> bytes:
    """A login page as a content management system shows it to strangers."""
    words = WORDS[language]
    main = (
        '<div class="login"><h2>Sign in</h2><form method="post" action="/admin/login"><input name="username">'
        '<input type="password" name="password"><button type="submit">Log in</button></form></div>'
    )
    return layout(language, words.office, main, date(2023, 7, 3))


def redesigned(page: bytes, rows: bool = False) -> bytes:
    """The same page after a redesign: other elements and class names. With `rows`, lists lose their addresses
    too.
    """
    changes = [
        (b'<h1 class="article-title">', b'<div class="headline">'),
        (b"</h1>", b"</div>"),
        (b'<h1 class="list-title">', b'<div class="headline">'),
        (b"date-cub", b"published-at"),
        (b"news-date", b"posted-on"),
        (b'class="news-text"', b'class="entry-body"'),
        (b'class="static-content"', b'class="entry-body"'),
        (b'class="news-content"', b'class="entry-body"'),
        (b"news-list", b"feed"),
        (b"news-item", b"card"),
        (b'class="news-', b'class="card-'),
    ]
    if rows:
        changes.append((b"/item/", b"/view/"))
    for old, new in changes:
        page = page.replace(old, new)
    return page


SCRIPT = b"""document.addEventListener("DOMContentLoaded", async () => {
  new Image().src = "/static/img/counter.png";
  const answer = await fetch("/api/main?path=" + encodeURIComponent(location.pathname), {headers: {"X-Reader": "app"}});
  if (answer.ok) document.querySelector(".main").innerHTML = await answer.text();
});
"""
"""What brings in the main part of a page that was answered with the fault "script"."""
_MAIN = re.compile(rb'<div class="main">(.*)</div>\n<aside', re.S)


def main_part(page: bytes) -> bytes:
    """The inside of a page's main part."""
    found = _MAIN.search(page)
    assert found is not None, "every page is laid out with a main part"
    return found[1]


def scripted(page: bytes) -> bytes:
    """The same page with nothing in its main part but a word to wait, and the script that fills it."""
    waiting = b'<div class="main">...</div>\n<script src="/static/app.js"></script><aside'
    return _MAIN.sub(lambda _: waiting, page)


def wall(nonce: str) -> bytes:
    """A block page of a bot manager: about 15 KB, and other bytes for every nonce."""
    noise = "".join(f'{{k:"{nonce}-{n:03}",v:"{zlib.crc32(f"{nonce}{n}".encode()):08x}"}},' for n in range(400))
    return (
        "<!DOCTYPE html>\n<html><head><title>Radware Captcha Page</title>"
        '<meta name="robots" content="noindex, nofollow">'
        '<link rel="stylesheet" href="https://captcha.perfdrive.com/captcha-public/css/style.css">'
        f'<script src="https://captcha.perfdrive.com/captcha-public/js/captcha.js?ssa={nonce}"></script>'
        "</head>"
        '<body><div class="container"><h1>We apologize for the inconvenience...</h1>'
        "<p>...but your activity and behavior on this site made us think that you are a bot.</p>"
        "<p>Please solve this captcha to request unblock to the website.</p>"
        f'<form id="captchaForm"><input type="hidden" name="rid" value="{nonce}"></form>'
        f"<script>var challenge=[{noise}];</script></div></body></html>\n"
    ).encode()


ROBOTS = b"User-agent: *\nAllow: /\nDisallow: /search\n"
"""The robots.txt: everything but the search may be fetched."""
