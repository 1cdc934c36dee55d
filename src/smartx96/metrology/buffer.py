"""Buffers: the stretch of the stream that is still needed, numbered as the stream is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Kept = NDArray[np.float32]
"""Samples as they are kept, shape (channel, n) [V, A]."""


class Columns:
    """Columns of a table that grows at its end, from number `base` to before `end`.

    Parameters
    ----------
    rows : int, optional
        None makes them single values.
    dtype : dtype
    room : int
        For so many at first.
    base : int
        Number of the first.
    """

    def __init__(
        self, rows: int | None, dtype: DTypeLike = float, room: int = 64, base: int = 0
    ) -> None:
        self.base = self.end = base
        self._table: NDArray[Any] = np.empty(room if rows is None else (rows, room), dtype)
        self._first = 0

    def add(self, count: int) -> NDArray[Any]:
        """Room at the end for more, to be filled."""
        first = self._first + self.end - self.base
        if first + count > self._table.shape[-1]:
            first = self._make_room(count)
        self.end += count
        return self._table[..., first : first + count]

    def view(self, start: int, end: int | None = None) -> NDArray[Any]:
        """Columns from number `start` to before `end`, not a copy."""
        shift = self._first - self.base
        return self._table[..., start + shift : (self.end if end is None else end) + shift]

    def drop_after(self, count: int) -> None:
        """Take back so many at the end."""
        self.end -= count

    def drop_before(self, start: int) -> None:
        """Forget what comes before number `start`."""
        surplus = min(start, self.end) - self.base
        if surplus > 0:
            self.base += surplus
            self._first += surplus

    def _make_room(self, count: int) -> int:
        """Move to the front, of a larger table where need be; gives where new ones go."""
        kept = self.view(self.base)
        keep: int = kept.shape[-1]
        if keep + count > self._table.shape[-1]:
            larger = max(keep + count, self._table.shape[-1] * 5 // 4)
            self._table = np.empty((*kept.shape[:-1], larger), kept.dtype)
        self._table[..., :keep] = kept
        self._first = 0
        return keep


class SampleBuffer:
    """Consecutive samples, with their quality.

    In single precision: what is made of them is resampled in it, or is the part of an edge that one
    window loses to the next. What adds up to energy is summed before (`sums.GroupSums`).
    """

    def __init__(self, channels: int) -> None:
        self._samples = Columns(channels, np.float32, room=1024)
        self._quality = Columns(None, np.uint8, room=1024)
        self._doubtful_until = 0

    @property
    def base(self) -> int:
        """Number of the first sample here."""
        return self._samples.base

    @property
    def end(self) -> int:
        """Number of the first sample not yet here."""
        return self._samples.end

    @property
    def doubtful(self) -> bool:
        """Whether any sample here may be less than good."""
        return self._doubtful_until > self._samples.base

    def add(self, count: int, quality: NDArray[np.uint8] | None = None) -> Kept:
        """Room for more samples at the end, to be filled."""
        self._quality.add(count)[:] = 0 if quality is None else quality
        if quality is not None and quality.any():
            self._doubtful_until = self.end + count
        return self._samples.add(count)

    def doubt(self, start: int, quality: NDArray[np.uint8]) -> None:
        """Add quality bits to samples from number `start` on."""
        self._quality.view(start, start + len(quality))[:] |= quality
        self._doubtful_until = max(self._doubtful_until, start + len(quality))

    def view(self, start: int, end: int | None = None) -> Kept:
        """Samples from number `start` to before `end`, not a copy."""
        return self._samples.view(start, end)

    def quality(self, start: int, end: int) -> NDArray[np.uint8]:
        """Quality bits of samples `start` to before `end`."""
        return self._quality.view(start, end)

    def drop_before(self, start: int) -> None:
        """Forget samples before number `start`."""
        self._samples.drop_before(start)
        self._quality.drop_before(start)
