"""What became of one attempt to say something on a channel, before the worker decides when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Result:
    """`dead` means that no repetition can help; `retry_after` is the least wait that the other side asked
    for.

    `error` is one sentence without any secret.
    """

    state: Literal["delivered", "retry", "dead"]
    error: str = ""
    retry_after: timedelta | None = None


DELIVERED = Result("delivered")
