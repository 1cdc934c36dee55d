"""The sampling rate of a stream: by what it says, by its counter and by the time of capture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartx96.samples.capture.frames import Integers
from smartx96.samples.sampled_values.profiles import PROFILES

COUNTER = 1 << 16
"""Values of the counter where it is not known to begin anew earlier."""

TOLERANCE = 0.03
"""Within this part, the time of capture and a rate agree."""

LONGEST_STEP = 64
"""Steps of the counter up to this many samples are its normal course, or few lost frames."""

LEAST_TIME = 1e-3
"""Time [s] below which stamps tell nothing of the rate."""

PER_CYCLE, PER_SECOND, SECONDS_PER_SAMPLE = range(3)
"""Values of smpMod."""


@dataclass(frozen=True, slots=True)
class Counting:
    """Rate of the samples and turn of their counter.

    Parameters
    ----------
    rate : float
        Samples per second.
    modulus : int
        The counter's values.
    """

    rate: float
    modulus: int


def find_counting(
    counts: Integers,
    times: Integers,
    stated: tuple[int | None, int | None] = (None, None),
    rate: float | None = None,
) -> Counting | None:
    """Rate and turn of a stream's counter, from its beginning; None where nothing tells the rate.

    Parameters
    ----------
    counts, times : ndarray of int, shape (sample,)
        smpCnt and time of capture [ns].
    stated : tuple of int or None
        smpRate and smpMod.
    rate : float, optional
        The user's word.
    """
    turn, timed = _turn(counts), _timed(counts, times)
    evidence = timed if timed is not None else turn
    found = rate or _stated(stated, evidence) or _observed(turn, timed)
    if found is None:
        return None
    return Counting(found, turn or min(COUNTER, max(2, round(found))))


def _turn(counts: Integers) -> int | None:
    """Values of the counter, where it began anew; None where it did not or only the once of a
    publisher that was started again."""
    largest = int(counts.max(initial=0))
    begins = (np.diff(counts) < -LONGEST_STEP) & (counts[:-1] >= largest - LONGEST_STEP)
    if not begins.any():
        return None
    # Frames can be lost around the turn itself.
    usual = [turn for turn in (*PROFILES, COUNTER) if largest < turn <= largest + LONGEST_STEP]
    if usual:
        return usual[0]
    return largest + 1 if np.count_nonzero(begins) > 1 else None


def _timed(counts: Integers, times: Integers) -> float | None:
    """Samples per second by the time of capture, over the steps without losses."""
    steps, elapsed = np.diff(counts), np.diff(times) / 1e9
    normal = (steps > 0) & (steps <= LONGEST_STEP)
    time = float(elapsed[normal].sum())
    return float(steps[normal].sum()) / time if time > LEAST_TIME else None


def _stated(stated: tuple[int | None, int | None], evidence: float | None) -> float | None:
    number, mode = stated
    if not number:
        return None
    if mode == PER_SECOND:
        return float(number)
    if mode == SECONDS_PER_SAMPLE:
        return 1 / number
    if mode not in (None, PER_CYCLE) or evidence is None:
        return None
    by_mains = [float(number * frequency) for frequency in (50, 60)]
    return next((rate for rate in by_mains if _near(evidence, rate)), None)


def _observed(turn: int | None, timed: float | None) -> float | None:
    """A usual turn of the counter, else a usual rate near the time's, else what both say."""
    if turn in PROFILES:
        return float(turn)
    if timed is None:
        return None
    if turn is not None and _near(timed, turn):
        return float(turn)
    return next((float(rate) for rate in PROFILES if _near(timed, rate)), None)


def _near(value: float, rate: float) -> bool:
    return abs(value - rate) <= TOLERANCE * rate
