"""Reading in a process of its own, for crawls in which pages come faster than one core reads and stores them.

Only what is pure goes there (`crawler.prepared`): a page and the list that led to it go out, a `Prepared` or the reason why
the page is no release comes back. The process knows neither archive nor network. It ends when its socket closes, however
its parent ended; when it ends itself, pages are read in this process again and nothing is lost.

A polite crawl gets a page every few seconds and never starts it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TypeVar

from alerts.matching import Matcher
from crawler.listings import Listing
from crawler.office import Office
from crawler.offices import find_office
from crawler.prepared import Prepared, prepare, read
from crawler.reading import Unreadable, read_listing
from language.words import Words
from storage.model import ListSpec, Page

log = logging.getLogger("podium.crawl")

T = TypeVar("T")

_TOPICS_AT_ONCE = 1_000
"""So many topics are handed over in one piece: the event loop must not stand still for a hundred thousand."""
_LENGTH = 4
"""Bytes before each answer that say how long it is."""
_GRACE = 5.0
"""Seconds that the process has to end by itself; a page takes it a few milliseconds."""

_Question = tuple[str, int, dict[str, str], bytes, datetime, str, ListSpec, date | None, bool]
"""The fields of a page, then the list that it belongs to, the date of the row that led to it, whether it is a listing."""
_Answer = Prepared | Listing | tuple[str, str, tuple[str, ...]] | None
"""None: it could not be worked out there. A tuple: kind, reason and missing landmarks of `Unreadable`."""


class ReadingProcess(asyncio.Protocol):
    """The parent's end. Used from one event loop."""

    def __init__(self, office: Office, matcher: Matcher) -> None:
        """Start the process; it loads its dictionaries while the loop goes on. OSError when none can be started."""
        self._office, self._matcher = office, matcher
        self._socket, theirs = socket.socketpair()
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler.apart", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": path},
            )
        except BaseException:
            self._socket.close()
            raise
        finally:
            theirs.close()
        self._transport: asyncio.WriteTransport | None = None
        self._connecting: asyncio.Lock = asyncio.Lock()
        self._waiting: deque[asyncio.Future[_Answer]] = deque()
        self._received = bytearray()
        self._over = False

    async def read(self, page: Page, spec: ListSpec, listed_on: date | None) -> Prepared | None:
        """What `prepare` says of a page; None when the process cannot tell (any more). Raises `Unreadable`."""
        answer = await self._ask(page, spec, listed_on, listing=False)
        return answer if isinstance(answer, Prepared) else None

    async def read_listing(self, page: Page, spec: ListSpec) -> Listing | None:
        """What `read_listing` says of a page; None when the process cannot tell (any more). Raises `Unreadable`."""
        answer = await self._ask(page, spec, None, listing=True)
        return answer if isinstance(answer, Listing) else None

    async def _ask(self, page: Page, spec: ListSpec, listed_on: date | None, *, listing: bool) -> Prepared | Listing | None:
        if self._transport is None:
            await self._connect()
        if self._over or self._transport is None:
            return None
        question: _Question = (
            page.url, page.status, dict(page.headers), page.body, page.fetched_at, page.location, spec, listed_on, listing,
        )  # fmt: skip
        future: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._transport.write(pickle.dumps(question, pickle.HIGHEST_PROTOCOL))
        answer = await future
        if isinstance(answer, tuple):
            raise Unreadable(*answer)  # type: ignore[arg-type]
        return answer

    async def _connect(self) -> None:
        """Hand over the office and its topics, once."""
        async with self._connecting:
            if self._transport is not None or self._over:
                return
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(lambda: self, sock=self._socket)
            transport.write(pickle.dumps((self._office.name, dict(self._matcher.frequency))))
            for topics in _pieces(self._matcher.topics, _TOPICS_AT_ONCE):
                transport.write(pickle.dumps(topics, pickle.HIGHEST_PROTOCOL))
                await asyncio.sleep(0)
            transport.write(pickle.dumps(None))
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers come in the order of the questions."""
        received = self._received
        received += data
        while len(received) >= _LENGTH:
            end = _LENGTH + int.from_bytes(received[:_LENGTH], "big")
            if len(received) < end:
                return
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(pickle.loads(received[_LENGTH:end]))
            del received[:end]

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told to read by himself."""
        if not self._over:
            log.warning("the reading process ended by itself; pages are read in the crawl's own process from here on")
        self._over = True
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """No more pages will come: let the process end."""
        self._over = True
        if self._transport is not None:
            self._transport.close()
        else:
            self._socket.close()

    def join(self) -> None:
        """Wait for its end after `close`; blocks, and for long only when something is wrong."""
        with suppress(OSError):  # a loop that has ended closes its transports no more
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _pieces(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _serve(connection: socket.socket) -> None:
    """The process's own end: answer until the socket closes."""
    stream = connection.makefile("rb", buffering=1 << 20)
    name, frequency = pickle.load(stream)
    topics = []
    while (piece := pickle.load(stream)) is not None:
        topics += piece
    office, matcher = find_office(name), Matcher(topics, frequency)
    for language in office.languages:  # loads its dictionary while the first page is still on its way
        matcher.told(Words.of(office.full_title, "", language))
    gc.freeze()  # as in a crawl by hand
    gc.set_threshold(20_000, 20, 100)
    while True:
        url, status, headers, body, fetched_at, location, spec, listed_on, listing = pickle.load(stream)
        page = Page(url, status, headers, body, fetched_at, location)
        answer: _Answer
        try:
            if listing:
                answer = read(read_listing, page, office, spec)
            else:
                answer = prepare(
                    page, office, matcher, section=spec.section, language=spec.language, listed_on=listed_on
                )
        except Unreadable as problem:
            answer = (problem.kind, problem.reason, problem.missing)
        except Exception:  # a fault of the program: the parent meets it again, and says so as ever
            answer = None
        packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        connection.sendall(len(packed).to_bytes(_LENGTH, "big") + packed)


def main() -> None:
    """`python -m crawler.apart FD`: not for people."""
    # Signals to the group are the parent's to heed: it finishes what is in flight, and then closes the socket.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, ConnectionError):
        _serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)  # dictionaries need no tidying away


if __name__ == "__main__":
    main()
