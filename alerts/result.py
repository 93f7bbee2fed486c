"""What became of one attempt to say something on a channel, before the worker decides when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Result:
    """`dead` means that no repetition can help; `gone` that the receiver wants nothing any more; `retry_after` is the
    least wait that the other side asked for.

    `channel_fault` says that the channel failed and not this message, `transmitted` is False when certainly nothing of
    the message left this machine; `ambiguous` is an end at which the other side may have taken it. `error` is one
    sentence without any secret.
    """

    state: Literal["delivered", "retry", "dead", "gone"]
    error: str = ""
    retry_after: timedelta | None = None
    channel_fault: bool = False
    transmitted: bool = True
    ambiguous: bool = False


DELIVERED = Result("delivered")
