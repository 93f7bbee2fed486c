"""Every office reads its saved pages as a person has reviewed them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.offices import find_office, offices
from crawler.saved import EXPECTED, PAGES, load_pages, read_all

FOLDER = Path(__file__).parents[1] / "offices"


@pytest.mark.parametrize("name", offices())
def test_an_office_reads_its_saved_pages_as_reviewed(name: str) -> None:
    folder = FOLDER / name
    assert (folder / PAGES).exists(), (
        f"{name} has no saved pages in {folder}; docs/add-an-office.md says how to make them"
    )
    expected = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    reviewed = expected.pop("reviewed")
    assert reviewed is True, f"compare {folder / EXPECTED} with the pages, then set reviewed to true"
    office, pages = find_office(name), load_pages(folder)
    found = read_all(office, pages)
    assert sum(saved.kind == "listing" for saved in pages) >= 1
    assert len(found["rows"]) >= 2 and len(found["releases"]) >= 2
    assert found["rows"] == expected["rows"]
    for read, stated in zip(found["releases"], expected["releases"], strict=True):
        for field, value in stated.items():
            assert read[field] == value, f"{name}, {stated['url']}: {field}"


def test_no_saved_pages_without_their_office() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} == set(offices())


@pytest.mark.parametrize("name", offices())
def test_an_office_asks_for_its_own_addresses_only(name: str) -> None:
    office = find_office(name)
    for spec in office.lists():
        for number in (1, 2, 3):
            request = office.listing_request(spec, number)
            if request is not None:
                assert request.url.split("/")[2] in office.all_hosts
                assert "{" not in request.url
    for saved in load_pages(FOLDER / name):
        if saved.kind == "release":
            located = office.locate(saved.page.url)
            assert located is not None and located.url == saved.page.url
