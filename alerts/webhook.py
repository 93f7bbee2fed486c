"""Alerts as signed webhooks, by Standard Webhooks 1.0.0.

The id of a delivery is `webhook-id` on every attempt, the body is the same bytes on every attempt; only the
header's timestamp and so the signature are of this attempt. Addresses inside a private network are refused
when the connection is made, after the name was resolved, so that no name can be pointed there in between.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.connector import AddrInfoType
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from alerts.excerpts import one_line, shorten
from alerts.result import DELIVERED, Result

SECONDS = 20.0
"""One attempt, from resolving the name to the end of the answer (Standard Webhooks recommends 15 to 30)."""
ANSWER_BYTES = 4096
"""So much of an answer is read; the rest is not waited for."""
ANSWER_SECONDS = 2.0
"""So long is waited for what follows the status."""
LONGEST_RETRY_AFTER = timedelta(days=1)
ASK_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses whose Retry-After counts."""
OF_THE_BODY = frozenset({400, 413, 415, 422})
"""Statuses by which a receiver refuses what was posted, not podium (RFC 9110 §15.5)."""
SECRET_BYTES = (24, 64)
"""Length of a signing key (Standard Webhooks 1.0.0, "Signature scheme")."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def signing_keys(secret: str) -> tuple[bytes, ...]:
    """The keys in a secret: one `whsec_…`, or several separated by spaces while they are being changed.

    Raises `ValueError` with a sentence that does not repeat the secret.
    """
    keys = []
    for part in secret.split():
        if not part.startswith("whsec_"):
            raise ValueError("a webhook secret begins with whsec_ and goes on in base64")
        try:
            key = base64.b64decode(part.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            raise ValueError("what follows whsec_ in the webhook secret is not base64") from None
        low, high = SECRET_BYTES
        if not low <= len(key) <= high:
            raise ValueError(f"the webhook secret holds {len(key)} bytes; {low} to {high} are needed")
        keys.append(key)
    if not keys:
        raise ValueError("the webhook secret is empty")
    return tuple(keys)


def signature(keys: tuple[bytes, ...], uid: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,…` for each key, separated by spaces."""
    content = b"%s.%d.%s" % (uid.encode("ascii"), timestamp, body)
    digests = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode("ascii") for digest in digests)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; what it carries inside (IPv4 in IPv6) counts
    too.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


class RefusedAddress(OSError):
    """The host's addresses are not of the public internet."""


class GuardedResolver(ThreadedResolver):
    """Resolves a host to those of its addresses that are public. Raises `RefusedAddress` when none is."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if found and not public:
            raise RefusedAddress(f"{host} is {found[0]['host']}, which is not on the public internet")
        return public


def _guarded_socket(address: AddrInfoType) -> socket.socket:
    """A socket for exactly this address, the last moment at which one can be refused: an address that was written as such
    is never resolved."""
    family, kind, protocol, _, at = address
    if not is_public(str(at[0])):
        raise RefusedAddress(f"{at[0]} is not on the public internet")
    return socket.socket(family, kind, protocol)


class Poster:
    """Posts signed payloads to one endpoint over kept connections. Use as `async with Poster(...) as poster`.

    The address that a connection goes to is the one that was looked at; it must be public unless `allow_private`. No proxy
    of the environment is used.
    """

    def __init__(
        self,
        url: str,
        keys: tuple[bytes, ...],
        *,
        tls: ssl.SSLContext,
        allow_private: bool = False,
        user_agent: str = "podium",
        seconds: float = SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = URL(url)
        self._keys = keys
        self._seconds = seconds
        self._now = now
        self._tls = tls
        self._allow_private = allow_private
        self._headers = {
            "user-agent": user_agent,
            "content-type": "application/json",
            "accept-encoding": "identity",
        }
        self._session: aiohttp.ClientSession | None = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                ssl=self._tls,
                use_dns_cache=False,
                resolver=ThreadedResolver() if self._allow_private else GuardedResolver(),
                socket_factory=None if self._allow_private else _guarded_socket,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    async def __aenter__(self) -> Poster:
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, uid: str, body: bytes) -> Result:
        """Post once. 2xx is delivered, 410 is gone, all else is tried again; never raises for what a host
        does. Statuses that speak of this very body are no fault of the channel.
        """
        timestamp = int(self._now().timestamp())
        headers = {
            "webhook-id": uid,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._keys, uid, timestamp, body),
        }
        host = self._url.host or ""
        try:
            async with (
                asyncio.timeout(self._seconds) as limit,
                self._opened().post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                # The status is the answer; what follows it has a bound of its own and can change nothing.
                limit.reschedule(None)
                answer = await _beginning(response)
        except TimeoutError:
            return _fault(f"{host} did not answer within {self._seconds:g} s")
        except aiohttp.ClientConnectorError as error:
            return _fault(_unconnected(host, error), transmitted=False)
        except aiohttp.InvalidURL as error:
            return _fault(f"{error.url} is no address: {error.description or 'malformed'}", transmitted=False)
        except (aiohttp.ClientError, OSError) as error:
            return _fault(f"{host} cannot be reached: {one_line(str(error)) or type(error).__name__}")
        return DELIVERED if 200 <= response.status < 300 else self._refused(host, response, answer)

    def _refused(self, host: str, response: aiohttp.ClientResponse, answer: str) -> Result:
        said = f"{host} answered {response.status}" + (f": {answer}" if answer else "")
        if response.status == 410:
            return Result("gone", f"{said} (gone: the receiver wants no more)")
        if 300 <= response.status < 400:
            return _fault(f"{said} (a redirect, which is not followed; write the final address)")
        wait = None
        if response.status in ASK_AGAIN:
            wait = retry_after(response.headers.get("retry-after", ""), self._now())
        return Result("retry", said, wait, channel_fault=response.status not in OF_THE_BODY)


def _unconnected(host: str, error: aiohttp.ClientConnectorError) -> str:
    """Why no connection came about, in a sentence."""
    if isinstance(error.os_error, RefusedAddress):
        return f"{error.os_error}; write `allow_private: true` in schedules.yaml if that is meant"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"{host} has no address: {one_line(error.os_error.strerror or str(error.os_error))}"
    return f"{host} cannot be reached: {one_line(str(error)) or type(error).__name__}"


def _fault(what: str, *, transmitted: bool = True) -> Result:
    return Result("retry", what, channel_fault=True, transmitted=transmitted)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """A Retry-After header, seconds or an HTTP date (RFC 9110 §10.2.3), as a wait of at most a day; None if
    neither.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), 10**8))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, IndexError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """The first 4 KB of an answer as one short line. A short answer is read to its end: that keeps the connection."""
    found = bytearray()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while len(found) <= ANSWER_BYTES and (chunk := await response.content.read(ANSWER_BYTES + 1)):
                found += chunk
    except (TimeoutError, aiohttp.ClientError, OSError):
        found += b" (the answer broke off)"
    return shorten(one_line(bytes(found[:ANSWER_BYTES]).decode("utf-8", errors="replace")), 200)
