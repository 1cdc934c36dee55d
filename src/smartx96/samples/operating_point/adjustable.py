"""AdjustableSource: an operating point as a source, that somebody sets while it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.block import Block
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.samples.mains.chance import drift
from smartx96.samples.operating_point.point import OperatingPoint
from smartx96.samples.recording import BLOCK_SECONDS
from smartx96.samples.scenario.formula import columns
from smartx96.samples.source import ROLES

_PERIOD = 1.0
"""From one random value of the fluctuation to the next [s]."""


class AdjustableSource:
    """A `PhasorSource` that is at one operating point until it is given another.

    It is the same at all times: whoever measures it lets one stretch of time end before he sets
    another point.

    Parameters
    ----------
    start : datetime
        Time of sample 0, timezone-aware.
    fluctuation : float
        By how much voltages and currents sway at most [% of their value].
    seed : int
        Of the fluctuation.

    Attributes
    ----------
    point : OperatingPoint
    interrupted : bool
        Whether the supply is interrupted: no voltages, no currents.
    """

    roles = ROLES
    rate = 12800.0
    length = None
    side = "primary"
    beyond_phasors = ()

    def __init__(self, start: datetime, fluctuation: float = 0.0, seed: int = 0) -> None:
        self.start: datetime | None = start
        self.point, self.interrupted = OperatingPoint(), False
        self._fluctuation, self._seed = fluctuation / 100.0, seed

    @property
    def orders(self) -> tuple[int, ...]:
        """Harmonic orders that are there, ascending from 1."""
        return self.point.orders

    def phasors(
        self, times: ArrayLike, orders: int | Sequence[int] = HARMONIC_ORDERS
    ) -> NDArray[np.complex128]:
        """As `PhasorSource.phasors`: complex rms [V, A], shape (n, 6, orders)."""
        seconds = np.atleast_1d(np.asarray(times, dtype=float))
        present = self.point.phasors(tuple(columns(orders))) * (not self.interrupted)
        if self._fluctuation:
            channels = np.arange(len(ROLES))[:, np.newaxis]
            sway = drift(self._seed, channels, seconds, _PERIOD)
            return present * (1.0 + self._fluctuation * sway.T[:, :, np.newaxis])
        return np.repeat(present[np.newaxis], seconds.size, axis=0)

    def frequencies(self, times: ArrayLike) -> NDArray[np.float64]:
        """Frequency of the fundamental [Hz], shape (n,)."""
        return np.full(np.size(times), self.point.frequency)

    def breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """Instants where the fluctuation turns to its next random value [s]."""
        if not self._fluctuation:
            return np.empty(0)
        knots = np.arange(np.ceil(begin / _PERIOD), np.ceil(end / _PERIOD), dtype=np.float64)
        return knots * np.float64(_PERIOD)

    def frequency_breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """The same of the frequency: nowhere."""
        return np.empty(0)

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples without end; a point that is set comes with the next block, without a jump of
        the carrier.
        """
        size, start, turns = max(1, round(seconds * self.rate)), 0, 0.0
        while True:
            times = (start + np.arange(size)) / self.rate
            carrier = turns + self.point.frequency * (times - times[0])
            orders = np.array(self.orders)
            waves = np.exp(2j * np.pi * orders[:, np.newaxis] * carrier)
            phasors = self.phasors(times, tuple(orders.tolist()))
            samples = np.sqrt(2.0) * np.einsum("nco,on->cn", phasors, waves).imag
            turns = (turns + self.point.frequency * size / self.rate) % 1.0
            yield Block(samples, self.rate, start)
            start += size
