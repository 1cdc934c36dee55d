"""Planes: stored samples as channels over time, read in pieces of limited size."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK_VALUES, MOST_VALUES = 1 << 18, 1 << 20
"""Values per chunk, 2 MB of float64 whatever the number of channels; where longer blocks are
wanted, up to 8 MB."""


class Plane(Protocol):
    """A stored array as channels over time."""

    @property
    def length(self) -> int:
        """Samples per channel."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels, shape (channel, n), native byte order.

        Parameters
        ----------
        channels : sequence of int
        block : int
            Samples per channel of the blocks that the chunks will be cut into; a plane whose
            chunks can be of any length makes them as long as some whole blocks.
        """


def chunk_length(width: int, block: int = 1) -> int:
    """Samples per chunk of values that lie `width` to a sample: whole blocks, if they are short."""
    usual, most = (max(1, values // max(1, width)) for values in (CHUNK_VALUES, MOST_VALUES))
    return min(block, most) if block > usual else usual - usual % max(1, block)


def picked(channels: Sequence[int]) -> slice | list[int]:
    """Index of some channels; a slice, that copies nothing, of such as follow one another."""
    first, count = channels[0] if channels else 0, len(channels)
    if list(channels) == list(range(first, first + count)):
        return slice(first, first + count)
    return list(channels)


def release(array: NDArray[Any]) -> None:
    """Let go of the pages of a file that a mapped array has read; they come again when used.

    Without it, all of a file that was read would count as memory of the process.
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def native(samples: NDArray[Any]) -> NDArray[Any]:
    """A copy in the machine's byte order, contiguous along time."""
    return along_time(samples, samples.dtype.newbyteorder("="))


_STRETCH = 8192
"""Samples per channel that are copied at once: caches hold them."""


def along_time(samples: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """A copy of one type, contiguous along time.

    Where a file has the channels of one instant side by side, a channel at a time would go through
    the memory of all as often as there are channels.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
    dtype : dtype
    """
    found = np.empty(samples.shape, dtype)
    for first in range(0, samples.shape[-1], _STRETCH):
        some = slice(first, first + _STRETCH)
        found[..., some] = samples[..., some]
    return found


def stacked(rows: Sequence[NDArray[Any]], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Channels side by side as samples of one type, in the machine's byte order."""
    return np.stack(rows, dtype=dtype.newbyteorder("="))
