"""What one commit writes for one meter."""

from __future__ import annotations

import math
import operator
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smartx96.errors import StoreError
from smartx96.meter.events import Event
from smartx96.store.chain import Entry, Head, following
from smartx96.store.record import Record, encoded, fallen
from smartx96.store.schema import RECORDS, Sizes

if TYPE_CHECKING:
    from smartx96.meter.profile import ProfileRow


@dataclass(frozen=True, slots=True)
class Commit:
    """What a meter gives to the store.

    Parameters
    ----------
    state : dict or str
        All that it needs to go on, as JSON has it: text keys, integers of any size, no NaN. Never a
        password, only its salted hash. A text is that JSON, as `smartx96.store.record.encoded`
        gives it: of many meters texts wait better than what they are made of, which the search for
        garbage goes through again and again.
    time : int
        By the meter's clock [us since 1970-01-01T00:00Z].
    monotone : mapping of str to int
        Registers that can never fall.
    events : sequence of Event
        Those since the last commit that succeeded, in their order.
    profile : sequence of ProfileRow
        Rows of the load profile since then.
    profile_size : int or None
        Rows that are kept of it; None is as many as the store keeps of every meter.
    """

    state: dict[str, Any] | str
    time: int
    monotone: Mapping[str, int] = field(default_factory=dict)
    events: Sequence[Event] = ()
    profile: Sequence[ProfileRow] = ()
    profile_size: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One meter's part of a transaction.

    Parameters
    ----------
    record : Record
        As it stands afterwards, without the state.
    sealed : str
        Text of the record with the state.
    before : Record
        What was committed last.
    entries : tuple of Entry
        New ones of the event log, those that are still kept.
    rows : tuple
        New rows of the load profile as the table has them.
    """

    record: Record
    sealed: str
    before: Record
    entries: tuple[Entry, ...]
    rows: tuple[tuple[object, ...], ...]

    def write(self, connection: sqlite3.Connection, unsure: bool) -> None:
        """Write entries and rows within the transaction that the caller has begun.

        Parameters
        ----------
        connection : sqlite3.Connection
        unsure : bool
            Whether the last transaction may have come through without our knowing: then its entries
            go, for they are among those that come now.
        """
        meter, record, before = self.record.meter, self.record, self.before
        if unsure:
            for table, last in (("events", before.events.count), ("profile", before.rows)):
                connection.execute(
                    f"DELETE FROM {table} WHERE meter = ? AND number > ?", (meter, last)
                )
        if self.entries:
            connection.executemany(
                "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, ?)",
                [(meter, *entry) for entry in self.entries],
            )
            _prune(connection, "events", meter, record.events.pruned)
        if self.rows:
            connection.executemany(
                "INSERT OR REPLACE INTO profile VALUES (?, ?, ?, ?, ?, ?)", self.rows
            )
            _prune(connection, "profile", meter, record.rows_pruned or 0)


def write_records(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Write the records of all steps within the transaction that the caller has begun."""
    connection.executemany(
        # Not OR REPLACE, which would free the pages of a row and take others for the new one.
        "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET sequence = excluded.sequence, sealed = excluded.sealed",
        [
            (record.meter, record.sequence % RECORDS, record.sequence, sealed)
            for record, sealed in ((step.record, step.sealed) for step in steps)
        ],
    )


def prepared(before: Record, commit: Commit, pulses: Mapping[int, int],
             anchor: Anchors, sizes: Sizes) -> Step:  # fmt: skip
    """One meter's part of a transaction.

    Parameters
    ----------
    before : Record
        What was committed last.
    commit : Commit
    pulses : mapping of int to int
        What the journal knows as emitted.
    anchor : Anchors
        Finds the hash of a stored entry.
    sizes : Sizes

    Raises
    ------
    StoreError
        A register would fall.
    ValueError, TypeError
        The state holds what JSON has not.
    """
    name = fallen(commit.monotone, before.monotone)
    if name is not None:
        raise StoreError(
            f"meter {before.meter}: {name} would fall from {before.monotone[name]} to "
            f"{commit.monotone[name]}; not stored"
        )
    head, entries = _continued(before, commit.events, anchor, sizes.events)
    size = commit.profile_size or sizes.profile
    count = before.rows + len(commit.profile)
    record = Record(
        meter=before.meter,
        sequence=before.sequence + 1,
        time=int(commit.time),
        events=head,
        rows=count,
        rows_pruned=max(before.rows_pruned or 0, count - size)
        if commit.profile
        else before.rows_pruned,
        pulses=pulses,
        monotone=dict(commit.monotone),
    )
    state = commit.state if isinstance(commit.state, str) else encoded(commit.state)
    numbered = enumerate(commit.profile, before.rows + 1)
    rows = tuple(_row(before.meter, n, row) for n, row in numbered)[-size:]
    return Step(record, record.sealed(state), before, entries, rows)


class Anchors:
    """Hashes of stored entries of the event log, by meter and number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, meter: str, number: int) -> str | None:
        """Hash of a stored entry; None where it is missing."""
        row = self._connection.execute(
            "SELECT hash FROM events WHERE meter = ? AND number = ?", (meter, number)
        ).fetchone()
        return None if row is None else str(row[0])


def _continued(
    before: Record, events: Sequence[Event], anchor: Anchors, size: int
) -> tuple[Head, tuple[Entry, ...]]:
    """Where the log stands after more events, and those of them that are kept."""
    head = before.events
    if not events and head.count - head.pruned <= size:
        return head, ()
    entries: list[Entry] = []
    previous = head.hash
    for number, event in enumerate(events, head.count + 1):
        entries.append(following(before.meter, previous, number, event))
        previous = entries[-1].hash
    count = head.count + len(entries)
    pruned = max(head.pruned, count - size)
    if pruned == head.pruned:
        return replace(head, count=count, hash=previous), tuple(entries)
    if pruned > head.count:
        found: str | None = entries[pruned - head.count - 1].hash
    else:
        found = head.hash if pruned == head.count else anchor(before.meter, pruned)
    if found is None:
        # Where entries are missing the ring waits, so that what is missing is not forgotten.
        return replace(head, count=count, hash=previous), tuple(entries)
    head = replace(head, count=count, hash=previous, pruned=pruned, anchor=found)
    return head, tuple(entries[-size:])


def _prune(connection: sqlite3.Connection, table: str, meter: str, last: int) -> None:
    connection.execute(f"DELETE FROM {table} WHERE meter = ? AND number <= ?", (meter, last))


def _row(meter: str, number: int, row: ProfileRow) -> tuple[object, ...]:
    time, flags = int(row.time), int(row.flags)
    values = encoded({str(id): _plain(value) for id, value in row.values.items()})
    return (meter, number, time, flags, values, row_crc(meter, number, time, flags, values))


def _plain(value: float | int | None) -> float | int | None:
    if value is None or isinstance(value, float):
        return None if value is None or not math.isfinite(value) else float(value)
    return operator.index(value)


def row_crc(meter: str, number: int, time: int, flags: int, values: str) -> int:
    """CRC-32 of a row of the load profile."""
    text = f"{meter} {number} {time} {flags} {values}"
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
