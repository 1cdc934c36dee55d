"""The built-in supply: a believable three-phase feeder that never ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from smartx96.block import Samples
from smartx96.errors import OptionError
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.samples.mains.chance import Reals, uniform
from smartx96.samples.mains.feeder import CURRENT, ORDERS, VOLTAGE, Phasors, feeder
from smartx96.samples.scenario.carrier import Carrier, Course, Wander, phasor
from smartx96.samples.scenario.formula import Formula, columns
from smartx96.samples.scenario.noise import white_noise
from smartx96.samples.scenario.timing import exact

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
START = datetime(2026, 6, 21, tzinfo=UTC)
"""Where the supply begins unless told: midnight before a clear midsummer day."""

FREQUENCY = 50.0
_WANDER = ((0.013, 917.0), (0.008, 313.0), (0.005, 97.0), (0.004, 4211.0))
"""Deviations [Hz] and their periods [s]; together never above 30 mHz."""

_KNOT = Fraction(1, 10)
"""The feeder is looked up on this grid of time [s]; phasors are linear in between."""

_GROUP = 64
"""Knots looked up together. Always the same ones in one array: no bit of a sample depends on
where its block begins, and a stream of blocks asks for each group once."""

_NOISE = np.sqrt(2.0) * 1e-4 * np.repeat([VOLTAGE, CURRENT], 3)
_LOWEST_RATE = 2 * (ORDERS[-1] + 1) * FREQUENCY


class Mains(Formula):
    """A `Source` over the phasors of `feeder`; see `mains`.

    Parameters
    ----------
    start : datetime
        Time of sample 0, timezone-aware.
    rate : float
        Sampling rate [1/s].
    seed : int
    """

    side = "secondary"
    orders = ORDERS
    beyond_phasors = ("noise of 0.01 % of 230 V and 5 A",)

    def __init__(self, start: datetime, rate: float, seed: int) -> None:
        self.start = start.astimezone(UTC)
        self.rate = float(rate)
        self.seed = seed
        self._origin = Fraction((self.start - EPOCH) // timedelta(microseconds=1), 1_000_000)
        knots = self._origin / _KNOT
        self._first_knot = knots.numerator // knots.denominator
        self._lead = float(knots - self._first_knot)
        self._first_noise = int(self._origin * exact(self.rate) // 1)
        angles = 360.0 * uniform(seed, 1, np.arange(len(_WANDER)))
        self.wander = tuple(
            Wander(hertz, period, float(angle))
            for (hertz, period), angle in zip(_WANDER, angles, strict=True)
        )
        parts = [(wave.hertz, wave.period, wave.angle) for wave in self.wander]
        self._waves = np.array(parts).T[:, :, np.newaxis]
        steady = Course(Fraction(0), exact(FREQUENCY), Fraction(0))
        self._carrier = Carrier([steady], self.wander, self.rate, origin=self._origin)

    def __repr__(self) -> str:
        return f"Mains({self.start:%Y-%m-%dT%H:%M:%SZ}, {self.rate:g}/s, seed {self.seed})"

    @property
    def length(self) -> int | None:
        """Endless."""
        return None

    def _knots(self, first: int, last: int) -> Phasors:
        """Phasors of knots `first` to `last`, shape (n, 6, orders)."""
        groups = range(first // _GROUP, last // _GROUP + 1)
        knots = np.concatenate([_group(self.seed, group) for group in groups])
        skip = first - groups[0] * _GROUP
        return knots[skip : skip + last - first + 1]

    def _evaluate(self, start: int, n: int) -> Samples:
        basis = _basis(phasor(self._carrier.turns(start, n)))
        position = self._lead + np.arange(start, start + n) / (self.rate * float(_KNOT))
        index = np.floor(position)
        part = position - index
        runs = [0, *(np.flatnonzero(np.diff(index)) + 1), n]
        first, last = (self._first_knot + int(end) for end in index[[0, -1]])
        waves = self._knots(first, last + 1)
        samples = np.empty((6, n))
        for begin, end in pairwise(runs):
            knot = int(index[begin] - index[0])
            before, after = _sum(waves[knot : knot + 2], basis[:, :, begin:end])
            samples[:, begin:end] = before + (after - before) * part[begin:end]
        for channel, size in enumerate(_NOISE):
            noise = white_noise(self.seed, channel, self._first_noise + start, n)
            samples[channel] += size * noise
        return samples

    def phasors(self, times: ArrayLike, orders: int | Sequence[int] = HARMONIC_ORDERS) -> Phasors:
        """Rms phasors of the harmonics, as `Scenario.phasors` gives them, without the noise.

        The carrier's phase is 0 not at sample 0 but at 2000-01-01T00:00Z.

        Parameters
        ----------
        times : array_like, shape (n,)
            After sample 0 [s].
        orders : int or sequence of int
            Highest order, or the orders wanted.

        Returns
        -------
        ndarray, shape (n, 6, orders)
            [V and A], order h at index h - 1, or the orders wanted as they were named.
        """
        position = self._lead + np.atleast_1d(np.asarray(times, dtype=float)) / float(_KNOT)
        index = np.floor(position)
        present = self._between(index, (position - index)[:, np.newaxis])
        placed = columns(orders)
        if tuple(placed) == ORDERS:
            return present
        result = np.zeros((index.size, 6, len(placed)), dtype=np.complex128)
        held = [column for column, order in enumerate(ORDERS) if order in placed]
        result[:, :, [placed[ORDERS[column]] for column in held]] = present[:, :, held]
        return result

    def _between(self, index: Reals, part: Reals) -> Phasors:
        """Phasors at parts of the way from knots to the next, shape (n, 6, orders)."""
        if index.size and np.ptp(index) < 3 * index.size:
            knots = np.arange(index.min(), index.max() + 2)
        else:
            knots = np.unique(np.concatenate([index, index + 1]))
        waves = feeder((knots + self._first_knot) * float(_KNOT), self.seed)
        rows = np.ascontiguousarray(waves).reshape(len(knots), 6 * len(ORDERS))
        where = np.searchsorted(knots, index)
        result: Phasors = rows.take(where, axis=0)
        result += part * np.diff(rows, axis=0).take(where, axis=0)
        return result.reshape(-1, *waves.shape[1:])

    def breaks(self, begin: float, end: float) -> Reals:
        """Instants between two times where the phasors bend: the knots [s after sample 0]."""
        step = float(_KNOT)
        first, last = (math.ceil(time / step + self._lead) for time in (begin, end))
        knots: Reals = np.arange(first, last, dtype=float)
        return (knots - self._lead) * step

    def frequency_breaks(self, begin: float, end: float) -> Reals:
        """The same of the frequency: nowhere."""
        return np.empty(0)

    def frequencies(self, times: ArrayLike) -> Reals:
        """Frequency of the fundamental [Hz] at times [s] after sample 0, shape (n,)."""
        seconds = np.atleast_1d(np.asarray(times, dtype=float)) + float(self._origin)
        hertz, period, angle = self._waves
        waves: Reals = hertz * np.sin(2 * np.pi / period * seconds + np.radians(angle))
        frequency: Reals = FREQUENCY + waves.sum(axis=0)
        return frequency


@lru_cache(maxsize=16)
def _group(seed: int, group: int) -> Phasors:
    knots = np.arange(group * _GROUP, (group + 1) * _GROUP, dtype=np.float64)
    return feeder(knots * float(_KNOT), seed)


def _basis(own: Phasors) -> Samples:
    """Sines and cosines of the odd orders to a peak of sqrt(2), shape (2, orders, n)."""
    basis = np.empty((2, len(ORDERS), own.size))
    power, twice = np.sqrt(2.0) * own, own * own
    for column in range(len(ORDERS)):
        basis[0, column], basis[1, column] = power.imag, power.real
        np.multiply(power, twice, out=power)
    return basis


def _sum(waves: Phasors, basis: Samples) -> Samples:
    """imag(phasor * carrier**order) over the orders, shape (knots, 6, n)."""
    total = np.zeros((*waves.shape[:2], basis.shape[2]))
    for column in range(waves.shape[2]):
        total += waves.real[:, :, column, np.newaxis] * basis[0, column]
        total += waves.imag[:, :, column, np.newaxis] * basis[1, column]
    return total


def mains(start: datetime | None = None, rate: float = 12800.0, seed: int = 0) -> Mains:
    """A low-voltage feeder of 3 x 230/400 V on the secondary side of its 5 A transformers.

    Loads that vary over the day and differ by phase, appliances that switch, harmonics that
    follow the load, voltage that sags with it, a frequency that wanders by up to 30 mHz, solar
    power that turns the active power round at noon on clear days. All of it a function of the
    time and the seed: any block of any day, the same each time.

    Parameters
    ----------
    start : datetime, optional
        Time of sample 0; without a time zone it is UTC. None is `START`.
    rate : float
        Sampling rate [1/s], from 1400.
    seed : int
        Another seed is another feeder.

    Returns
    -------
    Mains
        An endless source.

    Raises
    ------
    OptionError
        A rate too low for the harmonics.
    """
    if not _LOWEST_RATE <= rate < math.inf:
        raise OptionError(f"rate {rate:g}/s: mains needs a finite one from {_LOWEST_RATE:g}/s")
    begin = START if start is None else start
    return Mains(begin if begin.tzinfo else begin.replace(tzinfo=UTC), rate, seed)
