"""From time stamps to a sample clock: the rate they hold, and where samples are lacking.

Time stamps in files are rounded (0.01 ms is common, at 12.8 kS/s an eighth of a step), so a rate
comes from a fit over many of them and never from one difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError

Times = NDArray[np.float64]
"""Time stamps [s], shape (n,); NaN where a sample has none."""

SNAP = 1e-9
"""Rates closer than this to a whole number are that number: float64 decimals of the stamps."""

SLOWEST, FASTEST = 1e-9, 1e15
"""Rates [1/s] that stamps may mean."""

LATEST = 2**53
"""Samples up to which a sample clock counts."""


@dataclass(frozen=True, slots=True)
class StampFit:
    """Uniform clock through time stamps.

    `rate` is the sampling rate [1/s], `jitter` the largest distance of a stamp from the clock, in
    samples, `doubt` the rate's relative uncertainty.
    """

    rate: float
    jitter: float
    doubt: float = 0.0


def fit_stamps(stamps: Times) -> StampFit | None:
    """Fit a uniform clock, whose rate is a whole number where the stamps allow one.

    Parameters
    ----------
    stamps : ndarray, shape (n,)
        Time stamps [s].

    Returns
    -------
    StampFit or None
        None where fewer than two stamps increase.
    """
    line = fit_line(stamps)
    return None if line is None else replace(line, rate=snapped(line.rate, line.doubt))


def fit_line(stamps: Times) -> StampFit | None:
    """Fit a uniform clock of any rate through the longest stretch without a gap (least squares).

    Parameters
    ----------
    stamps : ndarray, shape (n,)
        Time stamps [s].

    Returns
    -------
    StampFit or None
        None where fewer than two stamps increase.
    """
    known = stamps[np.isfinite(stamps)]
    run = longest_run(known)
    return fit_points(np.arange(run.stop - run.start, dtype=np.float64), known[run])


def fit_points(index: Times, time: Times) -> StampFit | None:
    """Fit a uniform clock through samples whose times are known (least squares).

    Parameters
    ----------
    index, time : ndarray, shape (n,)
        Increasing indices of samples, and their times [s].

    Returns
    -------
    StampFit or None
        None where fewer than two times increase.
    """
    if len(time) < 2:
        return None
    index = index - index.mean()
    with np.errstate(over="ignore", invalid="ignore"):
        centred = time - time.mean()
        step = float(index @ centred / (index @ index))
    if not (step > 0 and SLOWEST < 1 / step < FASTEST):  # beyond any clock: damaged stamps
        return None
    jitter = float(np.abs(centred - step * index).max()) / step
    return StampFit(1 / step, jitter, 2 * jitter / len(time) + SNAP)


def longest_run(stamps: Times) -> slice:
    """Stamps between those two gaps that lie furthest apart."""
    edges = run_edges(stamps)
    longest = int(np.argmax(np.diff(edges)))
    return slice(int(edges[longest]), int(edges[longest + 1]))


def run_edges(stamps: Times) -> NDArray[np.int64]:
    """Where the stretches without a gap begin, and the end of the last.

    Parameters
    ----------
    stamps : ndarray, shape (n,)
        Finite time stamps [s].
    """
    if len(stamps) < 3:
        return np.array([0, len(stamps)])
    steps = np.diff(stamps)
    typical = float(np.median(steps))
    deviations = np.abs(steps - typical)
    spread = float(np.percentile(deviations, 95, method="lower"))
    if typical <= 0:  # stamps coarser than the samples: most steps are 0, the others one tick
        spread = float(np.min(steps[steps > 0], initial=np.inf))
    breaks = np.flatnonzero(deviations > max(0.5 * typical, 3 * spread)) + 1
    return np.concatenate(([0], breaks, [len(stamps)]))


def snapped(rate: float, doubt: float) -> float:
    """The whole number within the rate's own relative uncertainty, else the rate."""
    whole = float(round(rate))
    return whole if whole > 0 and abs(rate - whole) <= doubt * rate else rate


class SampleClock:
    """Counts samples along their time stamps; a step of more than one sample is a gap.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s] that the stamps hold.
    jitter : float
        Distance of good stamps from a uniform clock, in samples.
    wrap : float, optional
        Stamps begin anew after this many seconds (a full counter).
    strict : bool
        Whether time that runs back is an error; else such samples follow on.
    first : int
        Position of the first sample.
    """

    def __init__(
        self,
        rate: float,
        jitter: float = 0.0,
        *,
        wrap: float | None = None,
        strict: bool = False,
        first: int = 0,
    ) -> None:
        self._rate = rate
        self._tolerance = max(0.5, 2 * jitter + 0.1)
        self._wrap = wrap
        self._strict = strict
        self._stamp = np.nan
        self._number = np.nan
        self._next = first

    def place(self, stamps: Times, numbers: Times | None = None) -> NDArray[np.int64]:
        """Positions of the next samples on the sample clock; -1 for a repeated sample.

        Parameters
        ----------
        stamps : ndarray, shape (n,)
            Time stamps [s]; NaN where unknown.
        numbers : ndarray, shape (n,), optional
            Running numbers, which count where stamps are unknown.

        Raises
        ------
        RecordingError
            Time runs back (`strict` only), or beyond what a sample clock counts.
        """
        if len(stamps) == 0:
            return np.zeros(0, dtype=np.int64)
        surplus = self._surplus(stamps, numbers)
        far = np.abs(surplus) > self._tolerance
        if not far.any() and self._next + len(stamps) <= LATEST:
            first, self._next = self._next, self._next + len(stamps)
            return np.arange(first, self._next)
        advance = np.ones(len(stamps), dtype=np.int64)
        advance[far] += np.clip(np.round(surplus[far]), -2, 2**53).astype(np.int64)
        if self._strict:
            self._refuse_backwards(advance, stamps)
        else:
            advance = np.where(advance < 1, 1, advance)
        if self._next + float(advance.sum(dtype=np.float64)) > LATEST:
            raise RecordingError(
                f"the time stamps jump by more than {LATEST} samples; mend them or give --rate, "
                "which ignores them"
            )
        positions = self._next - 1 + np.cumsum(advance)
        self._next = int(positions[-1]) + 1
        positions[advance == 0] = -1
        return positions

    def _surplus(self, stamps: Times, numbers: Times | None) -> Times:
        """Steps to each sample from the one before it, minus one, in samples."""
        with np.errstate(over="ignore", invalid="ignore"):  # damaged stamps count as none
            steps = _steps(stamps, self._stamp)
            if self._wrap is not None:
                steps[steps < -self._wrap / 2] += self._wrap
            steps *= self._rate
            steps -= 1
        known = np.isfinite(steps)
        if not known.all():
            steps[~known] = 0
            if numbers is not None:
                counted = np.maximum(_steps(numbers, self._number) - 1, 0)
                steps = np.where(known | ~np.isfinite(counted), steps, counted)
        if numbers is not None:
            self._number = numbers[-1]
        self._stamp = stamps[-1]
        return steps

    def _refuse_backwards(self, advance: NDArray[np.int64], stamps: Times) -> None:
        back = np.flatnonzero(advance < 0)
        if len(back):
            raise RecordingError(
                f"time runs back to {stamps[back[0]]:.9g} s after sample "
                f"{self._next + int(advance[: back[0]].sum())}; mend the time column or give "
                "--rate, which ignores it"
            )


def _steps(values: Times, before: float) -> Times:
    """Steps to each value from the one before it, `before` being that of the first."""
    steps = np.empty_like(values)
    steps[0] = values[0] - before
    np.subtract(values[1:], values[:-1], out=steps[1:])
    return steps
