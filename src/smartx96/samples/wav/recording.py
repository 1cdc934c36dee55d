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
from smartx96.samples.stored.planes import CHUNK_VALUES, native
from smartx96.samples.wav.header import FLOAT, WavHeader, read_header

STORED = {1: "u1", 2: "i2", 4: "i4"}
"""Integer type by its bytes; of three there is none."""


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

    def chunks(self, channels: Sequence[int]) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        stored = self._mapped()
        step = max(1, CHUNK_VALUES // max(1, len(channels)))
        for first in range(0, self.length, step):
            yield self._centred(stored[first : first + step][:, list(channels)])

    def _mapped(self) -> NDArray[Any]:
        header = self.header
        shape: tuple[int, ...] = (header.count, header.channels)
        if header.kind == FLOAT:
            stored = np.dtype(f"{header.order}f{header.width}")
        elif header.width == 3:
            stored, shape = np.dtype(np.uint8), (*shape, 3)
        else:
            stored = np.dtype(header.order + STORED[header.width])
        return np.memmap(self.path, stored, mode="r", offset=header.offset, shape=shape)

    def _centred(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows of stored numbers, shape (n, channel), as samples, shape (channel, n)."""
        if rows.ndim == 3:
            return _of_three_bytes(rows, self.header.order).T.copy()
        if rows.dtype == np.uint8:
            return native(rows.T.astype(np.int16) - np.int16(128))
        return native(rows.T)


def _of_three_bytes(rows: NDArray[np.uint8], order: str) -> NDArray[np.int32]:
    """Integers of 24 bits, shape (n, channel)."""
    wide = np.zeros((*rows.shape[:2], 4), dtype=np.uint8)
    if order == "<":
        wide[..., 1:] = rows
    else:
        wide[..., 1:] = rows[..., ::-1]
    return wide.view("<i4")[..., 0].astype(np.int32) >> 8


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
