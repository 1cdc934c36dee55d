"""Readings from phasors: against closed forms, and against the readings of the waveform."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from smartx96.installation.measurement import measure_source
from smartx96.installation.phasor_windows import phasor_windows
from smartx96.meter.configuration import Configuration
from smartx96.metrology.conditions import ApparentPower, Conditions
from smartx96.metrology.derived import quantities
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.quadrature import quadrature
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Flag
from smartx96.models import MODELS, Wiring
from smartx96.quantities import INSTANTANEOUS
from smartx96.samples.scenario import Harmonic, Scenario, Wave, three, unbalanced
from smartx96.settings import Settings
from support.signals import Wave as Truth
from support.signals import balanced, rich

EVERY = np.ones(6, bool)
NAMES = [f.name for f in fields(Readings) if f.name != "wiring"]


def read(wave: Truth, conditions: Conditions | None = None) -> Readings:
    return readings_of_phasors(wave.phasors, np.float64(50.0), conditions or Conditions(EVERY))


def test_against_closed_form() -> None:
    wave = rich(50.0, seed=2, angle=-130.0)
    r = read(wave)
    apparent = wave.rms[:3] * wave.rms[3:]
    percent = wave.percent
    lines = wave.phasors[:3] - wave.phasors[[1, 2, 0]]
    for found, truth in (
        (r.voltage, wave.rms[:3]),
        (r.current, wave.rms[3:]),
        (r.line_voltage, wave.line_rms),
        (r.neutral_current, wave.neutral_rms),
        (r.active_power, wave.power),
        (r.fundamental_power, wave.fundamental_power),
        (r.apparent_power, apparent),
        (r.total_apparent_power, apparent.sum()),
        (r.voltage_harmonics, percent[:3]),
        (r.current_harmonics, percent[3:]),
        (r.voltage_thd, wave.thd[:3]),
        (r.current_thd, wave.thd[3:]),
        (r.line_thd, 100 * np.sqrt((np.abs(lines[:, 1:]) ** 2).sum(1)) / np.abs(lines[:, 0])),
        (np.abs(r.voltage_phasor), np.abs(wave.phasors[:3, 0])),
    ):
        assert found == pytest.approx(truth, rel=1e-12)
    assert r.exchanged_power == pytest.approx(
        [np.maximum(wave.power, 0).sum(), np.maximum(-wave.power, 0).sum()]
    )
    turn = np.exp(2j * np.pi / 3 * np.arange(3))
    for n, rotation in enumerate((turn, turn.conj(), np.ones(3))):
        component = abs((wave.phasors[:3, 0] * rotation).sum()) / 3
        assert r.voltage_sequence[n] == pytest.approx(component, rel=1e-12)


@pytest.mark.parametrize("method", list(ApparentPower))
def test_three_wires_against_two_wattmeters(method: ApparentPower) -> None:
    wave = rich(50.0, seed=3, angle=35.0)
    wave.phasors[3:] -= wave.phasors[3:].mean(axis=0)
    u12 = wave.phasors[0] - wave.phasors[1]
    u32 = wave.phasors[2] - wave.phasors[1]
    power = (u12 * wave.phasors[3].conj() + u32 * wave.phasors[5].conj()).sum().real
    ve = math.sqrt((wave.line_rms**2).sum() / 9)
    ie = math.sqrt((wave.rms[3:] ** 2).sum() / 3)
    star = wave.phasors.copy()
    star[:3] -= star[:3].mean(axis=0)
    r = readings_of_phasors(
        star, np.float64(50.0), Conditions(EVERY, Wiring.THREE_WIRE, apparent_power=method)
    )
    assert r.active_power.sum() == pytest.approx(power, rel=1e-12)
    assert r.total_apparent_power == pytest.approx(3 * ve * ie, rel=1e-12)
    assert np.isnan(r.voltage).all()
    assert np.isnan(r.neutral_current)


def test_totals_of_apparent_power() -> None:
    """Two phases loaded line to line: IEEE 1459's own example of three different answers."""
    wave = balanced(60.0, voltage=127.0)
    wave.phasors[3:, 0] = 22.727272 * np.exp(1j * np.radians([30, -150, 0])) * [1, 1, 0]
    factors = []
    for method in ApparentPower:
        r = read(wave, Conditions(EVERY, apparent_power=method))
        factors.append(r.active_power.sum() / r.total_apparent_power)
    assert factors == pytest.approx([math.cos(math.radians(30)), 1.0, math.sqrt(0.5)], rel=1e-6)


