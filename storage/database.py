"""Opening the archive file and its transactions: the only module that knows how SQLite is set up.

One `Store` is one connection, used from one thread. Every write is a `BEGIN IMMEDIATE` transaction: begun DEFERRED, a
read-then-write transaction fails at once under another writer, whatever the busy timeout (SQLite documentation,
"Write-Ahead Logging", section 2.2).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from storage.errors import ArchiveError, explain
from storage.schema import APPLICATION_ID, migrations

BUSY_SECONDS = 30.0
"""How long a writer waits for another before it gives up with a sentence."""

Parameters = Sequence[Any] | Mapping[str, Any]


def project_folder() -> Path:
    """The nearest folder upwards from the working directory that holds scrapy.cfg, else the working directory."""
    here = Path.cwd()
    return next((path for path in (here, *here.parents) if (path / "scrapy.cfg").is_file()), here)


def archive_path() -> Path:
    """`$PODIUM_DB`, else `data/podium.db` in the project's folder."""
    named = os.environ.get("PODIUM_DB")
    return Path(named).expanduser() if named else project_folder() / "data" / "podium.db"


class Store:
    """One connection to the archive file at `path`; created and migrated when needed.

    Raises `ArchiveError` with a sentence for a foreign, damaged, read-only or locked file.
    """

    def __init__(self, path: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        if path.is_dir():
            raise ArchiveError(f"{path} is a folder, not an archive: name a file with $PODIUM_DB.")
        if not path.exists():
            if not create:
                raise ArchiveError(
                    f"There is no archive at {path} yet: crawl an office first (`scrapy crawl president_am`), "
                    "or name an archive with $PODIUM_DB."
                )
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ArchiveError(
                    f"The folder {path.parent} for the archive cannot be made ({error.strerror}): "
                    "name another place with $PODIUM_DB."
                ) from error
        try:
            self._conn = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, cached_statements=256)
        except sqlite3.Error as error:
            raise explain(error, path) from error
        self._conn.row_factory = sqlite3.Row
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._conn.close()
            raise explain(error, path) from error
        except ArchiveError:
            self._conn.close()
            raise

    def _prepare(self) -> None:
        connection = self._conn
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION_ID and tables:
            raise ArchiveError(
                f"{self.path} is an SQLite database of another program, not podium's archive: "
                "name podium's (or a new file) with $PODIUM_DB."
            )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -16000")
        # A checkpoint syncs the disk: every 32 MB instead of every 4 leaves fewer of them to wait for.
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        connection.execute("PRAGMA temp_store = MEMORY")
        self.db = Database(connection)
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":  # a new archive, or a restored copy
            connection.execute("PRAGMA journal_mode = WAL")
        if application == APPLICATION_ID and not migrations.pending(self.db):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrations.apply(self.db)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._conn.close()

    def backup(self, target: Path) -> None:
        """Write a copy of the archive as it is at one instant to `target`, by SQLite's online backup, while others go on.

        The copy is checked and only then takes its name. Raises `ArchiveError` when it cannot be written or is damaged.
        """
        part = target.with_name(f"{target.name}.part")
        try:
            part.unlink(missing_ok=True)
            copy = sqlite3.connect(part)
            try:
                self._conn.backup(copy)
                # One file, to be opened anywhere: without the -wal beside it that WAL mode would want.
                copy.execute("PRAGMA journal_mode = DELETE")
                found = copy.execute("PRAGMA quick_check").fetchone()[0]
            finally:
                copy.close()
            if found != "ok":
                raise ArchiveError(f"The copy of {self.path} is damaged ({found}); {target} was not written.")
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(target)
        except sqlite3.Error as error:
            raise explain(error, part) from error
        except OSError as error:
            raise ArchiveError(
                f"{target} cannot be written ({error.strerror}): name a file in a folder that exists, with space for "
                "a copy of the archive."
            ) from error
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def transaction(self, *, durable: bool = False, busy_seconds: float | None = None) -> Iterator[None]:
        """One write transaction; nested uses join the outer one.

        `durable` syncs the disk before it returns (`synchronous=FULL`): for what must not be forgotten by a power
        failure, because the outside world has already seen it. `busy_seconds` is how long another writer is waited for, for
        those who come again themselves.
        """
        connection = self._conn
        if connection.in_transaction:
            yield
            return
        try:
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            try:
                self._begin(busy_seconds)
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    def _begin(self, busy_seconds: float | None) -> None:
        if busy_seconds is None:
            self._conn.execute("BEGIN IMMEDIATE")
            return
        usual = self._conn.execute("PRAGMA busy_timeout").fetchone()[0]
        self._conn.execute(f"PRAGMA busy_timeout = {min(usual, round(busy_seconds * 1000))}")
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        finally:
            self._conn.execute(f"PRAGMA busy_timeout = {usual}")

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        try:
            return self._conn.execute(sql, parameters)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def executemany(self, sql: str, rows: Sequence[Parameters]) -> None:
        try:
            self._conn.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def one(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        try:
            row: sqlite3.Row | None = self._conn.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return row

    def all(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        try:
            return self._conn.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def iterate(self, sql: str, parameters: Parameters = ()) -> Iterator[sqlite3.Row]:
        """The rows one by one, for what may be large."""
        try:
            yield from self._conn.execute(sql, parameters)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> Exception:
        """The sentence for an error; within a transaction the error itself, which that rolls back and explains."""
        return error if self._conn.in_transaction else explain(error, self.path)
