"""Rows of the load profile for every period, however windows lie in them and the clock is set."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from smartx96.meter.commands import ChangeSettings, SetClock
from smartx96.meter.profile import DEFAULT, LoadProfile, ProfileRow, RowFlag
from smartx96.meter.state import restore, state
from smartx96.meter.supply import Supply
from support.meters import DAY, MINUTE, OWNER, SECOND, T0, Rig

F = RowFlag


def rig(period: int = 15, start: int = T0, quantities=DEFAULT, **more) -> Rig:
    settings = {"load_profile_period": period, **more.pop("settings", {})}
    return Rig(start=start, settings=settings, profile=LoadProfile(quantities), **more)


def rows(own: Rig) -> list[ProfileRow]:
    return own.meter.emptied().rows


def flags(found: list[ProfileRow]) -> list[tuple[int, RowFlag]]:
    return [(row.time, row.flags) for row in found]


@pytest.mark.parametrize("window", [0.2013, 0.7])
@pytest.mark.parametrize("period", [1, 5, 10, 15, 30, 60])
def test_a_row_for_every_period_is_whole(period: int, window: float) -> None:
    """Also where windows do not fit into the periods."""
    own = rig(period).run(period * 60 * 3 + 1, window=window)
    assert flags(rows(own)) == [(T0 + n * period * MINUTE, F.NOTHING) for n in (1, 2, 3)]


def test_a_window_across_a_boundary_counts_on_both_sides_as_its_energy_does() -> None:
    """Windows of 7 s, the load changes with one that ends at 301 s."""
    own = rig(5, quantities=("active_power", "active_energy_import_exact"))
    own.run(294.0, window=7.0, current=1.0).run(7.0, window=7.0, current=2.0)
    own.run(350.0, window=7.0, current=3.0)
    first, second = rows(own)
    for row, mean in ((first, (294 + 6 * 2) / 300), (second, (2 + 299 * 3) / 300)):
        assert row.values["active_power"] == pytest.approx(mean * 690.0)
    grown = np.diff([row.values["active_energy_import_exact"] for row in (first, second)])
    assert grown[0] == pytest.approx(second.values["active_power"] / 12 * 1e6, abs=8)


def test_windows_longer_than_the_period() -> None:
    own = rig(1, quantities=("active_power",)).run(600.0, window=600.0)
    assert flags(rows(own)) == [(T0 + n * MINUTE, F.NOTHING) for n in range(1, 11)]


def test_how_portions_are_cut_changes_no_row() -> None:
    """Counts of pulses among it, which stand as they were at the end of the row."""
    quantities = (*DEFAULT, "pulse1_count", "pulse2_count", "pulse2_pending",
                  "active_power_demand", "active_power_demand_max")  # fmt: skip
    settings = {"pulse1_rate": 1, "demand_period": 5}
    found = []
    for batch in (1, 13, 5000):
        own = rig(5, quantities=quantities, settings=settings)
        own.run(700.0, window=0.7, current=4.9, batch=batch)
        own.run(301.0, window=0.7, current=1.0, batch=batch)
        found.append(rows(own))
    assert len(found[0]) == 3
    for other in found[1:]:
        assert flags(other) == flags(found[0])
        for row, expected in zip(other, found[0], strict=True):
            assert row.values == {
                id: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
                for id, value in expected.values.items()
            }
    assert found[0][1].values["pulse1_count"] == 56  # 3381 W for 600 s in steps of 36 kWs


@pytest.mark.parametrize(
    ("before", "to", "ended"),
    [
        # A little, within the period: it goes on.
        (90, 93, {2: F.CLOCK_SET | F.INCOMPLETE, 3: F.NOTHING}),
        (90, 87, {2: F.CLOCK_SET, 3: F.NOTHING}),
        # A little, across a boundary: that ends once.
        (119, 121, {2: F.CLOCK_SET | F.INCOMPLETE, 3: F.CLOCK_SET | F.INCOMPLETE, 4: F.NOTHING}),
        (121, 119, {2: F.NOTHING, 3: F.CLOCK_SET, 4: F.NOTHING}),
        # Far: the row that ran ends, and another begins.
        (90, 3605, {2: F.CLOCK_SET | F.INCOMPLETE, 61: F.CLOCK_SET | F.INCOMPLETE, 62: F.NOTHING}),
        (90, 86_405, {2: F.CLOCK_SET | F.INCOMPLETE, 1441: F.CLOCK_SET | F.INCOMPLETE}),
        (90, -7105, {2: F.CLOCK_SET | F.INCOMPLETE, -118: F.CLOCK_SET | F.INCOMPLETE}),
    ],
)
def test_the_clock_is_set(before: int, to: int, ended: dict[int, RowFlag]) -> None:
    own = rig(1).run(before)
    own.meter.apply(SetClock(T0 + to * SECOND), OWNER)
    own.run(60.0 * list(ended)[-1] + 1 - to)
    found = {(row.time - T0) // MINUTE: row.flags for row in rows(own)}
    assert found == {1: F.NOTHING, **ended}


def test_another_period_ends_where_it_would_have() -> None:
    own = rig(15).run(700.0)
    own.meter.apply(ChangeSettings({"load_profile_period": 5}), OWNER)
    own.run(600.0)
    assert flags(rows(own)) == [
        (T0 + 15 * MINUTE, F.SETTINGS_CHANGED), (T0 + 20 * MINUTE, F.NOTHING)
    ]  # fmt: skip


def test_a_year_off_is_no_row_and_takes_no_time() -> None:
    own = rig(1, supply=Supply()).run(90.0)
    begun = time.process_time()
    own.skip(365 * 86_400.0).run(61.0)
    assert time.process_time() - begun < 1.0
    # Without samples nobody knows that the power was off.
    assert flags(rows(own)) == [
        (T0 + MINUTE, F.NOTHING),
        (T0 + 2 * MINUTE, F.INCOMPLETE),
        (T0 + 365 * DAY + 2 * MINUTE, F.INCOMPLETE),
    ]


def test_a_meter_that_was_stopped_and_goes_on() -> None:
    own = rig(1).run(90.0)
    own.meter.power_down()
    kept = json.loads(json.dumps(state(own.meter)))
    again = rig(1)
    restore(again.meter, kept, {})
    again.time = 100.0
    again.run(80.0)
    both = F.INCOMPLETE | F.POWER_OFF
    assert flags(rows(own) + rows(again)) == [
        (T0 + MINUTE, F.NOTHING), (T0 + 2 * MINUTE, both), (T0 + 3 * MINUTE, F.NOTHING)
    ]  # fmt: skip


def test_the_state_goes_on_exactly() -> None:
    one, two = rig(5), rig(5)
    for own in (one, two):
        own.run(200.0, current=2.0)
    kept = json.loads(json.dumps(two.meter.profile.state()))
    two.meter.profile.restore(LoadProfile().state())
    two.meter.profile.restore(kept)
    for own in (one, two):
        own.run(200.0, current=4.0)
    assert rows(one) == rows(two)


def test_a_state_with_other_quantities() -> None:
    """What was not averaged before begins with the restart."""
    after = LoadProfile(("voltage_l1", "voltage_l2"))
    after.restore(LoadProfile(("voltage_l1",)).state())
    assert after.state()["sums"] == {"voltage_l1": [0.0, 0.0], "voltage_l2": [0.0, 0.0]}


def test_quantities_given_twice_are_there_once() -> None:
    own = rig(1, quantities=("voltage_l1", "voltage_l1", "active_power")).run(61.0)
    assert list(rows(own)[0].values) == ["voltage_l1", "active_power"]
