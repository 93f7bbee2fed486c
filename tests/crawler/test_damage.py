"""The smoke alarm: what breaks on a site is noticed at every office, by name; what is whole never alarms."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.raising import Announcer
from crawler.health import Verdict
from crawler.intake import Intake
from crawler.office import Office
from crawler.offices import find_office, offices
from crawler.options import CrawlOptions
from crawler.reading import Unreadable
from crawler.saved import SavedPage, load_pages, read_all
from storage import Archive, open_archive
from tests.crawler.damage import DAMAGES, Damage, damaged

FOLDER = Path(__file__).parents[1] / "offices"
APPLIED: Counter[str] = Counter()


def crawl(archive: Archive, office: Office, pages: list[SavedPage], after: timedelta) -> Verdict:
    """One run over saved pages as if they had been fetched ten days and `after` they were saved (and every release of theirs
    published): every listing, what is new on it, and every release that is known."""
    shift = timedelta(days=10) + after
    later = [replace(saved, page=replace(saved.page, fetched_at=saved.page.fetched_at + shift)) for saved in pages]
    now = max(saved.page.fetched_at for saved in later)
    listings = {(saved.section, saved.language): saved.page for saved in later if saved.kind == "listing"}
    releases = {located.key: saved.page for saved in later if (located := office.locate(saved.page.url)) is not None}
    options = CrawlOptions(
        sections=tuple({section for section, _ in listings}),
        languages=tuple({language for _, language in listings}),
        listings=1,
        recheck=timedelta(days=10_000),
    )
    intake = Intake(office, options, Announcer.load(archive, {}, now), clock=lambda: now)
    plan = intake.open(archive)
    for state in plan.lists:
        page = listings.get((state.spec.section, state.spec.language))
        if page is not None:
            ahead = intake.take_listing(archive, state, 1, page, False)
            for row in ahead.rows:
                if row.key in releases:
                    intake.take_release(archive, row, releases[row.key])
    for known in plan.known:
        if known.key in releases and not office.whole:
            intake.take_known(archive, known, releases[known.key])
    return intake.close(archive, requests=len(pages)).verdict


def reads_as_before(office: Office, pages: list[SavedPage], broken: list[SavedPage]) -> bool:
    """Whether a damage is none: all of it is read as before (JSON and feeds say themselves that they are UTF-16)."""
    try:
        return read_all(office, pages) == read_all(office, broken)
    except Unreadable:
        return False


@pytest.fixture(scope="module")
def baselines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives that have read each office's saved pages once, made when they are first asked for."""
    return {"folder": tmp_path_factory.mktemp("baselines")}


def baseline(baselines: dict[str, Path], office: Office) -> Path:
    if office.name not in baselines:
        path = baselines["folder"] / f"{office.name}.db"
        archive = open_archive(path)
        pages = load_pages(FOLDER / office.name)
        for hours in (0, 1):
            verdict = crawl(archive, office, pages, timedelta(hours=hours))
            assert verdict.healthy, f"{office.name}, undamaged: {verdict}"
        archive.close()
        baselines[office.name] = path
    return baselines[office.name]


@pytest.mark.parametrize("name", offices())
def test_whole_pages_never_alarm(name: str, baselines: dict[str, Path], tmp_path: Path) -> None:
    office, pages = find_office(name), load_pages(FOLDER / name)
    archive = open_archive(Path(shutil.copy(baseline(baselines, office), tmp_path)))
    for hours in (2, 8, 30):
        verdict = crawl(archive, office, pages, timedelta(hours=hours))
        assert verdict.healthy, verdict
    archive.close()


@pytest.mark.parametrize("name", offices())
@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_every_damage_is_noticed_and_named(
    damage: Damage, name: str, baselines: dict[str, Path], tmp_path: Path
) -> None:
    office, pages = find_office(name), load_pages(FOLDER / name)
    broken = damaged(office, pages, damage)
    if broken is None or reads_as_before(office, pages, broken):
        pytest.skip(f"{damage} does no harm to the pages of {name}")
    if office.whole and len(pages) > 1 and not any("row" in cause for cause in damage.causes):
        pytest.skip(f"{name} reads no releases while its interface answers; these are the pages of its fallback")
    APPLIED[damage.name] += 1
    archive = open_archive(Path(shutil.copy(baseline(baselines, office), tmp_path)))
    verdict = crawl(archive, office, broken, timedelta(hours=6))
    assert not verdict.healthy, f"{damage} at {name} was not noticed: {verdict.reason}"
    assert any(cause in verdict.reason for cause in damage.causes), f"{damage} at {name} is called {verdict}"
    again = crawl(archive, office, pages, timedelta(hours=7))
    assert again.healthy, f"{name} is not found well again after {damage}: {again}"
    archive.close()
