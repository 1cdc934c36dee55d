"""Conversion: a front end at work on the samples of a stream, in blocks of any length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality, Samples
from smartx96.frontend.core import Core, frame_length
from smartx96.frontend.digitiser import Digitiser
from smartx96.frontend.fir import Fir, designed
from smartx96.frontend.front_end import FrontEnd
from smartx96.frontend.parameter import is_current

_PIECE = 1 << 13
"""Samples worked on together: as many as the caches hold."""


class Conversion:
    """What a converter gives of the samples at a meter's terminals.

    Where the stream is cut into blocks changes no bit. Whole frames of a cycle are worked on, so
    that blocks come back later by up to a cycle and cut elsewhere.

    Parameters
    ----------
    front_end : FrontEnd
    roles : sequence of str
        Roles of the channels.
    rate : float
        At which the signal is sampled [1/s].
    stated : float, optional
        Sampling rate that the meter takes for true; None is the one that comes of the clock's
        error.
    """

    def __init__(self, front_end: FrontEnd, roles: Sequence[str], rate: float,
                 stated: float | None = None) -> None:  # fmt: skip
        self._stated = rate / (1.0 + front_end.clock_error) if stated is None else stated
        self._currents = [n for n, role in enumerate(roles) if is_current(role)]
        self._voltages = [n for n in range(len(roles)) if n not in self._currents]
        self._cores = [
            Core(each, rate, front_end.warming) for each in front_end.transformers if self._currents
        ]
        self._frame = frame_length(rate) if self._cores else 1
        self._fir = Fir([_taps(front_end, role, rate) for role in roles])
        self._digitiser = Digitiser(front_end, roles)
        self._channels = len(roles)
        self._waiting = np.empty((self._channels, 0))
        self._marks: NDArray[np.uint8] | None = None
        self._next: int | None = None
        self._end = 0

    def push(self, block: Block) -> list[Block]:
        """What a block of the terminals' samples completes."""
        found = []
        if self._next is None or block.start != self._end:
            found += self.finish()
            self._next = block.start
        self._end = block.end
        self._mark(block)
        there = _there(block)
        for begin in range(0, block.length, _PIECE):
            found += self._taken(there[:, begin : begin + _PIECE])
        return found

    def _taken(self, samples: Samples) -> list[Block]:
        if self._waiting.shape[1]:
            samples = np.concatenate([self._waiting, samples], axis=1)
        whole = samples.shape[1] // self._frame * self._frame
        self._waiting = samples[:, whole:].copy()
        return self._given(self._fir.push(self._through_cores(samples[:, :whole], self._frame)))

    def finish(self) -> list[Block]:
        """What is left when no more samples come, or later ones."""
        if self._next is None:
            return []
        rest, self._waiting = self._waiting, np.empty((self._channels, 0))
        last = self._fir.push(self._through_cores(rest, rest.shape[1]))
        found = self._given(np.concatenate([last, self._fir.flush(self._channels)], axis=1))
        self._next, self._marks = None, None
        return found

    def _mark(self, block: Block) -> None:
        """Keep the quality of samples until they are given."""
        if block.quality is None and self._marks is None:
            return
        assert self._next is not None
        before = block.start - self._next
        marks = np.zeros(before, np.uint8) if self._marks is None else self._marks
        quality = np.zeros(block.length, np.uint8) if block.quality is None else block.quality
        self._marks = np.concatenate([marks, quality])

    def _through_cores(self, samples: Samples, frame: int) -> Samples:
        if not (self._cores and samples.size):
            return samples
        currents = samples[self._currents].reshape(len(self._currents), -1, frame)
        for core in self._cores:
            currents = core.passed(currents)
        made = np.empty(samples.shape)
        made[self._voltages] = samples[self._voltages]
        made[self._currents] = currents.reshape(len(self._currents), -1)
        return made

    def _given(self, samples: Samples) -> list[Block]:
        count = samples.shape[1]
        if not count:
            return []
        assert self._next is not None
        start, self._next = self._next, self._next + count
        quality = None
        if self._marks is not None:
            quality, self._marks = self._marks[:count], self._marks[count:]
        return [self._digitiser(samples, self._stated, start, quality)]


def _there(block: Block) -> Samples:
    """The samples that are there; for others nothing, which no filter spreads."""
    samples = block.physical()
    if block.quality is None:
        return samples
    return np.where(block.quality & Quality.MISSING, 0.0, samples)


def _taps(front_end: FrontEnd, role: str, rate: float) -> NDArray[np.float64] | float:
    """The part that no current changes, as a filter; as a factor where it is one."""
    transfer = partial(front_end.linear, role)
    here = transfer(np.array([0.0, 0.25 * rate]))
    if here[0] == here[1]:
        return float(here[0].real)
    return designed(transfer, rate)
