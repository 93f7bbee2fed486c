"""What the tests of this room share: the content of an alert as the archive hands it over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage.model import AlertContent, Edition
from storage.outgoing import Delivery
from tests.alerts.receivers import Certificate, make_certificate
from tests.alerts.samples import BODY, SENTENCE, TITLE, explanation, hit


@pytest.fixture
def make_content() -> Callable[..., AlertContent]:
    """An alert on a release in English that also stands in Russian; any field may be replaced."""

    def make(**changes: Any) -> AlertContent:
        fields: dict[str, Any] = {
            "alert_id": 7,
            "topic": "nato",
            "query": "NATO OR НАТО",
            "office": "president_am",
            "office_title": "President of the Republic of Armenia",
            "timezone": "Asia/Yerevan",
            "cause": "published",
            "occurrence": 1,
            "section": "press-release",
            "language": "en",
            "text_language": "en",
            "title": TITLE,
            "body": BODY,
            "url": "https://www.president.am/en/press-release/item/2024/03/19/NATO/",
            "published_on": "2024-03-19",
            "raised_at": "2024-03-19T10:05:00+00:00",
            "explanation": explanation(hit("NATO", TITLE, "title"), hit("NATO's", SENTENCE)),
            "others": (
                Edition(
                    "ru", "Встреча с генсеком НАТО", "https://www.president.am/ru/press-release/item/2024/03/19/NATO/"
                ),
            ),
        }
        return AlertContent(**{**fields, **changes})

    return make


@pytest.fixture
def make_delivery(make_content: Callable[..., AlertContent]) -> Callable[..., Delivery]:
    """A claimed delivery of such an alert."""

    def make(id: int = 1, channel: str = "desk", attempt: int = 1, **changes: Any) -> Delivery:
        uid = f"00000000-0000-5000-8000-{id:012d}"
        return Delivery(id, uid, "alert", channel, attempt, make_content(**changes))

    return make


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for localhost, made for this test session."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as podium does (anyio's plugin for pytest comes with httpx)."""
    return "asyncio"
