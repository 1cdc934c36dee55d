"""Stored arrays as streams of samples: mapped from a file or read through a zip member."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RecordingError
from smartx96.samples.numpy_files.header import ArrayHeader, read_header
from smartx96.samples.stored.planes import (
    CHUNK_VALUES,
    Plane,
    chunk_length,
    native,
    picked,
    release,
    stacked,
)

MOST_LANES = 512
"""Streams that are open at once, one for each channel."""

TIME = -1
"""Stands for the times among the channels of a `TimedPlane`."""


@dataclass(frozen=True, slots=True)
class MappedPlane:
    """A memory-mapped array, shape (channel, n) by view; nothing is read before it is used.

    `sharing` planes are read side by side, each in pieces that are smaller by as much.
    """

    array: NDArray[Any]
    sharing: int = 1

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.array.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return self.array.dtype

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        step = chunk_length(len(channels) * self.sharing, block)
        for first in range(0, self.length, step):
            samples = native(self.array[picked(channels), first : first + step])
            release(self.array)
            yield samples


@dataclass(frozen=True, slots=True)
class FieldPlane:
    """A memory-mapped structured array: its fields are the channels."""

    array: NDArray[Any]
    names: tuple[str, ...]

    @property
    def length(self) -> int:
        """Samples per channel."""
        return len(self.array)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Common type of the fields."""
        return np.result_type(*(self.array.dtype[name] for name in self.names))

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        step = chunk_length(len(channels), block)
        for first in range(0, self.length, step):
            rows = self.array[first : first + step]
            chosen = [rows[self.names[channel]] for channel in channels]
            samples = stacked(chosen, self.dtype)
            release(self.array)
            yield samples


@dataclass(frozen=True, slots=True)
class ZippedPlane:
    """An array in a compressed zip member, read from its beginning in pieces.

    `time_first` tells whether the file's first axis is time; one that lies channel by channel is
    read through one stream per channel. `sharing` as in `MappedPlane`.
    """

    path: Path
    member: str
    header: ArrayHeader
    time_first: bool
    sharing: int = 1

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self.header.shape[0 if self.time_first else -1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return self.header.dtype

    @property
    def _width(self) -> int:
        """Channels."""
        return max(1, math.prod(self.header.shape) // max(1, self.length))

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        where = f"{self.path}: {self.member}"
        try:
            with zipfile.ZipFile(self.path) as archive:
                interleaved = self.time_first != self.header.fortran or self._width == 1
                yield from (self._rows if interleaved else self._lanes)(archive, channels, block)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise RecordingError(f"{where}: damaged ({error}); write the file again") from error

    def _rows(
        self, archive: zipfile.ZipFile, channels: Sequence[int], block: int
    ) -> Iterator[NDArray[Any]]:
        """All channels of a sample lie together."""
        if self._width > CHUNK_VALUES:
            raise RecordingError(f"{self.path}: {self.member} has {self._width} channels")
        step = chunk_length(self._width * self.sharing, block)
        with archive.open(self.member) as stream:
            read_header(stream, self.member)
            for first in range(0, self.length, step):
                count = min(step, self.length - first) * self._width
                yield native(
                    self._values(stream, count).reshape(-1, self._width).T[picked(channels)]
                )

    def _lanes(
        self, archive: zipfile.ZipFile, channels: Sequence[int], block: int
    ) -> Iterator[NDArray[Any]]:
        """All samples of a channel lie together."""
        check_lanes(len(channels), f"{self.path}: {self.member}")
        step = chunk_length(len(channels), block)
        with ExitStack() as stack:
            lanes = [stack.enter_context(archive.open(self.member)) for _ in channels]
            for lane, channel in zip(lanes, channels, strict=True):
                lane.seek(self.header.offset + channel * self.length * self.dtype.itemsize)
            for first in range(0, self.length, step):
                count = min(step, self.length - first)
                yield stacked([self._values(lane, count) for lane in lanes], self.dtype)

    def _values(self, stream: IO[bytes], count: int) -> NDArray[Any]:
        content = stream.read(count * self.dtype.itemsize)
        if len(content) < count * self.dtype.itemsize:
            raise RecordingError(f"{self.path}: {self.member} ends before its declared length")
        return np.frombuffer(content, self.dtype)


@dataclass(frozen=True, slots=True)
class JoinedPlane:
    """Arrays of one channel each, side by side."""

    planes: tuple[MappedPlane | ZippedPlane, ...]
    where: str

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self.planes[0].length

    @property
    def dtype(self) -> np.dtype[Any]:
        """Common type of the arrays."""
        return np.result_type(*(plane.dtype for plane in self.planes))

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels."""
        check_lanes(len(channels), self.where)
        planes = [replace(self.planes[channel], sharing=len(channels)) for channel in channels]
        lanes = [plane.chunks([0], block) for plane in planes]
        for pieces in zip(*lanes, strict=True):
            yield np.concatenate(pieces).astype(self.dtype, copy=False)


@dataclass(frozen=True, slots=True)
class TimedPlane:
    """A plane with the times of its samples, of which there are as many."""

    plane: Plane
    times: Plane

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self.plane.length

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return self.plane.dtype

    def chunks(self, channels: Sequence[int], block: int = 1) -> Iterator[NDArray[Any]]:
        """Consecutive samples of the chosen channels; the times, `TIME`, come first."""
        others = [channel for channel in channels if channel != TIME]
        if not others:
            yield from self.times.chunks([0], block)
        elif TIME not in channels:
            yield from self.plane.chunks(others, block)
        else:
            times, waiting = self.times.chunks([0]), np.zeros((1, 0))
            for samples in self.plane.chunks(others, block):
                count = samples.shape[1]
                while waiting.shape[1] < count:
                    waiting = np.hstack((waiting, next(times)))
                yield np.vstack((waiting[:, :count], samples))
                waiting = waiting[:, count:]


def check_lanes(count: int, where: str) -> None:
    """Raise RecordingError for more channels than are read as streams of their own."""
    if count > MOST_LANES:
        raise RecordingError(
            f"{where}: {count} channels one after the other; {MOST_LANES} are the most at once: "
            "choose some with --channels, or store them as one array (n, channels)"
        )
