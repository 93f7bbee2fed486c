"""Alerts to chat services by Apprise: any address it knows, one address a call.

Apprise says of an attempt whether it worked, with what it logged about it as the reason. No id goes with a message,
so that a repetition cannot be recognised by the service.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
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


class Chatter:
    """Sends to one Apprise address. Raises `ValueError`, without repeating it, when Apprise does not know the address."""

    def __init__(self, address: str) -> None:
        from apprise import Apprise, AppriseAsset  # takes a quarter of a second, which only those who chat should wait

        # What it logs comes back with each result; on its own it would show addresses, and so tokens.
        logging.getLogger("apprise").propagate = False
        self._address = address
        # Its own pool of threads is shared: six services that hang would keep all others waiting. So each has a thread.
        self._apprise: Apprise = Apprise(asset=AppriseAsset(async_mode=False, service_timeout=0))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="podium-chat")
        if not self._apprise.add(address):
            raise ValueError("is no address that Apprise knows; https://appriseit.com lists them")

    async def send(self, message: Message) -> Result:
        """Send once. Never raises for what the service does."""
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._thread, self._send, message)
        except TimeoutError:
            return Result("retry", f"the chat service did not answer within {SECONDS:g} s", channel_fault=True)

    def _send(self, message: Message) -> Result:
        said = self._apprise.notify(title=message.subject, body=shorten_lines(message.text), interpret_escapes=False)
        if said:
            return DELIVERED
        logged = one_line("; ".join(entry.message for entry in said.logs()).replace(self._address, "(address)"))
        why = shorten(logged, 200) or f"Apprise says no more than {said.status.name.lower()}"
        return Result("retry", f"the chat service did not take it: {why}", channel_fault=True)


def shorten_lines(text: str) -> str:
    """The text to its last whole line within `LONGEST` characters, with the first line that holds a link in any case."""
    if len(text) <= LONGEST:
        return text
    link = next((line for line in text.splitlines() if "://" in line), "")
    short = text[:LONGEST].rpartition("\n")[0]
    if not link or link in short.splitlines() or len(link) > LONGEST // 2:
        return short + "\n…"
    return text[: LONGEST - len(link)].rpartition("\n")[0] + f"\n…\n{link}"