HARMONICS = tuple(
    Harmonic(order, percent, 37.0 * order)
    for order, percent in ((2, 0.4), (3, 2.1), (5, 3.3), (11, 1.0), (49, 0.5), (63, 0.3))
)
SIGNALS = {
    "unbalanced, harmonics to the 63rd": Scenario(
        voltages=unbalanced(three(Wave(231.0, harmonics=HARMONICS)), 0.02 + 0.01j, -0.01j),
        currents=(
            Wave(4.2, 25.0, harmonics=HARMONICS[:4]),
            Wave(3.1, -140.0, harmonics=HARMONICS[1:5]),
            Wave(1.7, 160.0, harmonics=HARMONICS[::2]),
        ),
        frequency=50.23,
    ),
    "a dead voltage, a dead current": Scenario(
        voltages=(Wave(230.0), Wave(0.0), Wave(229.0, harmonics=HARMONICS)),
        currents=(Wave(5.0, 30.0, harmonics=HARMONICS), Wave(2.0), Wave(0.0)),
        frequency=49.9,
    ),
    "60 Hz, reversed, small currents": Scenario(
        voltages=unbalanced(three(Wave(120.0, harmonics=HARMONICS[:3])), 0.02, 0.01, reverse=True),
        currents=(Wave(0.004, 10.0), Wave(2.0, 100.0), Wave(0.006, -80.0)),
        frequency=60.02,
        reverse=True,
    ),
}


def both_ways(scenario: Scenario, configuration: Configuration) -> tuple[Readings, Readings]:
    """Readings of the first window by samples, and by phasors."""
    taken: list[Readings] = []
    signal = Scenario(
        **{f: getattr(scenario, f) for f in ("voltages", "currents", "frequency", "reverse")},
        duration=0.7,
    )
    measure_source(signal, configuration, (lambda _, readings: taken.append(readings),))
    return taken[0], next(phasor_windows(signal, configuration)).readings


def assert_alike(one: Readings, other: Readings) -> None:
    """Within the engine's accuracy, every quantity and every order; NaN in the same places."""
    first, second = quantities(one), quantities(other)
    powers = np.nanmax(first["apparent_power"])
    for id in INSTANTANEOUS:
        a, b = first[id][0], second[id][0]
        size = powers if "power" in id and "factor" not in id else 1.0
        limit = 1e-3 if "angle" in id or "thd" in id else 1e-5
        assert b == pytest.approx(a, rel=1e-5, abs=limit * size, nan_ok=True), id
    for kind in ("voltage_harmonics", "current_harmonics"):
        a, b = getattr(one, kind)[0], getattr(other, kind)[0]
        assert b == pytest.approx(a, rel=5e-4, abs=2e-4, nan_ok=True), kind


@pytest.mark.parametrize("wiring", [1, 2, 3])
@pytest.mark.parametrize("name", SIGNALS)
def test_every_quantity_is_that_of_the_waveform(name: str, wiring: int) -> None:
    for method, more in ((0, {}), (1, {"starting": True}), (2, {"model": MODELS["X96-5E"]})):
        if wiring == 2 and "model" in more:
            continue  # that model has no such wiring
        settings = Settings(
            {"system_type": wiring, "apparent_power_method": method, "ct_primary": 200,
             "vt_ratio": 10, "current_direction_l2": 1, "energy_balance": method % 2}
        )  # fmt: skip
        assert_alike(*both_ways(SIGNALS[name], Configuration(settings=settings, **more)))


@pytest.mark.parametrize("missing", [slice(0, 3), slice(3, 6), slice(1, 2)])
def test_channels_that_are_not_there(missing: slice) -> None:
    present = EVERY.copy()
    present[missing] = False
    wave = rich(50.0, seed=5)
    r = read(wave, Conditions(present))
    whole = read(wave)
    there = present[:3]
    assert np.isnan(r.voltage[~there]).all()
    assert r.voltage[there] == pytest.approx(whole.voltage[there])
    assert np.isnan(r.current[~present[3:]]).all()
    assert np.array_equal(np.isnan(r.active_power), ~(present[:3] & present[3:]))
    assert np.array_equal(np.isnan(r.voltage_thd), ~there)
    assert np.isnan(r.line_voltage).any() == (not there.all())


def test_below_the_starting_current() -> None:
    wave = balanced(50.0)
    wave.phasors[5] *= 1e-4
    r = read(wave, Conditions(EVERY, starting_current=0.002))
    values = quantities(r)
    for id in ("power_factor_l3", "phase_angle_l3", "current_thd_l3"):
        assert np.isnan(values[id]), id
    assert np.isnan(r.current_harmonics[2]).all()
    assert r.current_harmonics[0, 0] == pytest.approx(100.0, rel=1e-15)
    assert np.isfinite(r.active_power).all()


def test_a_model_without_harmonics() -> None:
    r = read(rich(50.0, seed=6), Conditions(EVERY, harmonics=False))
    for kind in (r.voltage_harmonics, r.current_harmonics):
        assert kind[:, 0] == pytest.approx(100.0, rel=1e-15)
        assert np.isnan(kind[:, 1:]).all()
    assert np.isnan([r.voltage_thd, r.current_thd, r.line_thd]).all()


def test_without_a_frequency_there_is_no_fundamental() -> None:
    wave = rich(50.0, seed=6)
    r = readings_of_phasors(wave.phasors, np.float64(np.nan), Conditions(EVERY))
    assert r.voltage == pytest.approx(wave.rms[:3])
    assert r.active_power == pytest.approx(wave.power)
    for values in (r.fundamental_power, r.voltage_thd, r.voltage_sequence, r.current_harmonics):
        assert np.isnan(values).all()


