"""Terminals: from the six channels of the bench to those that an engine measures.

Connection, correction by the calibration, transformer ratio: what comes of it is the same for the
meter under test and for every engine that is set beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.installation.measurement import Intake
from smartx96.meter.configuration import Configuration
from smartx96.metrology.stream import Stream
from smartx96.models import ROLES, SYSTEM_TYPES, Wiring
from smartx96.settings import Settings
from smartx96.typetest.point import Trial
from smartx96.typetest.series import RATE

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""Time of day of the first sample, which no result depends on."""

_CONNECTED: dict[Wiring, tuple[str, ...]] = {
    Wiring.FOUR_WIRE: ROLES,
    Wiring.THREE_WIRE: ("v1", "v2", "v3", "i1", "i3"),
    Wiring.ONE_PHASE: ("v1", "i1"),
}
"""Channels that are connected: without a neutral two currents."""


@dataclass(frozen=True, slots=True)
class _Source:
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


class Terminals:
    """Terminals of a meter as a trial connects it.

    Parameters
    ----------
    trial : Trial
    calibration : Calibration, optional
        By which samples are corrected.

    Attributes
    ----------
    configuration : Configuration
        Of the meter.
    present : ndarray of bool, shape (6,)
        Which channels are connected.
    """

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        self.configuration = Configuration(_settings(trial), starting=True)
        roles = _CONNECTED[trial.point.wiring]
        self._rows = [ROLES.index(role) for role in roles]
        self._intake = Intake(_Source(roles, calibration), self.configuration)
        self.present = self._intake.present

    def stream(self) -> Stream:
        """A stream that cuts blocks into windows, as the configuration has them."""
        return self._intake.stream()

    def __call__(self, block: Block) -> Block:
        """All six channels on the primary side from those of the bench [V, A].

        A correction of phases keeps some samples back, and gives them with the next block.
        """
        scale = None if block.scale is None else block.scale[self._rows]
        return self._intake(replace(block, samples=block.samples[self._rows], scale=scale))

    def rest(self) -> Block | None:
        """What was kept back, when no more blocks come."""
        return self._intake.rest()


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
