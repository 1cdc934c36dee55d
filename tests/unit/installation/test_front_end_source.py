"""Sources behind front ends: by samples and by phasors, live, primary, and through the meter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.frontend.converter import Converter
from smartx96.frontend.current_transformer import CurrentTransformer, InstallationTransformer
from smartx96.frontend.front_end import IDEAL, X96, FrontEnd
from smartx96.installation.acquisition import Acquisition
from smartx96.installation.front_end_source import CorrectedSource, through_front_end
from smartx96.installation.measurement import Intake, Measurement, measure_source
from smartx96.installation.phasor_windows import has_phasors, phasor_windows, why_not
from smartx96.meter.configuration import Configuration
from smartx96.metrology.readings import Readings
from smartx96.samples.arrays import ArraySource
from smartx96.samples.live import is_live
from smartx96.samples.mains import mains
from smartx96.samples.scenario import Harmonic, Scenario, Wave, three
from smartx96.settings import Settings
from support.signals import balanced

HALF = 60.0
MINUTE = FrontEnd(current_transformer=replace(CurrentTransformer.neutral(),
                                              phase_error=((100, 1),)))  # fmt: skip
CONFIGURATION = Configuration()


def half(seconds: float = 10.0) -> Scenario:
    """230 V, 5 A at a power factor of 0.5."""
    return Scenario(currents=three(Wave(5.0, HALF)), duration=seconds)


def measured(front_end: FrontEnd, source: Scenario | None = None) -> Measurement:
    seen = through_front_end(source or half(), front_end, Settings())
    return measure_source(seen, CONFIGURATION)


def by_phasors(front_end: FrontEnd, source: Scenario) -> Readings:
    seen = through_front_end(source, front_end, Settings())
    (windows,) = phasor_windows(seen, CONFIGURATION)
    return windows.readings


def test_one_minute_is_00504_percent_of_energy() -> None:
    expected = 100 * (math.cos(math.radians(HALF - 1 / 60)) / 0.5 - 1)
    ideal, seen = measured(IDEAL, half(60.0)), measured(MINUTE, half(60.0))
    error = 100 * (seen.exact["active_energy_import_exact"]
                   / ideal.exact["active_energy_import_exact"] - 1)  # fmt: skip
    assert f"{error:.4f}" == f"{expected:.4f}" == "0.0504"
    assert error == pytest.approx(expected, rel=3e-4)
    power = by_phasors(MINUTE, half()).active_power
    assert 100 * (power / 575 - 1) == pytest.approx(np.full(power.shape, expected), rel=1e-6)


@pytest.mark.parametrize("front_end", [X96, replace(X96, temperature=55.0),
                                       replace(X96, calibration=None)])  # fmt: skip
def test_samples_and_phasors_give_the_same_readings(front_end: FrontEnd) -> None:
    source = Scenario(
        voltages=three(Wave(229.0, harmonics=(Harmonic(5, 3.0), Harmonic(25, 0.5)))),
        currents=three(Wave(1.3, 40.0, harmonics=(Harmonic(5, 20.0), Harmonic(25, 1.0)))),
        frequency=50.1,
        duration=5.0,
    )
    found = measured(front_end, source)
    readings = by_phasors(front_end, source)
    for n in range(3):
        assert found[f"active_power_l{n + 1}"] == pytest.approx(
            readings.active_power[:, n].mean(), rel=3e-6
        )
        assert found[f"voltage_l{n + 1}"] == pytest.approx(readings.voltage[:, n].mean(), rel=1e-6)
        assert found[f"current_l{n + 1}"] == pytest.approx(readings.current[:, n].mean(), rel=2e-6)
    assert found["frequency"] == pytest.approx(readings.frequency.mean(), abs=1e-5)
    assert found["frequency"] == pytest.approx(50.1 / (1 + 1e-5), abs=1e-5)


def test_x96_is_calibrated() -> None:
    """Its errors at the point of calibration: noise and clock alone."""
    found = measured(X96)
    for n in (1, 2, 3):
        assert found[f"active_power_l{n}"] == pytest.approx(575.0, rel=5e-6)
    bare = measured(replace(X96, calibration=None))
    assert abs(bare["active_power_l1"] / 575.0 - 1) > 1e-3


def test_energy_is_that_of_every_sample() -> None:
    """What the correction keeps back comes at the end."""
    assert measured(X96).measured_time == pytest.approx(10.0 * (1 + 1e-5), abs=1e-9)


def test_a_quick_clock_makes_energy_and_slow_frequency() -> None:
    quick = FrontEnd(converter=replace(Converter.neutral(), clock=1000.0))
    found, ideal = measured(quick), measured(IDEAL)
    energy = "active_energy_import_exact"
    assert found.exact[energy] / ideal.exact[energy] == pytest.approx(1.001, rel=1e-6)
    assert found["frequency"] == pytest.approx(50 / 1.001, abs=1e-4)


def test_primary_samples_go_through_the_ratio() -> None:
    """The transformer's error is that of 1 A on the secondary side, whichever side was stated."""
    settings = Settings({"ct_primary": 200, "ct_secondary": 5, "current_direction_l2": 1})
    front_end = replace(X96, installation_transformer=InstallationTransformer())
    secondary = replace(half(), currents=three(Wave(1.0, HALF)))
    primary = replace(secondary, currents=three(Wave(40.0, HALF)), side="primary")
    configuration = Configuration(settings)
    one, other = (
        measure_source(through_front_end(source, front_end, settings), configuration)
        for source in (secondary, primary)
    )
    for n in (1, 2, 3):
        assert one[f"active_power_l{n}"] == pytest.approx(other[f"active_power_l{n}"], rel=1e-12)
    assert one["active_power_l2"] < 0 < one["active_power_l1"]
    seen = through_front_end(primary, front_end, settings)
    assert has_phasors(seen)
    assert np.abs(seen.phasors(0.0, 1)[0, 3:, 0]) == pytest.approx(np.ones(3), rel=0.01)


