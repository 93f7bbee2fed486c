"""What became of one attempt to say something on a channel, before the worker decides when to try again; and of a pass."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class DeliveryReport:
    """What a pass did: counts, a line for each failure, and what waits for channels that are no longer
    declared.
    """

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    parked: int = 0
    failures: list[str] = field(default_factory=list)
    stranded: dict[str, int] = field(default_factory=dict)

    @property
    def attempts(self) -> int:
        return self.delivered + self.retried + self.dead + self.parked

    def add(self, other: DeliveryReport) -> None:
        """Take in the counts of a later pass."""
        self.delivered += other.delivered
        self.retried += other.retried
        self.dead += other.dead
        self.parked += other.parked
        self.failures += other.failures
        self.stranded = other.stranded

    def lines(self) -> list[str]:
        """The report in sentences: a summary, then a line for each thing that went wrong."""
        told = [f"delivered {self.delivered}, to be tried again {self.retried}, given up {self.dead}"]
        if self.parked:
            told[0] += f", parked {self.parked}"
        told += self.failures
        told += [
            f"channel {name} is not in schedules.yaml any more: {_many(number)} waiting for it"
            for name, number in sorted(self.stranded.items())
        ]
        return told


def _many(number: int) -> str:
    return "1 delivery" if number == 1 else f"{number} deliveries"
