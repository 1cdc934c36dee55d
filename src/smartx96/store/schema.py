"""Tables of the database, their version, and the steps from older versions."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from smartx96.errors import StoreError

VERSION = 2
"""Of the tables and what is in them; stands in `PRAGMA user_version` and in the table `format`."""

RECORDS = 4
"""Records that are kept of each meter."""

_TABLES = {
    "format": "CREATE TABLE format (version INTEGER NOT NULL)",
    "records": (
        "CREATE TABLE records (meter TEXT NOT NULL, place INTEGER NOT NULL, "
        "sequence INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (meter, place)) WITHOUT ROWID"
    ),
    "events": (
        "CREATE TABLE events (meter TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, "
        "kind TEXT NOT NULL, details TEXT NOT NULL, hash TEXT NOT NULL, "
        "PRIMARY KEY (meter, number)) WITHOUT ROWID"
    ),
    "profile": (
        "CREATE TABLE profile (meter TEXT NOT NULL, number INTEGER NOT NULL, "
        "time INTEGER NOT NULL, flags INTEGER NOT NULL, row TEXT NOT NULL, crc INTEGER NOT NULL, "
        "PRIMARY KEY (meter, number)) WITHOUT ROWID"
    ),
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Entries that are kept of each meter.

    Parameters
    ----------
    events : int
        Of the event log.
    profile : int
        Of the load profile.
    """

    events: int
    profile: int

    def __post_init__(self) -> None:
        if self.events < 1 or self.profile < 1:
            raise ValueError("an event log and a load profile keep at least one entry")


MIGRATIONS: dict[int, tuple[str, ...]] = {1: ()}
"""Statements that lead from a version to the next one. In version 2 records have another format,
and so older programs must leave the database alone."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database."""
    with connection:
        connection.execute("BEGIN")
        for statement in _TABLES.values():
            connection.execute(statement)
        connection.execute("INSERT INTO format VALUES (?)", (VERSION,))
        connection.execute(f"PRAGMA user_version = {VERSION:d}")


def version(connection: sqlite3.Connection) -> int | None:
    """Version of the tables; None where the two places that tell it do not agree."""
    (told,) = connection.execute("PRAGMA user_version").fetchone()
    rows = connection.execute("SELECT version FROM format LIMIT 2").fetchall()
    return told if rows == [(told,)] else None


def check_version(found: int | None, where: object) -> None:
    """Raise a StoreError where the tables are of a later program; nothing is touched."""
    if found is not None and found > VERSION:
        raise StoreError(
            f"{where}: written by a later version of this program (format {found}, this one knows "
            f"{VERSION}); use that, or give another --state FOLDER"
        )


def is_as_made(connection: sqlite3.Connection) -> bool:
    """Whether the tables are those that this version makes."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return dict(found.fetchall()) == _TABLES


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Lead the tables from an older version to this one, in one transaction."""
    if found >= VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for step in range(found, VERSION):
            for statement in MIGRATIONS[step]:
                connection.execute(statement)
        connection.execute("UPDATE format SET version = ?", (VERSION,))
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
