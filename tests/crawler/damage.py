"""Ways in which a site breaks, done to saved pages. Each gives the damaged page, or None where it cannot happen to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from crawler.office import Office
from crawler.saved import SavedPage
from storage.model import Page

Damager = Callable[[Office, SavedPage], Page | None]


@dataclass(frozen=True)
class Damage:
    """A kind of damage; `causes`: the verdict's reason names one of these."""

    name: str
    apply: Damager
    causes: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def _with(saved: SavedPage, body: str | bytes) -> Page:
    return replace(saved.page, body=body if isinstance(body, bytes) else body.encode())


# ---- the shapes that pages have ------------------------------------------------------------------------------------------


def _shape(page: Page) -> str:
    start = page.body.lstrip()[:200]
    return "json" if start[:1] in (b"{", b"[") else "xml" if start.startswith(b"<?xml") else "html"


def _tree(page: Page) -> Any:
    return html.document_fromstring(page.body, parser=html.HTMLParser(encoding="utf-8"))


def _html(tree: Any) -> bytes:
    return b"<!DOCTYPE html>\n" + etree.tostring(tree, method="html", encoding="utf-8")


def _base(saved: SavedPage, tree: Any) -> str:
    return urljoin(saved.page.url, next(iter(tree.xpath("//base/@href")), ""))


def _release_links(office: Office, saved: SavedPage, tree: Any) -> list[Any]:
    base = _base(saved, tree)
    return [a for a in tree.xpath("//a[@href]") if office.locate(urljoin(base, a.get("href"))) is not None]


def _xml_items(tree: Any) -> list[Any]:
    return [e for e in tree.iter() if isinstance(e.tag, str) and etree.QName(e).localname in ("item", "entry", "url")]


def _json_items(data: Any) -> list[Any]:
    """The longest list of objects in parsed JSON."""
    found: list[list[Any]] = []

    def look(value: Any) -> None:
        if isinstance(value, list):
            if value and all(isinstance(one, dict) for one in value):
                found.append(value)
            for one in value:
                look(one)
        elif isinstance(value, dict):
            for one in value.values():
                look(one)

    look(data)
    return max(found, key=len)


def _each_text(data: Any, change: Callable[[str, str], Any], name: str = "") -> Any:
    """Parsed JSON with every value that is no container changed; `change` gets it with its key."""
    if isinstance(data, dict):
        return {key: _each_text(value, change, key) for key, value in data.items()}
    if isinstance(data, list):
        return [_each_text(value, change, name) for value in data]
    return change(name, data)


# ---- listings ------------------------------------------------------------------------------------------------------------


def _keep_rows(keep: int) -> Damager:
    def damage(office: Office, saved: SavedPage) -> Page | None:
        if saved.kind != "listing":
            return saved.page
        shape = _shape(saved.page)
        if shape == "json":
            data = json.loads(saved.page.body)
            del _json_items(data)[keep:]
            return _with(saved, json.dumps(data, ensure_ascii=False))
        if shape == "xml":
            tree = etree.fromstring(saved.page.body)
            kept = 0
            for item in _xml_items(tree):
                links = [t for e in item.iter() for t in (e.get("href"), e.text) if t]
                is_release = any(office.locate(urljoin(saved.page.url, t.strip())) for t in links)
                kept += is_release
                if is_release and kept > keep:
                    item.getparent().remove(item)
            return _with(saved, etree.tostring(tree, xml_declaration=True, encoding="utf-8"))
        tree = _tree(saved.page)
        keys: list[str] = []
        for link in _release_links(office, saved, tree):
            located = office.locate(urljoin(_base(saved, tree), link.get("href")))
            assert located is not None
            if located.key not in keys:
                keys.append(located.key)
            if keys.index(located.key) >= keep:
                link.drop_tree()
        return _with(saved, _html(tree))

    return damage


def _links(change: Callable[[str], str]) -> Damager:
    """Change the address of every release on a listing."""

    def damage(office: Office, saved: SavedPage) -> Page | None:
        if saved.kind != "listing":
            return saved.page
        shape = _shape(saved.page)
        if shape == "json":
            data = json.loads(saved.page.body)

            def one(name: str, value: Any) -> Any:
                if name == "id" and isinstance(value, int):
                    return change(str(value)) if "link" not in json.dumps(data) else value
                return change(value) if isinstance(value, str) and office.locate(urljoin(saved.page.url, value)) else value

            return _with(saved, json.dumps(_each_text(data, one), ensure_ascii=False))
        if shape == "xml":
            tree = etree.fromstring(saved.page.body)
            for element in (e for item in _xml_items(tree) for e in item.iter()):
                if element.text and office.locate(urljoin(saved.page.url, element.text.strip())):
                    element.text = change(element.text.strip())
                if element.get("href") and office.locate(urljoin(saved.page.url, element.get("href"))):
                    element.set("href", change(element.get("href")))
            return _with(saved, etree.tostring(tree, xml_declaration=True, encoding="utf-8"))
        tree = _tree(saved.page)
        for link in _release_links(office, saved, tree):
            link.set("href", change(link.get("href")))
        return _with(saved, _html(tree))

    return damage


