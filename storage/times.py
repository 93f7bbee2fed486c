"""How instants and dates stand in the archive: ISO 8601 text in UTC, of fixed width so that text order is time order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache


def now() -> datetime:
    """The present instant, aware, in UTC, to the millisecond (what the archive keeps)."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


@lru_cache(maxsize=256)  # one instant is written many times: a row's, its release's, its alerts'
def to_text(instant: datetime) -> str:
    """`2024-03-19T08:30:00.000Z`. A naive datetime is a programming error: ValueError."""
    if instant.tzinfo is None:
        raise ValueError(f"instant without a time zone: {instant!r}")
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def opt_from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def opt_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
