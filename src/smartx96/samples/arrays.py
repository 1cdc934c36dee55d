"""Samples in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.samples.recording import BLOCK_SECONDS
from smartx96.samples.source import ROLES


@dataclass(frozen=True)
class ArraySource:
    """Samples in memory as a `Source`."""

    samples: NDArray[np.float64]
    rate: float
    side: str = "secondary"
    roles: tuple[str, ...] = ROLES
    start: datetime | None = None

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[-1])

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks."""
        size = max(1, round(seconds * self.rate))
        for n in range(0, self.length, size):
            yield Block(self.samples[:, n : n + size], self.rate, n)
