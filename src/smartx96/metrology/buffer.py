"""SampleBuffer: the stretch of the stream that is still needed, on its sample clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality, Samples

LARGEST = 1e12
"""Above it a sample is no voltage or current [V, A], and its square would soon be infinite."""


class SampleBuffer:
    """Consecutive samples from number `base` to before `end`, with their quality."""

    def __init__(self, channels: int) -> None:
        self.base = 0
        self._length = 0
        self._samples = np.zeros((channels, 4096))
        self._quality = np.zeros(4096, np.uint8)
        self._doubtful_until = 0

    @property
    def end(self) -> int:
        """Number of the first sample not yet here."""
        return self.base + self._length

    @property
    def doubtful(self) -> bool:
        """Whether any sample here may be less than good."""
        return self._doubtful_until > self.base

    def append(self, values: Samples, quality: NDArray[np.uint8] | None = None) -> None:
        """Add samples at the end."""
        count = values.shape[-1]
        self._make_room(count)
        new = slice(self._length, self._length + count)
        self._samples[:, new] = values
        self._quality[new] = 0 if quality is None else quality
        self._length += count
        if quality is not None and quality.any():
            self._doubtful_until = self.end
            self._samples[:, new][:, quality & Quality.MISSING > 0] = 0.0

    def mark_missing(self, start: int) -> None:
        """From sample `start` on, turn what is no number of volts into missing samples."""
        new = slice(start - self.base, self._length)
        bad = ~(np.abs(self._samples[:, new]) < LARGEST).all(axis=0)
        self._samples[:, new][:, bad] = 0.0
        self._quality[new][bad] |= np.uint8(Quality.MISSING)
        if bad.any():
            self._doubtful_until = self.end

    def view(self, start: int, end: int | None = None) -> Samples:
        """Samples from number `start` to before `end`, not a copy."""
        stop = self._length if end is None else end - self.base
        return self._samples[:, start - self.base : stop]

    def quality(self, start: int, end: int) -> NDArray[np.uint8]:
        """Quality bits of samples `start` to before `end`."""
        return self._quality[start - self.base : end - self.base]

    def drop_before(self, start: int) -> None:
        """Forget samples before number `start`."""
        surplus = min(start, self.end) - self.base
        if surplus <= 0:
            return
        keep = self._length - surplus
        if surplus > keep:
            self._samples[:, :keep] = self._samples[:, surplus : self._length]
            self._quality[:keep] = self._quality[surplus : self._length]
            self.base += surplus
            self._length = keep

    def _make_room(self, count: int) -> None:
        needed = self._length + count
        capacity = self._samples.shape[1]
        if needed <= capacity:
            return
        larger = max(needed, 2 * capacity)
        samples = np.zeros((len(self._samples), larger))
        samples[:, : self._length] = self._samples[:, : self._length]
        quality = np.zeros(larger, np.uint8)
        quality[: self._length] = self._quality[: self._length]
        self._samples, self._quality = samples, quality
