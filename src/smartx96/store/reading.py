"""Reading a state folder from outside, while a meter runs or not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartx96.errors import StoreError
from smartx96.store import schema
from smartx96.store.chain import Entry
from smartx96.store.faults import told
from smartx96.store.folder import StateFolder, check_name
from smartx96.store.record import newest, unsealed
from smartx96.store.sqlite_file import connect, meters
from smartx96.store.transaction import row_crc

STRETCH = 1000
"""Entries that are read at once: a view kept open for long would let the write-ahead log grow."""

_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1
"""Ends of SQLite's integers."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An entry of a meter's event log.

    Parameters
    ----------
    meter : str
    number : int
        Events since manufacture, this one included.
    time : int
        By the meter's clock [us since 1970-01-01T00:00Z].
    kind : str
        One of `smartx96.meter.events.EventKind`, or of a later version.
    details : mapping
    hash : str
        Of this entry and all before it.
    """

    meter: str
    number: int
    time: int
    kind: str
    details: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class LoggedRow:
    """A row of a meter's load profile.

    Parameters
    ----------
    meter : str
    number : int
        Rows since manufacture, this one included; one that is missing was damaged.
    time : int
        End of the period by the meter's clock [us since 1970-01-01T00:00Z].
    flags : int
        Bits of `smartx96.meter.profile.RowFlag`.
    values : mapping of str to float, int or None
    """

    meter: str
    number: int
    time: int
    flags: int
    values: Mapping[str, float | int | None]


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads; the meter that writes does not wait for it.

    Raises
    ------
    StoreError
        There is no state, it is damaged, or of a later version.
    """
    path = StateFolder(folder).database
    if not path.exists():
        raise StoreError(
            f"{folder}: no meter has kept its state there; name the folder with --state"
        )
    with told(folder), closing(_connection(path)) as connection:
        schema.check_version(schema.version(connection), folder)
        yield connection


def _connection(path: Path) -> sqlite3.Connection:
    try:
        return connect(path, "ro")
    except sqlite3.OperationalError:
        # In a folder where nothing can be made, such as a backup; whole without its log only.
        if Path(f"{path}-wal").exists():
            raise
        return connect(path, "ro", immutable="1")


def meter_names(folder: Path) -> list[str]:
    """Meters that have kept their state in a folder."""
    with reading(folder) as connection:
        return meters(connection, "records")


def read_state(folder: Path, meter: str) -> dict[str, Any]:
    """What a meter has committed last, as it gave it to the store.

    Raises
    ------
    StoreError
        There is no such meter, or none of its records can be read.
    """
    check_name(meter)
    with reading(folder) as connection:
        rows = connection.execute("SELECT sealed FROM records WHERE meter = ?", (meter,)).fetchall()
    good = [record for (sealed,) in rows if (record := unsealed(sealed, meter)) is not None]
    found, _ = newest(good)
    if found is None:
        raise StoreError(f"{folder}: no record of a meter {meter} can be read there")
    return found.state


def read_events(folder: Path, meter: str, *, last: int | None = None,
                before: int | None = None) -> Iterator[LoggedEvent]:  # fmt: skip
    """Entries of a meter's event log in their order.

    Parameters
    ----------
    folder : Path
    meter : str
    last : int, optional
        So many of the newest only.
    before : int, optional
        Of those with a lower number only.

    Raises
    ------
    StoreError
        There is no such meter, or its log cannot be read; at the first entry, not before.
    """
    with reading(folder) as connection:
        after = _before_last(connection, "events", folder, meter, last, before)
        end = _LATEST if before is None else before
        for row in _rows(connection, "events", meter, after, "number < ?", (end,)):
            entry = Entry._make(row)
            yield LoggedEvent(
                meter,
                _integer(entry.number),
                _integer(entry.time),
                str(entry.kind),
                _mapping(entry.details),
                str(entry.hash),
            )


def read_profile(folder: Path, meter: str, *, start: int | None = None, stop: int | None = None,
                 last: int | None = None) -> Iterator[LoggedRow]:  # fmt: skip
    """Rows of a meter's load profile in their order; damaged ones are left out.

    Parameters
    ----------
    folder : Path
    meter : str
    start, stop : int, optional
        Only rows of periods that end after `start` and not after `stop`, by the meter's clock
        [us since 1970-01-01T00:00Z].
    last : int, optional
        Of so many of the newest only.

    Raises
    ------
    StoreError
        There is no such meter, or its profile cannot be read; at the first row, not before.
    """
    with reading(folder) as connection:
        after = _before_last(connection, "profile", folder, meter, last)
        ends = (_EARLIEST if start is None else start, _LATEST if stop is None else stop)
        found = _rows(connection, "profile", meter, after, "time > ? AND time <= ?", ends)
        for number, time, flags, values, crc in found:
            if crc == row_crc(meter, number, time, flags, values):
                yield LoggedRow(meter, number, time, flags, json.loads(values))


def count_rows(folder: Path, meter: str) -> int:
    """Rows of a meter's load profile from the oldest to the newest, without reading them.

    Raises
    ------
    StoreError
        There is no such meter, or its profile cannot be read.
    """
    with reading(folder) as connection:
        _check_there(connection, folder, meter)
        newest, oldest = (_extreme(connection, "profile", meter, w) for w in ("max", "min"))
    return 0 if newest is None or oldest is None else newest - oldest + 1


def _before_last(connection: sqlite3.Connection, table: str, folder: Path, meter: str,
                 last: int | None, before: int | None = None) -> int:  # fmt: skip
    """Number of the entry before the `last` newest ones, or the last ones before a number."""
    _check_there(connection, folder, meter)
    if last is None:
        return -1
    newest = _extreme(connection, table, meter, "max") or 0
    return max(-1, (newest if before is None else min(before - 1, newest)) - last)


def _check_there(connection: sqlite3.Connection, folder: Path, meter: str) -> None:
    check_name(meter)
    known = meters(connection, "records")
    if meter not in known:
        raise StoreError(
            f"{folder}: no meter {meter} there; there is {', '.join(known) or 'none at all'}"
        )


def _extreme(connection: sqlite3.Connection, table: str, meter: str, which: str) -> int | None:
    """Lowest or highest number of a meter's entries; None where there is none."""
    query = f"SELECT {which}(number) FROM {table} WHERE meter = ?"
    (number,) = connection.execute(query, (meter,)).fetchone()
    return number if isinstance(number, int) else None


def _rows(connection: sqlite3.Connection, table: str, meter: str, after: int, which: str = "1",
          values: Sequence[int] = ()) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Rows of a meter without its name and with higher numbers, in their order.

    Those that meet the condition `which`, with the `values` in it.
    """
    query = (
        f"SELECT * FROM {table} WHERE meter = ? AND number > ? AND {which} "
        f"ORDER BY number LIMIT {STRETCH}"
    )
    while True:
        rows = connection.execute(query, (meter, after, *values)).fetchall()
        for _, *row in rows:
            yield tuple(row)
        if len(rows) < STRETCH or not isinstance(rows[-1][1], int):
            return
        after = rows[-1][1]


def _integer(value: object) -> int:
    """A number as it is stored; 0 where damage made something else of it."""
    return value if isinstance(value, int) else 0


def _mapping(text: object) -> dict[str, Any]:
    """Details of an event; a damaged text as it is."""
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"damaged": str(text)}
