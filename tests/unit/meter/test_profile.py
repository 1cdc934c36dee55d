"""Load profile: rows at the boundaries of standard time, with means, registers and flags."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.meter.clock import Clock
from smartx96.meter.commands import ChangeSettings, SetClock
from smartx96.meter.meter import Meter
from smartx96.meter.profile import DEFAULT, LoadProfile, ProfileRow, RowFlag, check_quantities
from smartx96.meter.supply import Supply
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.windows import Flag
from smartx96.quantities import TABLE, Kind
from support.meters import HOUR, MINUTE, OWNER, SECOND, T0, Rig, at, configured

NOTHING, INCOMPLETE, OFF = RowFlag.NOTHING, RowFlag.INCOMPLETE, RowFlag.POWER_OFF
SET, CHANGED, INVALID = RowFlag.CLOCK_SET, RowFlag.SETTINGS_CHANGED, RowFlag.CLOCK_INVALID


def profiled(start: int = T0, quantities: tuple[str, ...] = DEFAULT, **more) -> Rig:
    return Rig(start=start, profile=LoadProfile(quantities), **more)


def rows(rig: Rig) -> list[ProfileRow]:
    return rig.meter.emptied().rows


def times(found: list[ProfileRow]) -> list[int]:
    return [(row.time - T0) // MINUTE for row in found]


def test_a_row_every_15_minutes() -> None:
    rig = profiled().run(3600 + 100, window=1.0)
    found = rows(rig)
    assert times(found) == [15, 30, 45, 60]
    assert [row.flags for row in found] == [NOTHING] * 4
    for n, row in enumerate(found, 1):
        assert tuple(row.values) == DEFAULT
        assert row.values["voltage_l2"] == pytest.approx(230.0, rel=1e-12)
        assert row.values["active_power"] == pytest.approx(3450.0, rel=1e-12)
        assert row.values["frequency"] == pytest.approx(50.0, rel=1e-12)
        assert row.values["active_energy_import"] == pytest.approx(3.45 * n / 4, abs=2e-9)


@pytest.mark.parametrize(
    ("zone", "start", "minute"),
    [
        ("UTC", "2026-03-02T00:00:00", 0),
        ("Asia/Kathmandu", "2026-03-02T00:00:00", 15),
        ("Asia/Kolkata", "2026-03-02T00:00:00", 30),
        ("Europe/Berlin", "2026-07-01T00:00:00", 0),
        # Half an hour ahead in summer: the rows stay where they were in winter.
        ("Australia/Lord_Howe", "2026-12-01T00:00:00", 30),
        ("Australia/Lord_Howe", "2026-07-01T00:00:00", 30),
    ],
)
def test_rows_count_from_midnight_of_standard_time(zone: str, start: str, minute: int) -> None:
    rig = profiled(at(start), settings={"load_profile_period": 60, "time_zone": zone})
    found = rows(rig.run(3 * 3600, window=10.0))
    assert [row.time % HOUR // MINUTE for row in found] == [minute] * len(found)
    assert len(found) == 3


@pytest.mark.parametrize("night", ["2026-03-29T00:00:00", "2026-10-25T00:00:00"])
def test_the_nights_in_which_the_clocks_change(night: str) -> None:
    rig = profiled(at(night), settings={"time_zone": "Europe/Berlin"})
    found = rows(rig.run(4 * 3600, window=10.0))
    assert [row.time for row in found] == [at(night) + n * 15 * MINUTE for n in range(1, 17)]
    assert {row.flags for row in found} == {NOTHING}


SQUARED = ("voltage_l1", "current_l2", "voltage_thd_l1")
PLAIN = ("active_power", "reactive_power_l3", "apparent_power", "frequency")
LENGTHS = st.lists(st.sampled_from([0.2, 0.19, 0.21, 1.0, 7.3, 45.0, 130.0]), min_size=2)


@settings(max_examples=60, deadline=None)
@given(LENGTHS, st.integers(0, 1 << 31), st.sets(st.integers(1, 60)), st.sampled_from([1, 5]))
def test_means_are_those_of_the_time_within_the_row(
    lengths: list, seed: int, cuts: set, period: int
) -> None:
    rng, n = np.random.default_rng(seed), len(lengths)
    edges = np.round(np.concatenate([[0.0], np.cumsum(lengths)]), 6)
    phasors = np.zeros((n, 6, 3), complex)
    phasors[:, :, 0] = np.exp(1j * rng.uniform(0, 6, (n, 6))) * rng.uniform(50, 250, (n, 6))
    phasors[:, 3:, 0] /= 40
    phasors[:, :3, 2] = rng.uniform(0, 20, (n, 3))
    frequency = rng.uniform(49, 51, n)
    rig = profiled(
        quantities=(*SQUARED, *PLAIN, "active_energy_import_exact"),
        settings={"load_profile_period": period},
    )
    meter = rig.meter
    stops = [0, *sorted(c for c in cuts if c < n), n]
    for first, stop in pairwise(stops):
        part = readings_of_phasors(phasors[first:stop], frequency[first:stop], meter.conditions)
        meter.take_readings(part, edges[first:stop], edges[first + 1 : stop + 1], 50)
    thd = 100 * np.abs(phasors[:, 0, 2]) / np.abs(phasors[:, 0, 0])
    rms = np.sqrt(np.sum(np.abs(phasors) ** 2, axis=2))
    s = phasors[:, :3] * phasors[:, 3:].conj()
    truth = {
        "voltage_l1": rms[:, 0], "current_l2": rms[:, 4], "voltage_thd_l1": thd,
        "active_power": s.real.sum(axis=(1, 2)), "reactive_power_l3": s.imag[:, 2, 0],
        "apparent_power": (rms[:, :3] * rms[:, 3:]).sum(axis=1), "frequency": frequency,
    }  # fmt: skip
    found = rows(rig)
    assert len(found) == int(edges[-1] // (60 * period))
    starting = 230 * 5 * 0.0005
    power = s.real.sum(axis=2)
    into = np.where(power >= starting, power, 0.0).sum(axis=1)
    for k, row in enumerate(found):
        begin, end = 60.0 * period * k, 60.0 * period * (k + 1)
        seconds = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, None)
        for id in SQUARED:
            mean = np.sqrt(truth[id] ** 2 @ seconds / seconds.sum())
            assert row.values[id] == pytest.approx(mean, rel=1e-9), id
        for id in PLAIN:
            mean = truth[id] @ seconds / seconds.sum()
            assert row.values[id] == pytest.approx(mean, rel=1e-9, abs=1e-7), id
        counted = np.clip(np.minimum(edges[1:], end) - edges[:-1], 0, None)
        exact = into @ counted / 3600 * 1e6
        assert row.values["active_energy_import_exact"] == pytest.approx(exact, abs=4, rel=1e-12)
        assert row.flags == NOTHING


def test_what_was_not_measured_throughout_is_the_mean_of_what_was() -> None:
    rig = profiled(quantities=("voltage_l1", "current_l1", "frequency"))
    rig.run(300, voltage=200.0, window=1.0)
    rig.run(600, voltage=np.nan, frequency=np.nan, window=1.0)
    (row,) = rows(rig)
    assert row.values["voltage_l1"] == pytest.approx(200.0)
    assert row.values["frequency"] == pytest.approx(50.0)
    assert row.values["current_l1"] == pytest.approx(5.0)
    rig.run(900, voltage=np.nan, frequency=np.nan, window=1.0)
    assert rows(rig)[0].values["voltage_l1"] is None


def test_a_time_that_was_not_measured_is_told() -> None:
    rig = profiled().run(600, window=1.0).skip(2).run(298 + 900, window=1.0)
    one, other = rows(rig)
    assert (one.flags, other.flags) == (INCOMPLETE, NOTHING)
    assert one.values["active_energy_import"] == pytest.approx(3.45 * 898 / 3600, abs=2e-9)
    assert one.values["active_power"] == pytest.approx(3450)
    # A thousandth is rounding of the edges.
    rig.run(600, window=1.0).skip(0.5).run(299.5, window=0.5)
    assert rows(rig)[0].flags == NOTHING


def test_rows_in_which_nothing_was_measured_are_none() -> None:
    rig = profiled().run(600, window=1.0).skip(4500).run(900, window=1.0)
    found = rows(rig)
    assert times(found) == [15, 90]
    assert [row.flags for row in found] == [INCOMPLETE] * 2
    rig.run(900, window=1.0)
    assert [row.flags for row in rows(rig)] == [NOTHING]


def test_an_outage_marks_the_rows_that_it_lies_in() -> None:
    rig = profiled(supply=Supply())
    rig.run(20 * 60, window=1.0).run(20 * 60, window=1.0, voltage=0).run(35 * 60, window=1.0)
    found = rows(rig)
    assert times(found) == [15, 30, 45, 60, 75]
    assert [row.flags for row in found] == [
        NOTHING, INCOMPLETE | OFF, INCOMPLETE | OFF, NOTHING, NOTHING
    ]  # fmt: skip
    energies = [row.values["active_energy_import"] for row in found]
    assert energies[1] == pytest.approx(3.45 * 20 / 60, abs=1e-8)
    assert energies[2] == pytest.approx(3.45 * 25 / 60, abs=1e-3)
    assert found[1].values["voltage_l1"] == pytest.approx(230.0)


def test_a_meter_that_is_stopped_marks_the_row() -> None:
    rig = profiled().run(600, window=1.0)
    rig.meter.power_down({"reason": "stopped"})
    assert OFF in rig.meter.profile.flags
    assert rig.events()[-1] == ("power_down", {"reason": "stopped"})
    rig.meter.power_down()
    assert rig.events() == []


def test_without_power_there_are_no_rows() -> None:
    rig = profiled(supply=Supply()).run(7200, window=10.0, voltage=100)
    assert rows(rig) == []
    assert rig.kinds() == []


@pytest.mark.parametrize("ahead", [-300, -5, 5, 240])
def test_a_clock_that_is_set_marks_the_row(ahead: int) -> None:
    rig = profiled().run(600, window=1.0)
    rig.meter.apply(SetClock(rig.meter.now + ahead * SECOND), OWNER)
    rig.run(300 - ahead, window=1.0)
    (row,) = rows(rig)
    assert times([row]) == [15]
    assert row.flags & ~INCOMPLETE == SET
    # Less than the whole was measured when it was set forward.
    assert (INCOMPLETE in row.flags) is (ahead > 0)
    assert row.values["active_energy_import"] == pytest.approx(3.45 * (900 - ahead) / 3600)
    rig.run(900, window=1.0)
    assert [row.flags for row in rows(rig)] == [NOTHING]


@pytest.mark.parametrize("ahead", [-7, 50])
def test_a_clock_set_to_another_day_ends_the_row(ahead: int) -> None:
    rig = profiled().run(600, window=1.0)
    rig.meter.apply(SetClock(rig.meter.now + ahead * 86_400 * SECOND), OWNER)
    rig.run(300, window=1.0)
    one, other = rows(rig)
    assert one.time == T0 + 15 * MINUTE
    assert one.flags == other.flags == SET | INCOMPLETE
    assert other.time == T0 + 15 * MINUTE + ahead * 86_400 * SECOND
    assert one.values["active_energy_import"] == pytest.approx(3.45 * 600 / 3600)
    assert other.values["active_energy_import"] == pytest.approx(3.45 * 900 / 3600)


def test_a_clock_that_nobody_knows() -> None:
    rig = Rig(Meter(configured(), clock=Clock(), profile=LoadProfile()))
    rig.run(900, window=1.0)
    (row,) = rows(rig)
    assert (row.time, row.flags) == (15 * MINUTE, INVALID)
    rig.run(300, window=1.0)
    rig.meter.apply(SetClock(T0 + 5 * MINUTE), OWNER)
    rig.run(600, window=1.0)
    one, other = rows(rig)
    assert one.flags == SET | INCOMPLETE | INVALID
    assert (other.time, other.flags) == (T0 + 15 * MINUTE, SET | INCOMPLETE)


def test_a_protected_setting_that_is_changed_marks_the_row() -> None:
    rig = profiled().run(600, window=1.0)
    rig.meter.apply(ChangeSettings({"unit_address": 4, "demand_period": 5}), OWNER)
    rig.run(300, window=1.0)
    assert [row.flags for row in rows(rig)] == [NOTHING]
    rig.meter.apply(ChangeSettings({"ct_primary": 6}), OWNER)
    rig.run(1800, window=1.0)
    assert [row.flags for row in rows(rig)] == [CHANGED, NOTHING]


def test_another_period_from_now_on() -> None:
    rig = profiled().run(7 * 60, window=1.0)
    rig.meter.apply(ChangeSettings({"load_profile_period": 5}), OWNER)
    rig.run(8 * 60, window=1.0)
    found = rows(rig)
    assert times(found) == [10, 15]
    assert [row.flags for row in found] == [CHANGED, NOTHING]
    rig.run(60, window=1.0)
    rig.meter.apply(ChangeSettings({"load_profile_period": 60}), OWNER)
    rig.run(104 * 60, window=1.0)
    found = rows(rig)
    assert times(found) == [60, 120]
    assert [row.flags for row in found] == [CHANGED | INCOMPLETE, NOTHING]
    energies = [row.values["active_energy_import"] for row in found]
    assert energies == pytest.approx([3.45, 6.9], abs=1e-8)


def test_wirings_that_lack_a_quantity() -> None:
    ids = ("voltage_l1", "voltage_l1_l2", "active_energy_import_l1")
    rig = profiled(quantities=ids, settings={"system_type": 2})
    rig.run(900, window=1.0)
    (row,) = rows(rig)
    assert row.values["voltage_l1"] is None
    assert row.values["active_energy_import_l1"] is None
    assert row.values["voltage_l1_l2"] == pytest.approx(230 * 3**0.5)


def test_counts_demands_and_exact_energies() -> None:
    ids = ("pulse2_count", "active_energy_total_exact", "active_power_demand_max", "charge")
    rig = profiled(quantities=ids, settings={"demand_period": 5}).run(900, window=1.0)
    (row,) = rows(rig)
    # 0.8625 kWh, 3200 imp per kWh, the last of which ends with the row.
    assert row.values["pulse2_count"] in (2759, 2760)
    assert row.values["active_energy_total_exact"] == pytest.approx(862_500_000, abs=3)
    assert isinstance(row.values["active_energy_total_exact"], int)
    assert row.values["active_power_demand_max"] == pytest.approx(3450)
    assert row.values["charge"] == pytest.approx(15 * 0.25)
    json.dumps(dict(row.values), allow_nan=False)


def test_a_spike_beyond_every_number_leaves_the_row_finite() -> None:
    rig = profiled(quantities=("voltage_l1", "active_power"), strict=False)
    rig.run(600, window=1.0).run(1, window=1.0, voltage=1e200).run(299, window=1.0)
    (row,) = rows(rig)
    # What no meter measures counts for no mean.
    assert row.values == pytest.approx({"voltage_l1": 230.0, "active_power": 3450.0})
    rig.run(900, window=1.0, voltage=1e200)
    (row,) = rows(rig)
    assert row.values == {"voltage_l1": None, "active_power": None}


def test_without_a_profile_nothing_is_kept() -> None:
    rig = Rig().run(1800, window=1.0)
    assert rows(rig) == []


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("nonsense", "nonsense is no quantity; x96 registers lists them"),
        ("power_factor", "power_factor has no mean over a period"),
        ("phase_angle_l1", "phase_angle_l1 has no mean over a period"),
        ("status", "status has no mean over a period"),
    ],
)
def test_what_a_profile_cannot_hold(id: str, message: str) -> None:
    with pytest.raises(OptionError, match=f"^load profile: {message}") as told:
        LoadProfile(("voltage_l1", id))
    assert "\n" not in str(told.value)


def test_every_quantity_with_a_mean_and_every_register_can_be_kept() -> None:
    refused = []
    for quantity in TABLE:
        try:
            check_quantities((quantity.id,))
        except OptionError:
            refused.append(quantity)
    assert {q.unit for q in refused if q.kind is Kind.INSTANTANEOUS} == {"", "deg"}
    assert {q.kind for q in refused} == {Kind.INSTANTANEOUS, Kind.STATUS}


def test_flags_of_windows_are_no_flags_of_rows() -> None:
    rig = profiled().run(900, window=1.0, flags=int(Flag.CLIPPED))
    assert [row.flags for row in rows(rig)] == [NOTHING]
