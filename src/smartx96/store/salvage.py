"""Salvage: a damaged database is set aside, and what can be read of it goes into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from smartx96.errors import StoreError
from smartx96.meter.clock import moment
from smartx96.store.faults import FAULTS
from smartx96.store.folder import BESIDE, StateFolder
from smartx96.store.record import Record, newest, unsealed
from smartx96.store.schema import RECORDS, Sizes
from smartx96.store.sqlite_file import building, meters, timed
from smartx96.store.twin import read_twin
from smartx96.wording import counted

TIME = 1.0
"""What carrying over may take [s]; what it does not reach stays in the file set aside."""

STRETCH = 4096
"""Entries that are carried over at once, the newest first."""


@dataclass(slots=True)
class Carried:
    """What came over.

    Attributes
    ----------
    events, rows : int
        Entries of event logs and rows of load profiles.
    lost : int
        Entries and rows that the meters' records count, and that could not be read.
    late : int
        Those that the time did not reach.
    meters : set of str
        Meters of which a good record is there, here or in a twin.
    """

    events: int = 0
    rows: int = 0
    lost: int = 0
    late: int = 0
    meters: set[str] = field(default_factory=set)

    @property
    def line(self) -> str:
        """What it says to people."""
        events, rows = counted(self.events, "event"), counted(self.rows, "profile row")
        line = f"{events} and {rows} were carried over"
        if self.lost:
            line += f", {self.lost} could not be read"
        if self.late:
            line += f", {self.late} were left there to start in time"
        return line


def renew(folder: StateFolder, reason: str, now: int, sizes: Sizes, strict: bool = True) -> str:
    """Replace a damaged database by a new one with what can be read of it.

    Parameters
    ----------
    folder : StateFolder
    reason : str
        What is wrong with it.
    now : int
        Time for the name under which it is set aside [us since 1970-01-01T00:00Z].
    sizes : Sizes
    strict : bool
        Whether all stays as it is where no meter's record can be read, neither here nor in a twin.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    StoreError
        No record can be read.
    """
    with building(folder.renewed) as connection:
        carried = _carry_over(connection, folder, sizes)
    if strict and not carried.meters:
        folder.renewed.unlink()
        raise StoreError(
            f"{folder.path}: no record of a meter can be read ({reason}); start anew with another "
            "--state FOLDER, or move this folder away"
        )
    aside = _set_aside(folder, now)
    folder.renewed.rename(folder.database)
    folder.sync()
    return (
        f"{folder.database}: was damaged ({reason}); set aside as {aside.name}, "
        f"{carried.line}"
    )  # fmt: skip


def finish(folder: StateFolder, now: int) -> None:
    """Go on where a process ended between setting a database aside and naming the new one."""
    if folder.database.exists():
        folder.renewed.unlink(missing_ok=True)
        return
    _beside_to(folder, _last_aside(folder) or _aside(folder, now))
    if folder.renewed.exists():
        folder.renewed.rename(folder.database)
        folder.sync()


def _set_aside(folder: StateFolder, now: int) -> Path:
    aside = _aside(folder, now)
    # First the database: a new one must never find the old write-ahead log under its name.
    folder.database.rename(aside)
    _beside_to(folder, aside)
    return aside


def _aside(folder: StateFolder, now: int) -> Path:
    stamp = f"{moment(now):%Y%m%dT%H%M%S}"
    path = folder.path / f"state.damaged-{stamp}.sqlite"
    number = 1
    while path.exists():
        number += 1
        path = folder.path / f"state.damaged-{stamp}-{number}.sqlite"
    return path


def _last_aside(folder: StateFolder) -> Path | None:
    found = folder.path.glob("state.damaged-*.sqlite")
    last = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
    return None if last is None or Path(f"{last}-wal").exists() else last


def _beside_to(folder: StateFolder, aside: Path) -> None:
    for suffix in BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{folder.database}{suffix}").rename(f"{aside}{suffix}")


def _carry_over(connection: sqlite3.Connection, folder: StateFolder, sizes: Sizes) -> Carried:
    carried = Carried()
    names = {*folder.twin_names()}
    with suppress(*FAULTS), timed(connection, TIME):
        uri = f"{folder.database.absolute().as_uri()}?mode=ro"
        connection.execute("ATTACH ? AS old", (uri,))
        for table in ("records", "events", "profile"):
            with suppress(*FAULTS):
                names |= set(meters(connection, table, "old"))
    known = {name: _records(connection, folder, name) for name in sorted(names)}
    carried.meters = {name for name, record in known.items() if record is not None}
    with timed(connection, TIME) as is_over:
        for table, size in (("events", sizes.events), ("profile", sizes.profile)):
            for name, record in known.items():
                numbers = _numbers(connection, table, name, record, size)
                _carry_entries(connection, table, name, numbers, is_over, carried)
    with suppress(*FAULTS):
        connection.execute("DETACH old")
    return carried


def _records(connection: sqlite3.Connection, folder: StateFolder, meter: str) -> Record | None:
    """Carry the records of a meter over, damaged ones too; the newest good one, twins included."""
    found: list[Record | None] = [*read_twin(folder, meter)]
    for place in range(RECORDS):
        with suppress(*FAULTS):
            rows = connection.execute(
                "SELECT sequence, sealed FROM old.records WHERE meter = ? AND place = ?",
                (meter, place),
            ).fetchall()
            for sequence, sealed in rows:
                connection.execute(
                    "INSERT OR REPLACE INTO main.records VALUES (?, ?, ?, ?)",
                    (meter, place, sequence, sealed),
                )
                found.append(unsealed(sealed, meter))
    return newest(record for record in found if record is not None)[0]


def _numbers(connection: sqlite3.Connection, table: str, meter: str, record: Record | None,
             size: int) -> range:  # fmt: skip
    """Numbers of the entries that there may be."""
    count, pruned = 0, None
    if record is not None and table == "events":
        count, pruned = record.events.count, record.events.pruned
    elif record is not None:
        count, pruned = record.rows, record.rows_pruned
    # The log may be a little ahead of the last good record; a damaged number is anywhere.
    last = _extreme(connection, table, meter, "max")
    if last is not None and (record is None or count < last <= count + size):
        count = last
    lowest = _extreme(connection, table, meter, "min") if table == "profile" else None
    first = max(0, count - size) + 1 if pruned is None else pruned + 1
    if record is not None and lowest is not None:
        # Of a record that does not know it, rather those that there are than a usual number.
        first = max(1 if pruned is None else first, min(lowest, count))
    return range(first, count + 1)


def _extreme(connection: sqlite3.Connection, table: str, meter: str, which: str) -> int | None:
    """Lowest or highest number of a table, where it can be read."""
    query = f"SELECT {which}(number) FROM old.{table} WHERE meter = ?"
    with suppress(*FAULTS):
        (number,) = connection.execute(query, (meter,)).fetchone()
        return number if isinstance(number, int) else None
    return None


def _carry_entries(connection: sqlite3.Connection, table: str, meter: str, numbers: range,
                   is_over: Callable[[], bool], carried: Carried) -> None:  # fmt: skip
    """Carry a table over in stretches, the newest first; those that fail, by halves."""
    waiting = [numbers[n : n + STRETCH] for n in range(0, len(numbers), STRETCH)]
    while waiting:
        if is_over():
            carried.late += sum(map(len, waiting))
            return
        stretch = waiting.pop()
        try:
            found = _copy(connection, table, meter, stretch)
        except FAULTS:
            middle = len(stretch) // 2
            waiting += [stretch[:middle], stretch[middle:]] if middle else []
            carried.lost += 0 if middle else 1
            continue
        carried.lost += len(stretch) - found
        if table == "events":
            carried.events += found
        else:
            carried.rows += found


def _copy(connection: sqlite3.Connection, table: str, meter: str, numbers: range) -> int:
    """Copy a stretch; how many entries there were."""
    return connection.execute(
        f"INSERT OR IGNORE INTO main.{table} SELECT * FROM old.{table} "
        "WHERE meter = ? AND number BETWEEN ? AND ?",
        (meter, numbers[0], numbers[-1]),
    ).rowcount
