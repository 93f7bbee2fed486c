"""The documentation says what the program does."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from crawler.offices import offices, table
from storage.database import Store

ROOT = Path(__file__).parents[1]


def test_the_readme_names_every_office_and_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in readme, "write the output of `podium offices --markdown` into the README"
    for name in ("PODIUM_DB", "PODIUM_CONFIG", "PODIUM_REAL_PAGES", "PODIUM_CHROMIUM"):
        assert f"`{name}`" in readme


def test_every_table_of_the_archive_is_explained(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    store = Store(tmp_path / "a.db")
    tables = store.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    store.close()
    for (name,) in tables:
        if not re.match(r"releases_words_|sqlite_|_sqlite", name):
            assert f"`{name}`" in text, f"docs/archive.md does not explain {name}"


def test_the_offices_are_of_many_countries_and_of_every_platform() -> None:
    found = offices().values()
    assert len(found) >= 25 and len({office.country for office in found}) >= 20
    platforms = {base.__name__ for office in found for base in type(office).__mro__}
    assert platforms >= {"ArmenianGovernment", "Feed", "Sitemap", "WordPress", "JsonList"}
    assert any(office.next_link for office in found) and any(office.post for office in found)


def test_the_guides_name_every_platform_and_field() -> None:
    from crawler.office import Address, Office
    from crawler.platforms.jsonlist import JsonList
    from crawler.platforms.sitemap import Sitemap

    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("platforms.md", "add-an-office.md"))
    bases = {base.__name__ for office in offices().values() for base in type(office).__mro__[1:]}
    assert all(f"`{name}`" in text for name in bases - {"object", "DataOffice"})
    plain = {"name", "country", "timezone", "hosts", "last_slash", "access"}
    for declaring in (Office, JsonList, Sitemap, Address):
        for field in set(declaring.__annotations__) - plain:
            assert f"`{field}" in text or f"{field} =" in text, f"neither guide explains {field}"


def test_an_office_is_a_class_of_at_most_25_lines() -> None:
    for path in (ROOT / "crawler" / "offices").glob("[!_]*.py"):
        for block in re.split(r"^(?=class )", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            assert len(block.strip().splitlines()) <= 25, path.name


def test_no_office_is_impolite() -> None:
    from crawler import settings

    assert settings.ROBOTSTXT_OBEY and settings.AUTOTHROTTLE_ENABLED
    assert settings.CONCURRENT_REQUESTS == settings.CONCURRENT_REQUESTS_PER_DOMAIN == 1
    assert settings.DOWNLOAD_DELAY >= 5


def test_what_the_rooms_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["browser"]]
    declared = {re.split(r"[<>=]", one)[0].lower().replace("_", "-") for one in wanted}
    rooms = ("alerts", "cli", "crawler", "language", "scheduler", "storage")
    providers = packages_distributions()
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
                for name in {name.split(".")[0] for name in names} - set(rooms) - sys.stdlib_module_names:
                    by = {one.lower().replace("_", "-") for one in providers.get(name, [name])}
                    assert by & declared or name in BROUGHT_ALONG, f"{path}: {name} is no declared dependency"


BROUGHT_ALONG = {"click", "pydantic_core", "twisted", "w3lib", "yarl"}
"""Parts of what is declared, and named by its own interface: of Scrapy, Typer, pydantic and aiohttp."""


def test_the_lock_holds_no_address() -> None:
    for name, hashes in (("requirements.lock", 100), ("requirements-browser.lock", 10)):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in lock and lock.count("--hash=sha256:") > hashes


def test_the_lock_of_the_browser_holds_what_its_extra_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements-browser.lock").read_text(encoding="utf-8")
    for requirement in project["optional-dependencies"]["browser"]:
        name, _, least = requirement.partition(">=")
        assert (found := re.search(rf"^{name}==([\d.]+) ", lock, re.M)), name
        assert found[1].split(".") >= least.split(".")
