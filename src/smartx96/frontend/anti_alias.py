"""Anti-alias filter: in front of every converter, alike in all channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.parameter import Parameter, Parametric


@dataclass(frozen=True)
class AntiAliasFilter(Parametric):
    """A Butterworth low-pass; of order 1 a resistor and a capacitor."""

    order: Annotated[
        int,
        Parameter("order; 0 is none", "", 0, 8,
                  "assumed: an RC element in front of a delta-sigma converter"),
    ] = 1  # fmt: skip
    corner: Annotated[
        float, Parameter("frequency at which 3 dB are lost", "Hz", 1000, 1e7, neutral=None)
    ] = 30_000.0
    drift: Annotated[
        float,
        Parameter("corner over temperature", "ppm/K", -5000, 5000, "assumed: a capacitor's"),
    ] = -100.0

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike,
                 warming: float = 0.0) -> NDArray[np.complex128]:  # fmt: skip
        """Output over input, as `Element.transfer`."""
        s = 1j * np.asarray(frequency) / (self.corner * (1.0 + 1e-6 * self.drift * warming))
        found: NDArray[np.complex128] = np.ones(np.broadcast(frequency, rms).shape, np.complex128)
        for n in range(self.order):
            # Poles on the left half of the unit circle.
            pole = np.exp(1j * np.pi * (2 * n + self.order + 1) / (2 * self.order))
            found = found * (-pole / (s - pole))
        return found
