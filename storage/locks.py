"""Locks between processes that vanish with their holder, a killed one included.

`flock(2)` on a file beside the archive: the kernel lets go of it when the process ends, however it ends, so no stale
lock has to be recognised. The file itself stays and means nothing.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from storage.errors import ArchiveBusy, ArchiveError


class ProcessLock:
    """An exclusive lock named `name` that goes with the archive at `path`. Use as a context manager.

    Raises `ArchiveBusy` with `busy` as its sentence ("{pid}" is replaced by the holder's process id).
    """

    def __init__(self, path: Path, name: str, busy: str) -> None:
        path = path.resolve()  # one archive has one lock, whatever link leads to it
        self._file = path.with_name(f"{path.name}.{name}.lock")
        self._busy = busy
        self._descriptor: int | None = None

    def acquire(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ArchiveError(
                f"The lock file {self._file} cannot be opened ({error.strerror}): podium must be able to write "
                "beside its archive."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise ArchiveBusy(self._busy.replace("{pid}", holder)) from None
        mine = f"{os.getpid():<31}\n".encode()
        if os.pread(descriptor, 32, 0) != mine:  # the daemon takes each lock thousands of times
            os.pwrite(descriptor, mine, 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held(self) -> bool:
        """Whether another process holds it now."""
        try:
            self.acquire()
        except ArchiveBusy:
            return True
        self.release()
        return False

    def __enter__(self) -> ProcessLock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def office_lock(path: Path, office: str) -> ProcessLock:
    """Held by the one crawl of an office that may run at a time."""
    return ProcessLock(
        path,
        office,
        f"{office} is being crawled by another process ({{pid}}) into {path}: wait until it ends; "
        "what it reads is not lost.",
    )


def daemon_lock(path: Path) -> ProcessLock:
    """Held by the one `podium watch` of an archive."""
    return ProcessLock(
        path, "watch", f"`podium watch` is already running on {path} as process {{pid}}: end that one first."
    )
