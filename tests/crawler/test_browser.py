"""Sites that need JavaScript, read through a real Chromium; and what podium says where there is none."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

import crawler.browser as browser
from crawler.browser import Answer, Chromium, NoBrowser, Part, RenderProblem, chromium, demand_chromium
from tests.conftest import Deployment
from tests.crawler.site import Site, serve
from tests.replica.client import Replica
from tests.running import SECRET, last_run, query, receivers, wait_for, with_channels

try:
    chromium()
    MISSING = ""
except NoBrowser as problem:
    MISSING = str(problem)
needs_chromium = pytest.mark.skipif(bool(MISSING), reason=MISSING or "there is a Chromium")

SHORT_LIST = ("-a", "sections=condolence", "-a", "languages=en")
ONE_LIST = ("-a", "sections=press-release", "-a", "languages=en", "-a", "listings=1")
WHERE = "http://site.example/news"


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture
def office() -> Iterator[Replica]:
    """Smaller than other tests' offices: a page takes a browser a second."""
    with Replica.start(stories=14) as replica:
        yield replica


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    with serve() as running:
        yield running


def read(deployment: Deployment, office: str = "president_am") -> dict[str, tuple[str, str]]:
    archive = deployment.archive()
    found = {release.key: (release.title, release.body) for release in archive.releases(office=office)}
    archive.close()
    return found


# ---- a site that needs JavaScript ------------------------------------------------------------------------------------


