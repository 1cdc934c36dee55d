"""Planes: stored samples as channels over time, read in pieces of limited size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK_VALUES = 1 << 18
"""Values per chunk: 2 MB of float64, whatever the number of channels."""


class Plane(Protocol):
    """A stored array as channels over time."""

    @property
    def length(self) -> int:
        """Samples per channel."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""

    def chunks(self, channels: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels, shape (channel, n), native byte order."""


def native(samples: NDArray[Any]) -> NDArray[Any]:
    """A copy in the machine's byte order, contiguous along time."""
    return np.ascontiguousarray(samples, dtype=samples.dtype.newbyteorder("="))
