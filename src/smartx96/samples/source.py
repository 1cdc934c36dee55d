"""Source: what the rest of the product sees of any origin of samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from smartx96.block import Block
from smartx96.models import EVERY_ROLE, LINE_ROLES, ROLES
from smartx96.samples.recording import BLOCK_SECONDS

__all__ = ["EVERY_ROLE", "LINE_ROLES", "ROLES", "Source"]


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
