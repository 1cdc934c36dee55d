"""Logs for tests: rows, every kind of log by its name, and rows read back by other programs."""

from __future__ import annotations

import csv
import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from smartx96.tables.log.destination import open_log
from smartx96.tables.log.row import Layout, Log, Row

LAYOUT = Layout(
    ("voltage_l1", "voltage_harmonic_l1[5]", "pulse1_count"), frozenset({"pulse1_count"})
)
"""A name that SQL must quote, and a whole number."""

T0 = 1_790_000_000_000_000
"""2026-09-21T14:13:20Z."""
STEP = 10_000_000

FILES = ("log.csv", "log.db", "log.parquet")


def row(n: int, meter: str = "hall", fault: str | None = None, start: int = T0) -> Row:
    """The n-th row of a meter, whose values tell n."""
    time = start + n * STEP
    if fault is not None:
        return Row(time, meter, 7, None, None, fault, (None, None, None))
    return Row(time, meter, 7, time + 12_000, 0.012, None, (230.0 + n, None, 2**53 + n))


def opened(where: str | Path, layout: Layout = LAYOUT, meters: tuple[str, ...] = ("hall",)) -> Log:
    return open_log(str(where), layout, meters)


def filled(where: str | Path, *numbers: int) -> None:
    """A log with some rows, written and closed."""
    log = opened(where)
    log.add([row(n) for n in numbers])
    log.close()


def read_by_others(where: Path) -> list[dict[str, object]]:
    """Rows by column, by the standard library or pyarrow; times as texts to the second."""
    if where.suffix == ".csv":
        with where.open(newline="") as file:
            return [{k: v or None for k, v in each.items()} for each in csv.DictReader(file)]
    if where.suffix == ".db":
        with closing(sqlite3.connect(where)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute('SELECT * FROM "meter_log" ORDER BY "time", "meter"')
            return [dict(each) for each in found]
    import pyarrow.parquet as pq

    return [{k: _text(v) for k, v in each.items()} for each in pq.read_table(where).to_pylist()]


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def write_for_ever(where: str) -> None:
    """Rows of two meters, a batch at a time; which n is kept is said after each."""
    log = opened(where, meters=("hall", "yard"))
    newest = log.latest()
    n = (max(each.time for each in newest.values()) - T0) // STEP + 1 if newest else 0
    print("open", flush=True)
    while True:
        log.add([row(n, "hall"), row(n, "yard", fault="no answer" if n % 3 == 0 else None)])
        print(n, flush=True)
        n += 1


if __name__ == "__main__":
    write_for_ever(sys.argv[1])
