"""MeterUnderTest: the real meter with what makes it one in place: samples in, registers out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.installation.measurement import Intake
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.pulse import OUTPUTS
from smartx96.meter.supply import Supply
from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.derived import quantities
from smartx96.metrology.engine import Piece
from smartx96.models import ROLES, SYSTEM_TYPES, Wiring
from smartx96.settings import Settings
from smartx96.typetest.point import Trial
from smartx96.typetest.series import RATE

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""Time of day of the first sample, which no result depends on."""

_TERMINALS: dict[Wiring, tuple[str, ...]] = {
    Wiring.FOUR_WIRE: ROLES,
    Wiring.THREE_WIRE: ("v1", "v2", "v3", "i1", "i3"),
    Wiring.ONE_PHASE: ("v1", "i1"),
}
"""Channels that are connected: without a neutral two currents."""


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


@dataclass(frozen=True, slots=True)
class _Terminals:
    """What the meter is connected to, as a source of samples on its own side."""

    roles: tuple[str, ...]
    calibration: Calibration | None
    rate: float = RATE
    length: None = None
    start: datetime = BEGIN
    side: str = "secondary"

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        """None: the bench pushes its own."""
        return iter(())


class MeterUnderTest:
    """A meter as an installation runs it: intake, stream of windows, meter.

    Parameters
    ----------
    trial : Trial
    calibration : Calibration, optional
        By which it corrects its samples.
    """

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        wiring = trial.point.wiring
        configuration = Configuration(_settings(trial), starting=True)
        roles = _TERMINALS[wiring]
        self._connected = [ROLES.index(role) for role in roles]
        self._intake = Intake(_Terminals(roles, calibration), configuration)
        self._stream = self._intake.stream()
        self._meter = Meter(
            configuration, self._intake.present, clock=Clock.of(BEGIN),
            supply=Supply(auxiliary=trial.supplied),
        )  # fmt: skip
        self._aggregate = Aggregate()
        self._pulses = dict.fromkeys(OUTPUTS, 0)

    def take(self, block: Block) -> None:
        """Take samples of its terminals, all six channels [V, A]."""
        rows = self._connected
        scale = None if block.scale is None else block.scale[rows]
        self._push(self._intake(replace(block, samples=block.samples[rows], scale=scale)))

    def finish(self) -> None:
        """No more samples come."""
        rest = self._intake.rest()
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


def _settings(trial: Trial) -> Settings:
    point = trial.point
    return Settings(
        {
            "system_type": SYSTEM_TYPES[point.wiring],
            "ct_primary": trial.primary * point.rated_current,
            "ct_secondary": point.rated_current,
            **dict(trial.settings),
        }
    )
