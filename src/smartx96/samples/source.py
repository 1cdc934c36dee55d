"""Source: what the rest of the product sees of any origin of samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.block import Block
from smartx96.models import EVERY_ROLE, LINE_ROLES, ROLES
from smartx96.samples.recording import BLOCK_SECONDS

__all__ = ["EVERY_ROLE", "LINE_ROLES", "ROLES", "PhasorSource", "Source"]


class Source(Protocol):
    """Samples with known roles, in volt and ampere.

    A recording with its channels chosen (`smartx96.samples.channels`), a scenario, a live input.
    """

    @property
    def roles(self) -> tuple[str, ...]:
        """Role of each channel of the blocks, from `EVERY_ROLE`."""

    @property
    def rate(self) -> float:
        """Sampling rate [1/s]."""

    @property
    def length(self) -> int | None:
        """Samples per channel; None for endless or unknown."""

    @property
    def start(self) -> datetime | None:
        """Time of sample 0 (UTC), None where the source has none."""

    @property
    def side(self) -> str:
        """`primary` or `secondary`: the side of the transformers the samples stand on."""

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks from sample 0, each at most `seconds` long."""


class PhasorSource(Source, Protocol):
    """A source by formula, that knows what is in its samples without making them.

    A scenario, the built-in mains. Times are seconds after sample 0.
    """

    @property
    def orders(self) -> tuple[int, ...]:
        """Harmonic orders that are there at one time or another, ascending from 1."""

    @property
    def beyond_phasors(self) -> tuple[str, ...]:
        """What the samples hold and the phasors do not."""

    def phasors(
        self, times: ArrayLike, orders: int | Sequence[int] = ...
    ) -> NDArray[np.complex128]:
        """Complex rms [V, A] of the orders wanted, a new array of shape (n, channel, orders)."""

    def frequencies(self, times: ArrayLike) -> NDArray[np.float64]:
        """Frequency of the fundamental [Hz], shape (n,)."""

    def breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """Instants from `begin` to before `end` where phasors bend or step, ascending [s]."""

    def frequency_breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """The same of the frequency."""
