"""Edits and withdrawals as they reach an analyst: real crawl processes and a real daemon, real mail and web servers."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import sqlite3

from storage.writer import Writer
from tests.alerts.test_schema import problems
from tests.conftest import Deployment
from tests.replica.client import Replica
from tests.running import DETAIL, SECRET, last_run, query, receivers, wait_for, with_channels
from tests.test_daemon import checked, one_office, watching

TOPICS = (
    "topics:\n  nato: {query: NATO OR НАТО OR ՆԱՏՕ OR OTAN, on: [published, edited, withdrawn], tell: [desk, hook]}\n"
)


def hours_later(deployment: Deployment, hours: int) -> None:
    """What was seen was seen so many hours earlier."""
    with sqlite3.connect(deployment.db) as connection:
        connection.execute(
            "UPDATE absences SET at = strftime('%Y-%m-%dT%H:%M:%fZ', at, ?) WHERE withdrawal_id IS NULL", (f"-{hours} hours",)
        )


def test_an_analyst_reads_of_an_edit_a_withdrawal_and_the_return(deployment: Deployment, office: Replica) -> None:
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        deployment.configure(schedules=with_channels(mails, hooks), topics=TOPICS)
        deployment.crawl()
        texts = {"en": ["The sides spoke of NATO and of 5 million drams.", "They will meet again."]}
        (published,) = office.publish(languages=["en"], titles={"en": "A talk on NATO"}, paragraphs=texts)
        url = published["url"]
        deployment.crawl()
        office.edit(url, old="5 million", new="7 million")
        deployment.crawl("-a", "recheck=2d")
        office.withdraw(url)
        for _ in range(3):
            assert deployment.crawl("-a", "recheck=2d").returncode == 0
            hours_later(deployment, 4)
        office.restore(url)
        deployment.crawl("-a", "recheck=2d")

        bodies = [json.loads(post.body) for post in hooks.received]
        assert [body["type"].partition(".")[2] for body in bodies] == ["published", "edited", "withdrawn", "restored"]
        assert all(problems(body) == [] for body in bodies)
        edited, withdrawn = bodies[1]["data"], bodies[2]["data"]
        assert edited["edit"] == {"class": "figures and names", "effect": None, "further_changes": 0}
        assert edited["changes"] == [
            {
                "before": "The sides spoke of NATO and of 5 million drams.",
                "after": "The sides spoke of NATO and of 7 million drams.",
            }
        ]
        assert [answer[-8:] for answer in withdrawn["withdrawal"]["answers"]] == ["HTTP 404"] * 3
        messages = [email.message_from_bytes(sent.content or b"", policy=email.policy.default) for sent in mails.envelopes]
        subjects = [str(message["subject"]) for message in messages]
        assert [subject.split("—")[0].strip() for subject in subjects] == [
            "[nato] A talk on NATO", "[nato] Edited: A talk on NATO", "[nato] Withdrawn: A talk on NATO",
            "[nato] Restored: A talk on NATO",
        ]  # fmt: skip
        text = messages[1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "before: The sides spoke of NATO and of *5* million drams." in text
        assert "now:    The sides spoke of NATO and of *7* million drams." in text


def test_the_daemon_sees_an_edit_without_being_asked(deployment: Deployment, office: Replica) -> None:
    writer = Writer(deployment.db)
    checked(writer)
    writer.close()
    with receivers() as (mails, hooks):
        deployment.variables["HOOK_SECRET"] = SECRET
        schedule = one_office(office, "every: 1s", "sweep: off", "recheck: {for: 14d, every: 6s}")
        deployment.configure(schedules=with_channels(mails, hooks, schedule), topics=TOPICS)
        with watching(deployment) as daemon:
            wait_for(lambda: bool(query(deployment, "SELECT 1 FROM lists WHERE baseline_at IS NOT NULL")))
            (published,) = office.publish(languages=["en"], topic="nato")
            wait_for(lambda: len(hooks.received) == 1)
            office.edit(published["url"], change="mention")
            wait_for(lambda: len(hooks.received) == 2)
            assert json.loads(hooks.received[1].body)["type"] == "release.edited"
            daemon.send_signal(signal.SIGTERM)
            daemon.communicate(timeout=30)
        assert daemon.returncode == 0


def test_a_recheck_that_is_killed_concludes_nothing_and_loses_nothing(deployment: Deployment, office: Replica) -> None:
    deployment.configure(topics=TOPICS.replace("desk, hook", ""))
    deployment.crawl()
    english = [truth["url"] for truth in office.stories(language="en", section="press-release")]
    for _ in range(2):
        office.withdraw(english[0])
        deployment.crawl("-a", "recheck=9999d")
        hours_later(deployment, 4)
    office.misbehave("slow", path=DETAIL, delay=0.3)
    process = deployment.start("-a", "recheck=9999d")
    missed = "SELECT count(*) FROM absences"
    wait_for(lambda: query(deployment, missed) == [(3,)])
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert query(deployment, "SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL") == [(0,)]
    office.behave()
    deployment.crawl()
    assert last_run(deployment).verdict == "ok"
    assert query(deployment, missed) == [(2,)], "the run that died proved nothing"
    deployment.crawl("-a", "recheck=9999d")
    assert query(deployment, "SELECT count(*) FROM releases WHERE withdrawn_at IS NOT NULL") == [(1,)]
