"""Block: a piece of the sample stream.

A stream is a sequence of blocks on one sample clock. Where it is cut into blocks carries no
meaning: the same samples in other blocks give the same readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""Samples [V or A], shape (..., channel, n), time last."""


class Quality(IntFlag):
    """What is known of one sample, all channels together; 0 is good."""

    GOOD = 0
    MISSING = 1
    """No value: a gap, a missing-value mark, NaN. Contributes nothing to any sum."""
    CLIPPED = 2
    """At least one channel stands at its converter's limit."""
    QUESTIONABLE = 4
    """The source itself doubts the value."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of all channels of one stream.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Any real dtype; `samples * scale[:, None]` is in volt or ampere.
    rate : float
        Sampling rate of the sample clock [1/s].
    start : int
        Index of the first sample on the stream's sample clock. A block that starts later than
        the one before it ended leaves a gap.
    scale : ndarray, shape (channel,), optional
        Factor of each channel to volt or ampere; None is 1 for all.
    quality : ndarray of uint8, shape (n,), optional
        `Quality` bits of each sample; None is good throughout.
    """

    samples: NDArray[np.generic]
    rate: float
    start: int
    scale: NDArray[np.float64] | None = None
    quality: NDArray[np.uint8] | None = None

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[-1])

    @property
    def end(self) -> int:
        """Index of the first sample after the block."""
        return self.start + self.length

    @property
    def clipped(self) -> int:
        """Samples at a converter's limit."""
        return 0 if self.quality is None else int(np.count_nonzero(self.quality & Quality.CLIPPED))

    def physical(self) -> Samples:
        """Samples in volt and ampere, shape (channel, n), float64; not a copy where none is due."""
        values = np.asarray(self.samples, dtype=np.float64)
        return values if self.scale is None else values * self.scale[:, np.newaxis]

    def as_given(self) -> Samples | NDArray[np.float32]:
        """As `physical`, but single precision that needs no factor stays what it is."""
        if self.scale is None and self.samples.dtype == np.float32:
            return np.asarray(self.samples, np.float32)
        return self.physical()
