"""Current transformers: ratio and phase error over current, saturation, no direct current.

What a secondary lacks is the magnetising current, the integral of the primary one: it lags by 90
degrees and falls with frequency, and so does the phase error. Ratio and phase error follow the rms
of the current. That a saturated core distorts within a cycle is not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.accuracy import CLASSES, MINUTE, interpolated, limits
from smartx96.frontend.parameter import Parameter, Parametric, Points, is_current

RATED_FREQUENCY = 50.0
"""Frequency at which phase errors are stated [Hz]."""

Reals = NDArray[np.float64]

_NO_ERROR: Points = ((100.0, 0.0),)
_WITHIN = "assumed, within class 0.1 of IEC 61869-2"
_CLASS = "class in place of the curves: its limits (IEC 61869-2), times `share`"


@dataclass(frozen=True)
class CurrentTransformer(Parametric):
    """The meter's own current input transformers with their burdens.

    Currents are those of the meter's terminals, on the secondary side of the installation's
    transformers.
    """

    rated: Annotated[
        float,
        Parameter("rated current", "A", 0.01, 1000, "datasheet: 0.25-5(6) A", neutral=None),
    ] = 5.0
    accuracy_class: Annotated[
        str, Parameter(_CLASS, source="the curves are used", neutral="", choices=CLASSES)
    ] = ""
    share: Annotated[
        float,
        Parameter("part of the class's limits: the ratio lacks, the phase leads by it", "", -1, 1,
                  neutral=None),
    ] = 0.5  # fmt: skip
    ratio_error: Annotated[
        Points, Parameter("ratio error over current", "%", -50, 50, _WITHIN, _NO_ERROR)
    ] = ((1, -0.12), (5, -0.08), (20, -0.05), (100, -0.03), (120, -0.03))
    phase_error: Annotated[
        Points,
        Parameter("phase error at 50 Hz over current; a lead is positive", "min", -600, 600,
                  _WITHIN, _NO_ERROR),
    ] = ((1, 9), (5, 7), (20, 5.5), (100, 4.5), (120, 4.5))  # fmt: skip
    saturation: Annotated[
        float,
        Parameter("current from which the core saturates", "% of rated", 1, 10_000,
                  "IEC 61869-2: classes reach to 120 %", neutral=None),
    ] = 120.0  # fmt: skip
    saturation_loss: Annotated[
        float,
        Parameter("ratio lost, and as much phase gained, at twice that current; it grows by the "
                  "square", "%", 0, 25),
    ] = 5.0  # fmt: skip
    corner: Annotated[
        float, Parameter("no direct current passes: corner of that", "Hz", 0, 0.1)
    ] = 0.05
    drift: Annotated[
        float, Parameter("ratio over temperature: the burden", "ppm/K", -1000, 1000)
    ] = 15.0
    phase_drift: Annotated[
        float,
        Parameter("phase error over temperature", "%/K", -5, 5,
                  "assumed: copper has 0.39 %/K, half of the loop is copper"),
    ] = 0.2  # fmt: skip

    def errors(self, rms: ArrayLike, warming: float = 0.0) -> tuple[Reals, Reals]:
        """Ratio error and phase error at 50 Hz.

        Parameters
        ----------
        rms : array_like
            Current [A].
        warming : float
            Temperature above 23 degC [K].

        Returns
        -------
        tuple of ndarray
            Part of 1, and radians.
        """
        percent = 100.0 * np.asarray(rms, dtype=float) / self.rated
        ratio, phase = self.curves
        above = np.maximum(percent / self.saturation - 1.0, 0.0)
        loss = 1e-2 * self.saturation_loss * np.square(above)
        part = 1e-2 * interpolated(ratio, percent) - loss + 1e-6 * self.drift * warming
        lead = MINUTE * interpolated(phase, percent) * (1.0 + 1e-2 * self.phase_drift * warming)
        # A core lets through little at the most, and never turns the current round.
        return np.maximum(part, -0.9), np.minimum(lead + loss, 1.0)

    @property
    def curves(self) -> tuple[Points, Points]:
        """Ratio error [%] and phase error [min] over current [% of rated]."""
        if not self.accuracy_class:
            return self.ratio_error, self.phase_error
        ratio, phase = limits(self.accuracy_class)
        return (
            tuple((percent, -self.share * limit) for percent, limit in ratio),
            tuple((percent, self.share * limit) for percent, limit in phase),
        )

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike,
                 warming: float = 0.0) -> NDArray[np.complex128]:  # fmt: skip
        """Secondary over primary current, as `Element.transfer`; far above the corner."""
        if not is_current(role):
            return np.ones(np.broadcast(frequency, rms).shape, np.complex128)
        ratio, lead = self.errors(rms, warming)
        slower = RATED_FREQUENCY / np.asarray(frequency, dtype=float)
        found: NDArray[np.complex128] = (
            (1.0 + ratio) * np.cos(lead) * (1.0 + 1j * np.tan(lead) * slower)
        )
        return found


@dataclass(frozen=True)
class InstallationTransformer(CurrentTransformer):
    """The installation's current transformers, no part of the meter: in no preset."""

    accuracy_class: Annotated[
        str, Parameter(_CLASS, source="usual with meters of class 0.5S", neutral="",
                       choices=CLASSES)
    ] = "0.5"  # fmt: skip
    drift: Annotated[float, Parameter("ratio over temperature", "ppm/K", -1000, 1000)] = 0.0
    phase_drift: Annotated[float, Parameter("phase error over temperature", "%/K", -5, 5)] = 0.0
