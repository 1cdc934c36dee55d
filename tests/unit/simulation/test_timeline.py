"""Timeline: steps are tiled with windows, exactly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.models import Wiring
from smartx96.samples.operating_point import AdjustableSource
from smartx96.simulation.timeline import LONGEST, stretches, usual_window


def source(**changes) -> AdjustableSource:
    made = AdjustableSource(datetime(2026, 6, 21, tzinfo=UTC))
    made.point = made.point.changed(changes, Wiring.FOUR_WIRE)
    return made


@given(
    seconds=st.floats(0.001, 4e5).map(lambda x: round(x, 6)),
    frequency=st.floats(40.0, 70.0),
    begin=st.integers(0, 10**13).map(lambda n: n / 1e6),
)
def test_windows_tile_a_step_and_are_about_as_long_as_usual(seconds, frequency, begin):
    made = source(frequency=frequency)
    usual, at = usual_window(made), begin
    for n, stretch in enumerate(stretches(made, begin, seconds)):
        assert stretch.begin == pytest.approx(at, abs=1e-8)
        assert stretch.length <= 1.5 * (LONGEST if n else usual)
        assert stretch.count == 1 or stretch.length >= 0.6 * (LONGEST if n else usual)
        at = stretch.begin + stretch.count * stretch.length
    assert at == pytest.approx(begin + seconds, abs=1e-6)


def test_the_usual_window_has_10_or_12_cycles():
    assert usual_window(source()) == 0.2
    assert usual_window(source(frequency=60.0)) == 0.2
    assert usual_window(source(frequency=50.5)) == pytest.approx(10 / 50.5, abs=1e-6)


def test_windows_of_the_largest_plants_stay_within_what_a_meter_counts():
    made = source(voltage=1e6, current=1e5)
    assert all(s.length * 3e11 <= 1e11 for s in stretches(made, 0.0, 3600.0))
