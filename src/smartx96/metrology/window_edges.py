"""Window edges of a known frequency: where so many cycles are through (IEC 61000-4-7, 4.4.1)."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from smartx96.metrology.kernels import Values
from smartx96.metrology.quadrature import NODES
from smartx96.metrology.synchronisation import HIGHEST, LOWEST


class KnownFrequency(Protocol):
    """A signal whose frequency can be asked for."""

    def frequencies(self, times: ArrayLike, /) -> Values:
        """Frequency of the fundamental [Hz] at times [s], shape (n,)."""

    def frequency_breaks(self, begin: float, end: float, /) -> Values:
        """Instants between two times at which it bends or steps [s], ascending."""


def synchronous_edges(signal: KnownFrequency, begin: float, cycles: int, most: int) -> Values:
    """Edges of consecutive windows of so many cycles each.

    A frequency outside what is tracked counts as the limit beside it, so that windows end.

    Parameters
    ----------
    signal : KnownFrequency
    begin : float
        First edge [s].
    cycles : int
        Cycles of a window.
    most : int
        Windows at most; at least one comes.

    Returns
    -------
    ndarray, shape (windows + 1,)
        [s].
    """
    span, windows = 0.0, 0
    pace = float(_tracked(signal, np.array([begin]))[0])
    while not windows:
        span += (most + 0.5) * cycles / pace
        ends = begin + span * np.linspace(0.0, 1.0, most + 2)
        ends = np.sort(np.concatenate([ends, signal.frequency_breaks(begin, begin + span)]))
        turned = np.concatenate([[0.0], np.cumsum(_advance(signal, ends[:-1], ends[1:]))])
        windows = min(most, int(turned[-1] / cycles))
    targets = cycles * np.arange(1.0, windows + 1)
    piece = np.searchsorted(turned, targets) - 1
    lead = targets - turned[piece]
    times = ends[piece] + lead * (np.diff(ends)[piece] / np.diff(turned)[piece])
    # One step of Newton from what was interpolated.
    times += (lead - _advance(signal, ends[piece], times)) / _tracked(signal, times)
    return np.concatenate([[begin], times])


def _advance(signal: KnownFrequency, begin: Values, end: Values) -> Values:
    """Cycles from each begin to its end, without a break in between."""
    length = end - begin
    times = begin[:, np.newaxis] + length[:, np.newaxis] * NODES
    frequency = _tracked(signal, times.ravel()).reshape(times.shape)
    return 0.5 * (frequency[:, 0] + frequency[:, 1]) * length


def _tracked(signal: KnownFrequency, times: Values) -> Values:
    return np.clip(signal.frequencies(times), LOWEST, HIGHEST)
