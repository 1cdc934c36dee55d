"""Datasets of an HDF5 file as a plane of samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.hdf5.contents import Stored, opened
from smartx96.samples.stored.planes import chunk_length, stacked


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel: a dataset, and its place along the dataset's other axis if it has two."""

    stored: Stored
    index: int | None = None
    time_first: bool = True


@dataclass(frozen=True, slots=True)
class Hdf5Plane:
    """Channels of an HDF5 file, each a dataset or a line of one, read in pieces."""

    path: Path
    lanes: tuple[Lane, ...]
    length: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Common type of the channels."""
        return np.result_type(*(lane.stored.dtype for lane in self.lanes))

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        chosen = [self.lanes[channel] for channel in channels]
        common = np.result_type(*(lane.stored.dtype for lane in chosen))
        widest = max(1, *(self._width(lane) for lane in chosen), len(chosen))
        step = chunk_length(widest, block)
        with opened(self.path) as file:
            for first in range(0, self.length, step):
                stop = min(first + step, self.length)
                read: dict[str, NDArray[Any]] = {}
                rows = [_samples(file, lane, first, stop, read) for lane in chosen]
                yield stacked(rows, common)

    @staticmethod
    def _width(lane: Lane) -> int:
        """Numbers that are read for each sample."""
        return 1 if lane.index is None else min(lane.stored.shape)


def _samples(
    file: Any, lane: Lane, first: int, stop: int, read: dict[str, NDArray[Any]]
) -> NDArray[Any]:
    """Samples of a lane; a dataset that holds several is read once."""
    name = lane.stored.name
    if name not in read:
        read[name] = _part(file[name], lane, first, stop)
    return read[name] if lane.index is None else read[name][lane.index]


def _part(dataset: Any, lane: Lane, first: int, stop: int) -> NDArray[Any]:
    """Samples `first` to `stop`, shape (n,) or (channel, n)."""
    selection = [slice(None)] * dataset.ndim
    # Axes of one do not count: a row of MATLAB has the shape (1, n).
    wide = [axis for axis, extent in enumerate(dataset.shape) if extent != 1]
    selection[wide[0] if lane.time_first else wide[-1]] = slice(first, stop)
    read: NDArray[Any] = np.asarray(dataset[tuple(selection)])
    if lane.index is None:
        return read.reshape(-1)
    two = read.reshape([read.shape[axis] for axis in wide])
    return two.T if lane.time_first else two
