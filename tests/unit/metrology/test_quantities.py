"""Signs and definitions, each against closed form."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from smartx96.errors import OptionError
from smartx96.quantities import INSTANTANEOUS
from support.signals import Wave, balanced, rich

RATE = 12_800.0


def reading(wave: Wave, id: str, **options) -> float:
    value = smartx96.measure(wave.samples(0.6), wave.rate, **options)[id]
    assert len(value) >= 1
    return float(value[-1])


@pytest.mark.parametrize(
    ("angle", "active", "reactive", "nature"),
    [
        (30, 1, 1, 2),
        (150, -1, 1, 2),
        (-150, -1, -1, 3),
        (-30, 1, -1, 3),
        (2, 1, 1, 1),
        (178, -1, 1, 1),
    ],
)
def test_the_four_quadrants(angle: float, active: int, reactive: int, nature: int) -> None:
    wave = balanced(50.0, angle=angle)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    assert np.sign(reading(wave, "active_power")) == active
    assert np.sign(reading(wave, "reactive_power_l2")) == reactive
    assert reading(wave, "active_power_l3") == pytest.approx(1150 * cosine, abs=1e-3)
    assert reading(wave, "reactive_power_l1") == pytest.approx(1150 * sine, abs=1e-3)
    assert reading(wave, "power_factor") == pytest.approx(cosine, abs=1e-6)
    assert reading(wave, "power_factor_inverted") == pytest.approx(-cosine, abs=1e-6)
    assert reading(wave, "phase_angle_l1") == pytest.approx(angle, abs=1e-4)
    assert reading(wave, "phase_angle") == pytest.approx(angle, abs=1e-4)
    assert reading(wave, "displacement_power_factor") == pytest.approx(cosine, abs=1e-6)
    assert reading(wave, "load_nature") == nature


def test_import_and_export_are_per_phase() -> None:
    wave = balanced(50.0, angle=0)
    wave.phasors[4] *= -0.5
    assert reading(wave, "active_power") == pytest.approx(1150 * 1.5, rel=1e-6)
    assert reading(wave, "active_power_import") == pytest.approx(2300, rel=1e-6)
    assert reading(wave, "active_power_export") == pytest.approx(575, rel=1e-6)


def test_reactive_power_is_of_the_fundamental_only() -> None:
    """A 90-degree shift or Budeanu's sum would add the harmonics' share (IEC 62053-24)."""
    wave = balanced(50.0, angle=40)
    for row, turn in ((0, 0.0), (3, -np.pi / 2)):
        wave.phasors[row, 4] = 0.3 * abs(wave.phasors[row, 0]) * np.exp(1j * turn)
    sine = np.sin(np.radians(40))
    assert reading(wave, "reactive_power_l1") == pytest.approx(1150 * sine, abs=5e-3)


def test_apparent_power_has_three_totals() -> None:
    """Two phases loaded line to line: IEEE 1459's own example of three different answers."""
    wave = balanced(60.0, voltage=127.0)
    wave.phasors[3:, 0] = 22.727272 * np.exp(1j * np.radians([30, -150, 0])) * [1, 1, 0]
    factors = [
        reading(wave, "power_factor", apparent=a) for a in ("arithmetic", "vector", "effective")
    ]
    assert factors == pytest.approx([np.cos(np.radians(30)), 1.0, np.sqrt(0.5)], abs=1e-5)


@pytest.mark.parametrize(("reverse", "sequence"), [(False, 1), (True, 2)])
def test_the_sequence(reverse: bool, sequence: int) -> None:
    wave = balanced(50.0, reverse=reverse)
    assert reading(wave, "voltage_sequence") == sequence
    assert reading(wave, "current_sequence") == sequence


def test_no_sequence_without_a_phase_or_with_one_phase_on_all() -> None:
    lost = balanced(50.0)
    lost.phasors[1] = 0
    assert reading(lost, "voltage_sequence") == 0
    same = balanced(50.0)
    same.phasors[:3, 0] = [230, 115, 115]
    assert reading(same, "voltage_sequence") == 0


def test_unbalance() -> None:
    wave = balanced(50.0)
    turn = np.exp(2j * np.pi / 3 * np.arange(3))
    wave.phasors[:3, 0] += 2.3 * turn + 4.6
    assert reading(wave, "voltage_unbalance_negative") == pytest.approx(1.0, abs=1e-5)
    assert reading(wave, "voltage_unbalance_zero") == pytest.approx(2.0, abs=1e-5)


