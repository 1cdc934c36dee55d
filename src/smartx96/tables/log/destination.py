"""Destination: where a log is, by the name that its user gives it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from smartx96.errors import LogError, OptionError
from smartx96.tables.log.row import FIXED, Layout, Log, Row
from smartx96.tables.log.statements import TABLE

STANDARD_OUTPUT = "-"
DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
KNOWN = "FILE.csv, FOLDER.parquet, FILE.db (SQLite), postgresql://... or -"


def open_log(where: str, layout: Layout, meters: Sequence[str] = (), table: str = TABLE) -> Log:
    """A log to write, new or gone on with.

    Parameters
    ----------
    where : str
        A path with a suffix, a URL of a database, or `-`.
    layout : Layout
    meters : sequence of str
        Whose rows come.
    table : str
        Of a database.

    Raises
    ------
    OptionError
        Nothing has such a name.
    LogError
        It cannot be written, or another process writes it.
    MissingExtraError
        What it needs is not installed.
    """
    if where == STANDARD_OUTPUT:
        from smartx96.tables.log.json_lines import JsonLines

        return JsonLines(sys.stdout, layout)
    if is_url(where):
        from smartx96.tables.log.postgresql_log import PostgresqlLog

        return PostgresqlLog(where, layout, meters, table)
    path = Path(where)
    suffix = _suffix(path)
    if suffix == ".csv":
        from smartx96.tables.log.csv_log import CsvLog

        return CsvLog(path, layout)
    if suffix == ".parquet":
        from smartx96.tables.log.parquet_log import ParquetLog

        return ParquetLog(path, layout)
    from smartx96.tables.log.sqlite_log import SqliteLog

    return SqliteLog(path, layout, meters, table)


def is_url(where: str) -> bool:
    """Whether a name is the URL of a PostgreSQL database."""
    return where.startswith(("postgresql:", "postgres:"))


def check_destination(where: str) -> None:
    """Raise an OptionError where nothing has such a name."""
    if where != STANDARD_OUTPUT and not is_url(where):
        _suffix(Path(where))


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet", *DATABASE_SUFFIXES):
        scheme = str(path).partition(":")[0] if ":/" in str(path) else ""
        what = f"{scheme}:..." if scheme else str(path)
        raise OptionError(f"-o {what}: cannot be written; give {KNOWN}")
    return suffix


def stored_columns(where: str, table: str = TABLE) -> list[str]:
    """Names of a log's columns.

    Raises
    ------
    LogError
        There is no log, or it cannot be read.
    """
    found = list(_reader(where, table)[0]())
    if not set(FIXED) <= set(found):
        raise LogError(f"{told(where)}: there is no log in it")
    return found


def stored_rows(where: str, ids: Sequence[str], table: str = TABLE) -> Iterator[Row]:
    """Rows of a log with the values of some ids, those of a meter by time.

    Raises
    ------
    LogError
        It cannot be read.
    """
    return _reader(where, table)[1](ids)


_Columns = Callable[[], Sequence[str]]
_Rows = Callable[[Sequence[str]], Iterator[Row]]


def _reader(where: str, table: str) -> tuple[_Columns, _Rows]:
    if is_url(where):
        from smartx96.tables.log import postgresql_log as postgresql

        return (
            lambda: postgresql.columns_of(where, table),
            lambda ids: postgresql.stored_rows(where, table, ids),
        )
    path = Path(where)
    suffix = _suffix(path)
    if not path.exists():
        raise LogError(f"{path}: there is none")
    if suffix in DATABASE_SUFFIXES:
        from smartx96.tables.log import sqlite_log as sqlite

        return (
            lambda: sqlite.stored_columns(path, table),
            lambda ids: sqlite.stored_rows(path, table, ids),
        )
    if suffix == ".csv":
        from smartx96.tables.log import csv_rows

        return lambda: csv_rows.stored_columns(path), lambda ids: csv_rows.stored_rows(path, ids)
    from smartx96.tables.log import parquet_parts

    return (
        lambda: parquet_parts.stored_columns(path),
        lambda ids: parquet_parts.stored_rows(path, ids),
    )


def told(where: str) -> str:
    """A log as its user is told of it: without a password."""
    if not is_url(where):
        return where
    from smartx96.tables.log.postgresql_log import parameters_of, told_name

    return told_name(parameters_of(where))
