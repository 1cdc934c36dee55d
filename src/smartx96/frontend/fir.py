"""Filters without feedback: a transfer function near 1 as a few taps for each channel.

A stream that is cut elsewhere gives the same bits: every output is the same sum in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.errors import OptionError

Transfer = Callable[[NDArray[np.float64]], NDArray[np.complex128]]
"""Transfer function over frequency [Hz]."""

_LENGTHS = (11, 33, 65, 129, 257)
"""Taps that are tried; up to 11 NumPy's loop is twice as quick."""

_EDGE = 0.32
"""Up to this part of the rate the taps must fit; 63 orders of 65 Hz at 12.8 kS/s."""

_FIT, _FLAT_FIT = 7e-4, 5e-8
"""Largest deviation: at the edge, falling by the square towards low frequencies, and there."""

_FLAT_WEIGHT, _OUTER_WEIGHT = 1e4, 1e-4


def designed(transfer: Transfer, rate: float) -> NDArray[np.float64]:
    """Taps, centred, of the shortest filter that fits a transfer function.

    Least squares up to 0.45 of the rate, nearly exact up to 0.01 of it.

    Parameters
    ----------
    transfer : callable
    rate : float
        Sampling rate [1/s].

    Raises
    ------
    OptionError
        It rings for longer than 257 samples.
    """
    grid = np.concatenate([np.linspace(0.0, 0.01, 9), np.linspace(0.01, 0.45, 400)])
    weight = np.where(grid <= 0.01, _FLAT_WEIGHT, np.where(grid <= _EDGE, 1.0, _OUTER_WEIGHT))
    fitting = grid <= _EDGE
    allowed = _FLAT_FIT + _FIT * np.square(grid[fitting] / _EDGE)
    wanted = transfer(grid * rate)
    for length in _LENGTHS:
        basis = np.exp(-2j * np.pi * np.outer(grid, np.arange(length) - length // 2))
        weighted, aim = basis * weight[:, np.newaxis], wanted * weight
        taps: NDArray[np.float64] = np.linalg.lstsq(
            np.concatenate([weighted.real, weighted.imag]),
            np.concatenate([aim.real, aim.imag]),
            rcond=None,
        )[0]
        if (np.abs(basis @ taps - wanted)[fitting] <= allowed).all():
            return taps
    raise OptionError(
        f"front end: filter or skew last more than {_LENGTHS[-1]} samples at {rate:g} S/s: give a "
        "higher corner, a lower order or less skew"
    )


class Fir:
    """Filters of some channels, which wait for as many samples as a half of their taps.

    Parameters
    ----------
    taps : sequence of ndarray or float
        Of each channel; a number alone is a factor.

    Attributes
    ----------
    lag : int
        Samples that are kept back.
    """

    def __init__(self, taps: Sequence[NDArray[np.float64] | float]) -> None:
        lengths = [each.size for each in taps if isinstance(each, np.ndarray)]
        self.lag = max(lengths, default=1) // 2
        self._taps = [_padded(each, self.lag) for each in taps]
        self._held: Samples | None = None

    def push(self, samples: Samples) -> Samples:
        """What more samples, shape (channel, n), complete; before the first all are like it."""
        if not samples.shape[1] or (self._held is None and not self.lag):
            return self._filtered(samples)
        if self._held is None:
            self._held = np.repeat(samples[:, :1], self.lag, axis=1)
        joined = np.concatenate([self._held, samples], axis=1)
        kept = joined[:, max(0, joined.shape[1] - 2 * self.lag) :].copy()
        self._held = kept if self.lag else None
        return self._filtered(joined)

    def flush(self, channels: int) -> Samples:
        """What was kept back, as if the last sample stood still; then all begins anew."""
        held, self._held = self._held, None
        if held is None:
            return np.empty((channels, 0))
        return self._filtered(
            np.concatenate([held, np.repeat(held[:, -1:], self.lag, axis=1)], axis=1)
        )

    def follow(self, before: Fir, waiting: int) -> None:
        """Go on in place of another filter, which stays as it is.

        Parameters
        ----------
        before : Fir
        waiting : int
            Samples that it keeps back, and that this one is to give in its stead. What lies before
            the samples that it still knows is taken to be like them.
        """
        if before._held is None or not waiting:
            return
        known = before._held[:, -(waiting + self.lag) :]
        lacking = waiting + self.lag - known.shape[1]
        self._held = np.concatenate([np.repeat(known[:, :1], lacking, axis=1), known], axis=1)

    def _filtered(self, joined: Samples) -> Samples:
        count = max(0, joined.shape[1] - 2 * self.lag)
        made = np.empty((joined.shape[0], count))
        if count:
            for channel, (taps, row) in enumerate(zip(self._taps, joined, strict=True)):
                if isinstance(taps, float):
                    np.multiply(row[self.lag : self.lag + count], taps, out=made[channel])
                else:
                    made[channel] = np.convolve(row, taps, "valid")
        return made


def _padded(taps: NDArray[np.float64] | float, lag: int) -> NDArray[np.float64] | float:
    if isinstance(taps, float):
        return taps
    return np.pad(taps, lag - taps.size // 2)
