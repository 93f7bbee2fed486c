"""docs/webhook.schema.json against bodies as they are really sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alerts.messages import payload_bytes, render
from storage.model import AlertContent
from storage.outgoing import Content, DigestContent, DigestItem, IncidentContent, TestContent

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "webhook.schema.json").read_text(encoding="utf-8"))
UID = "00000000-0000-5000-8000-000000000009"
AT = "2024-03-20T04:00:00.000Z"


def problems(body: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(body)]


def contents(make: Callable[..., AlertContent]) -> list[Content]:
    edited = make(cause="edited", previous_title="Old", previous_body="Another text.", late=AT)
    unread = make(readable=False, body="", published_on="")
    items = tuple(DigestItem(UID, content) for content in (make(), edited))
    incident = IncidentContent(
        3, "opened", "channel disabled", "hook was disabled", AT, channel="hook", advice="Enable it."
    )
    return [
        make(),
        edited,
        unread,
        make(cause="withdrawn"),
        make(cause="restored", occurrence=2),
        DigestContent(1, "desk", "daily", "Asia/Yerevan", AT, items),
        DigestContent(2, "desk", "overflow", "Asia/Yerevan", AT, items, limit=20, late=AT),
        incident,
        IncidentContent(
            3, "closed", "walled", "the site is walled", AT, closed_at=AT, office="president_am", caught_up="2"
        ),
        IncidentContent(
            4,
            "reminded",
            "unreadable",
            "president_am is unreadable",
            AT,
            office="president_am",
            at=AT,
            last_good=AT,
            table=(("title: h1", "1", "0"),),
            pages=("https://a.example/1", "https://a.example/2"),
            command="podium check",
        ),
        TestContent("desk", AT),
    ]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_body_is_as_the_schema_says(make_content: Callable[..., AlertContent]) -> None:
    types = set()
    for content in contents(make_content):
        body = json.loads(payload_bytes(content))
        assert problems(body) == [], body
        types.add(body["type"])
    assert types == {
        "release.published", "release.edited", "release.withdrawn", "release.restored", "digest", "incident.opened",
        "incident.reminded", "incident.closed", "channel.test",
    }  # fmt: skip


@pytest.mark.parametrize("gone", ["topic", "release", "matches", "cause"])
def test_a_body_without_a_field_is_not(make_content: Callable[..., AlertContent], gone: str) -> None:
    body = json.loads(payload_bytes(make_content()))
    del body["data"][gone]
    assert problems(body)


def test_every_content_can_be_read_as_mail(make_content: Callable[..., AlertContent]) -> None:
    for content in contents(make_content):
        message = render(content, operator="operator@example.org")
        assert message.subject.isprintable() and message.text.strip() and message.html.startswith("<!DOCTYPE html>")


def test_a_digest_says_how_many_it_holds_grouped_by_topic_and_story(make_content: Callable[..., AlertContent]) -> None:
    items = tuple(
        DigestItem(UID, make_content(topic=topic, story=story, title=f"{topic} {story}"))
        for topic, story in (("nato", "s1"), ("eu", "s1"), ("nato", "s2"), ("nato", "s1"))
    )
    message = render(DigestContent(1, "desk", "overflow", "Asia/Yerevan", AT, items, limit=20))
    assert "The day's 20 single messages were used up; the 4 alerts beyond them are held here." in message.text
    headings = [line for line in message.text.splitlines() if line.startswith("==")]
    assert headings == ["== eu (1) ==", "== nato (2) =="]
    assert message.text.count("nato s1") == 1, "a story stands once under its topic"


def test_what_comes_from_a_site_can_break_neither_a_header_nor_the_page(
    make_content: Callable[..., AlertContent],
) -> None:
    nasty = 'Bad\r\nBcc: all@example.org <script>alert(1)</script> "quoted"'
    for content in (
        make_content(title=nasty),
        DigestContent(1, "desk", "daily", "UTC", AT, (DigestItem(UID, make_content(title=nasty)),)),
        IncidentContent(1, "opened", "k", nasty, AT, channel="hook"),
    ):
        message = render(content)
        assert "\n" not in message.subject and "\r" not in message.subject
        assert "<script>" not in message.html and "&lt;script&gt;" in message.html
