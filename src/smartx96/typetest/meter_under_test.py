"""MeterUnderTest: the real meter with what makes it one in place: samples in, registers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.meter.clock import Clock
from smartx96.meter.meter import Meter
from smartx96.meter.pulse import OUTPUTS
from smartx96.meter.supply import Supply
from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.derived import quantities
from smartx96.metrology.engine import Piece
from smartx96.typetest.point import Trial
from smartx96.typetest.terminals import BEGIN, Terminals


class UnderTest(Protocol):
    """What the bench does with a meter."""

    def take(self, block: Block) -> None:
        """Take samples of its terminals, all six channels [V, A]."""

    def finish(self) -> None:
        """No more samples come."""

    def registers(self) -> Mapping[str, int]:
        """Energy registers by id [uWh, uvarh on the primary side]."""

    def values(self) -> Mapping[str, float]:
        """Mean readings by id, on the primary side."""

    def pulses(self) -> tuple[int, ...]:
        """Pulses of each output so far."""


Maker = Callable[[Trial, Calibration | None], UnderTest]
"""Makes the meter that a trial asks for; runs in another process if there are several."""


class MeterUnderTest:
    """A meter as an installation runs it: intake, stream of windows, meter.

    Parameters
    ----------
    trial : Trial
    calibration : Calibration, optional
        By which it corrects its samples.
    """

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        self._terminals = Terminals(trial, calibration)
        self._stream = self._terminals.stream()
        self._meter = Meter(
            self._terminals.configuration, self._terminals.present, clock=Clock.of(BEGIN),
            supply=Supply(auxiliary=trial.supplied),
        )  # fmt: skip
        self._aggregate = Aggregate()
        self._pulses = dict.fromkeys(OUTPUTS, 0)

    def take(self, block: Block) -> None:
        """Take samples of its terminals, all six channels [V, A]."""
        self._push(self._terminals(block))

    def finish(self) -> None:
        """No more samples come."""
        rest = self._terminals.rest()
        if rest is not None:
            self._push(rest)
        self._count(self._stream.finish())
        self._meter.close()
        self._empty()

    def registers(self) -> Mapping[str, int]:
        """Energy registers by id [uWh, uvarh on the primary side]."""
        return self._meter.standing().exact

    def values(self) -> Mapping[str, float]:
        """Mean readings by id, on the primary side."""
        mean = self._aggregate.result()
        return {} if mean is None else {id: float(x) for id, x in quantities(mean).items()}

    def pulses(self) -> tuple[int, ...]:
        """Pulses of each output so far."""
        return tuple(self._pulses[output] for output in OUTPUTS)

    def _push(self, block: Block) -> None:
        self._count(self._stream.push(block))

    def _count(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            readings = self._meter.take(piece)
            if readings is not None:
                self._aggregate.add(readings)
        self._empty()

    def _empty(self) -> None:
        for pulse in self._meter.emptied().pulses:
            self._pulses[pulse.output] += 1
