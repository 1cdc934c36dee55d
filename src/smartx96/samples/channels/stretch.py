"""A stretch of a recording, from a time to a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.samples.cutting import part
from smartx96.samples.recording import Recording


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `stop`, in seconds after the recording's first sample."""

    start: float = 0.0
    stop: float = math.inf

    @classmethod
    def checked(cls, recording: Recording, start: float | None, stop: float | None) -> Stretch:
        """The stretch that a user wants of a recording.

        Raises
        ------
        OptionError
            The recording has none such.
        """
        first = 0.0 if start is None else start
        last = math.inf if stop is None else stop
        if not 0 <= first < last:
            given = f"--from {first:g}" + ("" if stop is None else f" --to {stop:g}")
            raise OptionError(f"{given}: give seconds, 0 or more, the end after the beginning")
        if recording.length is not None and first * recording.rate >= recording.length:
            seconds = recording.length / recording.rate
            raise OptionError(f"--from {first:g}: the recording ends after {seconds:g} s")
        return cls(first, last)

    def first(self, rate: float) -> int:
        """Index of the first sample."""
        return int(_index(self.start, rate))

    def length(self, whole: int | None, rate: float) -> int | None:
        """Samples of it, of `whole` in the recording; None where that is not known."""
        if whole is None:
            return None
        return int(max(0, min(whole, _index(self.stop, rate)) - self.first(rate)))

    def of(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Samples of the stretch, the first at index 0; where the rate changes, a clock begins."""
        began, rate, end = 0.0, 0.0, 0
        for block in blocks:
            if block.rate != rate:
                began, rate = began + (end / rate if rate else 0.0), block.rate
            end = block.end
            first = int(_index(max(0.0, self.start - began), rate))
            beyond = _index(self.stop - began, rate)
            if block.start >= beyond:
                return
            low = max(0, first - block.start)
            high = int(min(block.length, beyond - block.start))
            if low < high:
                piece = part(block, low, high)
                yield Block(piece.samples, rate, piece.start - first, piece.scale, piece.quality)


WHOLE = Stretch()
"""All of a recording."""


def _index(time: float, rate: float) -> float:
    """Index of the first sample at or after a time [s]."""
    return math.inf if math.isinf(time) else math.ceil(time * rate - 1e-6)
