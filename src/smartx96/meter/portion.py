"""Portion: consecutive windows as the meter counts them, and where they are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values

Times = NDArray[np.int64]

SECOND = 1_000_000
"""The meter's clock counts microseconds."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Mean powers and currents over consecutive windows, time last.

    Parameters
    ----------
    start, end : ndarray of int64, shape (window,)
        By the meter's clock [us since 1970-01-01T00:00Z].
    seconds : ndarray, shape (window,)
        Time measured [s]; less than from start to end where samples are missing.
    active, reactive : ndarray, shape (3, window)
        Of each phase [W, var]; NaN counts nothing.
    apparent : ndarray, shape (window,)
        Total [VA].
    current : ndarray, shape (4, window)
        True rms of L1, L2, L3 and N [A].
    whole_cycles : bool
        Whether they are windows; samples outside those have no present value.
    """

    start: Times
    end: Times
    seconds: Values
    active: Values
    reactive: Values
    apparent: Values
    current: Values
    whole_cycles: bool = True

    def __len__(self) -> int:
        return len(self.end)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Portion:
        """Some of the windows."""
        if isinstance(index, slice) and index.indices(len(self)) == (0, len(self), 1):
            return self
        return Portion(
            self.start[index],
            self.end[index],
            self.seconds[index],
            self.active[:, index],
            self.reactive[:, index],
            self.apparent[index],
            self.current[:, index],
            self.whole_cycles,
        )

    def cut(self, edges: Times) -> Portion:
        """The same with a window's end at every edge that lies within one.

        Parameters
        ----------
        edges : ndarray of int64, shape (edge,)
            Ascending [us].
        """
        window = np.searchsorted(self.end, edges)
        inside = window < len(self)
        inside[inside] = self.start[window[inside]] < edges[inside]
        inside[inside] &= edges[inside] < self.end[window[inside]]
        if not inside.any():
            return self
        window, edges = window[inside], edges[inside]
        whole = (self.end - self.start).astype(np.float64)
        index = np.sort(np.concatenate([np.arange(len(self)), window]))
        parts = self.take(index)
        place = window + np.arange(len(window))
        start, end = parts.start.copy(), parts.end.copy()
        end[place] = edges
        start[place + 1] = edges
        seconds = parts.seconds * ((end - start) / np.maximum(whole[index], 1.0))
        untouched = np.bincount(index, minlength=len(self))[index] == 1
        seconds[untouched] = parts.seconds[untouched]
        return replace(parts, start=start, end=end, seconds=seconds)


@dataclass(frozen=True, slots=True)
class Starting:
    """What registers at all, on the primary side; 0 is everything.

    Parameters
    ----------
    power : float
        Active and, apart from it, reactive power of a phase [W, var].
    total : float
        The same of the total.
    current : float
        Of a phase, for charge and apparent energy [A].
    """

    power: float = 0.0
    total: float = 0.0
    current: float = 0.0
