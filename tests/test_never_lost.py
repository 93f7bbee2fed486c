"""From the site to the receiver by real processes: what was lost on the way is found, and said under its old id."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy

import pytest

from tests.alerts.receivers import MailServer, WebServer
from tests.conftest import Deployment
from tests.replica.client import Replica
from tests.running import NATO, SECRET, last_run, query, receivers, with_channels


@pytest.fixture
def deployment(deployment: Deployment) -> Deployment:
    """One list, in English."""
    deployment.scope = ("-a", "sections=press-release", "-a", "languages=en")
    return deployment


@contextmanager
def watching(deployment: Deployment) -> Iterator[tuple[MailServer, WebServer]]:
    """The deployment with its baseline, a topic and two channels."""
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=NATO)
        deployment.crawl()
        yield mails, hooks


def podium(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, env=deployment.environment, capture_output=True, text=True, timeout=60, check=False)


def ids(mails: MailServer, hooks: WebServer) -> list[str]:
    """The ids of all that arrived, in order: of mails, then of posts."""
    found = [str(message_from_bytes(e.content)["Message-ID"]) for e in mails.envelopes if isinstance(e.content, bytes)]
    return [uid.strip("<>").partition("@")[0] for uid in found] + [r.headers["webhook-id"] for r in hooks.received]


def test_a_release_that_cannot_be_read_is_heard_by_its_title_and_its_loss_is_found(
    deployment: Deployment, office: Replica
) -> None:
    with watching(deployment) as (mails, hooks):
        office.misbehave("soft404", path="Unreadable")
        office.publish(topic="nato", slug="Unreadable-NATO", languages=["en"])
        for number in range(3):
            for other in range(3):  # so that a run with one page that cannot be read is a healthy one
                office.publish(topic="culture", slug=f"Other-{number}-{other}", languages=["en"])
            deployment.crawl()
        assert last_run(deployment).verdict == "ok"
        assert query(deployment, "SELECT count(*) FROM listing_rows WHERE state = 'unreadable'") == [(1,)]
        assert len(mails.envelopes) == len(hooks.received) == 1
        said = json.loads(hooks.received[0].body)["data"]
        assert said["release"]["readable"] is False and "Unreadable-NATO" in said["release"]["url"]
        assert isinstance(mails.envelopes[0].content, bytes)
        text = message_from_bytes(mails.envelopes[0].content, policy=policy.default).get_body(("plain",))
        assert text is not None and "The text could not be read" in text.get_content()
        assert podium(deployment, "reconcile").returncode == 0, "nothing is missing"

        before = ids(mails, hooks)
        query(deployment, "DELETE FROM attempts")
        query(deployment, "DELETE FROM deliveries")
        query(deployment, "DELETE FROM alerts")
        found = podium(deployment, "reconcile")
        assert found.returncode == 1 and "topic nato, published" in found.stdout and "Unreadable-NATO" in found.stdout
        podium(deployment, "deliver")
        again = [uid for uid in ids(mails, hooks) if uid in before]
        assert sorted(again) == sorted(2 * before), "said once more, under the old ids"


def test_what_an_old_copy_does_not_know_is_said_again_under_the_old_ids(
    deployment: Deployment, office: Replica
) -> None:
    with watching(deployment) as (mails, hooks):
        copy = deployment.folder / "copy.db"
        assert podium(deployment, "backup", str(copy)).returncode == 0
        office.publish(topic="nato", languages=["en"])
        deployment.crawl()
        before = ids(mails, hooks)
        assert len(before) == 2

        for suffix in ("", "-wal", "-shm"):
            deployment.db.with_name(deployment.db.name + suffix).unlink(missing_ok=True)
        copy.rename(deployment.db)
        assert podium(deployment, "reconcile").returncode == 0
        assert deployment.crawl().returncode == 0
        assert sorted(ids(mails, hooks)) == sorted(2 * before)
        assert query(deployment, "PRAGMA integrity_check") == [("ok",)]
        status = podium(deployment, "status").stdout
        assert "expected 2 − delivered 2 − pending 0 = 0" in status
