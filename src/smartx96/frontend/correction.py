"""Correction: a calibration at work on the samples that a meter takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.fir import Fir, designed


class Correction:
    """Gains and delays of a stream's channels.

    Parameters
    ----------
    calibration : Calibration
    roles : sequence of str
        Roles of the channels.
    """

    def __init__(self, calibration: Calibration, roles: Sequence[str]) -> None:
        self._calibration, self._roles = calibration, tuple(roles)
        self._rate: float | None = None
        self._fir = Fir([1.0] * len(self._roles))
        self._marks = np.empty(0, np.uint8)
        self._end: int | None = None

    def __call__(self, block: Block) -> Block:
        """The samples that a block completes: as many fewer at first as a delay needs later ones.

        Those that it waits for before a gap are lost.
        """
        if block.rate != self._rate:
            self._rate, self._end = block.rate, None
            taps = [_taps(self._calibration, role, block.rate) for role in self._roles]
            self._fir = Fir(taps)
        if block.start != self._end:
            self._fir.flush(len(self._roles))
            self._marks = np.empty(0, np.uint8)
        self._end = block.end
        waiting = min(self._marks.size, self._fir.lag)
        quality = np.zeros(block.length, np.uint8) if block.quality is None else block.quality
        self._marks = np.concatenate([self._marks, quality])
        return self._given(block.start - waiting, self._fir.push(block.physical()))

    def rest(self) -> Block | None:
        """The last samples, when no more come."""
        if self._end is None or self._rate is None:
            return None
        start = self._end - self._marks.size
        found = self._given(start, self._fir.flush(len(self._roles)))
        self._end = None
        return found if found.length else None

    def _given(self, start: int, samples: NDArray[np.float64]) -> Block:
        count = samples.shape[1]
        quality, self._marks = self._marks[:count], self._marks[count:]
        assert self._rate is not None
        return Block(samples, self._rate, start, None, quality if quality.any() else None)


def _taps(calibration: Calibration, role: str, rate: float) -> NDArray[np.float64] | float:
    if not calibration.turn(role):
        return calibration.gain(role)
    return designed(partial(calibration.transfer, role), rate)
