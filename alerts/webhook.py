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

import httpx

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


class RefusedAddress(httpx.ConnectError):
    """The host's addresses are not of the public internet."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves the host once and connects to that very address, which must be public unless `allow_private`.

    Host header and TLS name stay those of the URL. A pooled connection is known by its address only, so one
    transport must serve one host.
    """

    def __init__(self, tls: ssl.SSLContext | bool, *, allow_private: bool = False) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
        self._allow_private = allow_private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, request.url.port or request.url.scheme, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise httpx.ConnectError(f"{host} has no address: {error.strerror or error}", request=request) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        usable = [address for address in addresses if self._allow_private or is_public(address)]
        if not usable:
            raise RefusedAddress(f"{host} is {addresses[0]}, which is not on the public internet", request=request)
        for address in usable:
            # Host header and body were made from the original URL and stay as they are.
            there = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(there)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == usable[-1]:
                    raise
        raise AssertionError("unreachable: the last address returns or raises")

    async def aclose(self) -> None:
        await self._inner.aclose()


class Poster:
    """Posts signed payloads to one endpoint over a kept client. Use as `async with Poster(...) as poster`."""

    def __init__(
        self,
        url: str,
        keys: tuple[bytes, ...],
        *,
        tls: ssl.SSLContext | bool,
        allow_private: bool = False,
        user_agent: str = "podium",
        seconds: float = SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = url
        self._keys = keys
        self._seconds = seconds
        self._now = now
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(tls, allow_private=allow_private),
            follow_redirects=False,
            trust_env=False,
            timeout=seconds,
            headers={
                "user-agent": user_agent,
                "content-type": "application/json",
                "accept-encoding": "identity",
            },
        )

    async def __aenter__(self) -> Poster:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.aclose()

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
        host = httpx.URL(self._url).host
        try:
            async with (
                asyncio.timeout(self._seconds) as limit,
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                # The status is the answer; what follows it has a bound of its own and can change nothing.
                limit.reschedule(None)
                answer = await _beginning(response)
        except (TimeoutError, httpx.TimeoutException):
            return _fault(f"{host} did not answer within {self._seconds:g} s")
        except RefusedAddress as error:
            return _fault(f"{error}; write `allow_private: true` in schedules.yaml if that is meant", transmitted=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            left = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)
            return _fault(f"{host} cannot be reached: {one_line(str(error)) or type(error).__name__}", transmitted=left)
        return DELIVERED if response.is_success else self._refused(host, response, answer)

    def _refused(self, host: str, response: httpx.Response, answer: str) -> Result:
        said = f"{host} answered {response.status_code}" + (f": {answer}" if answer else "")
        if response.status_code == 410:
            return Result("gone", f"{said} (gone: the receiver wants no more)")
        if response.is_redirect:
            return _fault(f"{said} (a redirect, which is not followed; write the final address)")
        wait = None
        if response.status_code in ASK_AGAIN:
            wait = retry_after(response.headers.get("retry-after", ""), self._now())
        return Result("retry", said, wait, channel_fault=response.status_code not in OF_THE_BODY)


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


async def _beginning(response: httpx.Response) -> str:
    """The first 4 KB of an answer as one short line. A short answer is read to its end: that keeps the connection."""
    found = bytearray()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_raw():
                found += chunk[:ANSWER_BYTES]
                if len(found) > ANSWER_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        found += b" (the answer broke off)"
    return shorten(one_line(bytes(found[:ANSWER_BYTES]).decode("utf-8", errors="replace")), 200)
