"""Memory: how much of a meter's past a page holds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from smartx96.meter.events import Event, EventKind
from smartx96.meter.outbox import Outbox
from smartx96.meter.profile import ProfileRow, RowFlag
from smartx96.web.memory import COLUMNS, SHOWN, SPAN, Memory, Trend


class Snapshot(dict):
    """Readings that are all the same number, at so many seconds."""

    powered = True

    def __init__(self, number: float) -> None:
        super().__init__(dict.fromkeys(COLUMNS, number))
        self.clock = round(number * 1e6)


def test_a_trend_is_that_of_the_last_hour() -> None:
    trend = Trend()
    assert trend.document()["rows"] == []
    for n in range(SPAN + 5):
        trend.take(Snapshot(float(n)))
    found = trend.document()
    assert [row[0] for row in found["rows"]] == list(range(5, SPAN + 5))
    assert found["times"][0] == "1970-01-01T00:00:05Z"
    assert len(found["times"]) == SPAN


def test_without_power_there_are_no_readings() -> None:
    trend, snapshot = Trend(), Snapshot(230.0)
    snapshot.powered = False
    trend.take(snapshot)
    assert trend.document()["rows"] == [[None] * len(COLUMNS)]


@pytest.mark.parametrize("stored", [True, False])
def test_what_a_store_keeps_is_not_kept_twice(stored: bool) -> None:
    heirs: list = []
    memory = Memory(SimpleNamespace(inherit=heirs.append), stored=stored)
    events = [Event(n, EventKind.POWER_UP) for n in range(50)]
    rows = [ProfileRow(n, RowFlag.NOTHING, {}) for n in np.arange(50)]
    heirs[0](Outbox(events=events, rows=rows), SimpleNamespace(event_count=70))
    assert len(memory.rows) == (0 if stored else 50)
    assert len(memory.events) == (SHOWN if stored else 50)
    newest = memory.newest_events(SHOWN)
    assert [each["number"] for each in newest] == list(range(70, 70 - SHOWN, -1))
