"""Calibration: the gains and phases by which a meter corrects its own front end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.current_transformer import RATED_FREQUENCY
from smartx96.frontend.parameter import Parameter, Parametric, PerPhase, is_current, phase_of
from smartx96.quantities import PHASES
from smartx96.settings import GAIN_STEP, PHASE_STEP, Settings

STEPS = {
    "voltage_gain": GAIN_STEP,
    "current_gain": GAIN_STEP,
    "phase_correction": PHASE_STEP,
}
"""What one of each setting means [%, %, min], by its id before the phase; as the fields stand."""

_FOUND = "found by calibration at 23 degC, 230 V, 5 A, 50 Hz"


@dataclass(frozen=True)
class Calibration(Parametric):
    """Corrections of each phase; a phase correction delays the current."""

    voltage_gain: Annotated[
        PerPhase, Parameter("added to the voltages", "%", -99, 1000, _FOUND)
    ] = (0.0, 0.0, 0.0)
    current_gain: Annotated[
        PerPhase, Parameter("added to the currents", "%", -99, 1000, _FOUND)
    ] = (0.0, 0.0, 0.0)
    phase: Annotated[
        PerPhase, Parameter("delay of the current at 50 Hz", "min", -3600, 3600, _FOUND)
    ] = (0.0, 0.0, 0.0)

    @classmethod
    def of(cls, settings: Settings) -> Calibration:
        """What a meter is set to."""
        return cls(*(
            _per_phase(step * settings.number(f"{id}_{phase}") for phase in PHASES)
            for id, step in STEPS.items()
        ))  # fmt: skip

    def joined(self, other: Calibration) -> Calibration:
        """One that does what both do: gains multiply, delays add.

        Raises
        ------
        OptionError
            Together they are beyond what a calibration may be.
        """
        return Calibration(
            voltage_gain=_multiplied(self.voltage_gain, other.voltage_gain),
            current_gain=_multiplied(self.current_gain, other.current_gain),
            phase=_per_phase(a + b for a, b in zip(self.phase, other.phase, strict=True)),
        )

    def gain(self, role: str) -> float:
        """Factor of a channel."""
        parts = self.current_gain if is_current(role) else self.voltage_gain
        return 1.0 + 1e-2 * parts[phase_of(role)]

    def turn(self, role: str) -> float:
        """By how much a channel is delayed [rad at 50 Hz]."""
        return MINUTE * self.phase[phase_of(role)] if is_current(role) else 0.0

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike = 1.0,
                 warming: float = 0.0) -> NDArray[np.complex128]:  # fmt: skip
        """Corrected over uncorrected, as `Element.transfer`."""
        slower = np.asarray(frequency, dtype=float) / RATED_FREQUENCY
        found: NDArray[np.complex128] = (
            np.ones(np.broadcast(frequency, rms).shape)
            * self.gain(role)
            * np.exp(-1j * self.turn(role) * slower)
        )
        return found


def _multiplied(one: PerPhase, other: PerPhase) -> PerPhase:
    """Percent that two gains add one after the other."""
    return _per_phase(a + b + 1e-2 * a * b for a, b in zip(one, other, strict=True))


def _per_phase(values: Iterable[float]) -> PerPhase:
    one, two, three = values
    return one, two, three
