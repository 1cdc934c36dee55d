"""Samples in their order to blocks: values with their scale, qualities as flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from smartx96.block import Block, Quality
from smartx96.samples.cutting import Flags, merge
from smartx96.samples.sampled_values.profiles import DataSet
from smartx96.samples.sampled_values.quality import sample_quality
from smartx96.samples.sampled_values.sample_order import Octets, Ordered, stretches

LIMIT = np.iinfo(np.int32)


class BlockMaker:
    """Makes blocks of the chosen values of a stream.

    Parameters
    ----------
    dataset : DataSet
    channels : sequence of int
        Values (0-based) in the order of the blocks' channels.
    rate : float
        Samples per second.
    """

    def __init__(self, dataset: DataSet, channels: Sequence[int], rate: float) -> None:
        self._values = 2 * np.array(channels, dtype=np.int64)
        self._scale = np.array(dataset.scales)[list(channels)]
        self._rate = rate
        self.invalid = 0
        """Samples whose quality forbids their use."""

    def blocks(self, ordered: Ordered) -> Iterator[Block]:
        """Blocks of samples; a jump of the position begins a new one.

        Parameters
        ----------
        ordered : Ordered
        """
        if ordered.samples is None or len(ordered.positions) == 0:
            return
        for first, stop in stretches(ordered):
            yield self._block(ordered.samples[first:stop], int(ordered.positions[first]))

    def _block(self, samples: Octets, start: int) -> Block:
        values = np.ascontiguousarray(samples[:, self._values].T).view(np.int32)
        flags = merge(sample_quality(samples[:, self._values + 1]), _at_limit(values))
        if flags is not None:
            self.invalid += int(np.count_nonzero(flags & Quality.MISSING))
        return Block(values, self._rate, start, self._scale, flags)


def _at_limit(values: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> Flags | None:
    """Samples at an end of the integers are clipped, whatever their quality says."""
    at_limit = (values == LIMIT.min) | (values == LIMIT.max)
    if not at_limit.any():
        return None
    return np.where(at_limit.any(axis=0), Quality.CLIPPED, 0).astype(np.uint8)
