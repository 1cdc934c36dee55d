"""Periodic model: the fundamental and its harmonics fitted to a stretch of samples.

For stretches too short for the tracking kernels: the frequency is the one under which a periodic
signal explains most of the samples (least squares), found with one order first and more and more
of them after, each stage narrowing what the last one found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.spectrum import CARRIED
from smartx96.metrology.synchronisation import HIGHEST, LOWEST, Phasors

_STAGES = (1, 3, 9, 27, 63)
"""Orders with which the frequency is sought: the peak narrows as their number grows."""
_SEARCH_STEP = 0.5
"""Step of the first search [Hz]."""
_WITHIN = 0.1
"""Half width of the parabola through the peak, in peak widths 1 / (length * orders)."""
_PASSES = 2
_SINUSOIDAL_SHARE = 0.5
"""Least part of a channel's alternating power that the fundamental must hold."""
_RIDGE = 1e-12
"""What keeps orders that missing samples hide from running away, as a share of the samples."""
_STRETCH = 4096
"""Samples that are turned at once: memory does not grow with the rate."""
_SEARCH_RATE = 16_000.0
"""Sampling rate that is enough to find the frequency [1/s]."""


@dataclass(frozen=True, slots=True)
class PeriodicModel:
    """Direct component, fundamental and harmonics of every channel.

    Parameters
    ----------
    omega : float
        Angular frequency of the fundamental [rad per sample].
    coefficients : ndarray of complex, shape (2 * orders + 1, channel)
        Of exp(j h omega n) for h from -orders to orders.
    """

    omega: float
    coefficients: Phasors

    def __call__(self, n: NDArray[np.int64]) -> Values:
        """Samples at numbers `n`, shape (channel, len(n))."""
        orders = len(self.coefficients) // 2
        turn = np.exp(1j * self.omega * np.outer(n, np.arange(-orders, orders + 1)))
        samples: Values = (turn @ self.coefficients).real.T
        return samples


def fit(x: Values, missing: NDArray[np.intp], omega: float, orders: int) -> PeriodicModel:
    """Least-squares fit of a periodic model to samples.

    Parameters
    ----------
    x : ndarray, shape (channel, n)
        Samples over two cycles or more; 0 where missing.
    missing : ndarray of int, shape (m,)
        Numbers of missing samples.
    omega : float
        Angular frequency [rad per sample].
    orders : int
    """
    return PeriodicModel(omega, _solved(x, missing, omega, orders)[0])


def _solved(
    x: Values, missing: NDArray[np.intp], omega: float, orders: int
) -> tuple[Phasors, Values]:
    """Coefficients, and the energy that they explain in each channel."""
    n = x.shape[1]
    h = np.arange(orders + 1)
    positive = _transformed(x, omega, h)
    projected = np.concatenate([positive[:0:-1].conj(), positive])
    sums = _exponential_sums(omega * np.arange(-2.0 * orders, 2 * orders + 1), n)
    place = np.arange(2 * orders + 1)
    gram = sums[place[np.newaxis] - place[:, np.newaxis] + 2 * orders]
    for first in range(0, len(missing), _STRETCH):
        absent = missing[first : first + _STRETCH]
        rows = np.exp(1j * omega * np.outer(absent, place - orders))
        gram = gram - rows.conj().T @ rows
    gram[place, place] += _RIDGE * n
    coefficients = np.linalg.solve(gram, projected)
    explained: Values = (projected.conj() * coefficients).sum(axis=0).real
    return coefficients, explained


def _transformed(x: Values, omega: float, h: NDArray[np.int64]) -> Phasors:
    """Sums of x exp(-j h omega n), shape (orders, channel), in stretches of bounded size."""
    size = min(_STRETCH, x.shape[1])
    total = np.zeros((len(h), len(x)), np.complex128)
    turn = np.ones((len(h), size), np.complex128)
    turn[1:] = np.exp(-1j * omega * np.arange(size))
    np.cumprod(turn, axis=0, out=turn)
    for first in range(0, x.shape[1], size):
        part = x[:, first : first + size]
        start = np.exp(-1j * omega * h * first)[:, np.newaxis]
        total += start * (turn[:, : part.shape[1]] @ part.T)
    return total


def _exponential_sums(angle: Values, n: int) -> Phasors:
    """Sums of exp(j angle k) over k = 0 .. n-1 in closed form."""
    half = angle / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sin(n * half) / np.sin(half)
    sums: Phasors = np.where(np.abs(np.sin(half)) < 1e-12, n, ratio * np.exp(1j * (n - 1) * half))
    return sums


def fundamental_frequency(x: Values, missing: NDArray[np.intp], rate: float) -> float | None:
    """Frequency of the fundamental that the channels share [Hz]; None where there is none.

    Parameters
    ----------
    x : ndarray, shape (channel, n)
        Samples, 0 where missing.
    missing : ndarray of int
        Numbers of missing samples.
    rate : float
        Sampling rate [1/s].
    """
    step = max(1, int(rate / _SEARCH_RATE))
    if step > 1:
        whole = x.shape[1] // step
        x = x[:, : whole * step].reshape(len(x), whole, step).mean(axis=2)
        missing, rate = np.unique(missing[missing < whole * step] // step), rate / step
    seconds = x.shape[1] / rate
    if seconds < 2 / HIGHEST:
        return None

    def explained(frequency: float, orders: int) -> Values:
        return _solved(x, missing, 2 * np.pi * frequency / rate, orders)[1]

    lowest = max(LOWEST, 1.5 / seconds)
    grid = np.arange(lowest, HIGHEST + _SEARCH_STEP, _SEARCH_STEP)
    frequency = float(grid[np.argmax([explained(f, 1).sum() for f in grid])])
    for stage in _STAGES:
        orders = min(stage, int(CARRIED * rate / frequency))
        width = _WITHIN / (seconds * orders)
        for _ in range(_PASSES):
            around = frequency + width * np.array([-1.0, 0.0, 1.0])
            low, peak, high = (explained(f, orders).sum() for f in around)
            bend = low - 2 * peak + high
            move = 0.5 * (low - high) / bend if bend < 0 else float(np.sign(high - low))
            frequency += width * float(np.clip(move, -3.0, 3.0))
    first = explained(frequency, 1)
    present = np.delete(x, missing, axis=1)
    varying = present.var(axis=1) * present.shape[1]
    level = present.mean(axis=1) ** 2 * present.shape[1]
    share = (first - level) > _SINUSOIDAL_SHARE * varying
    within = LOWEST - _SEARCH_STEP < frequency < HIGHEST + _SEARCH_STEP
    return frequency if within and (share & (varying > 1e-18 * level)).any() else None
