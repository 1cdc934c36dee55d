"""Windows: what the engine measures of each, before any quantity is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.waveform import Waveform


class Flag(IntFlag):
    """What a reading has to tell beside its values; the names are those in the JSON."""

    MISSING = Quality.MISSING.value
    """Samples without a value within the window; they count in no sum."""
    CLIPPED = Quality.CLIPPED.value
    """Samples at the converter's limit within the window."""
    QUESTIONABLE = Quality.QUESTIONABLE.value
    """Samples that their source doubts within the window."""
    FREQUENCY_OUT_OF_RANGE = 8
    """Frequency outside 45..65 Hz, for which the meter is specified; with `UNSYNCHRONISED` outside
    40..70 Hz, which is tracked."""
    UNSYNCHRONISED = 16
    """Nothing carried the window throughout: it has the last known, else the nominal, length, and
    no frequency, phasors or harmonics."""
    ORDERS_LIMITED = 32
    """The sampling rate does not carry all of the 63 orders."""
    CURRENT_SUM = 64
    """The three currents of a three-wire system sum to more than 1 % of the largest."""
    SHORT = 128
    """The recording held no window of 10 (12) cycles: its most whole cycles are the window."""
    WIRING_SUSPECT = 256
    """The fundamentals look as wrong wiring makes them (`smartx96.metrology.wiring_check`)."""
    INCOMPLETE = 512
    """Windows do not cover the whole of an aggregation interval."""

    @property
    def names(self) -> list[str]:
        """Names of the flags set, lower case."""
        return [str(f.name).lower() for f in Flag if f & self]


SPECIFIED = (45.0, 65.0)
"""Frequencies for which the accuracy is specified [Hz]."""
_HAIR = 1e-3
"""Less than what a frequency at the limit may read beyond it [Hz]."""

OTHER = {50: 60, 60: 50}
"""The other nominal frequency [Hz]."""
BORDER = 55.0
"""Between the nominal frequencies [Hz]."""
_SETTLED = 1.0
"""Beyond the border the nominal frequency is chosen anew [Hz]."""


def out_of_range(frequency: Values) -> NDArray[np.bool_]:
    """Whether frequencies [Hz] lie outside those for which the meter is specified."""
    outside: NDArray[np.bool_] = frequency < SPECIFIED[0] - _HAIR
    return outside | (frequency > SPECIFIED[1] + _HAIR)


def well_within(frequency: Values, nominal: int) -> bool:
    """Whether all frequencies [Hz] are specified ones on the side of the nominal frequency."""
    values: list[float] = frequency.tolist()
    least, most = (SPECIFIED[0], BORDER) if nominal < BORDER else (BORDER, SPECIFIED[1])
    return min(values) >= least and max(values) <= most


def calls_for_other(frequency: Values, nominal: int) -> NDArray[np.bool_]:
    """Whether frequencies [Hz] lie well on the other nominal frequency's side of the border."""
    beyond: NDArray[np.bool_] = (
        frequency > BORDER + _SETTLED if nominal < BORDER else frequency < BORDER - _SETTLED
    )
    return beyond


@dataclass(slots=True)
class Windows:
    """Consecutive measurement windows; arrays with the window first.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    begin : float
        Time of sample 0 [s].
    nominal : {50, 60}
        Nominal frequency [Hz].
    cycles : int
        Cycles per window: 10 or 12, fewer of a short recording.
    start : ndarray of int64, shape (window,)
        Number of the sample before each window's start.
    offset : ndarray, shape (window,)
        Start after that sample [samples].
    length : ndarray, shape (window,)
        Length [samples], not whole.
    measured : ndarray, shape (window,)
        Samples of it that have a value.
    sums : ndarray, shape (21 or 23, window)
        Sums over the window, rows as in `smartx96.metrology.sums`.
    phasors : ndarray of complex, shape (window, 6, 63)
        Complex rms [V, A] of orders 1..63.
    flags : ndarray of int64, shape (window,)
        `Flag` bits.
    beside : ndarray of complex, shape (window, 2, 6, 63), optional
        Complex rms [V, A] of the lines below and above each order, where subgroups are asked for.
    waveform : Waveform or None
        Of the last window.
    """

    rate: float
    begin: float
    nominal: int
    cycles: int
    start: NDArray[np.int64]
    offset: Values
    length: Values
    measured: Values
    sums: Values
    phasors: Phasors
    flags: NDArray[np.int64]
    beside: Phasors | None = None
    waveform: Waveform | None = None

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
        """End of each window on the stream's clock [s]."""
        return self.begin + (self.start + (self.offset + self.length)) / self.rate

    @property
    def frequency(self) -> Values:
        """Frequency of the fundamental over each window [Hz]."""
        return self.cycles * self.rate / self.length


@dataclass(frozen=True, slots=True)
class Rest:
    """Samples outside every window: before the first, after the last.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    measured : float
        Samples that have a value.
    sums : ndarray, shape (21 or 23,)
        Sums over them, rows as in `smartx96.metrology.sums`.
    flags : Flag
        What became of them.
    leads : bool
        Whether windows of the same engine follow: those are beside it, and not what came before.
    start, end : float
        On the stream's clock [s].
    """

    rate: float
    measured: float
    sums: Values
    flags: Flag
    leads: bool = False
    start: float = 0.0
    end: float = 0.0

    @property
    def measured_time(self) -> float:
        """Time with samples [s]."""
        return self.measured / self.rate
