"""CountedPulses: the pulse journal of a meter that nothing keeps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class CountedPulses:
    """Counts of emitted pulses as long as the process lives."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    @property
    def counts(self) -> Mapping[int, int]:
        """Pulses emitted, by output."""
        return MappingProxyType(self._counts)

    def advance(self, output: int, count: int) -> None:
        """Note that the pulse of this number is about to be emitted."""
        self._counts[output] = count
