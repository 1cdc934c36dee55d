"""A simulated meter with a TCP port, and the page that sets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import smartx96
from smartx96.simulation.simulated_meter import SimulatedMeter
from support.configure_page import Configured, configured


@pytest.fixture
def meter() -> Iterator[SimulatedMeter]:
    with smartx96.simulate(voltage=230, current=5, phase_angle=30) as made:
        yield made


@pytest.fixture
def page(meter: SimulatedMeter) -> Iterator[Configured]:
    with configured(meter) as found:
        yield found
