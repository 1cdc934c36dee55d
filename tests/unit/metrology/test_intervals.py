"""Aggregation to 150/180 cycles, 10 minutes and 2 hours (IEC 61000-4-30, 4.5)."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.metrology.intervals import Interval, Intervals
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Flag
from smartx96.samples.arrays import ArraySource
from support.signals import balanced, rich


def modulated(seconds: float, rate: float = 1_600.0) -> np.ndarray:
    """Voltages and currents that go up and down, so that windows differ."""
    wave = rich(50.0, seed=2, orders=5, rate=rate)
    x = wave.samples(seconds)
    return x * (1 + 0.1 * np.sin(2 * np.pi * np.arange(x.shape[1]) / rate / 7.0))


@pytest.mark.parametrize("frequency", [50.0, 60.0])
def test_fifteen_windows(frequency: float) -> None:
    wave = rich(frequency, seed=2, orders=5, rate=1_600.0)
    x = wave.samples(10.0) * (1 + 0.1 * np.sin(np.arange(16_000) / 1_600.0))
    single = smartx96.measure(x, 1_600.0)
    three = smartx96.measure(x, 1_600.0, aggregate="3s")
    whole = len(single) // 15
    assert len(three) == whole + 1
    for id, by_square in (
        ("voltage_l1", True), ("current_l3", True), ("voltage_harmonic_l2[3]", True),
        ("voltage_thd_l1_l2", True), ("active_power", False), ("frequency", False),
        ("reactive_power_l2", False),
    ):  # fmt: skip
        groups = single[id][: whole * 15].reshape(whole, 15)
        truth = np.sqrt((groups**2).mean(axis=1)) if by_square else groups.mean(axis=1)
        assert three[id][:whole] == pytest.approx(truth, rel=1e-12), id
    assert np.array_equal(three["time"][:whole], single["time"][14 : whole * 15 : 15])
    assert not three["flags"][:whole].any() or frequency
    assert int(three["flags"][-1]) & Flag.INCOMPLETE
    # A factor comes from the mean powers, and is no mean of factors.
    power, apparent = three["active_power_l1"], three["apparent_power_l1"]
    assert three["power_factor_l1"] == pytest.approx(power / apparent, rel=1e-12)


def collected(name: str, x: np.ndarray, rate: float, start: float) -> list[tuple]:
    found: list[tuple] = []

    def keep(interval: Interval, readings: Readings) -> None:
        found.append(
            (float(interval.time[0]), Flag(int(interval.flags[0])), interval.windows,
             float(readings.voltage[0, 0]))
        )  # fmt: skip

    intervals = Intervals(name, keep, start)
    measure_source(ArraySource(x, rate), Configuration(), (intervals.add,))
    intervals.finish()
    return found


def test_ten_minutes_end_on_the_clock() -> None:
    """From 11:58:20: 100 s, then a whole interval, then what is left."""
    rate = 800.0
    seconds = 760.0
    wave = balanced(50.0, rate=rate)
    x = wave.samples(seconds)
    x[:, 80_000:] *= 1.1
    first, second, third = collected("10min", x, rate, 11 * 3600 + 58 * 60 + 20)
    assert first[0] == pytest.approx(100.0, abs=0.25)
    assert Flag.INCOMPLETE in first[1]
    assert second[0] == pytest.approx(700.0, abs=1e-6)
    assert Flag.INCOMPLETE not in second[1]
    assert second[2] == 3000
    assert Flag.INCOMPLETE in third[1]
    assert first[3] == pytest.approx(230.0, rel=1e-6)
    assert second[3] == pytest.approx(253.0, rel=2e-4)


def test_a_gap_ends_a_short_interval() -> None:
    rate = 1_600.0
    x = modulated(8.0, rate)
    found: list[Interval] = []
    intervals = Intervals("3s", lambda interval, _: found.append(interval))
    from smartx96.block import Block
    from smartx96.metrology.readings import read
    from smartx96.metrology.stream import Stream
    from smartx96.metrology.windows import Windows

    stream = Stream()
    pieces = stream.push(Block(x[:, :6_400], rate, 0))
    pieces += stream.push(Block(x[:, 6_400:], rate, 6_400 + 32_000)) + stream.finish()
    for piece in pieces:
        if isinstance(piece, Windows):
            intervals.add(piece, read(piece, Configuration().conditions()))
    intervals.finish()
    incomplete = [bool(i.flags[0] & Flag.INCOMPLETE) for i in found]
    assert incomplete == [False, True, False, True]
    assert sum(i.windows for i in found) == sum(len(p) for p in pieces if isinstance(p, Windows))


def test_batches_do_not_matter() -> None:
    rate = 1_600.0
    x = modulated(20.0, rate)
    whole = collected("3s", x, rate, 0.0)
    source = ArraySource(x, rate)
    found: list[float] = []
    intervals = Intervals("3s", lambda i, r: found.append(float(r.voltage[0, 0])))
    from smartx96.installation import measurement

    previous = measurement.BLOCK_SECONDS
    measurement.BLOCK_SECONDS = 0.3
    try:
        measure_source(source, Configuration(), (intervals.add,))
    finally:
        measurement.BLOCK_SECONDS = previous
    intervals.finish()
    assert found == pytest.approx([row[3] for row in whole], rel=1e-13)


def test_two_hours_of_ten_minute_steps() -> None:
    """2 h intervals over a mains of 400 S/s; the end of each is a multiple of two hours."""
    rate = 400.0
    wave = balanced(50.0, rate=rate)
    x = np.tile(wave.samples(60.0), (1, 125))
    found = collected("2h", x, rate, 0.0)
    assert [row[0] for row in found][:1] == [7200.0]
    assert Flag.INCOMPLETE not in found[0][1]
    assert found[0][2] == pytest.approx(36_000, abs=1)
