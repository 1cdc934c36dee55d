"""Reading WAV files, mapped into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.stored.description import Description
from smartx96.samples.stored.plane_recording import Counts, PlaneRecording, numbered
from smartx96.samples.stored.planes import chunk_length, native, picked, release
from smartx96.samples.wav.header import FLOAT, WavHeader, read_header

STORED = {1: "u1", 2: "i2", 4: "i4"}
"""Integer type by its bytes; of three there is none."""
WIDE = 3
"""Bytes of those."""


@dataclass(frozen=True, slots=True)
class WavPlane:
    """Interleaved samples of a WAV file; integers are centred on 0."""

    path: Path
    header: WavHeader

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self.header.count

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        if self.header.kind == FLOAT:
            return np.dtype(f"f{self.header.width}")
        return np.dtype(np.int16 if self.header.width < 3 else np.int32)

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        stored = self._mapped()
        step = chunk_length(len(channels), block)
        for first in range(0, self.length, step):
            samples = self._centred(stored[first : first + step, picked(channels)])
            release(stored)
            yield samples

    def _mapped(self) -> NDArray[Any]:
        header = self.header
        shape = (header.count, header.channels)
        if header.width == 3:
            return self._mapped_threes(shape)
        kind = f"f{header.width}" if header.kind == FLOAT else STORED[header.width]
        stored = np.dtype(header.order + kind)
        return np.memmap(self.path, stored, mode="r", offset=header.offset, shape=shape)

    def _mapped_threes(self, shape: tuple[int, int]) -> NDArray[Any]:
        """Integers of 24 bits as such of 32, of which the first byte is the one before them."""
        size = WIDE * shape[0] * shape[1]
        # There is always a byte before the samples: the chunk's own length.
        stored = np.memmap(self.path, np.uint8, "r", self.header.offset - 1, (size + 1,))
        whole = np.dtype(f"{self.header.order}i4")
        return np.ndarray(shape, whole, stored, strides=(WIDE * shape[1], WIDE))

    def _centred(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows of stored numbers, shape (n, channel), as samples, shape (channel, n)."""
        samples = native(rows.T)
        if self.header.width == WIDE:
            if self.header.order == ">":
                samples <<= 8
            samples >>= 8
        if samples.dtype == np.uint8:
            return samples.astype(np.int16) - np.int16(128)
        return samples


def open_wav(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open a WAV file.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s] that overrides the header's.

    Raises
    ------
    RecordingError
        The file is damaged or of a number format that is not read.
    """
    header = read_header(path)
    described = header.description
    if described is None:
        described = Description(numbered(header.channels), header.rate)
    counts = None if header.kind == FLOAT else Counts.of_bits(8 * header.width)
    return PlaneRecording(
        path,
        "wav",
        WavPlane(path, header),
        described if rate is None else replace(described, rate=rate),
        counts=counts,
        notes=header.notes,
    )