def _elsewhere(url: str) -> str:
    path = re.sub(r"^https?://[^/]+", "", url)
    return f"https://news.example.net/{path.lstrip('/')}"


def _moved(url: str) -> str:
    host = re.match(r"^https?://[^/]+", url)
    path = url[host.end() :] if host else url
    return f"{host[0] if host else ''}/new-site{path if path.startswith('/') else '/' + path}?show=1"


# ---- releases ------------------------------------------------------------------------------------------------------------


def _carried(change: dict[str, Any]) -> Damager:
    """Change what a listing carries of each release: `title` and `body` by their names in JSON and feeds."""

    def damage(office: Office, saved: SavedPage) -> Page | None:
        shape = _shape(saved.page)
        if not office.whole or shape == "html":
            return None
        if shape == "json":
            data = json.loads(saved.page.body)
            for item in _json_items(data):
                for name, value in change.items():
                    for found in (n for n in _NAMES[name] if n in item):
                        if value is None:
                            item[f"{found}2"] = item.pop(found)
                        else:
                            item[found] = {"rendered": value} if isinstance(item[found], dict) else value
            return _with(saved, json.dumps(data, ensure_ascii=False))
        tree = etree.fromstring(saved.page.body)
        for element in (e for item in _xml_items(tree) for e in item.iter()):
            local = etree.QName(element).localname
            for name, value in change.items():
                if local in _NAMES[name]:
                    if value is None:
                        element.tag = f"{local}2"
                    else:
                        element.text = value
        return _with(saved, etree.tostring(tree, xml_declaration=True, encoding="utf-8"))

    return damage


_NAMES = {"title": ("title",), "body": ("content", "encoded", "description", "summary")}


def _first(office: Office, field: str, tree: Any) -> Any | None:
    for expression in getattr(office.selectors, field):
        for found in expression(tree):
            if not isinstance(found, str):
                return found
    return None


def _on_release(change: Callable[[Office, Any], bool], on_listing: Damager) -> Damager:
    """Change the tree of a release's page; where listings carry the texts, change these."""

    def damage(office: Office, saved: SavedPage) -> Page | None:
        if saved.kind == "listing":
            return on_listing(office, saved) or saved.page
        tree = _tree(saved.page)
        return _with(saved, _html(tree)) if change(office, tree) else None

    return damage


def _rename_containers(office: Office, tree: Any) -> bool:
    changed = False
    for _ in range(20):
        found = _first(office, "body", tree)
        if found is None:
            return changed
        found.tag = "x-text"
        for name in list(found.attrib):
            del found.attrib[name]
        changed = True
    raise AssertionError(f"{office.name}: its text is found whatever its container is called")


def _remove_headings(office: Office, tree: Any) -> bool:
    changed = False
    for expression in office.selectors.title:
        for found in expression(tree):
            if isinstance(found, str):  # of an attribute
                for element in tree.iter():
                    for name, value in list(element.attrib.items()):
                        if value == found:
                            del element.attrib[name]
                            changed = True
            else:
                found.tag, found.text = "span", ""
                for child in list(found):
                    found.remove(child)
                for name in list(found.attrib):
                    del found.attrib[name]
                changed = True
    for heading in tree.xpath("//h1|//h2|//h3|//title"):
        heading.drop_tree()
    return changed


def _empty_bodies(office: Office, tree: Any) -> bool:
    changed = False
    for expression in office.selectors.body:
        for found in expression(tree):
            title = _first(office, "title", tree)
            inside = title is not None and any(e is found for e in title.iterancestors())
            for child in list(found):
                if not (inside and (child is title or any(e is child for e in title.iterancestors()))):
                    found.remove(child)
                else:
                    child.tail = ""
                    changed = _empty_beside(child, title) or changed
            found.text = ""
            changed = True
    return changed


def _empty_beside(element: Any, kept: Any) -> bool:
    """Empty an element but for one within it."""
    if element is kept:
        return False
    element.text = ""
    for child in list(element):
        child.tail = ""
        if child is not kept and not any(e is child for e in kept.iterancestors()):
            element.remove(child)
        else:
            _empty_beside(child, kept)
    return True


# ---- whole pages ---------------------------------------------------------------------------------------------------------


def _instead(body: str, status: int = 200) -> Damager:
    def damage(office: Office, saved: SavedPage) -> Page | None:
        headers = {"content-type": "text/html; charset=utf-8"}
        return replace(saved.page, status=status, body=body.encode(), headers=headers)

    return damage


def _redirected(office: Office, saved: SavedPage) -> Page | None:
    return replace(saved.page, status=302, body=b"", location="https://parking.example.net/" + office.name)


def _utf16(office: Office, saved: SavedPage) -> Page | None:
    return _with(saved, saved.page.body.decode().encode("utf-16-le"))


_LEGACY = {"zh": "big5", "ko": "euc-kr", "fa": "cp1256"} | dict.fromkeys(("ru", "uk", "be", "bg", "mk"), "cp1251")


