"""What can go wrong with the archive, each said in one sentence that names the file and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class ArchiveError(Exception):
    """The archive cannot be used as asked; `str()` is a complete sentence for the operator."""


class ArchiveBusy(ArchiveError):
    """Another process holds what this one needs (the write lock, an office, the daemon's place)."""


def explain(error: sqlite3.Error, path: Path) -> ArchiveError:
    """The sentence for an SQLite error on the archive at `path`.

    Told apart by SQLite's own error names (https://www.sqlite.org/rescode.html), which Python gives since 3.11.
    """
    name = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveBusy(
            f"The archive {path} is locked: another program writes to it and does not come to an end; "
            "nothing was stored. End that program or try again later."
        )
    if name.startswith("SQLITE_READONLY"):
        return ArchiveError(
            f"The archive {path} is read-only for this user: give write permission to the file and its folder, "
            "or name another archive with $PODIUM_DB."
        )
    if name.startswith("SQLITE_NOTADB"):
        return ArchiveError(f"{path} is not an SQLite database: name podium's archive (or a new file) with $PODIUM_DB.")
    if name.startswith("SQLITE_FULL") or "disk is full" in text:
        return ArchiveError(
            f"The disk that holds the archive {path} is full; what was being stored was rolled back and will be "
            "tried again by the next crawl. Free some space first."
        )
    if name.startswith("SQLITE_CORRUPT"):
        return ArchiveError(
            f"The archive {path} is damaged ({text}): restore a backup, or recover it with `sqlite3 FILE .recover`."
        )
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return ArchiveError(
            f"The archive {path} cannot be read or written ({text}): check that its folder exists, that the disk "
            "works and has space, and that this user may write there."
        )
    return ArchiveError(f"The archive {path} refused: {text}.")
