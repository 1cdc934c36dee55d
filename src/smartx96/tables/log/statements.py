"""Statements: the SQL of a log, for databases that differ in types and marks only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from smartx96.errors import OptionError
from smartx96.tables.log.row import KEY, Layout

TABLE = "meter_log"
"""Table of a log where nobody names one."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,47}")


def check_table(name: str) -> str:
    """A name of a table that every database takes.

    Raises
    ------
    OptionError
        It is none.
    """
    if not _NAME.fullmatch(name):
        raise OptionError(f"--table {name}: give letters, digits and _, no digit first, 48 at most")
    return name


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL of a log.

    Parameters
    ----------
    table : str
    layout : Layout
    types : mapping of type to str
        What the database calls the types of the columns.
    mark : str
        What stands for a value.
    """

    table: str
    layout: Layout
    types: Mapping[type, str]
    mark: str

    @property
    def create(self) -> str:
        """Make the table, if it is not there."""
        columns = [self._column(name) for name in self.layout.columns]
        key = f"PRIMARY KEY ({', '.join(map(quoted, KEY))})"
        return f"CREATE TABLE IF NOT EXISTS {quoted(self.table)} ({', '.join([*columns, key])})"

    @property
    def index(self) -> str:
        """Make the index by which one meter's rows are found."""
        name = quoted(f"{self.table}_by_meter")
        columns = ", ".join(map(quoted, reversed(KEY)))
        return f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(self.table)} ({columns})"

    def extend(self, column: str) -> str:
        """Add a column."""
        return f"ALTER TABLE {quoted(self.table)} ADD COLUMN {self._column(column)}"

    @property
    def insert(self) -> str:
        """Add a row, unless the meter has one of this moment."""
        names = ", ".join(map(quoted, self.layout.columns))
        marks = ", ".join(self.mark for _ in self.layout.columns)
        key = ", ".join(map(quoted, KEY))
        return (
            f"INSERT INTO {quoted(self.table)} ({names}) VALUES ({marks}) "
            f"ON CONFLICT ({key}) DO NOTHING"
        )

    @property
    def newest(self) -> str:
        """The newest row of one meter, found by the index however long the log is."""
        names = ", ".join(map(quoted, self.layout.columns))
        meter, time = quoted("meter"), quoted("time")
        return (
            f"SELECT {names} FROM {quoted(self.table)} WHERE {meter} = {self.mark} "
            f"ORDER BY {time} DESC LIMIT 1"
        )

    @property
    def select(self) -> str:
        """All rows by time."""
        names = ", ".join(map(quoted, self.layout.columns))
        key = ", ".join(map(quoted, KEY))
        return f"SELECT {names} FROM {quoted(self.table)} ORDER BY {key}"

    def _column(self, name: str) -> str:
        kind = self.types[self.layout.types[name]]
        return f"{quoted(name)} {kind}{' NOT NULL' if name in KEY else ''}"
