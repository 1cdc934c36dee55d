"""Converter: full scale, resolution, noise, offset, clock, and when each channel is sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.parameter import Parameter, Parametric, PerPhase, is_current, phase_of

_ADE9000 = "ADE9000 data sheet: "
_OF_SCALE = "ppm of full scale"


@dataclass(frozen=True)
class Converter(Parametric):
    """Six converters with one reference and one clock."""

    bits: Annotated[
        int, Parameter("resolution; 0 does not round", "", 0, 32, _ADE9000 + "24 bits")
    ] = 24
    voltage_full_scale: Annotated[
        float,
        Parameter("peak voltage of the largest number", "V", 1, 1e6,
                  "datasheet: 2 Un for 1 s, which is still measured", neutral=None),
    ] = 651.0  # fmt: skip
    current_full_scale: Annotated[
        float,
        Parameter("peak current of the largest number", "A", 0.01, 1e5, "assumed: twice In",
                  neutral=None),
    ] = 14.2  # fmt: skip
    clipping: Annotated[
        bool,
        Parameter("whether larger peaks are cut and flagged", source="as converters do",
                  neutral=False),
    ] = True  # fmt: skip
    noise: Annotated[
        float,
        Parameter("white noise, rms", _OF_SCALE, 0, 1e5,
                  _ADE9000 + "signal to noise ratio 101 dB"),
    ] = 6.3  # fmt: skip
    voltage_offset: Annotated[
        PerPhase, Parameter("offset of the voltages", _OF_SCALE, -1e5, 1e5)
    ] = (100.0, -60.0, 40.0)
    current_offset: Annotated[
        PerPhase, Parameter("offset of the currents", _OF_SCALE, -1e5, 1e5)
    ] = (-80.0, 50.0, 110.0)
    voltage_skew: Annotated[
        PerPhase,
        Parameter("by how much voltages are sampled later", "us", -1000, 1000,
                  "the time that others are compared with"),
    ] = (0.0, 0.0, 0.0)  # fmt: skip
    current_skew: Annotated[
        PerPhase, Parameter("by how much currents are sampled later", "us", -1000, 1000)
    ] = (0.1, 0.2, 0.15)
    clock: Annotated[
        float,
        Parameter("by how much the sampling rate is too high", "ppm", -10_000, 10_000,
                  "assumed: a crystal of 20 ppm"),
    ] = 10.0  # fmt: skip
    drift: Annotated[
        float,
        Parameter("gain over temperature", "ppm/K", -1000, 1000,
                  _ADE9000 + "at most 25 ppm/K with its reference"),
    ] = 10.0  # fmt: skip

    def full_scale(self, role: str) -> float:
        """Peak of the largest number [V or A]."""
        return self.current_full_scale if is_current(role) else self.voltage_full_scale

    def offset(self, role: str) -> float:
        """What is read of nothing [V or A]."""
        parts = self.current_offset if is_current(role) else self.voltage_offset
        return 1e-6 * parts[phase_of(role)] * self.full_scale(role)

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike,
                 warming: float = 0.0) -> NDArray[np.complex128]:  # fmt: skip
        """Number over input, as `Element.transfer`; a channel that is sampled later leads."""
        skew = (self.current_skew if is_current(role) else self.voltage_skew)[phase_of(role)]
        turn = 2e-6 * np.pi * skew * np.asarray(frequency, dtype=float)
        size = np.full(np.broadcast(frequency, rms).shape, 1.0 + 1e-6 * self.drift * warming)
        found: NDArray[np.complex128] = size * np.exp(1j * turn)
        return found
