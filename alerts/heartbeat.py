"""A sign of life: an address that is called after each healthy cycle, so that somebody else notices when none comes."""

from __future__ import annotations

import httpx

TIMEOUT = 10.0
"""Seconds; a heartbeat that hangs must hold up nothing."""


async def beat(address: str) -> str:
    """Call the address (GET); returns why it did not work, in words without the address, which may be a secret ('' = it did)."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            answer = await client.get(address)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__}"
    return "" if answer.is_success else f"it answered {answer.status_code}"