@pytest.mark.parametrize("along", [0.0, 0.009, 0.011])
def test_unbalance_of_a_supply_that_turns_the_other_way_is_not_told(along: float) -> None:
    wave = balanced(50.0)
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    wave.phasors[:3, 0] = 230 * (turn.conj() + along * turn)
    told = reading(wave, "voltage_unbalance_negative")
    if along < 0.01:
        assert np.isnan(told)
        assert np.isnan(reading(wave, "voltage_unbalance_zero"))
    else:
        assert told == pytest.approx(100 / along, rel=1e-4)


def test_thd_of_line_voltages_is_that_of_the_difference() -> None:
    """A third harmonic alike in all phases is not there between them; a fifth is."""
    wave = balanced(50.0)
    wave.phasors[:3, 2] = 23.0
    assert reading(wave, "voltage_thd_l1") == pytest.approx(10.0, rel=1e-5)
    assert reading(wave, "voltage_thd_l1_l2") < 1e-3
    wave.phasors[:3, 4] = 23.0 * np.exp(2j * np.pi / 3 * np.arange(3))
    assert reading(wave, "voltage_thd_l2_l3") == pytest.approx(10.0, rel=1e-5)


def test_thd_is_over_the_fundamental() -> None:
    wave = balanced(50.0)
    wave.phasors[0, 2] = 46.0
    assert reading(wave, "voltage_thd_l1") == pytest.approx(20.0, rel=1e-5)


def test_without_current_there_is_no_factor_angle_or_distortion() -> None:
    wave = balanced(50.0)
    wave.phasors[5] = 0
    for id in ("power_factor_l3", "phase_angle_l3", "displacement_power_factor_l3",
               "current_thd_l3", "current_harmonic_l3[5]"):  # fmt: skip
        assert np.isnan(reading(wave, id)), id
    assert reading(wave, "active_power_l3") == 0
    assert reading(wave, "power_factor") == pytest.approx(np.cos(np.radians(30)), abs=1e-6)


def test_orders_that_the_rate_does_not_carry_are_not_available() -> None:
    wave = balanced(50.0, rate=2000.0)
    result = smartx96.measure(wave.samples(1.0), wave.rate)
    assert np.all(np.isfinite(result["voltage_harmonic_l1[18]"]))
    assert np.all(np.isnan(result["voltage_harmonic_l1[19]"]))
    assert result.summary.thd_order == 18
    assert "orders_limited" in result.summary.flags.names


def test_transformer_ratios_and_primary_samples() -> None:
    wave = balanced(50.0)
    x = wave.samples(0.6)
    secondary = smartx96.measure(x, RATE, ct=(200, 5), vt=100)
    assert secondary["current_l1"][0] == pytest.approx(200.0, rel=1e-6)
    assert secondary["voltage_l1"][0] == pytest.approx(23_000.0, rel=1e-6)
    primary = smartx96.measure(x, RATE, ct=(200, 5), vt=100, side="primary")
    assert primary["current_l1"][0] == pytest.approx(5.0, rel=1e-6)


def test_every_instantaneous_quantity_has_a_column() -> None:
    result = smartx96.measure(balanced(50.0).samples(0.6), RATE)
    for id in INSTANTANEOUS:
        assert np.all(np.isfinite(result[id])), id
    with pytest.raises(KeyError, match="no_such"):
        result["no_such"]


def test_the_summary_is_aggregated_as_defined() -> None:
    """rms of rms values, mean of powers, power factor from the mean powers."""
    wave = balanced(50.0, angle=60)
    x = wave.samples(4.0)
    x[3:, round(2 * RATE) :] *= 3.0
    x[:3, round(2 * RATE) :] *= 0.5
    result = smartx96.measure(x, RATE)
    summary = result.summary
    current = np.sqrt(np.mean(result["current_l1"] ** 2))
    assert summary["current_l1"] == pytest.approx(current, rel=1e-12)
    voltage = np.sqrt(np.mean(result["voltage_l2"] ** 2))
    assert summary["voltage_l2"] == pytest.approx(voltage, rel=1e-12)
    assert summary["active_power"] == pytest.approx(np.mean(result["active_power"]), rel=1e-12)
    factor = np.mean(result["active_power"]) / np.mean(result["apparent_power"])
    assert summary["power_factor"] == pytest.approx(factor, rel=1e-12)


def test_mappings_and_shapes() -> None:
    wave = balanced(50.0)
    x = wave.samples(0.6)
    by_role = dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), x, strict=True))
    assert smartx96.measure(by_role, RATE)["active_power"][0] == pytest.approx(wave.power.sum())
    with pytest.raises(smartx96.errors.ChannelError, match="i3 not found"):
        smartx96.measure({k: v for k, v in by_role.items() if k != "i3"}, RATE)
    with pytest.raises(ValueError, match=r"\(6, n\)"):
        smartx96.measure(x.T, RATE)


