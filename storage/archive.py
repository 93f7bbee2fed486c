"""The SQLite archive: every verb of `storage.protocol.Archive` on one connection, used from one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from storage.channels import Channels
from storage.database import Store, archive_path
from storage.frontier import Frontier
from storage.history import History
from storage.protocol import Archive
from storage.rechecks import Rechecks
from storage.runs import Runs
from storage.search import Search
from storage.withdrawals import Withdrawals


class SqliteArchive(Frontier, Runs, History, Channels, Search, Withdrawals, Rechecks):
    """The archive in one SQLite file."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def path(self) -> Path:
        return self.store.path

    def transaction(self) -> AbstractContextManager[None]:
        return self.store.transaction()

    def backup(self, target: Path) -> None:
        self.store.backup(target)

    def close(self) -> None:
        self.store.close()


def open_archive(path: Path | None = None, *, create: bool = True) -> Archive:
    """Open (and create or migrate) the archive at `path`, by default `$PODIUM_DB` or `data/podium.db`.

    Raises `ArchiveError`, a sentence for the operator, when the file cannot be used; without `create` also when there
    is none.
    """
    return SqliteArchive(Store(path or archive_path(), create=create))
