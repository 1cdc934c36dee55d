"""SampleOrder: samples as they arrive to samples in the order of their counter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import Integers
from smartx96.samples.stamps.clock import LATEST

Octets = NDArray[np.uint32]

REORDER_SECONDS = 0.01
"""How late a sample may arrive and still be put in its place [s]."""

CLOCK_TOLERANCE = 0.1
"""A jump of the counter that agrees with the time of capture within this [s] is lost frames, any
other a publisher that began anew."""


@dataclass(slots=True)
class Counters:
    """What happened to a stream on its way, in samples.

    Parameters
    ----------
    received : int
        Samples that arrived.
    lost : int
        Samples that never came, by the counter or the time.
    gaps : int
        Stretches that these form.
    doubled : int
        Samples that came again and were dropped.
    late : int
        Samples that came after their place had been passed, and were dropped.
    reordered : int
        Samples that came late and were put in their place.
    restarts : int
        Times that the publisher began anew.
    """

    received: int = 0
    lost: int = 0
    gaps: int = 0
    doubled: int = 0
    late: int = 0
    reordered: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """Samples at increasing places of the sample clock.

    Parameters
    ----------
    positions : ndarray of int, shape (sample,)
    samples : ndarray of uint32, shape (sample, 2 * channel), optional
    """

    positions: Integers
    samples: Octets | None


class SampleOrder:
    """Follows the counter of one stream over its wraps, losses, doubles and restarts.

    Parameters
    ----------
    rate : float
        Samples per second.
    modulus : int
        The counter's values; after `modulus - 1` comes 0.

    Attributes
    ----------
    counters : Counters
    lead : int
        Samples that came before the first one in the stream and after it in the capture.
    """

    def __init__(self, rate: float, modulus: int) -> None:
        self.counters = Counters()
        self.lead = 0
        self._rate, self._modulus = rate, modulus
        self._window = max(1, min(int(REORDER_SECONDS * rate), modulus // 4))
        self._last: tuple[int, int] | None = None
        self._position = self._highest = 0
        self._next: int | None = None
        self._held = np.zeros(0, dtype=np.int64)
        self._held_samples: Octets | None = None

    def add(self, counts: Integers, times: Integers, samples: Octets | None = None) -> Ordered:
        """Samples whose place is certain now that these have arrived.

        Parameters
        ----------
        counts : ndarray of int, shape (sample,)
            Counter of each sample.
        times : ndarray of int, shape (sample,)
            When it was captured [ns].
        samples : ndarray of uint32, shape (sample, 2 * channel), optional

        Raises
        ------
        RecordingError
            The times of capture jump beyond what a sample clock counts.
        """
        self.counters.received += len(counts)
        positions = self._place(counts % self._modulus, times)
        return self._release(positions, samples, self._window)

    def finish(self) -> Ordered:
        """The samples still held back, when nothing more is to be waited for."""
        empty = None if self._held_samples is None else self._held_samples[:0]
        return self._release(np.zeros(0, dtype=np.int64), empty, 0)

    def _place(self, counts: Integers, times: Integers) -> Integers:
        """Position of each sample by the steps of the counter from one to the next."""
        if len(counts) == 0:
            return counts
        count, time = self._last or (int(counts[0]), int(times[0]))
        steps = np.diff(counts, prepend=count) % self._modulus
        steps[steps >= self._modulus - self._window] -= self._modulus
        elapsed = np.diff(times, prepend=time) / 1e9
        # A whole turn of the counter can be missing behind an inconspicuous step.
        suspicious = (steps > self._window) | (elapsed > self._modulus / self._rate / 2)
        for index in np.flatnonzero(suspicious).tolist():
            steps[index] = min(self._jump(int(steps[index]), float(elapsed[index])), LATEST + 1)
        # In floating point, which does not wrap round as the integers would.
        if self._position + float(steps.sum(dtype=np.float64)) > LATEST:
            raise RecordingError(
                f"the times of capture jump by up to {elapsed.max():.6g} s, beyond {LATEST} "
                "samples; cut the capture before the jump"
            )
        self._last = int(counts[-1]), int(times[-1])
        positions = self._position + np.cumsum(steps)
        self._position = int(positions[-1])
        return positions

    def _jump(self, step: int, elapsed: float) -> int:
        """How far the sample clock went where the counter jumped or the time did."""
        turn = self._modulus / self._rate
        turns = max(0, round(min((elapsed - step / self._rate) / turn, LATEST)))
        whole = step + turns * self._modulus
        if elapsed <= 0 or abs(whole / self._rate - elapsed) <= CLOCK_TOLERANCE:
            return whole
        if 0 < step <= self._window and elapsed < turn:  # the time stamps are late, nothing else
            return step
        self.counters.restarts += 1
        return max(1, round(min(elapsed * self._rate, LATEST + 1)))

    def _release(self, positions: Integers, samples: Octets | None, window: int) -> Ordered:
        """Hand out what is `window` or more behind the highest position."""
        highest = np.maximum.accumulate(np.concatenate(([self._highest], positions)))
        behind = np.concatenate((np.zeros(len(self._held), np.bool_), positions < highest[:-1]))
        self._highest = int(highest[-1])
        positions = np.concatenate((self._held, positions))
        if samples is not None and self._held_samples is not None:
            samples = np.concatenate((self._held_samples, samples))
        if not (np.diff(positions) == 1).all() or behind.any():
            keep = self._sorted(positions, behind)
            positions, samples = positions[keep], None if samples is None else samples[keep]
        ready = int(np.searchsorted(positions, self._highest - window, side="right"))
        if self._next is None and ready:
            positions = self._begin(positions)
        self._held = positions[ready:]
        self._held_samples = None if samples is None else samples[ready:]
        self._count_lost(positions[:ready])
        return Ordered(positions[:ready], None if samples is None else samples[:ready])

    def _begin(self, positions: Integers) -> Integers:
        """Let the sample clock begin with the first sample that is handed out."""
        first = int(positions[0])
        self._position -= first
        self._highest -= first
        self._next, self.lead = 0, -first
        return positions - first

    def _sorted(self, positions: Integers, behind: NDArray[np.bool_]) -> Integers:
        """Indices by position, without what came twice or too late."""
        order = np.argsort(positions, kind="stable")
        ranked = positions[order]
        first = np.concatenate(([True], np.diff(ranked) != 0))
        late = ranked < (self._next if self._next is not None else ranked[0])
        keep: Integers = order[first & ~late]
        self.counters.late += int(np.count_nonzero(late))
        self.counters.doubled += int(np.count_nonzero(~first & ~late))
        self.counters.reordered += int(np.count_nonzero(behind[keep]))
        return keep

    def _count_lost(self, positions: Integers) -> None:
        if len(positions) == 0 or self._next is None:
            return
        steps = np.diff(positions, prepend=self._next - 1) - 1
        self.counters.lost += int(steps.sum())
        self.counters.gaps += int(np.count_nonzero(steps))
        self._next = int(positions[-1]) + 1


def stretches(ordered: Ordered) -> Iterator[tuple[int, int]]:
    """First and stop index of each run of consecutive positions.

    Parameters
    ----------
    ordered : Ordered
    """
    jumps = np.flatnonzero(np.diff(ordered.positions) != 1) + 1
    edges = [0, *jumps.tolist(), len(ordered.positions)]
    yield from pairwise(edges)
