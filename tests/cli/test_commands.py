"""The commands as a user runs them, on an archive that a real crawl made."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.main import app
from tests.conftest import SCHEDULES, Deployment
from tests.replica.client import Replica

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("crawled")
    with Replica.start(stories=60) as office:
        deployment = Deployment(folder, office.url)
        deployment.configure(schedules=SCHEDULES, topics="topics:\n  nato: {query: NATO OR ՆԱՏՕ}\n")
        office.publish(topic="nato")
        assert deployment.crawl().returncode == 0
        yield deployment


def podium(deployment: Deployment, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(
        command, env=deployment.environment, capture_output=True, text=True, timeout=60, input=text, check=False
    )


def test_search_finds_forms_in_every_language_and_shows_the_sentence(crawled: Deployment) -> None:
    found = json.loads(podium(crawled, "search", "ՆԱՏՕ", "--language", "hy", "--json").stdout)
    assert found and all("ՆԱՏՕ" in hit["excerpt"] for hit in found)
    assert podium(crawled, "search", "NATO section:press-release").returncode == 0
    nothing = podium(crawled, "search", "xylophone")
    assert nothing.returncode == 1 and "Nothing" in nothing.stdout


def test_show_takes_an_address_however_it_is_written(crawled: Deployment) -> None:
    hit = json.loads(podium(crawled, "search", "NATO", "--language", "en", "--json").stdout)[0]
    bare = hit["url"].replace("https://www.", "http://").rstrip("/") + "?utm=1"
    shown = json.loads(podium(crawled, "show", bare, "--json").stdout)
    assert shown["release"]["title"] == hit["title"] and shown["others"]
    assert hit["title"] in " ".join(podium(crawled, "show", hit["url"]).stdout.split())
    assert podium(crawled, "show", "https://www.president.am/en/none/").returncode == 1


def test_export_writes_every_release_in_both_formats(crawled: Deployment, tmp_path: Path) -> None:
    lines = podium(crawled, "export").stdout.splitlines()
    rows = list(csv.DictReader(io.StringIO(podium(crawled, "export", "--format", "csv").stdout)))
    assert len(lines) == len(rows) > 20
    assert json.loads(lines[0])["title"] == rows[0]["title"]
    assert podium(crawled, "export", "--output", str(tmp_path / "none" / "x")).returncode == 2


def test_status_has_a_line_per_office_and_says_who_is_sick(crawled: Deployment) -> None:
    healthy = podium(crawled, "status", "--json")
    assert healthy.returncode == 0
    assert json.loads(healthy.stdout)["offices"][0]["last_run"]["verdict"] == "ok"


def test_suppressed_alerts_are_listed_with_the_reason(crawled: Deployment) -> None:
    lines = json.loads(podium(crawled, "alerts", "--silent", "--json").stdout)
    assert lines and {line["silence"] for line in lines} == {"seen in the first pass over its list"}


def test_a_query_is_tried_on_a_text(crawled: Deployment) -> None:
    met = podium(crawled, "topics", "match", "ՆԱՏՕ", text="Նախագահն այցելեց ՆԱՏՕ-ի կենտրոնակայան։")
    assert met.returncode == 0 and "ՆԱՏՕ-ի" in met.stdout
    assert podium(crawled, "topics", "match", "Iran", text="Nothing of the kind.").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["search", '"open'], "character"),
        (["search", "titel:x"], "title"),
        (["runs", "president_xx"], "There is no office"),
        (["search", "x", "--since", "soon"], "soon"),
        (["statuss"], "statuss"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(crawled: Deployment, arguments: list[str], sentence: str) -> None:
    done = podium(crawled, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr


def test_without_an_archive_reading_says_how_to_get_one(tmp_path: Path) -> None:
    empty = Deployment(tmp_path, "")
    empty.configure()
    done = podium(empty, "search", "x")
    assert done.returncode == 2 and "scrapy crawl" in done.stderr
    assert not empty.db.exists()


def test_the_documentation_names_every_command() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        names = [f"{name} {sub}" for sub in command.commands] if hasattr(command, "commands") else [name]
        for full in names:
            assert f"`podium {full}`" in text


@pytest.mark.parametrize("command", [("export", "--office", "nope"), ("search", "NATO", "--office", "nope")])
def test_an_office_that_is_not_known_is_named(crawled: Deployment, command: tuple[str, ...]) -> None:
    done = podium(crawled, *command)
    assert done.returncode == 2 and "There is no office 'nope'" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_cannot_be_written_is_one_sentence(crawled: Deployment) -> None:
    done = podium(crawled, "export", "--output", "/dev/full")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_a_damaged_archive_is_one_sentence_wherever_the_damage_is_met(crawled: Deployment, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    with sqlite3.connect(crawled.db) as connection:
        connection.execute("VACUUM INTO ?", (str(damaged),))
    content = bytearray(damaged.read_bytes())
    content[40_960:] = b"\xa5" * (len(content) - 40_960)
    damaged.write_bytes(content)
    there = Deployment(crawled.folder, crawled.url, variables={"PODIUM_DB": str(damaged)})
    for command in (("export",), ("search", "NATO"), ("status",)):
        done = podium(there, *command)
        assert done.returncode == 2 and "damaged" in done.stderr and "Traceback" not in done.stderr, command


def test_a_release_is_found_however_its_address_is_written(crawled: Deployment) -> None:
    url = json.loads(podium(crawled, "search", "ՆԱՏՕ", "--json").stdout)[0]["url"]
    for written in (url.upper().split("/HY/")[0] + "/hy/" + url.split("/hy/")[1], url.split("//www.")[1].rstrip("/")):
        assert podium(crawled, "show", written).returncode == 0, written


def test_the_archive_of_a_project_is_the_same_from_any_folder_of_it(tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\n", encoding="utf-8")
    below = tmp_path / "docs"
    below.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PODIUM_")}
    done = subprocess.run(
        [sys.executable, "-c", "from storage.database import archive_path; print(archive_path())"],
        cwd=below, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == str(tmp_path / "data" / "podium.db")


def test_a_query_is_tried_on_the_archive_before_anyone_subscribes(crawled: Deployment) -> None:
    tried = json.loads(podium(crawled, "topics", "try", "NATO OR ՆԱՏՕ", "--json").stdout)
    assert tried["hits"] > tried["alerts"] > 0 and tried["alerts_a_month"] > 0 and not tried["noisy"]
    assert sum(number for _, number in tried["weeks"]) == tried["alerts"]
    assert {"hy", "en"} <= {language for language, _ in tried["languages"]}
    assert not tried["unheard"]
    shown = podium(crawled, "topics", "try", "NATO OR ՆԱՏՕ").stdout
    assert "alerts a week" in shown and "█" in shown and "first hits" in shown


def test_trying_names_narrow_misses_and_languages_that_are_not_heard(crawled: Deployment) -> None:
    tried = json.loads(podium(crawled, "topics", "try", "NATO", "--json").stdout)
    assert {edition["language"] for edition in tried["unheard"]} == {"hy"}
    nothing = podium(crawled, "topics", "try", "NATO AND xylophone")
    assert nothing.returncode == 1 and "only xylophone fails" in " ".join(nothing.stdout.split())


def test_a_changed_query_shows_what_it_gains_and_loses(crawled: Deployment) -> None:
    tried = json.loads(podium(crawled, "topics", "try", "NATO OR president", "--against", "nato", "--json").stdout)
    assert tried["gained"] and tried["lost"]
    assert all("/hy/" in url for url in tried["lost"])
    unknown = podium(crawled, "topics", "try", "NATO", "--against", "natto")
    assert unknown.returncode == 2 and "natto" in unknown.stderr


def test_why_tells_an_alert_word_by_word(crawled: Deployment) -> None:
    alert = json.loads(podium(crawled, "alerts", "--silent", "--json").stdout)[0]["id"]
    said = " ".join(podium(crawled, "why", str(alert)).stdout.split())
    assert "topic nato" in said and "→" in said and "(exact, body)" in said
    assert podium(crawled, "why", "99999").returncode == 1


def test_lines_of_json_are_answered_one_by_one_whatever_is_in_them(crawled: Deployment) -> None:
    lines = [
        json.dumps({"query": "визит", "language": "ru", "text": "Во время визита"}),
        json.dumps({"query": "война", "language": "ru", "text": "мир"}),
        json.dumps({"query": "(", "language": "ru", "text": "мир"}),
        json.dumps({"query": 7}),
        json.dumps({"query": "\ud800", "text": "мир"}),
        "[1]",
        "{",
    ]
    done = podium(crawled, "topics", "match", "--jsonl", text="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(answers) == len(lines)
    assert answers[0]["matched"] and answers[0]["explanation"]["clauses"][0]["hits"][0]["strength"] == "form"
    assert answers[1] == {"matched": False, "explanation": None}
    assert all(list(answer) == ["error"] for answer in answers[2:])


def test_a_text_that_is_no_utf_8_is_read_all_the_same(crawled: Deployment) -> None:
    command = [sys.executable, "-m", "cli.main", "topics", "match", "peace"]
    done = subprocess.run(command, env=crawled.environment, capture_output=True, input=b"\xe9t\xe9: peace", timeout=60)
    assert done.returncode == 0 and b"peace" in done.stdout
    half = json.dumps({"query": "мир", "language": "ru", "text": "\ud800 мира"})
    (answer,) = podium(crawled, "topics", "match", "--jsonl", text=half).stdout.splitlines()
    assert json.loads(answer)["explanation"]["clauses"][0]["hits"][0]["start"] == 2


def test_lint_names_the_language_that_is_missing(crawled: Deployment) -> None:
    done = podium(crawled, "topics", "lint")
    assert done.returncode == 1 and "ՆԱՏՕ is there, НАТО (ru) and OTAN (fr) are not" in " ".join(done.stdout.split())
