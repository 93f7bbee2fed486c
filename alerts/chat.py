"""Alerts to chat services by Apprise: any address it knows, one address a call.

Apprise says of an attempt only whether it worked; the reason comes from what it logs meanwhile. No id goes with a message,
so that a repetition cannot be recognised by the service.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from typing import TYPE_CHECKING

from alerts.excerpts import one_line, shorten
from alerts.messages import Message
from alerts.result import DELIVERED, Result

if TYPE_CHECKING:
    from apprise import Apprise

SECONDS = 60.0
"""Several times what Apprise itself allows a request (4 s to connect, 4 s to read)."""
LONGEST = 1500
"""Characters of a message; what is longer is read on the site. Discord takes 2,000, Telegram 4,096."""
_one_at_a_time = threading.Lock()
"""What Apprise logs is one stream for the process."""


class Chatter:
    """Sends to one Apprise address. Raises `ValueError`, without repeating it, when Apprise does not know the address."""

    def __init__(self, address: str) -> None:
        from apprise import Apprise  # takes a quarter of a second, which only those who chat should wait

        self._address = address
        self._apprise: Apprise = Apprise()
        with self._quiet():
            if not self._apprise.add(address):
                raise ValueError("is no address that Apprise knows; https://appriseit.com lists them")

    async def send(self, message: Message) -> Result:
        """Send once. Never raises for what the service does."""
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.to_thread(self._send, message)
        except TimeoutError:
            return Result("retry", f"the chat service did not answer within {SECONDS:g} s", channel_fault=True)

    def _send(self, message: Message) -> Result:
        with self._quiet() as said:
            fine = self._apprise.notify(
                title=message.subject, body=shorten_lines(message.text), interpret_escapes=False
            )
        if fine:
            return DELIVERED
        why = shorten(one_line(said.getvalue().replace(self._address, "(address)")), 200)
        return Result(
            "retry", f"the chat service did not take it: {why or 'Apprise gives no reason'}", channel_fault=True
        )

    @staticmethod
    def _quiet() -> _Said:
        return _Said()


class _Said:
    """What Apprise logs meanwhile, instead of where it usually goes."""

    def __enter__(self) -> io.StringIO:
        _one_at_a_time.acquire()
        self._stream = io.StringIO()
        self._handler = logging.StreamHandler(self._stream)
        self._handler.setLevel(logging.WARNING)
        log = logging.getLogger("apprise")
        self._propagated, log.propagate = log.propagate, False
        log.addHandler(self._handler)
        return self._stream

    def __exit__(self, *_: object) -> None:
        log = logging.getLogger("apprise")
        log.removeHandler(self._handler)
        log.propagate = self._propagated
        _one_at_a_time.release()


def shorten_lines(text: str) -> str:
    """The text to its last whole line within `LONGEST` characters."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition("\n")[0] + "\n…"
