"""`podium check`, and the daemon that does not watch what was never seen to work."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import POLITENESS_OFF
from tests.crawler.site import Site, serve

ROOT = Path(__file__).parents[2]
PARAGRAPH = "Президент сегодня принял посла дружественной страны, завершающего трёхлетнюю миссию в республике. "


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        cards = "".join(
            f"<div class=card><a href='/ru/vstrecha-{n}'><h3>Встреча {n}</h3><h5 class=mt-3>{n} мая 2026 года</h5></a></div>"
            for n in range(1, 9)
        )
        running.put("GET /ru/events", cards)
        for n in range(1, 9):
            running.put(f"GET /ru/vstrecha-{n}", f"<h2>Встреча {n}</h2><article><p>{PARAGRAPH * 3}</p></article>")
        yield running


def environment(folder: Path, site: Site) -> dict[str, str]:
    (folder / "topics.yaml").write_text("topics: {}\n", encoding="utf-8")
    (folder / "schedules.yaml").write_text(
        "operator: desk@example.org\nsmtp: {host: 127.0.0.1, port: 9, sender: podium@example.org, security: none}\n"
        "channels:\n  desk: {email: desk@example.org}\n"
        f"offices:\n  akorda: {{every: 1s, sections: [events], languages: [ru], base_url: '{site.url}', sweep: off}}\n",
        encoding="utf-8",
    )
    return os.environ | {"PODIUM_CONFIG": str(folder), "PODIUM_DB": str(folder / "podium.db"), "COLUMNS": "200"}


def podium(folder: Path, site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments, *POLITENESS_OFF],
        env=environment(folder, site), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_check_reads_a_little_and_keeps_nothing_but_that_it_passed(site: Site, tmp_path: Path) -> None:
    done = podium(tmp_path, site, "check", "akorda", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (checked,) = json.loads(done.stdout)
    assert (checked["passed"], checked["rows"], len(checked["releases"])) == (True, 8, 1)
    assert [release["published_on"] for release in checked["releases"]] == ["2026-05-08"], "the last of the listing"
    assert {field["name"]: field["missing"] for field in checked["found"]} == dict.fromkeys(
        ("rows", "title", "date", "time", "text", "language", "story"), False
    )
    assert len(site.asked) == 2, "one listing and one release"
    whole = json.loads(podium(tmp_path, site, "check", "akorda", "--all", "--json").stdout)
    assert {release["published_on"] for release in whole[0]["releases"]} == {f"2026-05-0{n}" for n in (1, 2, 3)}
    status = json.loads(
        subprocess.run([sys.executable, "-m", "cli.main", "status", "--json"], env=environment(tmp_path, site),
                       capture_output=True, text=True, timeout=60).stdout
    )  # fmt: skip
    assert status["offices"] == []


def test_a_check_that_does_not_pass_shows_both_readings(site: Site, tmp_path: Path) -> None:
    for n in range(1, 9):
        moved = f"<html><body><main><h1>Встреча {n}</h1><div><p>{PARAGRAPH * 3}</p></div></main></body></html>"
        site.put(f"GET /ru/vstrecha-{n}", moved)
    done = podium(tmp_path, site, "check", "--all")
    assert done.returncode == 7 and "akorda: not passed: unreadable" in done.stdout, done.stdout + done.stderr
    assert "no heading and container of a release" in done.stdout
    assert "a general reader: “Встреча 1”, no date, " in done.stdout and PARAGRAPH[:40] in done.stdout
    assert podium(tmp_path, site, "check", "akordo").returncode == 2


@pytest.mark.parametrize(
    ("status", "body", "code", "verdict"),
    [
        (200, "<title>One moment</title><p>Please verify you are human.</p>", 4, "walled"),
        (503, "<p>Come back later</p>", 5, "unreachable"),
        (200, "<p>A new site, without one release.</p>", 6, "redesigned"),
    ],
)
def test_the_exit_code_of_a_check_tells_the_verdict(
    site: Site, tmp_path: Path, status: int, body: str, code: int, verdict: str
) -> None:
    site.put("GET /ru/events", body, status=status)
    done = podium(tmp_path, site, "check", "akorda")
    assert done.returncode == code and f"akorda: not passed: {verdict}" in done.stdout, done.stdout + done.stderr
    assert "missing" in done.stdout


def test_saved_pages_are_renewed_and_wait_for_review(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "offices"
    shutil.copytree(ROOT / "tests" / "offices" / "akorda", folder / "akorda")
    live = "https://www.akorda.kz/ru"
    site.put("GET /robots.txt", "User-agent: *\nDisallow: /ru/vstrecha-2\n", "text/plain")
    save = ("save", "akorda", "--base-url", site.url, "--into", str(tmp_path))

    def run(*urls: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli.main", *save, *urls]
        return subprocess.run(command, env=environment(tmp_path, site), capture_output=True, text=True, timeout=60)

    done = run(f"{live}/events", f"{live}/vstrecha-1")
    assert done.returncode == 0, done.stderr
    expected = json.loads((folder / "akorda" / "expected.json").read_text(encoding="utf-8"))
    assert expected["reviewed"] is False and len(expected["rows"]) == 8
    assert [release["title"] for release in expected["releases"]][-1] == "Встреча 1"
    names = [page["file"] for page in json.loads((folder / "akorda" / "pages.json").read_text(encoding="utf-8"))]
    assert names == ["listing.html", "release-1.html", "release-2.html", "release-3.html"], "the listing was renewed"
    refused = run(f"{live}/vstrecha-2")
    assert refused.returncode == 2 and "robots.txt refuses" in refused.stderr
    foreign = run("https://www.akorda.kz/en/nonsense/more")
    assert foreign.returncode == 2 and "neither a list nor a release" in foreign.stderr


def test_the_daemon_watches_a_never_verified_office_once_its_check_has_passed(site: Site, tmp_path: Path) -> None:
    good = dict(site.answers)
    site.answers.clear()
    command = [sys.executable, "-m", "cli.main", "watch", *POLITENESS_OFF]
    daemon = subprocess.Popen(command, env=environment(tmp_path, site), stderr=subprocess.PIPE, text=True)
    try:
        assert daemon.stderr is not None
        said: list[str] = []
        for line in daemon.stderr:
            said.append(line)
            if "it is not watched until a check passes" in line:
                break
        assert not any("poll akorda:" in line and "next" not in line for line in said)
        site.answers.update(good)
        for line in daemon.stderr:
            said.append(line)
            if "poll akorda: ok" in line or "poll akorda: quiet" in line:
                break
        assert any("check akorda: passed" in line for line in said)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=20)
    finally:
        daemon.kill()
        daemon.communicate()
    assert daemon.returncode == 0
