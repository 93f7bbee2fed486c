"""`podium diff` and `podium evidence`, and how withdrawn releases are shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crawler.desk import Desk, desk_for
from tests.replica.client import Replica


@dataclass
class Told:
    """An archive with a release that was edited twice and then withdrawn, its first text in two languages."""

    desk: Desk
    url: str
    other: str

    def podium(self, *arguments: str, terminal: bool = False) -> subprocess.CompletedProcess[str]:
        more = {"FORCE_COLOR": "1", "COLUMNS": "100"} if terminal else {"COLUMNS": "100"}
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            env=os.environ | {"PODIUM_DB": str(self.desk.writer.path), "PODIUM_CONFIG": str(self.desk.folder), **more},
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with Replica.start(stories=24) as office, desk_for(tmp_path_factory.mktemp("desk"), office) as desk:
        desk.crawl()
        texts = ["The sides spoke of NATO and of 5 million drams.", "Nothing else was said.", "They will meet again."]
        titles = {"en": "A talk on NATO", "hy": "Խոսակցություն"}
        published = office.publish(languages=["en", "hy"], titles=titles, paragraphs={"en": texts, "hy": ["ՆԱՏՕ։"]})
        en, hy = (next(each["url"] for each in published if each["language"] == code) for code in ("en", "hy"))
        desk.crawl()
        office.edit(en, old="5 million", new="7 million")
        desk.recheck()
        office.edit(en, old="will meet", new="shall meet")
        desk.recheck()
        office.withdraw(en)
        for _ in range(3):
            desk.recheck()
            desk.wait(hours=4)
        yield Told(desk, en, hy)


def test_a_diff_shows_what_the_newest_edit_changed_and_of_what_kind_it_is(told: Told) -> None:
    shown = told.podium("diff", told.url)
    assert shown.returncode == 0
    assert "revision 2 → 3" in shown.stdout and "wording" in shown.stdout
    assert "They [-will-] {+shall+} meet again." in shown.stdout
    assert "5 million" not in shown.stdout and "\x1b" not in shown.stdout
    assert "Withdrawn from the site" in shown.stdout


def test_a_diff_is_coloured_in_a_terminal(told: Told) -> None:
    shown = told.podium("diff", told.url, "--revision", "2", terminal=True).stdout
    assert "figures and names" in shown
    assert "\x1b[9;31m5 \x1b" in shown and "\x1b[32m7 \x1b" in shown and "[-" not in shown


def test_a_diff_between_any_two_revisions_is_there_for_machines(told: Told) -> None:
    found = json.loads(told.podium("diff", told.url, "--revision", "1:3", "--json").stdout)
    assert (found["from"], found["to"], found["edit_class"]) == (1, 3, "figures and names")
    assert [(piece["kind"], piece["text"]) for piece in found["body"] if piece["kind"] != "same"] == [
        ("removed", "5 "), ("added", "7 "), ("removed", "will "), ("added", "shall "),
    ]  # fmt: skip
    assert [(each["origin"], each["edit_class"]) for each in found["revisions"]] == [
        ("live", ""), ("live", "figures and names"), ("live", "wording"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("diff", "https://www.president.am/en/press-release/item/2020/01/01/None/"), 1, "no release in the archive"),
        (("diff", "{other}"), 1, "has one text only"),
        (("diff", "{url}", "--revision", "9"), 2, "has revisions 1 to 3"),
        (("diff", "{url}", "--revision", "last"), 2, "write 2, or 1:3"),
        (("evidence", "https://www.president.am/en/"), 1, "no release in the archive"),
        (("evidence", "{url}", "--output", "/nowhere/e.zip"), 2, "cannot be written"),
    ],
)
def test_a_mistake_is_one_sentence(told: Told, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    said = told.podium(*(each.format(url=told.url, other=told.other) for each in arguments))
    assert said.returncode == code
    assert sentence in said.stderr and len(said.stderr.splitlines()) == 1 and not said.stdout


def test_show_and_search_mark_what_is_withdrawn(told: Told) -> None:
    shown = told.podium("show", told.url).stdout
    assert "Withdrawn from the site; this is its last text." in shown
    assert "not found since" in shown and "HTTP 404" in shown and "not back" in shown
    assert json.loads(told.podium("show", told.url, "--json").stdout)["withdrawn_at"] is not None
    assert "withdrawn, known since" in told.podium("search", "title:NATO AND drams").stdout
    hit = json.loads(told.podium("search", "title:NATO AND drams", "--json").stdout)[0]
    assert hit["withdrawn_at"] is not None


def test_evidence_is_a_zip_that_sha256sum_verifies(told: Told, tmp_path: Path) -> None:
    made = tmp_path / "evidence.zip"
    said = told.podium("evidence", told.url, "--output", str(made))
    assert said.returncode == 0 and "2 languages, 4 revisions" in said.stdout
    folder = tmp_path / "unpacked"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(made), str(folder)], check=True)
    verified = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert len(verified.stdout.splitlines()) == len(files) - 1, "every file but the sums themselves"
    assert {f"en/revision-{n}/{name}" for n in (1, 2, 3) for name in ("page.html", "headers.json", "text.txt")} <= files
    assert {"en/revision-2/diff.txt", "en/withdrawal-1/answer-3.html", "hy/revision-1/page.html", "README.txt"} <= files
    assert b"7 million drams" in (folder / "en/revision-2/page.html").read_bytes()
    assert "[-5-] {+7+}" in (folder / "en/revision-2/diff.txt").read_text(encoding="utf-8")
    headers = json.loads((folder / "en/revision-1/headers.json").read_text(encoding="utf-8"))
    assert headers["status"] == 200 and headers["headers"]["content-type"].startswith("text/html")

    (folder / "en/revision-1/text.txt").write_text("tampered", encoding="utf-8")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True).returncode == 1
    again = tmp_path / "again.zip"
    told.podium("evidence", told.url, "--output", str(again))
    assert again.read_bytes() == made.read_bytes()
    before = made.read_bytes()
    refused = told.podium("evidence", told.url, "--output", str(made))
    assert refused.returncode == 2 and "not overwritten" in refused.stderr and made.read_bytes() == before
    alone = tmp_path / "alone.zip"
    assert "1 language" in told.podium("evidence", told.other, "--only", "--output", str(alone)).stdout