def test_what_a_front_end_keeps_of_its_source() -> None:
    source = mains(rate=6400.0)
    seen = through_front_end(source, X96, Settings())
    assert (seen.roles, seen.length, seen.start) == (source.roles, None, source.start)
    assert seen.rate == pytest.approx(6400 / 1.00001, rel=1e-12)
    assert not is_live(seen)
    assert all("noise" in line for line in why_not(seen))
    samples = ArraySource(balanced().samples(1.0), 12_800.0)
    assert not has_phasors(through_front_end(samples, X96, Settings()))


class Live(ArraySource):
    """A live source that is closed once."""

    live = True
    closed = False

    def close(self) -> None:
        object.__setattr__(self, "closed", True)

    def counters(self) -> dict[str, int]:
        return {"received": 3}

    def silence(self) -> str:
        return "nobody speaks"


def test_a_live_source_stays_one() -> None:
    source = Live(balanced().samples(1.0), 12_800.0)
    seen = through_front_end(source, X96, Settings())
    assert is_live(seen)
    assert (seen.counters(), seen.silence()) == ({"received": 3}, "nobody speaks")
    seen.close()
    assert source.closed
    blocks = list(seen.blocks(0.1))
    assert sum(block.length for block in blocks) == 12_800
    # A cycle at the most is waited for.
    assert blocks[0].end >= 1280 - 256


def test_what_is_read_anew_begins_anew() -> None:
    seen = through_front_end(half(), X96, Settings())
    first, again = (np.hstack([b.samples for b in seen.blocks(s)]) for s in (1.0, 0.13))
    assert np.array_equal(first, again)


def test_a_change_of_settings_loses_no_sample() -> None:
    """The correction goes on where the meter is set otherwise on the way."""
    seen = through_front_end(half(), X96, Settings())
    intake, found = Intake(seen, CONFIGURATION), list[Block]()
    for n, block in enumerate(seen.blocks(1.0)):
        if n == 4:
            intake = Intake(seen, Configuration(Settings({"nominal_frequency": 60})), intake)
        found.append(intake(block))
    rest = intake.rest()
    assert rest is not None
    lengths = [block.length for block in (*found, rest)]
    assert sum(lengths) == 128_000
    assert [block.start for block in (*found, rest)] == [0, *np.cumsum(lengths)[:-1]]
    acquisition, time = Acquisition(seen, CONFIGURATION), 0.0
    for block in seen.blocks(1.0):
        acquisition.take(block)
    for piece in acquisition.finish():
        time = max(time, float(np.max(piece.end)))
    assert time == pytest.approx(128_000 / seen.rate, abs=1e-9)


@pytest.mark.parametrize("front_end", [X96, IDEAL])
def test_a_recording_of_it_is_corrected(front_end: FrontEnd) -> None:
    source = half()
    seen = CorrectedSource(source, front_end, rate=source.rate)
    assert seen.calibration is None
    assert seen.rate == 12_800.0
    blocks: Iterator[Block] = seen.blocks(1.0)
    samples = np.hstack([block.physical() for block in blocks])
    assert samples.shape == (6, 128_000)
    found = measure_source(ArraySource(samples, seen.rate), CONFIGURATION)
    assert found["active_power_l1"] == pytest.approx(575.0, rel=5e-6)
