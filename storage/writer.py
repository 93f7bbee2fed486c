"""The one writer thread: everything that reads pages and writes the archive runs here, so that the event loop stays free."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

from storage.archive import open_archive
from storage.protocol import Archive

P = ParamSpec("P")
T = TypeVar("T")

_Done = Callable[[Any, BaseException | None], None]
_Task = tuple[Callable[[], Any], _Done]


class Writer:
    """An archive that lives in a thread of its own; `await writer.run(function, ...)` calls `function(archive, ...)` there.

    Calls run one after another in the order they were made. (A queue of our own: the hop there and back is made for every
    page, and costs half of what it does through an executor of the standard library.)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="podium-writer", daemon=True)
        self._thread.start()
        self._archive: Archive | None = None
        try:
            self._archive = self._sync(lambda: open_archive(path))
        except BaseException:
            self._end()
            raise

    async def run(self, function: Callable[Concatenate[Archive, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function(archive, ...)` in the writer thread and wait for what it returns or raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def done(result: Any, fault: BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                loop.call_soon_threadsafe(_settle, future, result, fault)

        self._tasks.put((lambda: function(self._opened, *args, **kwargs), done))
        return await future

    def run_sync(self, function: Callable[Concatenate[Archive, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same from code outside an event loop; blocks."""
        return self._sync(lambda: function(self._opened, *args, **kwargs))

    @property
    def _opened(self) -> Archive:
        assert self._archive is not None
        return self._archive

    def _sync(self, task: Callable[[], T]) -> T:
        future: Future[T] = Future()
        self._tasks.put((task, lambda result, fault: _settle(future, result, fault)))
        return future.result()

    def _work(self) -> None:
        while (entry := self._tasks.get()) is not None:
            task, done = entry
            try:
                result, fault = task(), None
            except BaseException as error:
                result, fault = None, error
            done(result, fault)
            del entry, task, done, result, fault  # whatever a call held is not kept until the next one

    def _end(self) -> None:
        self._tasks.put(None)
        self._thread.join()

    def close(self) -> None:
        """Finish what was handed in, close the archive, end the thread."""
        if self._archive is not None:
            self._sync(self._archive.close)
            self._archive = None
        self._end()


def _settle(future: asyncio.Future[Any] | Future[Any], result: Any, fault: BaseException | None) -> None:
    if future.done():  # whoever asked waits no more
        return
    if fault is None:
        future.set_result(result)
    else:
        future.set_exception(fault)
