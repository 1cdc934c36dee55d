"""SqliteLog: a log as a table of an SQLite database."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from smartx96.errors import LogError
from smartx96.tables.log.lock import FileLock
from smartx96.tables.log.row import FIXED, Layout, Row, listed, moment_in, newest
from smartx96.tables.log.statements import TABLE, Statements, quoted

_TYPES = {datetime: "TEXT", str: "TEXT", int: "INTEGER", float: "REAL"}
_PATIENCE = 10.0
"""How long another program may keep the database locked [s]."""


class SqliteLog:
    """A table with a column for each value, times as text (UTC).

    Parameters
    ----------
    path : Path
        Made where it is missing.
    layout : Layout
        Columns that the table does not have are added.
    meters : sequence of str
        Whose rows come.
    table : str

    Raises
    ------
    LogError
        Another process writes it, the table is of something else, or it cannot be written.
    """

    def __init__(self, path: Path, layout: Layout, meters: Sequence[str] = (),
                 table: str = TABLE) -> None:  # fmt: skip
        self.name, self.notes = str(path), list[str]()
        self._meters = meters
        self._path, self._sql = path, Statements(table, layout, _TYPES, "?")
        self._lock = FileLock(path)
        try:
            self._connection = self._opened()
        except BaseException:
            self._lock.release()
            raise

    def _opened(self) -> sqlite3.Connection:
        with told(self._path):
            # One thread at a time uses it, not always the one that opened it.
            connection = sqlite3.connect(self._path, timeout=_PATIENCE, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(self._sql.create)
        there = columns_of(connection, self._sql.table)
        check_columns(f"{self._path}: table {self._sql.table}", there)
        added = [column for column in self._sql.layout.ids if column not in there]
        for column in added:
            connection.execute(self._sql.extend(column))
        if added and there:
            self.notes.append(f"{self._path}: has new columns: {listed(added)}")
        connection.execute(self._sql.index)

    def latest(self) -> dict[str, Row]:
        """The newest row of each meter whose rows come."""
        with told(self._path):
            ask = self._connection.execute
            found = (ask(self._sql.newest, [meter]).fetchone() for meter in self._meters)
            return newest(map(_row, filter(None, found)))

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, kept on return; a meter's second row of a moment is passed over.

        Raises
        ------
        LogError
            None of them can be written.
        """
        with told(self._path), self._connection:
            self._connection.executemany(self._sql.insert, [row.texts for row in rows])

    def close(self) -> None:
        """Let go of the database, which is one file again unless somebody reads it just now."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA journal_mode = DELETE")
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        self._lock.release()


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """Names of a table's columns; none where there is no such table."""
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]


def check_columns(what: str, there: Sequence[str]) -> None:
    """Make sure that a table is one of a log.

    Raises
    ------
    LogError
        It is not.
    """
    missing = [name for name in FIXED if name not in there]
    if missing:
        raise LogError(f"{what} is no log: it lacks {listed(missing)}; give another --table")


def stored_columns(path: Path, table: str) -> list[str]:
    """Names of a table's columns; none where there is no such table."""
    with told(path), contextlib.closing(readable(path)) as connection:
        return columns_of(connection, table)


def stored_rows(path: Path, table: str, ids: Sequence[str]) -> Iterator[Row]:
    """Rows of a database by time, with the values of some ids."""
    statements = Statements(table, Layout(tuple(ids)), _TYPES, "?")
    with told(path), contextlib.closing(readable(path)) as connection:
        yield from map(_row, connection.execute(statements.select))


def readable(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_PATIENCE, uri=True)


def _row(cells: Sequence[Any]) -> Row:
    time, meter, serial, answered, took, fault, *values = cells
    there = None if answered is None else moment_in(answered)
    return Row(moment_in(time), meter, serial, there, took, fault, tuple(values))


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Errors of SQLite as one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise LogError(f"{path}: {error}{_advice(error)}") from None
    except (ValueError, TypeError) as error:
        raise LogError(f"{path}: holds what is no log of meters: {error}") from None


def _advice(error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
        return "; give another file"
    if "locked" in str(error):
        return " by another program; end it"
    return ""
