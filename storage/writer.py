"""The one writer thread: everything that reads pages and writes the archive runs here, so that the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from storage.archive import open_archive
from storage.protocol import Archive

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """An archive that lives in a thread of its own; `await writer.run(function, ...)` calls `function(archive, ...)` there.

    Calls run one after another in the order they were made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="podium-writer")
        self._archive: Archive | None = None
        try:
            self._archive = self._executor.submit(open_archive, path).result()
        except BaseException:
            self._executor.shutdown()
            raise

    async def run(self, function: Callable[Concatenate[Archive, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function(archive, ...)` in the writer thread and wait for what it returns or raises."""
        return await asyncio.wrap_future(self._executor.submit(self._call, function, args, kwargs))

    def run_sync(self, function: Callable[Concatenate[Archive, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same from code outside an event loop; blocks."""
        return self._executor.submit(self._call, function, args, kwargs).result()

    def _call(self, function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
        assert self._archive is not None
        return function(self._archive, *args, **kwargs)

    def close(self) -> None:
        """Finish what was handed in, close the archive, end the thread."""
        if self._archive is not None:
            self._executor.submit(self._archive.close).result()
            self._archive = None
        self._executor.shutdown()
