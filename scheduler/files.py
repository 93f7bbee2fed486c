"""Noticing that a file was changed, by its time and size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class FileWatch:
    """Tells of each change once. Editors that replace the file, and a file that is gone for a moment, count too."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._seen = self._state()

    def _state(self) -> list[tuple[int, int, int] | None]:
        state: list[tuple[int, int, int] | None] = []
        for path in self._paths:
            try:
                status = path.stat()
                state.append((status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                state.append(None)
        return state

    def changed(self) -> bool:
        now = self._state()
        changed, self._seen = now != self._seen, now
        return changed

    def forget(self) -> None:
        """Tell of the last change once more: it could not be used."""
        self._seen = []
