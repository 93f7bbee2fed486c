"""The offices that podium knows: one module each, found by looking into this package."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from crawler.office import Office


class UnknownOffice(Exception):
    """No office has that name; `str()` says which have."""


@cache
def offices() -> dict[str, Office]:
    """Every declared office by name."""
    found: dict[str, Office] = {}
    for module in pkgutil.iter_modules(__path__):
        for declared in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(declared, type) and issubclass(declared, Office) and "name" in vars(declared):
                found[declared.name] = declared()
    return dict(sorted(found.items()))


def table() -> list[str]:
    """The offices as the lines of a Markdown table, for the README."""
    lines = ["| office | of | country | languages | sections | access | verified |", "|---|---|---|---|---|---|---|"]
    for office in offices().values():
        access = office.access + (", needs a browser" if office.reach == "browser" else "")
        cells = (
            f"`{office.name}`", office.full_title, office.country, ", ".join(office.languages),
            ", ".join(office.sections), access, office.verified or "not live yet",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def find_office(name: str) -> Office:
    """The office of that name; `UnknownOffice` names the near ones."""
    known = offices()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}."
    raise UnknownOffice(f"There is no office {name!r}; {hint}")
