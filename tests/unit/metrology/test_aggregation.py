"""Means of windows, and root mean squares."""

import numpy as np
import pytest

from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.readings import Readings, columns, width_of_all
from smartx96.models import Wiring

RMS = {"voltage", "current", "line_voltage", "neutral_current", "voltage_harmonics",
       "current_harmonics", "voltage_thd", "current_thd", "line_thd"}  # fmt: skip


def readings_of(table: np.ndarray, *, tabled: bool) -> Readings:
    if not tabled:
        values = {name: column.of(table).copy() for name, column in columns().items()}
        return Readings(Wiring.FOUR_WIRE, **values)
    found = object.__new__(Readings)
    found.wiring = Wiring.FOUR_WIRE
    found.lie_in(table)
    return found


def random_table(windows: int) -> np.ndarray:
    rng = np.random.default_rng(windows)
    table = rng.normal(5, 2, (windows, width_of_all()))
    table[rng.random(table.shape) < 0.1] = np.nan
    for column in columns().values():
        if column.dtype is complex:
            pairs = table[:, column.place].reshape(windows, -1, 2)
            pairs[np.isnan(pairs).any(axis=2)] = np.nan
            table[:, column.place] = pairs.reshape(windows, -1)
    return table


@pytest.mark.parametrize("tabled", [True, False])
def test_each_field_is_aggregated_over_what_is_known(tabled):
    table = random_table(40)
    aggregate = Aggregate()
    for part in np.split(table, [1, 7, 30]):
        aggregate.add(readings_of(part, tabled=tabled))
    found, whole = aggregate.result(), readings_of(table, tabled=True)
    assert aggregate.windows == 40
    for name in columns():
        values = getattr(whole, name)
        if name == "fundamental_power":
            counts = ~np.isnan(whole.active_power)
            wanted = np.where(counts, np.nan_to_num(values), 0).sum(axis=0) / counts.sum(axis=0)
        elif name in RMS:
            wanted = np.sqrt(np.nanmean(values**2, axis=0))
        else:
            wanted = np.nanmean(values, axis=0)
        np.testing.assert_allclose(getattr(found, name), wanted, rtol=1e-12, err_msg=name)


def test_what_no_window_knows_is_unknown():
    table = random_table(5)
    table[:, columns()["fundamental_power"].place] = np.nan
    table[:, columns()["voltage"].place.start] = np.nan
    aggregate = Aggregate()
    aggregate.add(readings_of(table, tabled=True))
    found = aggregate.result()
    assert np.isnan(found.fundamental_power).all()
    assert np.isnan(found.fundamental_power.imag).all()
    assert np.isnan(found.voltage).tolist() == [True, False, False]
    assert Aggregate().result() is None


def test_a_table_is_the_same_with_and_without_one():
    table = random_table(6)
    assert np.array_equal(readings_of(table, tabled=False).as_table(), table, equal_nan=True)
    assert readings_of(table, tabled=True).as_table() is table
