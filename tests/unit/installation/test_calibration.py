"""Calibration at work: by samples and by phasors, in every wiring, and changed on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.frontend.front_end import X96
from smartx96.installation.acquisition import Acquisition
from smartx96.installation.front_end_source import through_front_end
from smartx96.installation.live import LiveMeter
from smartx96.installation.measurement import measure_source
from smartx96.installation.phasor_windows import phasor_windows
from smartx96.meter.commands import ChangeSettings
from smartx96.meter.configuration import Configuration
from smartx96.meter.events import EventKind
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.metrology.readings import Readings
from smartx96.samples.arrays import ArraySource
from smartx96.samples.scenario import Scenario, Wave, three
from smartx96.settings import Settings
from support.meters import OWNER
from support.signals import balanced

RATE = 12_800.0
LAG = 60.0
CALIBRATED = {
    "voltage_gain_l1": 500, "voltage_gain_l2": -300, "voltage_gain_l3": 100,
    "current_gain_l1": -200, "current_gain_l2": 4000, "current_gain_l3": 250,
    "phase_correction_l1": 1000, "phase_correction_l2": -2000, "phase_correction_l3": 3000,
}  # fmt: skip


def set_so(**changes: int) -> Configuration:
    return Configuration(Settings(changes))


def sources() -> dict[str, Scenario | ArraySource]:
    scenario = Scenario(currents=three(Wave(5.0, LAG)), duration=4.0)
    return {"scenario": scenario, "front end": through_front_end(scenario, X96, Settings())}


def power(volts: int, amps: int, minutes: int, current: float = 5.0) -> float:
    """By closed form: 230 V, a lag of 60 degrees and what a phase is set to."""
    gains = (1 + 1e-5 * volts) * (1 + 1e-5 * amps)
    return 230 * current * gains * math.cos(math.radians(LAG + minutes / 6000))


@pytest.mark.parametrize("name", list(sources()))
def test_gains_and_delays_are_seen_in_every_phase(name: str) -> None:
    found = measure_source(sources()[name], set_so(**CALIBRATED))
    for n in (1, 2, 3):
        volts, amps, minutes = (
            CALIBRATED[f"{id}_l{n}"] for id in ("voltage_gain", "current_gain", "phase_correction")
        )
        expected = power(volts, amps, minutes)
        # The converter's noise, clock and the filter leave some 1e-5.
        assert found[f"active_power_l{n}"] == pytest.approx(expected, rel=3e-5)
        assert found[f"voltage_l{n}"] == pytest.approx(230 * (1 + 1e-5 * volts), rel=1e-5)
        assert found[f"phase_angle_l{n}"] == pytest.approx(LAG + minutes / 6000, abs=5e-4)


@pytest.mark.parametrize("name", list(sources()))
def test_phasors_give_what_samples_give(name: str) -> None:
    source, configuration = sources()[name], set_so(**CALIBRATED)
    samples = measure_source(source, configuration)
    (windows,) = phasor_windows(source, configuration)
    for n in range(3):
        mean = float(windows.readings.active_power[:, n].mean())
        assert mean == pytest.approx(samples[f"active_power_l{n + 1}"], rel=3e-5)


def wave() -> np.ndarray:
    return balanced(rate=RATE, angle=LAG).samples(2.0)


def test_one_phase_takes_what_is_of_l1() -> None:
    source = ArraySource(wave()[[0, 3]], RATE, roles=("v1", "i1"))
    found = measure_source(source, set_so(system_type=1, **CALIBRATED))
    assert found["active_power"] == pytest.approx(power(500, -200, 1000), rel=1e-6)


def wattmeter(line: complex, gains: tuple[int, int, int], current: complex) -> float:
    volts, amps, minutes = gains
    delayed = current * np.exp(-1j * math.radians(minutes / 6000))
    return float(((1 + 1e-5 * volts) * line * (1 + 1e-5 * amps) * np.conj(delayed)).real)


def test_line_voltages_and_two_currents_are_two_wattmeters() -> None:
    samples = wave()
    lines = np.stack([samples[0] - samples[1], samples[1] - samples[2]])
    source = ArraySource(np.concatenate([lines, samples[[3, 5]]]), RATE,
                         roles=("v12", "v23", "i1", "i3"))  # fmt: skip
    found = measure_source(source, set_so(system_type=2, **CALIBRATED))
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    volts, amps = 230 * turn, 5 * turn * np.exp(-1j * math.radians(LAG))
    # Voltage gains of L1-L2 and L2-L3; the current of L2 is not connected.
    expected = wattmeter(volts[0] - volts[1], (500, -200, 1000), amps[0])
    expected += wattmeter(volts[2] - volts[1], (-300, 250, 3000), amps[2])
    assert found["active_power"] == pytest.approx(expected, rel=1e-6)
    assert found["voltage_l1_l2"] == pytest.approx(230 * math.sqrt(3) * 1.005, rel=1e-6)
    assert found["voltage_l2_l3"] == pytest.approx(230 * math.sqrt(3) * 0.997, rel=1e-6)


def test_three_voltages_are_corrected_before_line_voltages_are_made_of_them() -> None:
    samples = wave()
    source = ArraySource(samples[[0, 1, 2, 3, 5]], RATE, roles=("v1", "v2", "v3", "i1", "i3"))
    found = measure_source(source, set_so(system_type=2, **CALIBRATED))
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    volts = 230 * turn * np.array([1.005, 0.997, 1.001])
    amps = 5 * turn * np.exp(-1j * math.radians(LAG))
    expected = wattmeter(volts[0] - volts[1], (0, -200, 1000), amps[0])
    expected += wattmeter(volts[2] - volts[1], (0, 250, 3000), amps[2])
    assert found["active_power"] == pytest.approx(expected, rel=1e-6)


class Course:
    """Readings of a meter block by block, with changes of its settings between."""

    def __init__(self, before: Configuration) -> None:
        self.samples = wave()
        source = ArraySource(self.samples, RATE)
        self.acquisition, self.meter = Acquisition(source, before), Meter(before)
        self.read: list[Readings] = []

    def feed(self, begin: int, end: int) -> None:
        block = Block(self.samples[:, begin:end], RATE, begin)
        self._take(self.acquisition.take(block))

    def change(self, configuration: Configuration) -> None:
        self._take(self.acquisition.before(configuration))
        self.meter.configure(configuration)
        self.acquisition.follow(configuration)

    def finish(self) -> None:
        self._take(self.acquisition.finish())
        self.meter.close()

    def _take(self, pieces: list) -> None:
        self.read += [r for piece in pieces if (r := self.meter.take(piece)) is not None]

    @property
    def powers(self) -> np.ndarray:
        return np.concatenate([readings.active_power for readings in self.read])

    @property
    def imported(self) -> int:
        return self.meter.standing().exact["active_energy_import_exact"]


@pytest.mark.parametrize("change", ["voltage_gain_l1", "phase_correction_l1"])
@pytest.mark.parametrize("at", [12_800, 13_001])
def test_a_change_counts_from_the_next_block_and_no_sample_is_lost(change: str, at: int) -> None:
    course, value = Course(set_so()), 500
    course.feed(0, at)
    course.change(set_so(**{change: value}))
    course.feed(at, 25_600)
    course.finish()
    old = 575.0
    new = power(500, 0, 0) if change == "voltage_gain_l1" else power(0, 0, 500)
    assert course.powers[0, 0] == pytest.approx(old, rel=1e-6)
    assert course.powers[-1, 0] == pytest.approx(new, rel=1e-6)
    assert course.powers[:, 1] == pytest.approx(np.full(len(course.powers), 575.0), rel=1e-6)
    assert course.meter.measured_time == pytest.approx(2.0, abs=1e-9)
    seconds = at / RATE
    whole = (old * seconds + new * (2 - seconds) + 2 * 575 * 2) / 3600 * 1e6
    # The seam may lie a fraction of a cycle from the whole window.
    assert course.imported == pytest.approx(whole, rel=2e-6 if at == 12_800 else 2e-5)


def test_back_to_nothing_gives_the_samples_that_were_kept_back() -> None:
    course = Course(set_so(phase_correction_l1=500))
    course.feed(0, 12_800)
    course.change(set_so())
    course.feed(12_800, 25_600)
    course.finish()
    assert course.meter.measured_time == pytest.approx(2.0, abs=1e-9)
    assert course.powers[-1] == pytest.approx(np.full(3, 575.0), rel=1e-6)


@pytest.mark.parametrize("voltage_gain", [0, 1])
def test_what_cannot_be_corrected_is_refused_and_nothing_changes(voltage_gain: int) -> None:
    rate = 4_000_000.0
    source = ArraySource(np.ones((6, 4000)), rate)
    acquisition = Acquisition(source, set_so())
    acquisition.take(Block(source.samples, rate, 0))
    acquisition.follow(set_so(voltage_gain_l1=voltage_gain))
    acquisition.take(Block(source.samples, rate, 4000))
    with pytest.raises(OptionError, match=r"^phase correction of 60 min: .* samples at 4e\+06 S/s"):
        acquisition.before(set_so(phase_correction_l1=6000))


def test_a_change_of_a_running_meter_is_logged_and_marked_in_its_profile() -> None:
    source = Scenario(duration=10.0)
    profile = LoadProfile()
    live = LiveMeter(source, Meter(Configuration(), profile=profile))
    live.meter.emptied()
    live.apply(ChangeSettings({"current_gain_l2": -77, "phase_correction_l3": 12}), OWNER)
    told = [dict(e.details) for e in live.meter.emptied().events
            if e.kind is EventKind.PARAMETER_CHANGED]  # fmt: skip
    assert told == [
        {"setting": "current_gain_l2", "old": 0, "new": -77, "road": "file"},
        {"setting": "phase_correction_l3", "old": 0, "new": 12, "road": "file"},
    ]
    assert RowFlag.SETTINGS_CHANGED in profile.flags
