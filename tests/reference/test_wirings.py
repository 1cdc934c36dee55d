"""Accuracy in every wiring against closed forms, with the limits of the four-wire meter."""

from __future__ import annotations

import math

import numpy as np
import pytest

import smartx96
from smartx96.block import Block
from smartx96.frontend.connection import connect
from smartx96.models import Wiring
from support.signals import Wave, balanced, rich

ONE_PART = 1e-5
FREQUENCIES = (45.0, 49.5, 50.37, 57.5, 60.1, 65.0)


def three_wire(frequency: float, seed: int, *, reverse: bool = False) -> Wave:
    """63 orders, unbalanced, line currents that sum to nothing; voltages with a common mode."""
    wave = rich(frequency, seed, angle=35.0, reverse=reverse)
    wave.phasors[3:] -= wave.phasors[3:].mean(axis=0)
    return wave


def channels(wave: Wave, seconds: float = 2.0) -> dict[str, np.ndarray]:
    x = dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), wave.samples(seconds), strict=True))
    lines = {"v12": x["v1"] - x["v2"], "v23": x["v2"] - x["v3"], "v31": x["v3"] - x["v1"]}
    return {**x, **lines}


FORMS = [
    (voltages, currents)
    for voltages in ("v12 v23", "v23 v31", "v12 v31", "v12 v23 v31", "v1 v2 v3")
    for currents in ("i1 i3", "i1 i2", "i2 i3", "i1 i2 i3")
]


