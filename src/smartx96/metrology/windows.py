"""Windows: what the engine measures of each, before any quantity is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.sums import PRODUCTS
from smartx96.metrology.synchronisation import Phasors
from smartx96.quantities import HARMONIC_ORDERS


class Flag(IntFlag):
    """What a reading has to tell beside its values; the names are those in the JSON."""

    MISSING = 1
    """Samples without a value within the window; they count in no sum."""
    CLIPPED = 2
    """Samples at the converter's limit within the window."""
    QUESTIONABLE = 4
    """Samples that their source doubts within the window."""
    FREQUENCY_OUT_OF_RANGE = 8
    """Frequency outside 45..65 Hz, for which the meter is specified."""
    UNSYNCHRONISED = 16
    """No channel alive: the window has the last known, else the nominal, length."""
    ORDERS_LIMITED = 32
    """The sampling rate does not carry all of the 63 orders."""

    @property
    def names(self) -> list[str]:
        """Names of the flags set, lower case."""
        return [str(f.name).lower() for f in Flag if f & self]


@dataclass(frozen=True, slots=True)
class Windows:
    """Consecutive measurement windows; arrays with the window first.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    cycles : int
        Cycles per window.
    start : ndarray of int64, shape (window,)
        Number of the sample before each window's start.
    offset : ndarray, shape (window,)
        Start after that sample [samples].
    length : ndarray, shape (window,)
        Length [samples], not whole.
    measured : ndarray, shape (window,)
        Samples of it that have a value.
    sums : ndarray, shape (21, window)
        Sums over the window, rows as in `smartx96.metrology.sums`.
    phasors : ndarray of complex, shape (window, 6, 63)
        Complex rms [V, A] of orders 1..63.
    flags : ndarray of int64, shape (window,)
        `Flag` bits.
    """

    rate: float
    cycles: int
    start: NDArray[np.int64]
    offset: Values
    length: Values
    measured: Values
    sums: Values
    phasors: Phasors
    flags: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def duration(self) -> Values:
        """Length of each window [s]."""
        return self.length / self.rate

    @property
    def measured_time(self) -> Values:
        """Time with samples in each window [s]."""
        return self.measured / self.rate

    @property
    def time(self) -> Values:
        """End of each window after the stream's sample 0 [s]."""
        return (self.start + (self.offset + self.length)) / self.rate

    @property
    def frequency(self) -> Values:
        """Frequency of the fundamental over each window [Hz]."""
        return self.cycles * self.rate / self.length

    @classmethod
    def none(cls, rate: float) -> Windows:
        """No window at all."""
        empty = np.empty(0)
        return cls(
            rate=rate,
            cycles=10,
            start=np.empty(0, np.int64),
            offset=empty,
            length=empty,
            measured=empty,
            sums=np.empty((PRODUCTS, 0)),
            phasors=np.empty((0, 6, HARMONIC_ORDERS), np.complex128),
            flags=np.empty(0, np.int64),
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """Samples outside every window: before the first, after the last.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    measured : float
        Samples that have a value.
    sums : ndarray, shape (21,)
        Sums over them, rows as in `smartx96.metrology.sums`.
    flags : Flag
        What became of them.
    """

    rate: float
    measured: float
    sums: Values
    flags: Flag

    @property
    def measured_time(self) -> float:
        """Time with samples [s]."""
        return self.measured / self.rate
