"""Answers whole plain requests for pages that are ready without aiohttp's machinery: a benchmark measures who asks."""

import asyncio
import re

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from tests.replica.server import Site

_PLAIN = re.compile(rb"GET (/[^ ?]*) HTTP/1\.1\r\n(?:(?!If-|Connection: close|Expect:)[^\r\n]+\r\n)*\r\n", re.I)
"""One whole GET without a query, conditions or a body, and nothing behind it."""


class QuickHandler(RequestHandler):
    """aiohttp's handler of a connection, with a short cut where neither faults nor latency nor a log need more."""

    __slots__ = ("_site",)

    def __init__(self, server: "web.Server[web.BaseRequest]", site: Site, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, access_log=None)
        self._site = site

    def data_received(self, data: bytes) -> None:
        asked = _PLAIN.fullmatch(data) if self._site.plain and self.transport is not None else None
        answer = self._site.whole_answer(asked[1].decode("latin-1")) if asked else None
        if answer is None or self.transport is None:
            super().data_received(data)
        else:
            self.transport.write(answer)