def test_arguments_that_cannot_be_are_refused_in_one_line() -> None:
    x = balanced(50.0).samples(0.6)
    for options, part in (
        ({"wiring": "3p5w"}, "1p2w, 3p3w, 3p4w"),
        ({"model": "X96"}, "X96-5A or X96-5E"),
        ({"model": "X96-5E", "wiring": "3p3w"}, "1p2w or 3p4w"),
        ({"side": "Secondary"}, "primary or secondary"),
        ({"ct": (200, 7)}, "ct_secondary"),
        ({"apparent": "sum"}, "arithmetic"),
    ):
        with pytest.raises(OptionError, match=part):
            smartx96.measure(x, RATE, **options)
    for rate in (0, -1.0, np.nan, np.inf, "12800", None):
        with pytest.raises(OptionError, match="rate"):
            smartx96.measure(x, rate)
    with pytest.raises(OptionError, match="open"):
        smartx96.measure("wave.csv")
    with pytest.raises(smartx96.errors.ChannelError, match="unequal"):
        smartx96.measure(dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), [*x[:5], x[5, 1:]])), RATE)  # noqa: B905


def test_masked_samples_are_missing() -> None:
    x = np.ma.masked_array(balanced(50.0).samples(1.0))
    x[:, 5000:5010] = np.ma.masked
    assert smartx96.measure(x, RATE).summary.measured_time == pytest.approx(1 - 10 / RATE)


def test_the_names_of_the_package_can_be_found() -> None:
    assert dir(smartx96) == ["Result", "SimulatedMeter", "measure", "open", "simulate"]


def test_recordings_from_python(tmp_path) -> None:
    """Channels by number, full scale, a stretch: as on the command line."""
    wave = balanced(50.0)
    counts = np.rint(wave.samples(2.0) / np.array([[500.0]] * 3 + [[20.0]] * 3) * 32768)
    np.save(tmp_path / "counts.npy", counts.astype(np.int16))
    recording = smartx96.open(tmp_path / "counts.npy", rate=wave.rate)
    result = smartx96.measure(
        recording,
        channels={role: n for n, role in enumerate(("v1", "v2", "v3", "i1", "i2", "i3"), 1)},
        scale={"v": 500, "i": 20},
        start=0.5,
        stop=1.5,
    )
    assert result["voltage_l1"] == pytest.approx(230.0, rel=1e-3)
    assert result["current_l1"] == pytest.approx(5.0, rel=1e-3)
    assert result.summary.measured_time == pytest.approx(1.0)
    with pytest.raises(OptionError, match="scale: for recordings"):
        smartx96.measure(wave.samples(1.0), wave.rate, scale={"v": 2})


class Table:
    """What is asked of a data frame: columns by name."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name]


def test_tables_and_turned_arrays() -> None:
    wave = balanced(50.0)
    x = wave.samples(1.0)
    table = Table(dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), x, strict=True)))
    assert smartx96.measure(table, RATE)["voltage_l2"] == pytest.approx(230.0)
    with pytest.raises(smartx96.errors.ChannelError, match=r"give samples\.T"):
        smartx96.measure(x.T, RATE)
    with pytest.raises(smartx96.errors.ChannelError, match="complex"):
        smartx96.measure(x * 1j, RATE)


def test_a_dead_voltage_has_no_spectrum_and_dead_mains_no_reactive_power() -> None:
    wave = rich(50.0, seed=4)
    x = wave.samples(4.0)
    x[0] = 1e-3 * np.random.default_rng(1).standard_normal(x.shape[1])
    result = smartx96.measure(x, RATE)
    assert np.isnan(result["voltage_thd_l1"]).all()
    assert np.isnan(result["voltage_harmonic_l1[5]"]).all()
    assert result["voltage_thd_l2"] == pytest.approx(wave.thd[1], rel=1e-4)

    sine = balanced(50.0)
    x = sine.samples(4.0)
    x[:, : x.shape[1] // 2] = 0.0
    summary = smartx96.measure(x, RATE).summary
    for total, truth in (
        ("active_power", sine.power.sum()),
        ("reactive_power", sine.fundamental_power.imag.sum()),
        ("apparent_power", (sine.rms[:3] * sine.rms[3:]).sum()),
    ):
        assert summary[total] == pytest.approx(truth / 2, rel=0.1), total
