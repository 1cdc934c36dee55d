"""Voltage divider: what brings 230 V down to a converter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.current_transformer import RATED_FREQUENCY
from smartx96.frontend.parameter import Parameter, Parametric, PerPhase, is_current, phase_of


@dataclass(frozen=True)
class Divider(Parametric):
    """Resistors with a stray capacitance, whose phase error grows with frequency as a delay's."""

    ratio_error: Annotated[
        PerPhase, Parameter("ratio error", "%", -50, 50, "assumed: resistors of 0.1 %")
    ] = (0.2, -0.1, 0.15)
    phase_error: Annotated[
        PerPhase, Parameter("phase error at 50 Hz; a lag is negative", "min", -600, 600)
    ] = (-0.3, -0.2, -0.4)
    drift: Annotated[
        float,
        Parameter("ratio over temperature", "ppm/K", -1000, 1000,
                  "assumed: resistors of 25 ppm/K that keep together"),
    ] = 10.0  # fmt: skip

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike,
                 warming: float = 0.0) -> NDArray[np.complex128]:  # fmt: skip
        """Output over input, times the nominal ratio, as `Element.transfer`."""
        size = np.ones(np.broadcast(frequency, rms).shape, np.complex128)
        if is_current(role):
            return size
        phase = phase_of(role)
        ratio = 1.0 + 1e-2 * self.ratio_error[phase] + 1e-6 * self.drift * warming
        turn = MINUTE * self.phase_error[phase] * np.asarray(frequency) / RATED_FREQUENCY
        found: NDArray[np.complex128] = size * ratio * np.exp(1j * turn)
        return found
