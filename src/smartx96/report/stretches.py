"""Stretches: a few cycles of samples kept from a recording of any length.

Some stand at regular places, from which the page later takes the one nearest to the middle that is
sound; the others are of the windows whose voltage was lowest and highest, and whose current was
highest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from smartx96.block import Block, Quality
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.windows import Flag, Windows
from smartx96.models import Wiring

LENGTH = 0.12
"""Of a regular stretch [s]: four cycles of 40 Hz and what aligns them."""
REGULAR = 32
"""Regular stretches that are kept at most."""
POINTS = 2048
"""Of a stretch, at most; more samples become lowest and highest of equal parts."""
FINEST = 51_200.0
"""Of quicker samples only every second, third ... is looked at [1/s]."""
_RECENT = 1.5
"""Samples are kept for windows that come later [s]."""
_WORSE = 0.001
"""Share of the largest value by which an extreme must be exceeded to be replaced: the beginning is
shown, and not the deepest ripple."""

_NONE = Flag(0)
SOUND = ~(Flag.ORDERS_LIMITED | Flag.WIRING_SUSPECT | Flag.SHORT)
"""Flags that make a stretch a bad example."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive samples as they are drawn.

    Parameters
    ----------
    start, step : float
        Time of the first point and distance of the points [s].
    low, high : ndarray, shape (6, n)
        V and A; line voltages where the wiring has no neutral. NaN where there is no sample.
    every : int
        One of so many samples is there.
    flags : Flag
        Of the windows that it touches.
    measured : bool
        Whether any window touches it.
    """

    start: float
    step: float
    low: Values
    high: Values
    every: int = 1
    flags: Flag = _NONE
    measured: bool = False

    @property
    def end(self) -> float:
        """Time of the end [s]."""
        return self.start + self.step * int(self.low.shape[1])


@dataclass(frozen=True, slots=True)
class Event:
    """The extreme of one quantity, and the stretch around it."""

    id: str
    value: float
    time: float
    stretch: Stretch


class Recent:
    """The last samples of a stream, as they are drawn.

    Parameters
    ----------
    wiring : Wiring
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._samples = np.empty((6, 0))
        self._first = self._next = 0
        self._rate, self._origin, self.every = 0.0, 0.0, 1

    def take(self, block: Block) -> None:
        """Add a block; after a gap or at another rate it stands alone."""
        if block.rate != self._rate:
            self._origin = self._time(self._next) if self._rate else 0.0
            self._rate = block.rate
            self.every = max(1, math.ceil(block.rate / FINEST))
            self._next = -1
        samples = self._drawn(block)
        if block.start == self._next:
            kept = math.ceil(_RECENT * block.rate / self.every)
            samples = np.concatenate([self._samples[:, -kept:], samples], axis=1)
        self._samples, self._next = samples, block.end
        self._first = -(-block.end // self.every) - samples.shape[1]

    @property
    def start(self) -> float:
        """Time of the first sample that is still there [s]."""
        return self._time(self._first * self.every)

    @property
    def end(self) -> float:
        """Time after the last sample [s]."""
        return self._time(self._next)

    def cut(self, start: float, end: float) -> Stretch | None:
        """What there is between two times; None where nothing is."""
        step = self.every / self._rate
        first = max(0, math.ceil((start - self.start) / step - 1e-6))
        last = min(self._samples.shape[1], math.ceil((end - self.start) / step - 1e-6))
        if last <= first:
            return None
        low, high, merged = _reduced(self._samples[:, first:last])
        return Stretch(self.start + first * step, step * merged, low, high, self.every)

    def _time(self, sample: int) -> float:
        return self._origin + sample / self._rate

    def _drawn(self, block: Block) -> Values:
        chosen = slice(-block.start % self.every, None, self.every)
        quality = None if block.quality is None else block.quality[chosen]
        part = replace(block, samples=block.samples[:6, chosen], quality=quality,
                       scale=None if block.scale is None else block.scale[:6])  # fmt: skip
        samples = part.physical().astype(np.float64)
        if quality is not None:
            samples[:, (quality & Quality.MISSING) > 0] = np.nan
        if not self._wiring.has_neutral:
            samples[:3] = between_lines(samples[:3])
        return samples


def _reduced(samples: Values) -> tuple[Values, Values, int]:
    """Lowest and highest of equal parts, and samples in one; the samples where they are few."""
    merged = -(-samples.shape[1] // POINTS)
    if merged == 1:
        return samples.copy(), samples.copy(), 1
    parts = np.arange(0, samples.shape[1], merged)
    return (
        np.fmin.reduceat(samples, parts, axis=1),
        np.fmax.reduceat(samples, parts, axis=1),
        merged,
    )


class Stretches:
    """Keeps stretches while a recording goes by.

    Parameters
    ----------
    wiring : Wiring
    lows, highs : tuple of str
        Quantities whose lowest (highest) window is an event.
    """

    def __init__(self, wiring: Wiring, lows: tuple[str, ...], highs: tuple[str, ...]) -> None:
        self._recent = Recent(wiring)
        self._regular: list[Stretch] = []
        self._due, self._spacing = 0.0, LENGTH
        self._watched = [(id, 1.0) for id in lows] + [(id, -1.0) for id in highs]
        self._events: dict[tuple[str, float], Event] = {}
        self._largest: dict[str, float] = {}

    @property
    def end(self) -> float:
        """Time after the last sample taken [s]."""
        return self._recent.end

    def take(self, block: Block) -> None:
        """Take a block as the engine does, before its windows come."""
        self._recent.take(block)
        missed = self._recent.start - self._due - LENGTH
        if missed > 0:  # a gap may be of years
            self._due += self._spacing * math.floor(missed / self._spacing)
        while self._due + LENGTH <= self._recent.end:
            self._keep(self._recent.cut(self._due, self._due + LENGTH))
            self._due += self._spacing

    def add(self, windows: Windows, values: Mapping[str, Values]) -> None:
        """Take windows and their values by quantity id."""
        start, end = windows.time - windows.duration, windows.time
        self._regular = [_marked(s, start, end, windows) for s in self._regular]
        for id, sign in self._watched:
            signed = sign * values[id]
            for n in np.flatnonzero(np.isfinite(signed)).tolist():
                self._watch(id, sign, float(signed[n]), float(start[n]), float(end[n]))

    def example(self) -> Stretch | None:
        """The sound stretch nearest to the middle; else the nearest; None without samples."""
        if not self._regular:
            return self._recent.cut(self._recent.start, self.end)
        middle = self.end / 2

        def merit(s: Stretch) -> tuple[bool, bool, float]:
            return not s.measured, bool(s.flags & SOUND), abs((s.start + s.end) / 2 - middle)

        return min(self._regular, key=merit)

    def lowest(self, id: str) -> Event | None:
        """The window in which a quantity was lowest."""
        return self._events.get((id, 1.0))

    def highest(self, id: str) -> Event | None:
        """The window in which a quantity was highest."""
        return self._events.get((id, -1.0))

    def _keep(self, stretch: Stretch | None) -> None:
        if stretch is None or stretch.end - stretch.start < 0.9 * LENGTH:
            return
        self._regular.append(stretch)
        if len(self._regular) > REGULAR:
            self._regular = self._regular[::2]
            self._spacing *= 2

    def _watch(self, id: str, sign: float, signed: float, start: float, end: float) -> None:
        before = self._events.get((id, sign))
        largest = self._largest[id] = max(self._largest.get(id, 0.0), abs(signed))
        if before is not None and signed > sign * before.value - _WORSE * largest:
            return
        stretch = self._recent.cut(start - (end - start), end)
        if stretch is not None:
            self._events[id, sign] = Event(id, sign * signed, end, stretch)


def _marked(stretch: Stretch, start: Values, end: Values, windows: Windows) -> Stretch:
    touched = (start < stretch.end) & (end > stretch.start)
    if not touched.any():
        return stretch
    flags = Flag(int(np.bitwise_or.reduce(windows.flags[touched])))
    return replace(stretch, flags=stretch.flags | flags, measured=True)
