"""Stream of windows that are made straight from a source's phasors, with their readings.

The windows tile the time from the begin on, so that energy made of them is the energy of the
signal; the engine's own begin some 0.1 s later, where its tracking has settled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.connection import connect
from smartx96.frontend.transformers import primary_factors
from smartx96.installation.calibration import calibration_of
from smartx96.meter.configuration import Configuration
from smartx96.metrology.kernels import Values
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.quadrature import SLIVER, Quadrature, quadrature
from smartx96.metrology.readings import Readings
from smartx96.metrology.sums import RESIDUAL_SHARE
from smartx96.metrology.synchronisation import HIGHEST, LIVE_SHARE, LOWEST, Phasors
from smartx96.metrology.waveform import SynthesisedCycle, Waveform
from smartx96.metrology.window_edges import synchronous_edges
from smartx96.metrology.windows import (
    BORDER,
    OTHER,
    Flag,
    calls_for_other,
    out_of_range,
)
from smartx96.models import CYCLES, ROLES
from smartx96.samples.source import PhasorSource

BATCH = 384
"""Windows made at once: enough to make the cost of a call small."""
_PIECES = 2048
"""Pieces between bends and steps that are evaluated at once, more only for one window."""
_SETTLED = 1 << 24
"""A block that the C library remembers [bytes]."""
LONGEST = 60.0
"""Windows of a fixed length, most [s]."""


@dataclass(frozen=True, slots=True)
class PhasorWindows:
    """Consecutive windows with their readings.

    Parameters
    ----------
    start, end : ndarray, shape (window,)
        On the stream's clock, sample 0 at 0 [s].
    nominal : {50, 60}
        Nominal frequency [Hz].
    flags : ndarray of int64, shape (window,)
        `Flag` bits; `SHORT` where the source ended within the window.
    readings : Readings
        Shape (window, ...).
    waveform : Waveform or None
        Of the last window.
    """

    start: Values
    end: Values
    nominal: int
    flags: NDArray[np.int64]
    readings: Readings
    waveform: Waveform | None = None

    def __len__(self) -> int:
        return len(self.end)

    @property
    def duration(self) -> Values:
        """Length of each window, measured throughout [s]."""
        return self.end - self.start

    def part(self, some: slice) -> PhasorWindows:
        """Some of the windows; the waveform is that of the last one of all."""
        if len(self.end[some]) == len(self):
            return self
        r = self.readings
        values = {f.name: getattr(r, f.name)[some] for f in fields(r) if f.name != "wiring"}
        return PhasorWindows(
            self.start[some], self.end[some], self.nominal, self.flags[some], replace(r, **values)
        )


class PhasorStream:
    """Windows and readings of one source, taken as they are wanted.

    Parameters
    ----------
    source : PhasorSource
    configuration : Configuration
    begin : float
        Where the first window starts [s after sample 0].
    seconds : float, optional
        Length of the windows; None is 10 cycles at 50 Hz, 12 at 60 Hz.
    ahead : int
        Windows made at once where fewer are taken: ten ahead, one costs a fifth, and they take
        35 kB.

    Raises
    ------
    OptionError
        The length is not above 0, or above 60 s.

    Attributes
    ----------
    conditions : Conditions
        What the readings depend on.
    time : float
        Where the next window to be taken starts [s].
    """

    def __init__(self, source: PhasorSource, configuration: Configuration, *, begin: float = 0.0,
                 seconds: float | None = None, ahead: int = 1) -> None:  # fmt: skip
        if seconds is not None and not SLIVER < seconds <= LONGEST:
            raise OptionError(f"windows of {seconds:g} s: give above 0 s and up to {LONGEST:g} s")
        _keep_heap()
        self._source, self._seconds = source, seconds
        self._connection = connect(source.roles, configuration.wiring)
        self._factors = primary_factors(configuration.settings, source.side, source.roles)
        self._calibration = calibration_of(source, configuration.settings)
        self._exact = self._calibration == Calibration.neutral()
        self.conditions = configuration.conditions(self._connection.present)
        self._end = math.inf if source.length is None else source.length / source.rate
        self._free = configuration.nominal is None
        slow = float(source.frequencies(begin)[0]) < BORDER
        self._nominal = configuration.nominal or (50 if slow else 60)
        self.time, self._ahead = begin, ahead
        self._waiting: PhasorWindows | None = None
        self._place = 0
        self._begin, self._reached, self._made = begin, begin, 0
        self._loudest = np.zeros(2)

    def take(self, most: int = BATCH) -> PhasorWindows | None:
        """The next windows, at least one and at most so many; None when the source has ended."""
        if self._waiting is None:
            self._waiting, self._place = self._make(max(most, self._ahead)), 0
        made, first = self._waiting, self._place
        if made is None:
            return None
        self._place = min(first + most, len(made))
        if self._place == len(made):
            self._waiting = None
        self.time = float(made.end[self._place - 1])
        found = made if self._place - first == len(made) else made.part(slice(first, self._place))
        return replace(found, waveform=self._waveform(found))

    def _waveform(self, windows: PhasorWindows) -> Waveform:
        """A cycle in the middle of the last window."""
        begin, end = float(windows.start[-1]), float(windows.end[-1])
        frequency = float(windows.readings.frequency[-1])
        cycle = 1 / (windows.nominal if math.isnan(frequency) else frequency)
        return SynthesisedCycle(cycle, partial(self._instant, (begin + end) / 2))

    def _instant(self, time: float) -> tuple[Phasors, NDArray[np.int64]]:
        """Phasors of the channels at a moment [s], and which orders they are."""
        given = self._channels(np.array([time]))
        return given[0, : len(ROLES)], np.array(self._source.orders)

    def _make(self, most: int) -> PhasorWindows | None:
        source, nominal = self._source, self._nominal
        edges = self._edges(most)
        if len(edges) < 2:
            return None
        breaks = source.breaks(edges[0], edges[-1])
        edges = edges[: 1 + self._at_once(edges, breaks)]
        over = quadrature(edges, source.frequency_breaks(edges[0], edges[-1]))
        frequency = over.mean(source.frequencies(over.times))
        count = self._revised(frequency)
        edges, frequency = edges[: count + 1], frequency[:count]
        self._reached, self._made = float(edges[-1]), self._made + count
        flags, readings = self._read(quadrature(edges, breaks[breaks < self._reached]), frequency)
        if self._reached == self._end and self._lacking(
            edges[-1] - edges[-2], frequency[-1], nominal
        ):
            flags[-1] |= Flag.SHORT
        return PhasorWindows(edges[:-1], edges[1:], nominal, flags, readings)

    def _edges(self, most: int) -> Values:
        """Edges of the next windows; the last one may be the source's end."""
        if self._seconds is None:
            edges = synchronous_edges(self._source, self._reached, CYCLES[self._nominal], most)
        else:
            numbers = np.arange(self._made, self._made + most + 1, dtype=float)
            edges = self._begin + self._seconds * numbers
        if edges[-1] > self._end - SLIVER:
            edges = np.append(edges[edges < self._end - SLIVER], self._end)
        return edges

    def _at_once(self, edges: Values, breaks: Values) -> int:
        """How many of the windows may be evaluated at once."""
        pieces = np.arange(len(edges)) + np.searchsorted(breaks, edges)
        return max(1, int(np.searchsorted(pieces, _PIECES, side="right")) - 1)

    def _revised(self, frequency: Values) -> int:
        """Windows up to and with the first whose frequency calls for the other nominal one."""
        wrong = calls_for_other(frequency, self._nominal) & _tracked(frequency)
        if not (self._free and wrong.any()):
            return len(frequency)
        self._nominal = OTHER[self._nominal]
        return len(frequency) if self._seconds else int(np.argmax(wrong)) + 1

    def _lacking(self, duration: float, frequency: float, nominal: int) -> bool:
        """Whether the source's end has cut a window short."""
        whole = self._seconds or CYCLES[nominal] / min(max(frequency, LOWEST), HIGHEST)
        return bool(duration < whole - SLIVER)

    def _read(self, over: Quadrature, frequency: Values) -> tuple[NDArray[np.int64], Readings]:
        """Flags and readings of windows."""
        phasors = self._channels(over.times)
        flags = np.zeros(len(frequency), np.int64)
        flags[out_of_range(frequency)] |= Flag.FREQUENCY_OUT_OF_RANGE
        carried = over.all(self._live(phasors)) & _tracked(frequency)
        flags[~carried] |= Flag.UNSYNCHRONISED
        known = np.where(carried, frequency, np.nan)
        six = phasors[:, : len(ROLES)]
        readings = readings_of_phasors(
            six, known, self.conditions, orders=self._source.orders, over=over
        )
        if phasors.shape[1] > len(ROLES):
            residual = over.mean(np.square(np.abs(phasors[:, -1])).sum(axis=-1))
            largest = np.square(readings.current).max(axis=-1)
            flags[residual > RESIDUAL_SHARE**2 * largest] |= Flag.CURRENT_SUM
        return flags, readings

    def _channels(self, times: Values) -> Phasors:
        """Phasors of the channels as they are connected, on the primary side [V, A]."""
        given = self._source.phasors(times, self._source.orders)
        if not self._exact:
            given = self._corrected(given, times)
        if (self._factors != 1.0).any():
            given *= self._factors[:, np.newaxis]
        return self._connection.phasors(given)

    def _corrected(self, given: Phasors, times: Values) -> Phasors:
        """Phasors as the calibration has them."""
        hertz = self._source.frequencies(times)[:, np.newaxis] * np.array(self._source.orders)
        factors = [self._calibration.transfer(role, hertz) for role in self._source.roles]
        corrected: Phasors = given * np.stack(factors, axis=1)
        return corrected

    def _live(self, phasors: Phasors) -> NDArray[np.bool_]:
        """Whether any phase is live at each instant, beside the loudest so far."""
        fundamental = phasors[:, : len(ROLES), 0].T
        size = np.square(fundamental.real) + np.square(fundamental.imag)
        kinds = size.reshape(2, 3, -1).max(axis=1)
        loudest = np.maximum.accumulate(np.column_stack([self._loudest, kinds]), axis=1)
        self._loudest = loudest[:, -1]
        live: NDArray[np.bool_] = (kinds > LIVE_SHARE**2 * loudest[:, 1:]).any(axis=0)
        return live


def _tracked(frequency: Values) -> NDArray[np.bool_]:
    within: NDArray[np.bool_] = (frequency >= LOWEST) & (frequency <= HIGHEST)
    return within


@cache
def _keep_heap() -> None:
    """Have the C library keep what is freed for the next batch.

    glibc gives freed memory back to the system above twice the largest block that was freed before,
    and the system clears it again page by page: a third of the time of a day. The block is never
    touched and takes no memory.
    """
    np.empty(_SETTLED, np.uint8)
