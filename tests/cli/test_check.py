"""`podium check`, and the daemon that does not watch what was never seen to work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import POLITENESS_OFF
from tests.crawler.site import Site, serve

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
    assert (checked["passed"], checked["rows"], len(checked["releases"])) == (True, 8, 3)
    assert {release["published_on"] for release in checked["releases"]} == {f"2026-05-0{n}" for n in (1, 2, 3)}
    assert len(site.asked) == 4
    status = json.loads(
        subprocess.run([sys.executable, "-m", "cli.main", "status", "--json"], env=environment(tmp_path, site),
                       capture_output=True, text=True, timeout=60).stdout
    )  # fmt: skip
    assert status["offices"] == []


def test_a_check_that_does_not_pass_shows_both_readings(site: Site, tmp_path: Path) -> None:
    for n in range(1, 9):
        moved = f"<html><body><main><h1>Встреча {n}</h1><div><p>{PARAGRAPH * 3}</p></div></main></body></html>"
        site.put(f"GET /ru/vstrecha-{n}", moved)
    done = podium(tmp_path, site, "check")
    assert done.returncode == 1 and "akorda: not passed: unreadable" in done.stdout, done.stdout + done.stderr
    assert "no heading and container of a release" in done.stdout
    assert "a general reader: “Встреча 1”, no date, " in done.stdout and PARAGRAPH[:40] in done.stdout
    assert podium(tmp_path, site, "check", "akordo").returncode == 2


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