@pytest.mark.parametrize(("voltages", "currents"), FORMS)
def test_every_form_of_three_wires(voltages: str, currents: str) -> None:
    number = FORMS.index((voltages, currents))
    wave = three_wire(FREQUENCIES[number % len(FREQUENCIES)], number, reverse=number % 2 == 1)
    given = channels(wave)
    roles = [*voltages.split(), *currents.split()]
    result = smartx96.measure({role: given[role] for role in roles}, wave.rate, wiring="3p3w")
    assert len(result) >= 7
    assert not result["flags"].any()
    assert np.max(np.abs(result["frequency"] - wave.frequency)) < 0.01e-3

    u12 = wave.phasors[0] - wave.phasors[1]
    u32 = wave.phasors[2] - wave.phasors[1]
    i1, i3 = wave.phasors[3], wave.phasors[5]
    # Two wattmeters (Aron); nothing of the star point that the meter works with.
    power = float((u12 * i1.conj() + u32 * i3.conj()).real.sum())
    fundamental = complex(u12[0] * i1[0].conj() + u32[0] * i3[0].conj())
    effective = math.sqrt((wave.line_rms**2).sum() / 9) * math.sqrt((wave.rms[3:] ** 2).sum() / 3)
    apparent = 3 * effective
    for id, truth in (
        ("active_power", power),
        ("reactive_power", fundamental.imag),
        ("apparent_power", apparent),
    ):
        assert np.max(np.abs(result[id] - truth)) < ONE_PART * apparent, id
    assert np.max(np.abs(result["power_factor"] - power / apparent)) < 1e-5
    assert result["phase_angle"] == pytest.approx(np.degrees(np.angle(fundamental)), abs=1e-3)
    for n, line in enumerate(("l1_l2", "l2_l3", "l3_l1")):
        assert result[f"voltage_{line}"] == pytest.approx(wave.line_rms[n], rel=ONE_PART)
        assert result[f"current_l{n + 1}"] == pytest.approx(wave.rms[3 + n], rel=ONE_PART)
    assert result["voltage_ll_average"] == pytest.approx(wave.line_rms.mean(), rel=ONE_PART)

    # The blocks of the phases carry the lines.
    lines = wave.phasors[:3] - wave.phasors[[1, 2, 0]]
    percent = 100 * np.abs(lines[:, 1:]) / np.abs(lines[:, :1])
    for n in range(3):
        found = np.stack([result[f"voltage_harmonic_l{n + 1}[{h}]"] for h in range(2, 64)])
        assert np.abs(found / percent[n, :, None] - 1).max() < 0.0005
        found = np.stack([result[f"current_harmonic_l{n + 1}[{h}]"] for h in range(2, 64)])
        assert np.abs(found / wave.percent[3 + n, 1:, None] - 1).max() < 0.0005
        thd = math.sqrt((percent[n] ** 2).sum())
        assert result[f"voltage_thd_l{n + 1}"] == pytest.approx(thd, rel=5e-5)
    assert np.all(result["voltage_sequence"] == (2 if wave is None or number % 2 else 1))

    summary = result.summary
    energy = summary["active_energy_import"] - summary["active_energy_export"]
    assert energy * 3.6e6 == pytest.approx(power * summary.measured_time, rel=1e-3)
    for id in ("voltage_l1", "voltage_ln_average", "active_power_l2", "apparent_power_l3",
               "reactive_power_l1", "power_factor_l1", "phase_angle_l2", "current_n",
               "voltage_unbalance_zero", "active_energy_import_l1",
               "active_energy_import_per_phase_exact"):  # fmt: skip
        assert summary[id] is None, id


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_one_phase(frequency: float) -> None:
    wave = rich(frequency, seed=int(frequency), angle=-50.0)
    given = channels(wave)
    result = smartx96.measure({"v1": given["v1"], "i1": given["i1"]}, wave.rate)
    apparent = wave.rms[0] * wave.rms[3]
    assert not result["flags"].any()
    assert np.max(np.abs(result["frequency"] - frequency)) < 0.01e-3
    for id, truth, scale in (
        ("voltage_{}", wave.rms[0], wave.rms[0]),
        ("current_{}", wave.rms[3], wave.rms[3]),
        ("active_power_{}", wave.power[0], apparent),
        ("reactive_power_{}", wave.fundamental_power[0].imag, apparent),
        ("apparent_power_{}", apparent, apparent),
    ):
        assert np.max(np.abs(result[id.format("l1")] - truth)) < ONE_PART * scale, id
    for id in ("active_power", "reactive_power", "apparent_power", "power_factor", "phase_angle"):
        assert np.array_equal(result[id], result[f"{id}_l1"]), id
    for total, one in (
        ("voltage_ln_average", "voltage_l1"), ("current_average", "current_l1"),
        ("current_sum", "current_l1"), ("voltage_thd_ln_average", "voltage_thd_l1"),
        ("current_thd_average", "current_thd_l1"),
    ):  # fmt: skip
        assert np.array_equal(result[total], result[one]), total
    found = np.stack([result[f"voltage_harmonic_l1[{h}]"] for h in range(2, 64)])
    assert np.abs(found / wave.percent[0, 1:, None] - 1).max() < 0.0005
    summary = result.summary
    for id in ("voltage_l2", "current_l3", "voltage_l1_l2", "voltage_ll_average", "current_n",
               "active_power_l2", "voltage_sequence", "voltage_unbalance_negative",
               "active_energy_import_l3", "voltage_thd_l2"):  # fmt: skip
        assert summary[id] is None, id
    power = (summary["active_energy_import"] - summary["active_energy_export"]) * 3.6e6
    assert power / summary.measured_time == pytest.approx(wave.power[0], rel=2e-3)


@pytest.mark.parametrize("method", ["arithmetic", "vector", "effective"])
def test_one_phase_has_one_apparent_power(method: str) -> None:
    wave = rich(50.0, seed=8)
    given = channels(wave, 1.0)
    result = smartx96.measure({r: given[r] for r in ("v1", "i1")}, wave.rate, apparent=method)
    truth = wave.rms[0] * wave.rms[3]
    if method == "vector":
        truth = math.hypot(wave.power[0], wave.fundamental_power[0].imag)
    assert result["apparent_power"] == pytest.approx(truth, rel=ONE_PART)


