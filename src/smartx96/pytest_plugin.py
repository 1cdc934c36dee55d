"""Fixtures for the tests of Modbus clients: pytest finds them where smartx96 is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from smartx96.simulation import SimulatedMeter


class MeterFactory(Protocol):
    """What the fixture `x96_meter` gives."""

    def __call__(self, **options: Any) -> SimulatedMeter:
        """A meter, with the options of `smartx96.simulate`; it is closed after the test."""


@pytest.fixture
def x96_meter() -> Iterator[MeterFactory]:
    """Simulated meters as a test asks for them, with the options of `smartx96.simulate`."""
    # Late: every run of pytest imports this module, whether it has need of a meter or not.
    from smartx96.simulation import simulate

    with ExitStack() as meters:

        def start(**options: Any) -> SimulatedMeter:
            return meters.enter_context(simulate(**options))

        yield start


@pytest.fixture
def x96(x96_meter: MeterFactory) -> SimulatedMeter:
    """A simulated meter: 230 V, 5 A, power factor 1, 50 Hz, Modbus TCP on a free port."""
    return x96_meter()