def test_orders_that_are_not_given_are_nothing() -> None:
    """Columns for a few orders, or for all 63 with zeros between: not a bit differs but in sums."""
    held = (1, 3, 5, 13)
    wave = rich(50.0, seed=7)
    columns = [order - 1 for order in held]
    few = wave.phasors[:, columns]
    wave.phasors[:, np.setdiff1d(np.arange(63), columns)] = 0
    whole = read(wave)
    r = readings_of_phasors(few, np.float64(50.0), Conditions(EVERY), orders=held)
    for name in NAMES:
        assert getattr(r, name) == pytest.approx(getattr(whole, name), rel=1e-13), name
    alone = readings_of_phasors(few[:, :1], np.float64(50.0), Conditions(EVERY), orders=(1,))
    assert (alone.voltage_thd == 0).all()


def test_orders_above_the_63rd_count_in_rms_and_power_only() -> None:
    wave = balanced(50.0)
    high = np.zeros((6, 2), complex)
    high[:, 0] = wave.phasors[:, 0]
    high[:, 1] = 0.3 * wave.phasors[:, 0]
    r = readings_of_phasors(high, np.float64(50.0), Conditions(EVERY), orders=(1, 65))
    assert r.voltage == pytest.approx(230.0 * math.sqrt(1.09))
    assert r.active_power == pytest.approx(1.09 * wave.power)
    assert (r.voltage_thd == 0).all()


def test_many_meters_at_once() -> None:
    waves = np.stack([[rich(50.0, seed=3 * n + k).phasors for k in range(3)] for n in range(4)])
    frequency = np.full((4, 3), 50.0)
    frequency[2, 1] = np.nan
    conditions = Conditions(EVERY)
    many = readings_of_phasors(waves, frequency, conditions)
    assert many.voltage_harmonics.shape == (4, 3, 3, 63)
    assert quantities(many)["active_power"].shape == (4, 3)
    for n in np.ndindex(4, 3):
        one = readings_of_phasors(waves[n], frequency[n], conditions)
        for name in NAMES:
            a, b = getattr(one, name), getattr(many, name)[n]
            assert np.array_equal(a, b, equal_nan=True), name


def test_over_instants() -> None:
    """A phasor that moves linearly and steps: rms and power of the window are exact."""
    edges, step = np.array([0.0, 0.2, 0.4]), 0.27
    over = quadrature(edges, np.array([step]))
    t = over.times

    def course(t):
        return np.where(t < step, 1.0 + t, 0.5)

    base = rich(50.0, seed=9).phasors
    r = readings_of_phasors(
        base * course(t)[:, None, None], np.full(2, 50.0), Conditions(EVERY), over=over
    )

    def square(a, b):
        return ((1 + b) ** 3 - (1 + a) ** 3) / 3

    means = np.array([square(0, 0.2), square(0.2, step) + 0.25 * (0.4 - step)]) / 0.2
    rms = np.sqrt((np.abs(base) ** 2).sum(axis=1))
    assert r.voltage == pytest.approx(np.sqrt(means)[:, None] * rms[:3], rel=1e-12)
    power = (base[:3] * base[3:].conj()).sum(axis=1).real
    assert r.active_power == pytest.approx(means[:, None] * power, rel=1e-12)
    mean = np.array([1.1, (0.07 * 1.235 + 0.5 * 0.13) / 0.2])
    fundamental = base[:3, 0] * base[3:, 0].conj()
    assert r.fundamental_power == pytest.approx((mean**2)[:, None] * fundamental, rel=1e-12)


def test_breaks_on_edges_make_no_pieces() -> None:
    edges = np.array([0.0, 0.2, 0.4, 0.6])
    over = quadrature(edges, np.array([0.0, 0.1, 0.2 - 1e-12, 0.3, 0.4, 0.4 + 1e-12]))
    assert len(over.weight) == 5
    assert over.first.tolist() == [0, 2, 4]
    assert over.mean(np.ones(len(over.times))) == pytest.approx([1, 1, 1], rel=1e-15)
    assert over.mean(over.times) == pytest.approx([0.1, 0.3, 0.5], rel=1e-12)
    cubic = over.mean(over.times**3)
    assert cubic == pytest.approx(np.diff(edges**4) / 4 / 0.2, rel=1e-12)


def test_currents_of_three_wires_that_do_not_sum_to_nothing() -> None:
    """L1 and L3 are used; the flag is that of the waveform."""
    three_wires = Configuration(settings=Settings({"system_type": 2}))
    for lost, flagged in ((0.0, False), (0.03, True)):
        currents = (Wave(5.0, 20.0), Wave(5.0 * (1 - lost), 20.0), Wave(5.0, 20.0))
        scenario = Scenario(currents=currents, duration=0.7)
        windows = next(phasor_windows(scenario, three_wires))
        assert bool(windows.flags[0] & Flag.CURRENT_SUM) is flagged
        assert_alike(*both_ways(scenario, three_wires))
