"""Calibration: the gains and phases by which a meter corrects its own front end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.current_transformer import RATED_FREQUENCY
from smartx96.frontend.parameter import Parameter, Parametric, PerPhase, is_current, phase_of

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
