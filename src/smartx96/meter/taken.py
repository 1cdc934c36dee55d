"""Taken: the windows that a meter took last, with everything known of them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.portion import Portion
from smartx96.metrology.derived import Derived
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.waveform import Waveform
from smartx96.metrology.windows import Windows


@dataclass(frozen=True)
class Taken:
    """Consecutive windows.

    Parameters
    ----------
    readings : Readings
        Shape (window, ...).
    portion : Portion
        What counts of them.
    time : ndarray, shape (window,)
        Their ends on the stream's clock [s].
    flags : ndarray of int64, shape (window,)
        `Flag` bits.
    nominal : int
        Nominal frequency [Hz].
    windows : Windows or None
        As the engine gave them; None where there were no samples.
    waveform : Waveform or None
        Of the last of them.
    """

    readings: Readings
    portion: Portion
    time: Values
    flags: NDArray[np.int64]
    nominal: int
    windows: Windows | None = None
    waveform: Waveform | None = None

    @cached_property
    def values(self) -> Derived:
        """Instantaneous quantities by id, shape (window,)."""
        return Derived(self.readings)

    def part(self, some: slice) -> Taken:
        """Some of the windows."""
        if len(self.portion.end[some]) == len(self.portion):
            return self
        r = self.readings
        parts = {f.name: getattr(r, f.name)[some] for f in fields(r) if f.name != "wiring"}
        return Taken(
            replace(r, **parts),
            self.portion.take(some),
            self.time[some],
            self.flags[some],
            self.nominal,
            self.windows,
            self.waveform,
        )
