"""Taken: windows with everything known of them."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.meter.pieces import of_readings
from smartx96.meter.taken import Taken
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.quantities import INSTANTANEOUS
from support.meters import configured
from support.signals import balanced


def taken(n: int = 5) -> Taken:
    wave = balanced(50.0)
    phasors = np.stack([wave.phasors * (1 + 0.1 * k) for k in range(n)])
    readings = readings_of_phasors(phasors, np.full(n, 50.0), configured().conditions())
    end = np.arange(1, n + 1) * 200_000
    portion = of_readings(readings, end - 200_000, end, np.full(n, 0.2))
    return Taken(readings, portion, end / 1e6, np.arange(n), 50)


def test_values_of_every_instantaneous_quantity() -> None:
    own = taken()
    assert set(own.values) == set(INSTANTANEOUS)
    assert own.values["voltage_l1"] == pytest.approx(230.0 * (1 + 0.1 * np.arange(5)))


def test_some_of_the_windows() -> None:
    own = taken()
    part = own.part(slice(1, 3))
    assert len(part.portion) == 2
    assert part.values["voltage_l2"] == pytest.approx(own.values["voltage_l2"][1:3])
    assert part.time.tolist() == own.time[1:3].tolist()
    assert part.flags.tolist() == [1, 2]
    assert part.readings.wiring is own.readings.wiring
    assert own.part(slice(0, 5)) is own
