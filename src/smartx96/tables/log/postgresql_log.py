"""PostgresqlLog: a log as a table of a PostgreSQL database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from smartx96.errors import LogError, OptionError
from smartx96.meter.clock import microseconds
from smartx96.samples.extras import library
from smartx96.tables.log.row import Layout, Row, listed, newest
from smartx96.tables.log.sqlite_log import check_columns
from smartx96.tables.log.statements import TABLE, Statements

_TYPES = {
    datetime: "timestamptz",
    str: "text",
    int: "bigint",
    float: "double precision",
}
_CONNECTION = {"connect_timeout": "10", "tcp_user_timeout": "15000", "keepalives_idle": "15"}
"""A server that is gone without a word is given up after 15 s, unless the URL says otherwise."""

_SESSION = (
    "SET TIME ZONE 'UTC'",
    "SET statement_timeout = '60s'",
    # A client whose machine is gone holds its meters for a minute, not for hours.
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)
_COLUMNS = (
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_name = %s AND table_schema = ANY (current_schemas(false))"
)
_HOLD = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_AT_ONCE = 500
"""Rows of a transaction."""


class PostgresqlLog:
    """A table with a column for each value; connects again after it was cut off.

    Parameters
    ----------
    url : str
        `postgresql://...`; what it leaves out is taken from PGHOST, PGPASSWORD and so on.
    layout : Layout
        Columns that the table does not have are added.
    meters : sequence of str
        Whose rows come; no other process may write theirs.
    table : str

    Raises
    ------
    OptionError
        The URL is none.
    LogError
        The database does not answer or refuses, the table is of something else, or another process
        writes rows of one of the meters.
    MissingExtraError
        psycopg is not installed.
    """

    def __init__(self, url: str, layout: Layout, meters: Sequence[str] = (),
                 table: str = TABLE) -> None:  # fmt: skip
        self._parameters = parameters_of(url)
        self.name, self.notes = told_name(self._parameters), list[str]()
        self._meters = meters
        self._sql = Statements(table, layout, _TYPES, "%s")
        self._connection: Any = None
        with self._told():
            self._connect()

    def latest(self) -> dict[str, Row]:
        """The newest row of each meter whose rows come."""
        with self._told():
            ask = self._connect().execute
            found = (ask(self._sql.newest, [meter]).fetchone() for meter in self._meters)
            return newest(map(_row, filter(None, found)))

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, kept on return; a meter's second row of a moment is passed over.

        Raises
        ------
        LogError
            They cannot be written; of very many the first may be (`kept`).
        """
        kept = 0
        try:
            with self._told():
                for first in range(0, len(rows), _AT_ONCE):
                    some = rows[first : first + _AT_ONCE]
                    connection = self._connect()
                    with connection.transaction(), connection.cursor() as cursor:
                        cursor.executemany(self._sql.insert, [row.dated for row in some])
                    kept += len(some)
        except LogError as error:
            error.kept = kept
            raise

    def close(self) -> None:
        """Let go of the database."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def _connect(self) -> Any:
        """The connection, made where there is none."""
        if self._connection is None:
            connection = connected(self._parameters)
            try:
                self._hold(connection)
                with connection.transaction():
                    self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _hold(self, connection: Any) -> None:
        for meter in self._meters:
            key = f"smartx96 {self._sql.table} {meter}"
            if not connection.execute(_HOLD, [key]).fetchone()[0]:
                raise LogError(
                    f"{self.name}: meter {meter} is being written by another process; stop that, "
                    "or give another --table"
                )

    def _prepare(self, connection: Any) -> None:
        # Two that make the table at once would collide.
        key = f"smartx96 {self._sql.table}"
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [key])
        there = _columns_of(connection, self._sql.table)
        if not there:
            connection.execute(self._sql.create)
            connection.execute(self._sql.index)
            return
        check_columns(f"{self.name}: table {self._sql.table}", there)
        added = [column for column in self._sql.layout.ids if column not in there]
        for column in added:
            connection.execute(self._sql.extend(column))
        if added:
            self.notes.append(f"{self.name}: has new columns: {listed(added)}")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database as one line; the next use connects anew."""
        try:
            with told(self.name):
                yield
        except LogError:
            self.close()
            raise


def parameters_of(url: str) -> dict[str, Any]:
    """Parameters of a connection.

    Raises
    ------
    OptionError
        The URL is none; the line does not repeat it, for it may hold a password.
    """
    conninfo = library("psycopg.conninfo", "postgresql")
    scheme, _, rest = url.partition(":")
    if not rest.startswith("//"):
        rest = f"//{rest}"
    try:
        given = conninfo.conninfo_to_dict(f"{scheme}:{rest}")
    except library("psycopg", "postgresql").Error:
        raise OptionError(
            "the URL of the database is not understood: give "
            "postgresql://USER@HOST:PORT/DATABASE, with %XX for signs such as / @ : in a name"
        ) from None
    return {**_CONNECTION, "application_name": "x96 log", **given}


def told_name(parameters: dict[str, Any]) -> str:
    """Where a database is, without its password."""
    user, host, port, name = (parameters.get(k) for k in ("user", "host", "port", "dbname"))
    at = f"{user}@" if user else ""
    return f"postgresql://{at}{host or ''}{f':{port}' if port else ''}{f'/{name}' if name else ''}"


def connected(parameters: dict[str, Any]) -> Any:
    """A connection whose session is set up; each statement is a transaction of its own."""
    connection = library("psycopg", "postgresql").connect(**parameters, autocommit=True)
    for statement in _SESSION:
        connection.execute(statement)
    return connection


def stored_rows(url: str, table: str, ids: Sequence[str]) -> Iterator[Row]:
    """Rows of a database by time, with the values of some ids."""
    parameters = parameters_of(url)
    statements = Statements(table, Layout(tuple(ids)), _TYPES, "%s")
    with (
        told(told_name(parameters)),
        contextlib.closing(connected(parameters)) as connection,
        connection.transaction(),
        connection.cursor("rows") as cursor,
    ):
        cursor.itersize = 5000
        yield from map(_row, cursor.execute(statements.select))


def columns_of(url: str, table: str) -> list[str]:
    """Names of a table's columns; none where there is no such table."""
    parameters = parameters_of(url)
    with told(told_name(parameters)), contextlib.closing(connected(parameters)) as connection:
        return _columns_of(connection, table)


def _columns_of(connection: Any, table: str) -> list[str]:
    return [name for (name,) in connection.execute(_COLUMNS, [table])]


def _row(cells: Sequence[Any]) -> Row:
    time, meter, serial, answered, took, fault, *values = cells
    there = None if answered is None else microseconds(answered)
    return Row(microseconds(time), meter, serial, there, took, fault, tuple(values))


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """Errors of the database as one line, without what it repeats of the values."""
    psycopg = library("psycopg", "postgresql")
    try:
        yield
    except psycopg.Error as error:
        said = getattr(error.diag, "message_primary", None) or str(error)
        raise LogError(f"{name}: {' '.join(said.split())}") from None
