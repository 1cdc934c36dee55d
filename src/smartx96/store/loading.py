"""Loading: the newest good record of a meter, and where its log and profile stand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from smartx96.errors import StoreError
from smartx96.store.chain import Entry, Head, is_linked
from smartx96.store.folder import StateFolder
from smartx96.store.record import Record, newest, unsealed
from smartx96.store.transaction import row_crc
from smartx96.wording import counted


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a meter goes on from.

    Parameters
    ----------
    state : dict or None
        As it was committed; None for a new meter.
    sequence : int
        Number of the commit it is of; 0 for a new meter.
    time : int
        Of that commit by the meter's clock [us since 1970-01-01T00:00Z].
    events : Head
        Where the event log stands.
    emitted : dict of int to int, or None
        Pulses emitted by output, as the journal has them; None where that is not certain: then take
        all that were counted as emitted.
    """

    state: dict[str, Any] | None
    sequence: int
    time: int
    events: Head
    emitted: dict[int, int] | None


@dataclass(frozen=True, slots=True)
class Found:
    """The newest good record, what to go on from, and what was wrong."""

    record: Record
    standing: Record
    """The record without state, with numbers that nothing stored has yet."""
    notes: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        """Whether the meter was never here."""
        return self.record.sequence == 0


def find(
    connection: sqlite3.Connection, folder: StateFolder, meter: str, twin: Sequence[Record]
) -> Found:
    """Find the newest good record of a meter in the database and its twin.

    Raises
    ------
    StoreError
        There are traces of the meter and no good record.
    """
    rows = connection.execute("SELECT sealed FROM records WHERE meter = ?", (meter,)).fetchall()
    unpacked = [unsealed(sealed, meter) for (sealed,) in rows]
    ring = [record for record in unpacked if record is not None]
    record, refused = newest([*twin, *ring])
    if record is None:
        if rows or folder.twin(meter).exists() or _has_entries(connection, meter):
            raise StoreError(
                f"{folder.path}: no record of meter {meter} can be read, though it was here; start "
                "anew with another --state FOLDER, or move this folder away"
            )
        return Found(Record(meter), Record(meter), ())
    sequence = max(r.sequence for r in (*twin, *ring))
    head, count = _continued_log(connection, record), _continued_profile(connection, record)
    standing = replace(record, sequence=sequence, events=head, rows=count, state={})
    notes = [*_record_notes(record, ring, len(rows) - len(ring), refused, twin)]
    notes += _log_notes(connection, record)
    return Found(record, standing, tuple(notes))


def _has_entries(connection: sqlite3.Connection, meter: str) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE meter = ? LIMIT 1", (meter,)).fetchone()
        for table in ("events", "profile")
    )


def _record_notes(record: Record, ring: Sequence[Record], damaged: int,
                  refused: Sequence[Record], twin: Sequence[Record]) -> list[str]:  # fmt: skip
    notes = []
    behind = record.sequence - max((r.sequence for r in ring), default=0)
    if damaged:
        notes.append(
            f"{damaged} of its last records damaged; goes on from commit {record.sequence}"
        )
    if behind > 0:
        notes.append(
            f"the database ends {counted(behind, 'commit')} before its copy; goes on from the "
            f"copy, commit {record.sequence}"
        )
    if refused:
        notes.append(f"commit {refused[-1].sequence} passed over: a register is lower than before")
    if not twin and record.sequence > 1:
        notes.append(
            "the copy of its record was missing or damaged; goes on from the database, commit "
            f"{record.sequence}"
        )
    return notes


def _log_notes(connection: sqlite3.Connection, record: Record) -> list[str]:
    (last,) = connection.execute(
        "SELECT max(number) FROM events WHERE meter = ?", (record.meter,)
    ).fetchone()
    count, first = record.events.count, (last or record.events.pruned) + 1
    if first > count:
        return []
    return [f"entries {first} to {count} of its event log are missing"]


def _continued_log(connection: sqlite3.Connection, record: Record) -> Head:
    """Head of the log: beyond an older record, what follows from it entry by entry."""
    head = record.events
    rows = connection.execute(
        "SELECT number, time, kind, details, hash FROM events WHERE meter = ? AND number > ? "
        "ORDER BY number",
        (record.meter, head.count),
    )
    for entry in map(Entry._make, rows):
        if entry.number != head.count + 1:
            break
        if is_linked(record.meter, head.hash, entry):
            head = replace(head, count=entry.number, hash=entry.hash)
        elif head.unnamed == head.count and is_linked(None, head.hash, entry):
            head = replace(head, count=entry.number, hash=entry.hash, unnamed=entry.number)
        else:
            break
    return head


def _continued_profile(connection: sqlite3.Connection, record: Record) -> int:
    """Rows of the profile: beyond an older record, those that are whole and follow each other."""
    count = record.rows
    rows = connection.execute(
        "SELECT number, time, flags, row, crc FROM profile WHERE meter = ? AND number > ? "
        "ORDER BY number",
        (record.meter, count),
    )
    for number, time, flags, row, crc in rows:
        if number != count + 1 or crc != row_crc(record.meter, number, time, flags, row):
            break
        count = number
    return count
