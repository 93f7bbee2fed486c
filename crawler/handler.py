"""The download handler: Scrapy's on aiohttp, made only when needed and without loading the system's trust for every crawl.

A TLS context that verifies certificates takes 18 ms to make, three times what the rest of a poll costs, and is the same for
every crawl of a process.
"""

from __future__ import annotations

from collections.abc import Awaitable
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, ClassVar

import aiohttp
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.core.downloader.handlers._base_streaming import BaseStreamingDownloadHandler
from scrapy.utils.ssl import _make_ssl_context

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_contexts: dict[bool, SSLContext] = {}
"""By whether certificates are verified: podium changes no other setting of TLS."""


class _Bodiless:
    """An aiohttp session that sends no `Content-Length: 0` with a request without a body (RFC 9110 §8.6)."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.close = session.close

    def request(self, method: str, url: Any, *, data: bytes, **kwargs: Any) -> Awaitable[aiohttp.ClientResponse]:
        return self._session.request(method, url, data=data or None, **kwargs)


class OfficeDownloadHandler(AiohttpDownloadHandler):
    """Scrapy's handler for http and https without a reactor, with one TLS context for the process.

    Scrapy calls its handler experimental; `docs/decisions.md` says why podium stands on it all the same.
    """

    lazy = True
    experimental: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        # Not AiohttpDownloadHandler's own constructor: it makes the context anew. The session is made as there.
        BaseStreamingDownloadHandler.__init__(self, crawler)
        verify = crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
        if verify not in _contexts:
            _contexts[verify] = _make_ssl_context(crawler.settings)
        self._ssl_context = _contexts[verify]
        self._session = _Bodiless(  # type: ignore[assignment]
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool_size_total, limit_per_host=self._pool_size_per_host),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                response_class=_ClientResponse,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            )
        )
