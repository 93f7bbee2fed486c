"""Deliveries, channels, backup and reconciliation as the operator runs them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from storage import open_archive, times
from storage.outgoing import Outcome
from tests.faults.deployment import configure
from tests.faults.outboxes import fill
from tests.faults.receivers import Running, running
from tests.running import SECRET, receivers, with_channels


class Place:
    """A folder with YAML files, an archive with deliveries, and receivers."""

    def __init__(self, folder: Path, receivers: Running) -> None:
        self.folder, self.receivers, self.db = folder, receivers, folder / "podium.db"

    def podium(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PODIUM_DB": str(self.db), "PODIUM_CONFIG": str(self.folder), "COLUMNS": "200", "NO_COLOR": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("deliveries")
    with running(folder / "received.jsonl") as receivers:
        receivers.mode("fine")
        configure(folder, receivers)
        now = times.now() - timedelta(hours=2)
        fill(folder / "podium.db", 3, ["hook", "desk"], now)
        archive = open_archive(folder / "podium.db")
        first, second, third = archive.claim_deliveries(["hook"], 9, timedelta(minutes=10), "one", now)
        archive.settle_deliveries(
            [
                Outcome(first.id, "delivered", began_at=now),
                Outcome(second.id, "dead", "the host answered 400", began_at=now),
                Outcome(third.id, "dead", "410", gone=True),
            ],
            "one",
            now,
            {"hook": ["operator"]},
        )
        archive.close()
        yield Place(folder, receivers)


def test_deliveries_are_listed_and_filtered_and_one_shows_its_attempts(place: Place) -> None:
    lines = json.loads(place.podium("deliveries", "--json").stdout)
    assert {(line["channel"], line["state"]) for line in lines} == {
        ("hook", "delivered"), ("hook", "dead"), ("hook", "parked"), ("desk", "pending"), ("operator", "pending"),
    }  # fmt: skip
    (dead,) = json.loads(place.podium("deliveries", "--channel", "hook", "--state", "dead", "--json").stdout)
    assert dead["last_error"] == "the host answered 400" and dead["topic"] == "nato"
    shown = place.podium("deliveries", str(dead["id"]))
    assert shown.returncode == 0 and "attempt 1," in shown.stdout and "the host answered 400" in shown.stdout
    assert place.podium("deliveries", "--state", "leased").returncode == 1
    wrong = place.podium("deliveries", "twelve")
    assert wrong.returncode == 2 and "write its number" in wrong.stderr


def test_a_disabled_channel_is_shown_with_its_reason(place: Place) -> None:
    listed = place.podium("channels", "list")
    assert listed.returncode == 1 and "disabled" in listed.stdout and "1 parked" in listed.stdout
    status = place.podium("status")
    assert "channel hook is disabled: 410" in status.stdout and re.search(r"incident \d+ since", status.stdout)
    assert "expected 6 − delivered 1 − pending 4 = 1, of which 1 were given up with a word" in status.stdout


def test_what_is_asked_for_is_sent_again_under_its_old_id_once_the_channel_is_enabled(place: Place) -> None:
    refused = place.podium("deliveries", "--resend")
    assert refused.returncode == 2 and "say which" in refused.stderr
    lines = json.loads(place.podium("deliveries", "--channel", "hook", "--json").stdout)
    numbers = sorted(line["id"] for line in lines)
    again = place.podium(
        "deliveries", f"{numbers[0]}-{numbers[-1]}", "--channel", "hook", "--state", "dead", "--resend"
    )
    assert "1 delivery is sent again" in again.stdout
    enabled = place.podium("channels", "enable", "hook")
    assert "1 parked delivery goes on" in enabled.stdout
    assert place.podium("deliver").returncode == 0
    arrived = {entry["id"] for entry in place.receivers.received() if entry["channel"] == "hook"}
    assert arrived == {line["uid"] for line in lines if line["state"] in ("dead", "parked")}
    assert place.podium("channels", "list").returncode == 0


def test_a_channel_is_tried_with_a_marked_message(place: Place) -> None:
    before = len(place.receivers.received())
    assert "took the test" in place.podium("channels", "test", "hook").stdout
    assert "took the test" in place.podium("channels", "test", "desk").stdout
    about = [entry["about"][0][1] for entry in place.receivers.received()[before:]]
    assert about == ["channel.test", "[podium] Test of channel desk"]
    unknown = place.podium("channels", "test", "nowhere")
    assert unknown.returncode == 2 and "declares no channel 'nowhere'" in unknown.stderr


def test_reconcile_finds_what_was_taken_away(place: Place) -> None:
    assert place.podium("reconcile").returncode == 0
    with sqlite3.connect(place.db) as connection:
        connection.execute("DELETE FROM deliveries WHERE channel = 'desk'")
    dry = place.podium("reconcile", "--dry-run")
    assert dry.returncode == 1 and "has no delivery on desk" in dry.stdout
    assert place.podium("reconcile").returncode == 1
    assert place.podium("reconcile").returncode == 0


def test_a_backup_is_a_whole_archive_and_replaces_nothing_by_chance(place: Place, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert place.podium("backup", str(copy)).returncode == 0
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (3,)
    again = place.podium("backup", str(copy))
    assert again.returncode == 2 and "is there already" in again.stderr
    assert place.podium("backup", str(copy), "--force").returncode == 0
    nowhere = place.podium("backup", str(tmp_path / "none" / "copy.db"))
    assert nowhere.returncode == 2 and "podium:" in nowhere.stderr


def test_a_recipient_who_is_refused_is_told_once_and_to_the_operator(tmp_path: Path) -> None:
    """5xx for a recipient is final: dead, one line on the screen, and the operator is told, by more than mail alone."""
    with receivers() as (mails, hooks):
        mails.refused["analyst@example.org"] = "550 5.1.1 no such user"
        (tmp_path / "schedules.yaml").write_text(with_channels(mails, hooks), encoding="utf-8")
        (tmp_path / "topics.yaml").write_text("topics: {}\n", encoding="utf-8")
        fill(tmp_path / "podium.db", 1, ["desk"], times.now())
        environment = os.environ | {
            "PODIUM_DB": str(tmp_path / "podium.db"), "PODIUM_CONFIG": str(tmp_path), "HOOK_SECRET": SECRET,
            "COLUMNS": "400",
        }  # fmt: skip
        command = [sys.executable, "-m", "cli.main", "deliver"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.stdout + done.stderr).count("550 5.1.1 no such user") == 1, "said once"
        archive = open_archive(tmp_path / "podium.db")
        assert {(line.channel, line.state) for line in archive.deliveries()} == {
            ("desk", "dead"), ("operator", "delivered"), ("hook", "delivered"),
        }  # fmt: skip
        archive.close()
        [told] = [
            message_from_bytes(e.content, policy=policy.default)
            for e in mails.envelopes
            if isinstance(e.content, bytes)
        ]
    assert told["To"] == "operator@example.org" and "no such user" in told["Subject"]
    assert [json.loads(each.body)["type"] for each in hooks.received] == ["incident.opened"]
