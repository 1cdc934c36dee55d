"""Windows made straight from phasors: where they lie, and that they count what samples count."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.installation.phasor_windows import PhasorStream, phasor_windows, why_not
from smartx96.meter.configuration import Configuration
from smartx96.metrology.derived import quantities
from smartx96.metrology.window_edges import synchronous_edges
from smartx96.metrology.windows import Flag
from smartx96.samples.arrays import ArraySource
from smartx96.samples.mains import START, mains
from smartx96.samples.scenario import (
    FrequencyChange,
    Interharmonic,
    Scale,
    Scenario,
    Shift,
    Wander,
    Wave,
    three,
)
from smartx96.settings import Settings
from support.two_ways import (
    Stretch,
    by_phasors,
    by_samples,
    disagreement,
    of_the_same_windows,
    scenarios,
)

METER = Configuration()
WIRINGS = {"1p2w": 1, "3p3w": 2, "3p4w": 3}
MINUTES = 400.0
RATE = 1600.0
ONE_HUNDREDTH_PERCENT = 1e-4


def wired(wiring: str) -> Configuration:
    return Configuration(settings=Settings({"system_type": WIRINGS[wiring]}))


def every(source, configuration: Configuration = METER, **how) -> dict[str, np.ndarray]:
    """Start, end, flags and quantities of every window."""
    pieces = list(phasor_windows(source, configuration, **how))
    values = [quantities(windows.readings) for windows in pieces]
    found = {id: np.concatenate([v[id] for v in values]) for id in values[0]}
    for name in ("start", "end", "flags"):
        found[name] = np.concatenate([getattr(windows, name) for windows in pieces])
    return found


PAIRS = [
    ("harmonics, unbalanced", "1p2w"),
    ("dips and losses", "3p3w"),
    ("ramps and steps of the load", "3p4w"),
    ("export and back", "3p4w"),
    ("frequency and sequence", "3p3w"),
    ("60 Hz", "1p2w"),
]


@pytest.mark.parametrize(("name", "wiring"), PAIRS)
def test_registers_of_scenarios_are_those_of_the_samples(name: str, wiring: str) -> None:
    """Minutes of it, over the same windows: every register to 0.01 %.

    What a step leaves is the part of a cycle that it cuts: samples know where in the cycle.
    """
    found = disagreement(*of_the_same_windows(scenarios(MINUTES, RATE)[name], wired(wiring)))
    assert max(map(abs, found.values())) < ONE_HUNDREDTH_PERCENT, found


@pytest.mark.parametrize(("wiring", "hour"), [("3p4w", 11), ("3p3w", 18), ("1p2w", 7)])
def test_registers_of_the_mains_are_those_of_the_samples(wiring: str, hour: int) -> None:
    """The whole meter on every sample, against readings from phasors."""
    supply = Stretch(mains(datetime(2026, 6, 21, hour, 50, tzinfo=UTC), rate=RATE), 240.0)
    meter = wired(wiring)
    counted = by_samples(supply, meter)
    assert counted["apparent_energy"] > 1e4
    for how in ({}, {"most": 7}, {"begin": 0.0, "most": 100}):
        found = disagreement(counted, by_phasors(supply, meter, **how))
        assert max(map(abs, found.values())) < ONE_HUNDREDTH_PERCENT, found


def test_net_energy_of_every_sample() -> None:
    """From the first sample to the last, whatever lies in windows that begin elsewhere."""
    for name, scenario in scenarios(60.0, RATE).items():
        one, other = by_samples(scenario, METER), by_phasors(scenario, METER)
        one_net, other_net = (
            r["active_energy_import_sum"] - r["active_energy_export_sum"] for r in (one, other)
        )
        assert other_net == pytest.approx(one_net, abs=1e-4 * one["apparent_energy"]), name


def test_longer_windows_count_the_same() -> None:
    supply = Stretch(mains(datetime(2026, 6, 21, 18, 0, tzinfo=UTC)), 600.0)
    short, long = (by_phasors(supply, METER, seconds=s) for s in (0.2, 1.0))
    for way in ("import", "export"):
        id = f"active_energy_{way}_sum"
        assert long[id] == pytest.approx(short[id], rel=1e-9, abs=1e-6)


def turned(t: np.ndarray) -> np.ndarray:
    """Cycles of a ramp of 1 Hz/s from 2 s to 4 s on 50 Hz, and of a wander of 0.2 Hz in 3 s."""
    up = np.clip(t - 2.0, 0.0, 2.0)
    cycles = 50.0 * t + up**2 / 2 + 2.0 * np.maximum(t - 4.0, 0.0)
    return cycles + 0.2 * 3.0 / (2 * np.pi) * (1 - np.cos(2 * np.pi * t / 3.0))


def test_windows_are_ten_cycles() -> None:
    """Against the closed form of the phase, through a ramp and a step."""
    scenario = Scenario(
        events=(FrequencyChange(at=2.0, ramp=2.0, value=52.0),),
        wander=(Wander(0.2, 3.0),),
        duration=8.0,
    )
    found = every(scenario, most=9)
    ends = found["end"][:-1]
    assert turned(ends) == pytest.approx(10.0 * np.arange(1, len(ends) + 1), abs=1e-5)
    assert found["frequency"][:-1] == pytest.approx(10.0 / np.diff([0.0, *ends]), abs=1e-5)
    step = Scenario(events=(FrequencyChange(at=0.33, value=46.0),))
    edges = synchronous_edges(step, 0.0, 10, 3)
    second = 0.33 + (20.0 - 50.0 * 0.33) / 46.0
    assert edges == pytest.approx([0.0, 0.2, second, second + 10 / 46], abs=1e-9)


def test_the_nominal_frequency_is_chosen_as_the_engine_chooses() -> None:
    scenario = Scenario(events=(FrequencyChange(at=1.07, value=58.0),), duration=3.0)
    pieces = list(phasor_windows(scenario, METER))
    assert [windows.nominal for windows in pieces] == [50, 60]
    assert len(pieces[0]) == 6 or len(pieces[0]) == 7
    assert pieces[1].duration[0] == pytest.approx(12 / 58)
    fixed = Configuration(settings=Settings({"nominal_frequency": 50}))
    assert {w.nominal for w in phasor_windows(scenario, fixed)} == {50}
    slow = next(phasor_windows(Scenario(frequency=60.0), METER))
    assert (slow.nominal, slow.duration[0]) == (60, pytest.approx(0.2))


@pytest.mark.parametrize("seconds", [None, 0.2, 1.0, 0.7])
def test_windows_tile_the_time_to_the_end(seconds: float | None) -> None:
    scenario = Scenario(frequency=50.4, duration=10.13, events=(Scale(at=2.0, factor=0.5),))
    whole = every(scenario, seconds=seconds)
    assert whole["start"][0] == 0.0
    assert whole["end"][-1] == scenario.length / scenario.rate
    assert np.array_equal(whole["start"][1:], whole["end"][:-1])
    assert (whole["flags"][:-1] == 0).all()
    assert whole["flags"][-1] == Flag.SHORT
    for how in ({"most": 1}, {"most": 1, "ahead": 8}, {"most": 2, "ahead": 7}):
        pieces = every(scenario, seconds=seconds, **how)
        for id, values in whole.items():
            assert pieces[id] == pytest.approx(values, rel=1e-9, abs=1e-9, nan_ok=True), id


def test_a_stream_knows_where_it_is() -> None:
    """What is made ahead has not been taken: another stream can go on from there."""
    stream = PhasorStream(mains(), METER, ahead=7)
    ends = []
    for most in (1, 1, 4, 3, 2, 9, 1):
        windows = stream.take(most)
        assert windows is not None
        assert 1 <= len(windows) <= most
        assert stream.time == windows.end[-1]
        ends += windows.end.tolist()
    whole = next(phasor_windows(mains(), METER, 30))
    assert ends == pytest.approx(whole.end[: len(ends)], abs=1e-6)
    onward = PhasorStream(mains(), METER, begin=stream.time).take(1)
    assert onward is not None
    assert onward.start[0] == stream.time
    assert onward.end[0] == pytest.approx(whole.end[len(ends)], abs=1e-6)


def test_a_source_that_ends_with_a_window_ends_with_a_whole_one() -> None:
    found = every(Scenario(duration=2.0))
    assert len(found["end"]) == 10
    assert found["flags"].tolist() == [0] * 10


def test_batches_are_bounded() -> None:
    """Of a mains that bends ten times a second, and of a file of many events."""
    long = PhasorStream(mains(), METER, seconds=60.0).take()
    assert long is not None
    assert len(long) == 3
    events = tuple(Scale(at=0.001 * n, duration=0.0005, factor=0.9) for n in range(1, 5000))
    stream = PhasorStream(Scenario(events=events), METER)
    windows = stream.take()
    assert windows is not None
    assert len(windows) == 5
    half = math.sqrt((1 + 0.81) / 2) * 230
    assert windows.readings.voltage[1] == pytest.approx(half, rel=1e-9)


def test_nothing_alive_has_no_frequency() -> None:
    lost = Scale(at=0.95, duration=1.0, factor=0.0, of=("voltage", "current"))
    found = every(Scenario(events=(lost,), duration=3.0))
    dead = (found["end"] > 0.96) & (found["start"] < 1.94)
    assert np.array_equal(found["flags"] == Flag.UNSYNCHRONISED, dead)
    assert np.array_equal(np.isnan(found["frequency"]), dead)
    assert np.isnan(found["voltage_thd_l1"][dead]).all()
    assert found["voltage_l1"][6] == 0.0
    assert found["voltage_l1"][4] == pytest.approx(230.0 * math.sqrt(0.75))
    # The currents carry it where the voltages are lost, and what is left of them does not.
    alone = Scale(at=1.0, factor=0.01)
    assert not every(Scenario(events=(alone,), duration=2.0))["flags"].any()
    with_current = Scale(at=1.0, factor=0.01, of=("voltage", "current"))
    assert every(Scenario(events=(with_current,), duration=2.0), most=1)["flags"][-1]


@pytest.mark.parametrize(
    ("frequency", "flags", "known"),
    [
        (45.0, 0, True),
        (44.9, Flag.FREQUENCY_OUT_OF_RANGE, True),
        (66.0, Flag.FREQUENCY_OUT_OF_RANGE, True),
        (30.0, Flag.FREQUENCY_OUT_OF_RANGE | Flag.UNSYNCHRONISED, False),
        (75.0, Flag.FREQUENCY_OUT_OF_RANGE | Flag.UNSYNCHRONISED, False),
    ],
)
def test_frequencies_out_of_range(frequency: float, flags: int, known: bool) -> None:
    found = every(Scenario(frequency=frequency, duration=1.0))
    assert found["flags"][0] == flags
    assert found["frequency"][0] == pytest.approx(frequency if known else math.nan, nan_ok=True)
    assert found["active_power"][0] == pytest.approx(3450.0)


def test_ratios_sides_and_directions() -> None:
    settings = Settings({"ct_primary": 200, "vt_ratio": 10, "current_direction_l2": 1})
    meter = Configuration(settings=settings)
    secondary = every(Scenario(duration=0.2), meter)
    assert secondary["voltage_l1"][0] == pytest.approx(2300.0)
    assert secondary["current_l1"][0] == pytest.approx(200.0)
    assert secondary["active_power_l2"][0] == pytest.approx(-460e3)
    primary = every(Scenario(duration=0.2, side="primary"), meter)
    assert primary["current_l1"][0] == pytest.approx(5.0)


def test_a_phase_shift_within_a_window() -> None:
    """Half of a window at 60 degrees: the fundamental is the mean of both, rms stays."""
    found = every(Scenario(events=(Shift(at=0.1, degrees=60.0),), duration=0.2))
    assert found["voltage_l1"][0] == pytest.approx(230.0)
    mean = abs(1 + np.exp(1j * np.pi / 3)) / 2
    assert found["reactive_power"][0] == pytest.approx(0.0, abs=1e-9)
    apart = every(Scenario(currents=three(Wave(5.0, 90.0)),
                           events=(Shift(at=0.1, degrees=60.0),), duration=0.2))  # fmt: skip
    assert apart["reactive_power_l1"][0] == pytest.approx(1150.0 * mean**2)


def test_what_phasors_lack_is_said() -> None:
    assert why_not(Scenario()) == []
    voltage = Wave(230.0, interharmonics=(Interharmonic(1.0, order=2.5),), dc=1.0, noise=0.1)
    assert why_not(Scenario(voltages=three(voltage))) == [
        "phasors are without its interharmonics",
        "phasors are without its direct voltage or current",
        "phasors are without its noise",
    ]
    assert len(why_not(mains())) == 1
    samples = ArraySource(np.zeros((6, 100)), 12_800.0)
    assert why_not(samples) == ["the source is samples: it has no phasors"]
    with pytest.raises(OptionError, match="no phasors"):
        next(phasor_windows(samples, METER))
    for seconds in (0.0, -1.0, math.nan, 61.0):
        with pytest.raises(OptionError, match="60 s"):
            next(phasor_windows(Scenario(), METER, seconds=seconds))


def test_a_moment_is_the_same_however_far_the_begin_lies() -> None:
    """A year of seconds on: windows are still ten cycles to a millionth."""
    year = 365 * 86400.0
    far = next(phasor_windows(mains(), METER, 50, begin=year))
    assert far.duration == pytest.approx(10 / far.readings.frequency, rel=1e-6)
    near = next(phasor_windows(mains(START + timedelta(seconds=year)), METER, 50))
    assert far.end - year == pytest.approx(near.end, abs=1e-6)
    one, other = quantities(far.readings), quantities(near.readings)
    for id, values in one.items():
        assert other[id] == pytest.approx(values, rel=1e-6), id
