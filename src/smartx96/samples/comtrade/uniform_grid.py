"""From samples at uneven times to a uniform grid, piece by piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.cutting import Flags

POINTS = 6
"""Points of the interpolating polynomial. At 48 samples per cycle the fundamental comes out to
1e-7, the 11th harmonic to a per cent; a frequency-tracking recorder holds little above that."""


class UniformGrid:
    """Local Lagrange interpolation through the true sample times.

    Parameters
    ----------
    rate : float
        Rate of the grid [1/s]; grid sample k stands at k / rate.
    channels : int
    """

    def __init__(self, rate: float, channels: int) -> None:
        self._rate = rate
        self.channels = channels
        self._times = np.zeros(0)
        self._samples = np.zeros((channels, 0))
        self._quality: Flags = np.zeros(0, dtype=np.uint8)
        self.next = 0

    def restart(self, time: float) -> None:
        """Go on after a gap, with the first grid sample at or after `time` [s]."""
        self.next = int(np.ceil(time * self._rate - 1e-6))
        self._times = self._times[:0]
        self._samples = self._samples[:, :0]
        self._quality = self._quality[:0]

    def feed(
        self,
        times: NDArray[np.float64],
        samples: NDArray[np.float64],
        quality: Flags | None = None,
        *,
        last: bool = False,
    ) -> tuple[NDArray[np.float64], Flags]:
        """Take samples and give those of the grid that they settle.

        Parameters
        ----------
        times : ndarray, shape (n,)
            Increasing sample times [s].
        samples : ndarray, shape (channel, n)
        quality : ndarray of uint8, shape (n,), optional
        last : bool
            Whether no further samples follow, so that the end can be settled too.

        Returns
        -------
        tuple of ndarray
            Grid samples from index `next` (as it was before), shape (channel, m), and flags.
        """
        flags = np.zeros(len(times), dtype=np.uint8) if quality is None else quality
        self._times = np.concatenate((self._times, times))
        self._samples = np.concatenate((self._samples, samples), axis=1)
        self._quality = np.concatenate((self._quality, flags))
        grid = self._settled(last)
        values = self._interpolate(grid)
        self.next += len(grid)
        self._forget()
        return values

    def _settled(self, last: bool) -> NDArray[np.float64]:
        ahead = 1 if last else POINTS // 2
        if len(self._times) < (1 if last else POINTS):
            return np.zeros(0)
        stop = int(np.floor(self._times[-ahead] * self._rate + 1e-6)) + 1
        return np.arange(self.next, max(stop, self.next)) / self._rate

    def _interpolate(self, grid: NDArray[np.float64]) -> tuple[NDArray[np.float64], Flags]:
        points = min(POINTS, len(self._times))
        before = np.searchsorted(self._times, grid, side="right") - 1
        first = np.clip(before - (points // 2 - 1), 0, len(self._times) - points)
        used = first[:, np.newaxis] + np.arange(points)
        weights = _lagrange(grid, self._times[used])
        values = np.einsum("ckp,kp->ck", self._samples[:, used], weights)
        return values, np.bitwise_or.reduce(self._quality[used], axis=1).astype(np.uint8)

    def _forget(self) -> None:
        keep = max(0, len(self._times) - POINTS)  # the next grid sample is past the last but two
        self._times = self._times[keep:]
        self._samples = self._samples[:, keep:]
        self._quality = self._quality[keep:]


def _lagrange(grid: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of each point for each grid time, shape (k, points)."""
    weights = np.ones_like(times)
    for i in range(times.shape[1]):
        for j in range(times.shape[1]):
            if j != i:
                weights[:, i] *= (grid - times[:, j]) / (times[:, i] - times[:, j])
    return weights