def test_three_wires_net_by_the_sum() -> None:
    """A resistor between L1 and L2 takes from one star voltage what it gives to the other."""
    wave = three_wire(50.0, 1)
    wave.phasors[:, 1:] = 0
    wave.phasors[:3, 0] = 230 * np.exp(-2j * np.pi / 3 * np.arange(3))
    current = (wave.phasors[0, 0] - wave.phasors[1, 0]) / 100
    # With -1000 W between L3 and L1, phases alone would import and export at once.
    back = -(wave.phasors[2, 0] - wave.phasors[0, 0]) / 160
    wave.phasors[3:, 0] = [current - back, -current, back]
    given = channels(wave)
    summary = smartx96.measure({r: given[r] for r in ("v12", "v23", "i1", "i3")}, wave.rate).summary
    power = 230**2 * 3 / 100 - 230**2 * 3 / 160
    assert summary["active_power"] == pytest.approx(power, rel=1e-6)
    assert summary["active_power_import"] == pytest.approx(power, rel=1e-6)
    assert summary["active_power_export"] == 0
    assert summary["active_energy_export"] == 0
    assert summary["active_energy_import_sum_exact"] == summary["active_energy_import_exact"]


def test_currents_that_do_not_sum_to_nothing_are_flagged() -> None:
    wave = three_wire(50.0, 4)
    given = channels(wave)
    roles = ("v12", "v23", "i1", "i2", "i3")
    good = smartx96.measure({r: given[r] for r in roles}, wave.rate)
    for share, flagged in ((0.005, False), (0.02, True)):
        leak = share * wave.rms[3:].max() / 5.0
        given["i2"] = channels(wave)["i2"] + leak * given["v12"] / wave.line_rms[0] * 5.0
        other = smartx96.measure({r: given[r] for r in roles}, wave.rate)
        assert ("current_sum" in other.summary.flags.names) == flagged
        # L1 and L3 rule, whatever the third says.
        assert np.array_equal(other["active_power"], good["active_power"])


def test_the_small_model_has_no_harmonics() -> None:
    wave = rich(50.0, seed=2)
    x = wave.samples(1.0)
    full, small = (smartx96.measure(x, wave.rate, model=m) for m in ("X96-5A", "X96-5E"))
    for id in full:
        if "thd" in id or "harmonic" in id:
            assert np.isnan(small[id]).all(), id
        else:
            assert np.array_equal(full[id], small[id], equal_nan=True), id
    assert small.summary.thd_order == 0


@pytest.mark.parametrize(
    ("roles", "missing"),
    [(("v1", "v2", "v3"), "current_l1"), (("i1", "i2", "i3"), "voltage_l1")],
)
def test_voltages_or_currents_alone(roles: tuple[str, ...], missing: str) -> None:
    wave = rich(50.37, seed=6)
    given = channels(wave)
    result = smartx96.measure({r: given[r] for r in roles}, wave.rate)
    there = "voltage_l1" if "v1" in roles else "current_l1"
    place = 0 if "v1" in roles else 3
    assert result[there] == pytest.approx(wave.rms[place], rel=ONE_PART)
    assert np.max(np.abs(result["frequency"] - 50.37)) < 0.01e-3
    assert np.isnan(result[missing]).all()
    assert np.isnan(result["active_power"]).all()
    summary = result.summary
    for id in ("active_energy_import", "reactive_energy_total", "apparent_energy",
               "active_energy_import_exact"):  # fmt: skip
        assert summary[id] is None, id
    assert (summary["charge"] is None) == ("v1" in roles)


def test_energy_by_the_sum_on_request() -> None:
    """Export on L2 against import on L1: per phase both run, by the sum only the difference."""
    from smartx96.installation.measurement import measure_source
    from smartx96.meter.configuration import Configuration
    from smartx96.samples.arrays import ArraySource
    from smartx96.settings import Settings

    wave = rich(50.0, seed=3, angle=10.0)
    wave.phasors[4] *= -0.5
    x = wave.samples(2.0)
    found = [
        measure_source(ArraySource(x, wave.rate), Configuration(Settings({"energy_balance": n})))
        for n in (0, 1)
    ]
    power = wave.power
    assert found[0]["active_power_import"] == pytest.approx(power[[0, 2]].sum(), rel=1e-5)
    assert found[0]["active_power_export"] == pytest.approx(-power[1], rel=1e-5)
    assert found[1]["active_power_import"] == pytest.approx(power.sum(), rel=1e-5)
    assert found[1]["active_power_export"] == 0
    assert found[1]["active_energy_export"] == 0
    for id in ("active_energy_import_per_phase_exact", "active_energy_import_sum_exact"):
        assert found[0][id] == found[1][id]