@needs_chromium
def test_what_a_script_brings_in_is_read_through_a_browser_and_not_without(
    deployment: Deployment, office: Replica
) -> None:
    office.misbehave("script")
    direct = deployment.crawl(*ONE_LIST, scope=False)
    assert direct.returncode == 1 and not read(deployment), "without its script a page has no landmarks"
    assert last_run(deployment).verdict == "redesigned"

    office.clear_log()
    done = deployment.crawl(*ONE_LIST, "-a", "reach=browser", scope=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    truths = {truth["key"]: truth for truth in office.stories(language="en", section="press-release")}
    found = read(deployment)
    assert set(found) == set(truths) and len(found) > 2
    for key, (title, body) in found.items():
        assert title == truths[key]["title"]
        assert body == "\n\n".join(truths[key]["paragraphs"])

    asked = office.log()
    assert len([entry for entry in asked if entry["path"] == "/static/app.js"]) == 1, "pages of a crawl share scripts"
    assert not [entry for entry in asked if "/static/img/" in entry["path"]], "pictures are not asked for"
    assert {entry["user_agent"][:7] for entry in asked} == {"podium/"}
    kept = query(deployment, "SELECT headers FROM pages WHERE id IN (SELECT page_id FROM revisions)")
    assert len(kept) == len(found) and all("podium-reach" in str(row[0]) and "etag" not in str(row[0]) for row in kept)


@needs_chromium
def test_the_operator_chooses_the_reach_in_the_office_block(deployment: Deployment, office: Replica) -> None:
    deployment.configure(schedules="offices:\n  president_am: {every: 10m, reach: browser}\n")
    office.misbehave("script")
    assert deployment.crawl(*SHORT_LIST, scope=False).returncode == 0
    assert read(deployment)
    # A later look asks without conditions: the shell of a page may stay as it is while what fills it is new.
    office.clear_log()
    [english] = office.publish(section="condolence", slug="Filled-by-a-script", languages=["en"])
    assert deployment.crawl(*SHORT_LIST, scope=False).returncode == 0
    assert english["key"] in read(deployment)
    assert not [entry for entry in office.log() if entry["if_none_match"] or entry["if_modified_since"]]


@needs_chromium
def test_scripts_and_data_keep_the_pace_of_the_site(deployment: Deployment, office: Replica) -> None:
    office.misbehave("script")
    pace = ("-a", "reach=browser", "-s", "DOWNLOAD_DELAY=0.8")
    assert deployment.crawl(*SHORT_LIST, *pace, scope=False).returncode == 0
    asked = [entry for entry in office.log() if entry["path"] != "/robots.txt"]
    kinds = {entry["path"].split("?")[0].split("/")[1] for entry in asked}
    assert kinds == {"en", "static", "api"} and len(asked) >= 5
    gaps = [after["time"] - before["time"] for before, after in pairwise(asked)]
    assert min(gaps) >= 0.35, "half to one and a half times the delay, for everything that is asked for"


KOREAN = "<p>대통령은 오늘 우방국 대사를 접견하고 3년간의 노고에 감사를 표했다. 두 나라는 협력을 이어 가기로 했다.</p>"


def scripted(elsewhere: Site, script: str) -> str:
    """A page that a script fills, and that tries everything a page may try."""
    return (
        f"<html><head><title>...</title><script src='{elsewhere.url}/tracker.js'></script><script src='/app.js'></script>"
        f"<link rel=stylesheet href='/app.css'><link rel=preload as=fetch href='/preloaded'></head><body><img src='/p.png'>"
        f"<iframe src='/frame'></iframe><video src='/v.mp4'></video><div id=app></div><script>{script};"
        f"fetch('{elsewhere.url}/data').catch(() => 0); navigator.sendBeacon('/beacon', 'x');"
        f"fetch('/private/who').catch(() => 0); new EventSource('{elsewhere.url}/events');"
        f"new WebSocket('{elsewhere.url.replace('http', 'ws')}/socket'); document.cookie = 'id=1';"
        f"setTimeout(() => location.href = '{elsewhere.url}/away', 50); fetch('/app/config.json');</script></body></html>"
    )


@needs_chromium
def test_a_page_gets_only_what_it_needs_from_its_own_hosts(site: Site, elsewhere: Site, tmp_path: Path) -> None:
    site.put("GET /robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain")
    site.put("GET /app.js", "const put = html => document.getElementById('app').innerHTML = html;", "text/javascript")
    site.put("GET /app/config.json", "{}", "application/json")
    fill = "fetch('/app/{0}', {{method: '{1}', body: '{2}'}}).then(r => r.text()).then(put)"
    site.put("GET /speeches", scripted(elsewhere, fill.format("list", "POST", "page=1")))
    site.answers["POST /app/list"] = lambda body: (
        200, "text/html; charset=utf-8",
        "".join(f"<a href='/speeches/{n}'>연설 {n}</a>" for n in "abc").encode() if body == b"page=1" else b"",
    )  # fmt: skip
    for n in "abc":
        site.put(f"GET /speeches/{n}", scripted(elsewhere, fill.format(n, "GET", "").replace(", body: ''", "")))
        html = f"<div class=txtL>연설 {n}</div><div class=date>2026.07.0{ord(n) - 96}</div><div class=view_txt>{KOREAN * 2}</div>"
        site.put(f"GET /app/{n}", html)
    deployment = Deployment(tmp_path, site.url)
    deployment.configure(schedules="offices:\n  president_kr: {every: 10m}\n")
    done = deployment.crawl("-a", "sections=speeches", "-a", "listings=1", office="president_kr", scope=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert sorted(title for title, _ in read(deployment, "president_kr").values()) == ["연설 a", "연설 b", "연설 c"]
    assert elsewhere.asked == [], "nothing but the office's own hosts is asked"
    paths = [address.split(" ")[1] for address, _ in site.asked]
    assert set(paths) == {
        "/speeches", "/app.js", "/app/config.json", "/app/list", *(f"/speeches/{n}" for n in "abc"), *(f"/app/{n}" for n in "abc")
    }  # fmt: skip
    assert paths.count("/app.js") == 1
    assert re.search(r"/private/who .*robots\.txt: what the page wants there is not asked for", done.stderr)
    assert all(headers.get("User-Agent", "").startswith("podium/") for headers in site.headers)
    assert not [headers for headers in site.headers if "Cookie" in headers or "Referer" in headers]


@needs_chromium
def test_a_page_whose_part_fails_is_no_answer_and_read_again_later(deployment: Deployment, office: Replica) -> None:
    office.misbehave("500", path="/api/main")
    office.misbehave("script")
    done = deployment.crawl(*SHORT_LIST, "-a", "reach=browser", "-s", "RETRY_TIMES=0", scope=False)
    assert done.returncode == 1 and last_run(deployment).verdict == "unreachable"
    assert "in the browser: " in done.stdout and "HTTP 500" in done.stdout
    office.behave()
    assert deployment.crawl(*SHORT_LIST, "-a", "reach=browser", scope=False).returncode == 0


@needs_chromium
def test_a_wall_is_reported_and_its_scripts_are_not_run_for_it(deployment: Deployment, office: Replica) -> None:
    office.misbehave("wall")
    done = deployment.crawl(*SHORT_LIST, "-a", "reach=browser", scope=False)
    assert done.returncode == 1 and last_run(deployment).verdict == "walled"


# ---- one page ---------------------------------------------------------------------------------------------------------


def render(html: str, fetch: Callable[[Part], Any] | None = None, limit: int = 1_000_000) -> str:
    """What Chromium makes of a page."""

    async def answer(part: Part) -> Answer | None:
        given = fetch(part) if fetch else None
        return await given if asyncio.iscoroutine(given) else given

    async def run() -> bytes:
        tab = Chromium("podium/1 (test)", limit)
        try:
            page = Answer(200, {"content-type": "text/html; charset=utf-8"}, html.encode())
            return await tab.render(WHERE, page, answer, lambda: False)
        finally:
            await tab.close()

    return asyncio.run(run()).decode()


def text(body: str, mime: str = "text/plain") -> Answer:
    return Answer(200, {"content-type": mime}, body.encode())


@needs_chromium
def test_a_slow_part_is_waited_for() -> None:
    async def late(part: Part) -> Answer:
        await asyncio.sleep(1.5)
        return text("come at last")

    html = "<p id=a></p><script>fetch('/late').then(r => r.text()).then(t => a.textContent = t)</script>"
    assert "come at last" in render(html, late)


@needs_chromium
def test_a_clock_in_the_page_does_not_keep_it_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "LONGEST_CHANGING", 1.0)
    html = "<p>Text</p><p id=a></p><script>setInterval(() => a.textContent += '.', 100)</script>"
    assert "<p>Text</p>" in render(html)


@needs_chromium
def test_what_a_page_asks_for_again_and_again_is_asked_for_once() -> None:
    asked: list[str] = []

    def fetch(part: Part) -> Answer:
        asked.append(part.url)
        return text("same")

    html = "<p>Text</p><script>let n = 0; fetch('/ticker'); setInterval(() => n++ < 20 && fetch('/ticker'), 20)</script>"
    assert "<p>Text</p>" in render(html, fetch)
    assert asked == ["http://site.example/ticker"]


@needs_chromium
def test_a_page_in_another_charset_keeps_its_letters() -> None:
    async def run() -> bytes:
        tab = Chromium("podium/1 (test)", 1_000_000)
        try:
            html = "<meta charset=windows-1251><p>Президент</p>".encode("cp1251")
            return await tab.render(WHERE, Answer(200, {"content-type": "text/html"}, html), refuse, lambda: False)
        finally:
            await tab.close()

    async def refuse(part: Part) -> None:
        raise AssertionError("nothing is asked for")

    assert "<p>Президент</p>" in asyncio.run(run()).decode()


@needs_chromium
@pytest.mark.parametrize(
    ("html", "limit", "says"),
    [
        ("<script>for (let n = 0; n < 500; n++) fetch('/data/' + n)</script>", 1_000_000, "more than 60 parts"),
        ("<script>while (true) {}</script>", 1_000_000, "did not come to rest"),
        ("<p id=a></p><script>a.textContent = 'x'.repeat(50000)</script>", 10_000, "more than 10000"),
        ("<script>fetch('/broken')</script>", 1_000_000, "/broken, a part of it: no line"),
    ],
)
def test_a_page_that_does_not_come_to_rest_is_no_page(
    html: str, limit: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "LONGEST_SCRIPT", 4.0)

    def fetch(part: Part) -> Answer:
        if "broken" in part.url:
            raise OSError("no line")
        return text("{}")

    with pytest.raises(RenderProblem, match=says):
        render(html, fetch, limit)


@needs_chromium
def test_the_browser_itself_reaches_nobody(site: Site) -> None:
    """Not even what goes past podium's hands."""
    from playwright.async_api import Error, async_playwright

    async def visit() -> None:
        async with async_playwright() as driver:
            program = await driver.chromium.launch(
                executable_path=str(chromium()), chromium_sandbox=os.geteuid() != 0, args=[*browser._FENCE]
            )
            tab = await program.new_page()
            for address in (f"{site.url}/page", f"{site.url.replace('127.0.0.1', 'localhost')}/page"):
                with pytest.raises(Error):
                    await tab.goto(address, timeout=10_000)
            await program.close()

    site.put("GET /page", "<p>A page</p>")
    asyncio.run(visit())
    assert site.asked == [] and site.headers == []


# ---- its end ----------------------------------------------------------------------------------------------------------


def below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a crawl's browser."""
    try:
        return [one for one in psutil.Process(process.pid).children(recursive=True) if "chrom" in one.name()]
    except psutil.NoSuchProcess:
        return []


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@needs_chromium
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_browser_ends_with_the_crawl_however_that_ends(
    deployment: Deployment, office: Replica, how: signal.Signals
) -> None:
    office.misbehave("slow", path="/api/main", delay=2.0)
    office.misbehave("script")
    process = deployment.start(*ONE_LIST, "-a", "reach=browser", scope=False)
    try:
        wait_for(lambda: bool(below(process)) and "/api/main" in str([entry["path"] for entry in office.log()]))
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        _, log = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    wait_for(lambda: not any(alive(one) for one in family))
    if how != signal.SIGKILL:
        assert "Traceback" not in log
        assert query(deployment, "SELECT count(*) FROM runs WHERE finished_at IS NULL") == [(0,)]
        assert last_run(deployment).verdict == "missing", "what was interrupted says nothing of the site"


@needs_chromium
def test_the_daemon_reads_through_a_browser_in_its_one_loop(deployment: Deployment, office: Replica) -> None:
    office.misbehave("script")
    block = (
        "offices:\n  president_am: {every: 3s, sweep: off, recheck: off, reach: browser, sections: [condolence], "
        f'languages: [en], base_url: "{office.url.rstrip("/")}"}}\n'
    )
    command = [sys.executable, "-m", "cli.main", "watch", "-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False"]
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks, block))
        daemon = subprocess.Popen(command, env=deployment.environment, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: deployment.db.exists() and len(query(deployment, "SELECT id FROM releases")) > 0, seconds=60)
            wait_for(lambda: not below(daemon))
            daemon.send_signal(signal.SIGTERM)
            _, log = daemon.communicate(timeout=30)
        finally:
            daemon.kill()
            daemon.communicate()
    assert daemon.returncode == 0 and "Traceback" not in log
    assert "check president_am: passed" in log, "what was never verified is checked first, through the browser too"


