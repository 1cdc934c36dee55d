"""Formula: a source that computes any sample from its index alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from smartx96.block import Block, Samples
from smartx96.samples.recording import BLOCK_SECONDS
from smartx96.samples.source import ROLES

_GRID = 256
"""Evaluation begins and ends on multiples of this. The last few elements of an array may take
another path through vector instructions and differ in the last bit; on a fixed grid that larger
than any vector they never do, so cutting the stream elsewhere changes no bit."""

_PIECE = 4096
"""Samples evaluated together: as many as the working arrays fit into the cache."""


class Formula(ABC):
    """What a scenario and the built-in mains have in common: a `Source` with random access.

    Attributes
    ----------
    rate : float
        Sampling rate [1/s].
    """

    rate: float

    @property
    def roles(self) -> tuple[str, ...]:
        """All six channels, voltages first."""
        return ROLES

    @property
    @abstractmethod
    def length(self) -> int | None:
        """Samples per channel, None for endless."""

    @abstractmethod
    def _evaluate(self, start: int, n: int) -> Samples:
        """Samples of all channels, shape (6, n); `start` and `n` are multiples of the grid."""

    def block(self, start: int, n: int) -> Block:
        """Samples `start` to `start + n - 1`, without making those before.

        Bit-identical however a stretch is cut into blocks. The formula knows no end: `length`
        limits `blocks` only.

        Parameters
        ----------
        start : int
            First sample, from 0.
        n : int
            Samples per channel.

        Returns
        -------
        Block
            Float64 in volt and ampere, shape (6, n), channels as in `roles`.
        """
        if start < 0 or n < 0:
            raise ValueError(f"block of {n} samples from {start}: neither may be negative")
        samples = np.empty((len(self.roles), n))
        end = start + n
        for first in range(start - start % _GRID, end, _PIECE):
            size = min(_PIECE, -(-(end - first) // _GRID) * _GRID)
            piece = self._evaluate(first, size)
            begin = max(start, first)
            stop = min(end, first + size)
            samples[:, begin - start : stop - start] = piece[:, begin - first : stop - first]
        return Block(samples, self.rate, start)

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks from sample 0, each at most `seconds` long, the last one shorter."""
        size = max(1, int(seconds * self.rate))
        start = 0
        while self.length is None or start < self.length:
            n = size if self.length is None else min(size, self.length - start)
            yield self.block(start, n)
            start += n


def columns(orders: int | Sequence[int]) -> dict[int, int]:
    """Column of each order among phasors: orders 1 to a highest, or those that are named."""
    wanted = range(1, orders + 1) if isinstance(orders, int) else orders
    return {order: column for column, order in enumerate(wanted)}
