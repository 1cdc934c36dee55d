"""State folders for tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from smartx96.meter.events import Event, EventKind
from smartx96.meter.profile import ProfileRow, RowFlag
from smartx96.store.store import Store
from smartx96.store.transaction import Commit

NOON = 1_790_000_000_000_000
"""A time of the meter's clock [us]: 2026-09-21T14:13:20Z."""

SECOND = 1_000_000


def opened(folder: Path, **options: Any) -> Store:
    return Store.open(folder, clock=lambda: NOON, **options)


def event(number: int, **details: Any) -> Event:
    return Event(NOON + number * SECOND, EventKind.PARAMETER_CHANGED, {"number": number} | details)


def row(number: int) -> ProfileRow:
    values = {"active_energy_import": 10**18 + number, "voltage_l1": 230 + number / 8, "thd": None}
    return ProfileRow(NOON + number * 900 * SECOND, RowFlag.INCOMPLETE, values)


def commit(number: int, events: int = 1, rows: int = 1) -> Commit:
    """The commit of this number of a meter that has `events` and `rows` in each."""
    return Commit(
        state={"energy": 10**20 + number, "tariff": {"now": number % 4, "names": ["ä", "\n"]}},
        time=NOON + number * SECOND,
        monotone={"energy": 10**20 + number},
        events=[event((number - 1) * events + n) for n in range(1, events + 1)],
        profile=[row((number - 1) * rows + n) for n in range(1, rows + 1)],
    )


def fill(store: Store, meter: str = "main", commits: int = 5, **each: int) -> None:
    first = store.load(meter).sequence + 1
    for number in range(first, first + commits):
        store.commit({meter: commit(number, **each)})


def sql(folder: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the database says, or becomes, behind the store's back."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as connection, connection:
        return connection.execute(statement, values).fetchall()