# ---- where there is none ----------------------------------------------------------------------------------------------


def test_without_a_chromium_nothing_is_asked_and_one_sentence_says_what_to_install(
    deployment: Deployment, office: Replica
) -> None:
    deployment.variables["PODIUM_CHROMIUM"] = "/nowhere/chromium"
    done = deployment.crawl(*ONE_LIST, "-a", "reach=browser", scope=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    [sentence] = [line for line in done.stderr.splitlines() if line.startswith("podium: ")]
    assert sentence.startswith("podium: president_am is to be read through a browser: ")
    assert "podium[browser]" in sentence or "PODIUM_CHROMIUM is /nowhere/chromium" in sentence
    assert office.log() == [] and not deployment.db.exists(), "it is never read directly instead"


def test_an_office_that_needs_a_browser_is_not_read_without_one_unless_the_operator_says_so(
    deployment: Deployment,
) -> None:
    deployment.variables["PODIUM_CHROMIUM"] = "/nowhere/chromium"
    assert deployment.crawl(office="president_kr", scope=False).returncode == 2
    direct = deployment.crawl("-a", "reach=direct", office="president_kr", scope=False)
    assert direct.returncode == 1, "it is asked, and the replica has no such lists"


@pytest.mark.parametrize("command", ["watch", "check"])
def test_commands_that_would_read_the_office_refuse_with_the_same_sentence(
    deployment: Deployment, command: str
) -> None:
    deployment.variables |= {"PODIUM_CHROMIUM": "/nowhere/chromium", "HOOK_SECRET": SECRET}
    with receivers() as (mails, hooks):
        block = "offices:\n  president_am: {every: 10m, reach: browser}\n"
        deployment.configure(schedules=with_channels(mails, hooks, block))
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", command],
            env=deployment.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "president_am is to be read through a browser: " in done.stderr


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PODIUM_CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    with pytest.raises(NoBrowser, match=r"pip install 'podium\[browser\]'"):
        chromium()
    monkeypatch.setattr(browser, "find_spec", importlib.util.find_spec if not MISSING else lambda name: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBrowser, match="apt install chromium"):
        demand_chromium("president_kr")
    program = tmp_path / "chromium-browser"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert chromium() == program
    monkeypatch.setenv("PODIUM_CHROMIUM", str(tmp_path / "chromium-browser"))
    assert chromium() == program
    monkeypatch.setenv("PODIUM_CHROMIUM", os.devnull)
    with pytest.raises(NoBrowser, match="no program"):
        chromium()


@needs_chromium
def test_a_program_that_is_no_browser_breaks_the_crawl_off_with_a_sentence(
    deployment: Deployment, office: Replica, tmp_path: Path
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    deployment.variables["PODIUM_CHROMIUM"] = str(program)
    done = deployment.crawl(*ONE_LIST, "-a", "reach=browser", scope=False)
    assert done.returncode == 1 and "could not be started" in done.stderr and "Traceback" not in done.stderr
    assert not read(deployment)
