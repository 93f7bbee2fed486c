"""CSS selectors compiled once into XPath for lxml trees.

parsel translates them (so `::text` and `::attr(name)` work as in Scrapy); evaluating the compiled expressions on a
bare tree costs a third of a `parsel.Selector` for each step (benchmarks/, `crawl`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from parsel.csstranslator import HTMLTranslator

_translator = HTMLTranslator()

Expression = Callable[[Any], Any]


_TAGS = re.compile(r"[a-z][a-z0-9]*(?:\s*,\s*[a-z][a-z0-9]*)*")
_CLASS = re.compile(r"\.[A-Za-z_][\w-]*")


def compile_css(css: str) -> Expression:
    """The compiled expression of one CSS selector; ValueError names a selector that cannot be understood.

    It gives a list, in the order of the document. Names of elements are looked up by lxml's own iterator, which takes a
    tenth of an XPath's time.
    """
    if _TAGS.fullmatch(css):
        return _by_tag(*(tag.strip() for tag in css.split(",")))
    try:
        compiled: Expression = etree.XPath(_translator.css_to_xpath(css), smart_strings=False)
        return compiled
    except Exception as error:  # cssselect and lxml each have several
        raise ValueError(f"not a CSS selector: {css!r} ({error})") from error


def _by_tag(*tags: str) -> Expression:
    return lambda tree: list(tree.iter(*tags))


def compile_first(css: str | Sequence[str]) -> tuple[Expression, ...]:
    """As `compile_all`, for who asks for the first that is found (`first`). Several selectors of one class each are looked
    for in one walk over the tree, which takes a fifth of their XPaths' time."""
    several = (css,) if isinstance(css, str) else tuple(css)
    if len(several) > 1 and all(map(_CLASS.fullmatch, several)):
        return (_by_class([selector.removeprefix(".") for selector in several]),)
    return compile_all(several)


def _by_class(names: Sequence[str]) -> Expression:
    """The elements of any of these classes, those of an earlier name first."""
    wanted = frozenset(names)

    def find(tree: Any) -> list[Any]:
        found = [
            element for element in tree.iter() if (own := element.get("class")) and not wanted.isdisjoint(own.split())
        ]
        return found if len(found) < 2 else sorted(found, key=rank)

    def rank(element: Any) -> int:
        own = element.get("class").split()
        return next(place for place, name in enumerate(names) if name in own)

    return find


def compile_all(css: str | Sequence[str]) -> tuple[Expression, ...]:
    return tuple(compile_css(one) for one in ((css,) if isinstance(css, str) else css))


@dataclass(frozen=True, slots=True)
class Selectors:
    """The compiled selectors of an office; of several for one field the first that finds something counts."""

    title: tuple[Expression, ...]
    body: tuple[Expression, ...]
    date: tuple[Expression, ...]
    time: tuple[Expression, ...]
    drop: tuple[Expression, ...]


def compile_selectors(
    *,
    title: str | Sequence[str],
    body: str | Sequence[str],
    date: str | Sequence[str],
    time: str | Sequence[str],
    drop: str | Sequence[str],
) -> Selectors:
    return Selectors(compile_all(title), compile_first(body), compile_all(date), compile_all(time), compile_all(drop))


def first(expressions: Sequence[Expression], tree: Any) -> Any | None:
    """The first element (or string) that any of the expressions finds, in their order."""
    for expression in expressions:
        found = expression(tree)
        if found:
            return found[0]
    return None


def text_of(found: Any) -> str:
    """The text of an element or string, its white space single."""
    return " ".join((found if isinstance(found, str) else "".join(found.itertext())).split())