def _legacy(office: Office, saved: SavedPage) -> Page | None:
    """The charset of twenty years ago, still declared as UTF-8."""
    text = saved.page.body.decode()
    if sum(ord(letter) > 127 for letter in text) < 0.02 * len(text):
        return None
    return _with(saved, text.encode(_LEGACY.get(saved.language, "gb18030"), "replace"))


def _read_as_latin(office: Office, saved: SavedPage) -> Page | None:
    """UTF-8 that a program of the site took for Windows-1252 and wrote as UTF-8 again."""
    text = saved.page.body.decode()
    if sum(ord(letter) > 127 for letter in text) < 0.02 * len(text):
        return None  # English with a dash or two: still readable
    return _with(saved, text.encode().decode("latin-1"))


def _lost_letters(office: Office, saved: SavedPage) -> Page | None:
    text = saved.page.body.decode()
    if sum(ord(letter) > 127 for letter in text) < 0.02 * len(text):
        return None
    return _with(saved, re.sub("[^\x00-\x7f]", "\ufffd", text))


# ---- a year on -----------------------------------------------------------------------------------------------------------

_YEARS = re.compile(r"(?<!\d)(20\d\d|1[34]\d\d|[۱]۴[۰-۹]{2}|1[01]\d(?=年|/))(?!\d)")


def _later(text: str) -> str:
    def year(match: re.Match[str]) -> str:
        later = str(int(match[0]) + 1)
        return later if match[0].isascii() else later.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))

    return _YEARS.sub(year, text)


def _is_address(text: str) -> bool:
    return text.strip().startswith(("http", "/", "?"))


def _year_on(office: Office, saved: SavedPage) -> Page | None:
    """Every date that the page shows is one year later; addresses stay."""
    shape = _shape(saved.page)
    if shape == "json":
        data = json.loads(saved.page.body)

        def one(name: str, value: Any) -> Any:
            return _later(value) if isinstance(value, str) and not _is_address(value) else value

        return _with(saved, json.dumps(_each_text(data, one), ensure_ascii=False))
    tree = etree.fromstring(saved.page.body) if shape == "xml" else _tree(saved.page)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.text and not _is_address(element.text):
            element.text = _later(element.text)
        if element.tail:
            element.tail = _later(element.tail)
        for name in ("datetime", "content", "title", "value"):
            if element.get(name) and not _is_address(element.get(name)):
                element.set(name, _later(element.get(name)))
    body = etree.tostring(tree, xml_declaration=True, encoding="utf-8") if shape == "xml" else _html(tree)
    return _with(saved, body)


MAINTENANCE = (
    "<html><head><title>Back soon</title></head><body><div><p>The site is under maintenance. Please come again tomorrow."
    "</p></div></body></html>"
)
WALL = (
    "<html><head><title>One moment</title></head><body><div id='box'>Please verify you are human to go on.</div>"
    "<script src='https://captcha.perfdrive.com/x.js'></script></body></html>"
)

DAMAGES = (
    Damage("rows removed", _keep_rows(0), ("rows ",)),
    Damage("only the first row left", _keep_rows(1), ("rows ",)),
    Damage("links emptied", _links(lambda url: ""), ("rows ",)),
    Damage("links to a foreign host", _links(_elsewhere), ("rows ",)),
    Damage("address scheme changed", _links(_moved), ("rows ", "is known")),
    Damage("container renamed", _on_release(_rename_containers, _carried({"body": None})), ("container", "carry a text")),
    Damage("heading removed", _on_release(_remove_headings, _carried({"title": ""})), ("heading", "carry a text")),
    Damage("body emptied", _on_release(_empty_bodies, _carried({"body": ""})), ("characters", "carry a text", "container")),
    Damage("maintenance page", _instead(MAINTENANCE), ("maintenance",)),
    Damage("maintenance page at 503", _instead(MAINTENANCE, 503), ("HTTP 503",)),
    Damage("wall page", _instead(WALL), ("wall",)),
    Damage("wall page at 403", _instead(WALL, 403), ("wall",)),
    Damage("redirect to a foreign host", _redirected, ("redirected",)),
    Damage("UTF-16 declared as UTF-8", _utf16, ("bytes", "charset", "rows ", "wall")),
    Damage("another charset declared as UTF-8", _legacy, ("bytes", "rows ", "wrong script")),
    Damage("UTF-8 read as Latin-1", _read_as_latin, ("broken letters", "wrong script", "rows ", "heading", "date")),
    Damage("letters lost", _lost_letters, ("broken letters", "wrong script", "rows ", "heading", "date")),
    Damage("dates one year on", _year_on, ("future", "dates disagree", "no date")),
)


def damaged(office: Office, pages: list[SavedPage], damage: Damage) -> list[SavedPage] | None:
    """Saved pages with a damage done to them; None where it changes nothing of them."""
    found = []
    for saved in pages:
        page = damage.apply(office, saved)
        if page is None:
            return None
        found.append(replace(saved, page=page))
    same = all(a.page.body == b.page.body and a.page.status == b.page.status for a, b in zip(pages, found, strict=True))
    return None if same else found


