"""Recognising what stands in front of a site: bot managers' pages, logins, maintenance. Pure.

A page is only tried against these when it lacks what makes it a release or a listing: sites behind a bot manager load
its scripts on good pages too. Marks as observed in public: Radware's page answers 200 with assets from
captcha.perfdrive.com; Cloudflare sends `cf-mitigated: challenge` and its challenge-platform script; Akamai shows
"Access Denied" with a reference number or a `sec-if-cpt-container`; F5 sends a TSPD script or "Request Rejected" with a
support id.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from storage.model import Page

_MARKS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("Radware", re.compile(rb"perfdrive\.com|Radware (?:Captcha|Bot Manager)", re.I)),
    ("Cloudflare", re.compile(rb"/cdn-cgi/challenge-platform/|cf-chl-|<title>Just a moment\.\.\.</title>|"
                              rb"<title>Attention Required! \| Cloudflare", re.I)),
    ("Akamai", re.compile(rb"sec-if-cpt-container|errors\.edgesuite\.net|<title>Access Denied</title>", re.I)),
    ("F5", re.compile(rb"/TSPD/|TSPD_101|<title>Request Rejected</title>", re.I)),
    ("a bot check", re.compile(rb"verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?human|verifying your browser|"
                               rb"checking your browser before|are you a robot\?", re.I)),
)  # fmt: skip
_WALL_HOSTS = re.compile(r"(?:^|\.)(?:perfdrive\.com|hcaptcha\.com|challenges\.cloudflare\.com)$", re.I)
_WALL_PATHS = re.compile(r"^/(?:cdn-cgi/challenge-platform|TSPD)/", re.I)
_LOGIN = re.compile(rb"<input[^>]+type\s*=\s*[\"']?password", re.I)
_MAINTENANCE = re.compile(rb"under maintenance|maintenance mode|temporarily unavailable|technical works", re.I)

_NO_RELEASE = re.compile(
    r"(?:error|ошибка|сбой|սխալ|erreur|fehler)\W*(?:404|410)\b.*|"
    r"(?:404|410)\W*(?:(?:error|ошибка|սխալ|erreur|fehler|page|not found|gone)\b.*)?|"
    r".*\b(?:page|document|article)\b.*\bnot (?:be )?found\W*|not found\W*|.*\bno longer (?:available|exists)\W*|"
    r"(?:site )?(?:is )?under maintenance\W*|.*temporarily unavailable\W*|"
    r".*страниц\w* (?:не найден\w*|не существует)\W*|не найдено\W*|.*сторінк\w* не знайден\w*\W*|"
    r".*էջ\w* (?:չի գտնվել|չի գտնված|չգտնվեց|գոյություն չունի)\W*|.*page (?:introuvable|non trouvée)\W*|"
    r".*página (?:no|não) (?:encontrada|existe)\W*|.*seite (?:wurde )?nicht gefunden\W*|.*pagina non trovata\W*",
    re.I | re.S,
)
"""Headings of pages that say they are none, as common publishing systems word them in the offices' languages."""


def says_not_found(title: str) -> bool:
    """Whether a heading is that of a page for what was not found, or of a site under maintenance. Only of short texts: a
    release may well tell of such a page."""
    return _NO_RELEASE.fullmatch(title.strip()) is not None


def find_wall(page: Page) -> str | None:
    """Whose wall this page is ("Radware"), or None. For pages that lack landmarks, and for refused redirects."""
    if page.location and _WALL_HOSTS.search(urlsplit(page.location).hostname or ""):
        return "Radware" if "perfdrive" in page.location else "a bot check"
    if "challenge" in page.headers.get("cf-mitigated", ""):
        return "Cloudflare"
    for name, mark in _MARKS:
        if mark.search(page.body):
            return name
    return None


def is_of_a_wall(url: str) -> bool:
    """Whether an address belongs to a bot manager, on its own host or on the office's."""
    return bool(_WALL_HOSTS.search(urlsplit(url).hostname or "") or _WALL_PATHS.search(urlsplit(url).path))


def describe(page: Page) -> str:
    """What a page without landmarks seems to be, in a few words."""
    if _LOGIN.search(page.body):
        return "a login page"
    if _MAINTENANCE.search(page.body):
        return "a maintenance page"
    if not page.body.strip():
        return "an empty page"
    return f"a page of {len(page.body)} bytes"
