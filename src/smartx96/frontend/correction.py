"""Correction: a calibration at work on the samples that a meter takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.fir import Fir, designed
from smartx96.frontend.parameter import phase_of

_REMEMBERED = 512
"""Filters, of so many channels: one takes 10 ms to design."""


class Correction:
    """Gains and delays of a stream's channels. Without any, blocks pass as they are.

    Parameters
    ----------
    calibration : Calibration
    roles : sequence of str
        Roles of the channels.
    """

    def __init__(self, calibration: Calibration, roles: Sequence[str]) -> None:
        self.calibration, self._roles = calibration, tuple(roles)
        self._idle = calibration == Calibration.neutral()
        self._rate: float | None = None
        self._fir = Fir([1.0] * len(self._roles))
        self._marks = np.empty(0, np.uint8)
        self._end: int | None = None

    def changed(self, calibration: Calibration) -> Correction:
        """A correction by another calibration, which goes on where this one is.

        Samples that this one keeps back come from the other: none is lost and none comes twice.

        Raises
        ------
        OptionError
            The delays are too long for the rate of the stream.
        """
        if calibration == self.calibration:
            return self
        other = Correction(calibration, self._roles)
        if self._rate is not None:
            other._begin(self._rate)
            other._fir.follow(self._fir, self._marks.size)
            other._marks, other._end = self._marks, self._end
        return other

    def check(self, rate: float) -> None:
        """Make sure that a stream of a rate [1/s] can be corrected.

        Raises
        ------
        OptionError
            The delays are too long for it.
        """
        for role in self._roles:
            _taps(self.calibration, role, rate)

    def __call__(self, block: Block) -> Block:
        """The samples that a block completes: as many fewer at first as a delay needs later ones.

        Those that it waits for before a gap are lost.
        """
        if self._idle and not self._marks.size:
            return block
        if block.rate != self._rate:
            self._begin(block.rate)
        if block.start != self._end:
            self._fir.flush(len(self._roles))
            self._marks = np.empty(0, np.uint8)
        self._end = block.end
        start = block.start - self._marks.size
        quality = np.zeros(block.length, np.uint8) if block.quality is None else block.quality
        self._marks = np.concatenate([self._marks, quality])
        return self._given(start, self._fir.push(block.physical()))

    def rest(self) -> Block | None:
        """The last samples, when no more come."""
        if self._end is None or self._rate is None:
            return None
        start = self._end - self._marks.size
        found = self._given(start, self._fir.flush(len(self._roles)))
        self._end = None
        return found if found.length else None

    def _begin(self, rate: float) -> None:
        self._rate, self._end = rate, None
        self._fir = Fir([_taps(self.calibration, role, rate) for role in self._roles])

    def _given(self, start: int, samples: NDArray[np.float64]) -> Block:
        count = samples.shape[1]
        quality, self._marks = self._marks[:count], self._marks[count:]
        assert self._rate is not None
        return Block(samples, self._rate, start, None, quality if quality.any() else None)


@lru_cache(_REMEMBERED)
def _taps(calibration: Calibration, role: str, rate: float) -> NDArray[np.float64] | float:
    if not calibration.turn(role):
        return calibration.gain(role)
    try:
        taps = designed(partial(calibration.transfer, role), rate)
    except OptionError:
        raise OptionError(
            f"phase correction of {calibration.phase[phase_of(role)]:g} min: lasts too many "
            f"samples at {rate:g} S/s; give less, or a lower rate"
        ) from None
    taps.flags.writeable = False
    return taps
