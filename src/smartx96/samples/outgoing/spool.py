"""Spool: samples that wait in a file until their largest is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.outgoing.source import Piece

ROWS = 8192


class Spool:
    """Samples of all pieces in a scratch file, with the largest magnitude of each channel.

    Parameters
    ----------
    file : binary file
        Scratch file, empty.
    channels : int
    pieces : iterable of Piece

    Attributes
    ----------
    peaks : ndarray, shape (channel,)
    count : int
        Rows.
    """

    def __init__(self, file: IO[bytes], channels: int, pieces: Iterable[Piece]) -> None:
        self._file = file
        self.channels = channels
        self.count = 0
        self.peaks = np.zeros(channels)
        for piece in pieces:
            if piece.samples.shape[1]:
                self._add(piece)

    def _add(self, piece: Piece) -> None:
        numbers = np.arange(piece.start, piece.end, dtype=np.float64)
        self._file.write(np.ascontiguousarray(np.vstack((numbers, piece.samples)).T).tobytes())
        largest = np.max(np.nan_to_num(np.abs(piece.samples)), axis=1)
        self.peaks = np.maximum(self.peaks, largest)
        self.count += piece.samples.shape[1]

    def rows(self) -> Iterator[NDArray[np.float64]]:
        """Rows of float64: index of the sample and value of each channel, shape (n, 1 + channel).

        They can be asked for once more.
        """
        width = self.channels + 1
        self._file.seek(0)
        while content := self._file.read(ROWS * width * 8):
            yield np.frombuffer(content).reshape(-1, width)

    def factors(self, largest: float) -> NDArray[np.float64]:
        """Value of one count of each channel, so that its peak comes to `largest` counts."""
        return np.where(self.peaks > 0, self.peaks, 1.0) / largest