@pytest.mark.parametrize(
    ("roles", "wiring", "words"),
    [
        ("v1 v2 v3 i1 i3", "3p4w", "i2 not found; two currents are enough for wiring 3p3w"),
        ("v12 v23 i1 i3", "3p4w", "v12, v23 are for wiring 3p3w"),
        ("v1 v2 i1 i2 i3", "3p4w", "v3 not found"),
        ("v12 i1 i3", "3p3w", "two of v12, v23, v31 or all of v1, v2, v3"),
        ("v12 v23 i1", "3p3w", "two of i1, i2, i3"),
        ("v2 i2", "1p2w", "v1, i1 not found"),
    ],
)
def test_what_a_wiring_lacks_is_named(roles: str, wiring: str, words: str) -> None:
    given = channels(rich(50.0, seed=1), 0.5)
    with pytest.raises(smartx96.errors.ChannelError, match=words):
        smartx96.measure({r: given[r] for r in roles.split()}, 12_800.0, wiring=wiring)


def test_a_straight_connection_copies_nothing() -> None:
    block = Block(np.ones((6, 8)), 12_800.0, 0)
    assert connect(("v1", "v2", "v3", "i1", "i2", "i3"), Wiring.FOUR_WIRE)(block) is block


def connected(given: dict[str, np.ndarray], wiring: str) -> dict[str, np.ndarray]:
    roles = {"1p2w": "v1 i1", "3p3w": "v12 v23 i1 i3"}[wiring].split()
    return {role: given[role] for role in roles}


def by_role(x: np.ndarray) -> dict[str, np.ndarray]:
    given = dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), x, strict=True))
    return {**given, "v12": x[0] - x[1], "v23": x[1] - x[2]}


@pytest.mark.parametrize("wiring", ["1p2w", "3p3w"])
@pytest.mark.parametrize("slope", [1.0, -1.0])
def test_a_ramp_of_frequency(wiring: str, slope: float) -> None:
    wave = three_wire(50.0, 3)
    t = np.arange(round(4 * wave.rate)) / wave.rate
    x = by_role(wave.at_phase(50.0 * t + slope / 2 * t**2))
    result = smartx96.measure(connected(x, wiring), wave.rate)
    middle = result["time"] - 5.0 / result["frequency"]
    assert np.max(np.abs(result["frequency"] - (50.0 + slope * middle))) < 0.1e-3
    found = np.stack([result[f"current_harmonic_l1[{h}]"] for h in range(2, 64)])
    assert np.abs(found / wave.percent[3, 1:, None] - 1).max() < 0.001


@pytest.mark.parametrize("wiring", ["1p2w", "3p3w"])
def test_noise(wiring: str) -> None:
    wave = balanced(50.02, angle=0.0)
    x = wave.samples(20.0)
    peak = np.sqrt(2) * np.abs(wave.phasors[:, :1])
    x += 0.001 * peak * np.random.default_rng(5).standard_normal(x.shape)
    result = smartx96.measure(connected(by_role(x), wiring), wave.rate)
    assert np.max(np.abs(result["frequency"] - 50.02)) < 0.25e-3
    power = wave.power[0] if wiring == "1p2w" else wave.power.sum()
    assert np.max(np.abs(result["active_power"] / power - 1)) < 0.0005


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_losing_a_line_moves_the_frequency_little(lost: int) -> None:
    wave = balanced(50.02)
    x = wave.samples(4.0)
    x[lost, round(2.013 * wave.rate) :] = 0.0
    result = smartx96.measure(connected(by_role(x), "3p3w"), wave.rate)
    assert np.max(np.abs(result["frequency"] - 50.02)) < 5e-3


def test_a_pure_sine_has_no_distortion() -> None:
    x = by_role(balanced(50.3).samples(2.0))
    for wiring in ("1p2w", "3p3w"):
        result = smartx96.measure(connected(x, wiring), 12_800.0)
        assert result["voltage_thd_l1"].max() < 0.001
        assert result["current_thd_l1"].max() < 0.001
