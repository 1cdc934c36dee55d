"""Recordings as NumPy arrays: .npy (memory-mapped) and .npz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import RateError, RecordingError
from smartx96.samples.cutting import cut, flag_missing
from smartx96.samples.files import naming, open_binary
from smartx96.samples.limits import ClipDetector
from smartx96.samples.numpy_files.header import ArrayHeader, read_header
from smartx96.samples.numpy_files.planes import FieldPlane, MappedPlane, Plane
from smartx96.samples.recording import BLOCK_SECONDS, Channel, Recording


class ArrayRecording(Recording):
    """Samples of an array file; integers are raw converter counts."""

    def __init__(
        self,
        path: Path,
        plane: Plane,
        channels: tuple[Channel, ...],
        rate: float,
        start: datetime | None = None,
    ) -> None:
        self.path = path
        self.format = path.suffix[1:].lower()
        self.channels = channels
        self.rate = rate
        self.length = plane.length
        self.start = start
        self.notes = ()
        self.full_scale = _full_scale(plane.dtype)
        self._plane = plane

    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels, see `Recording.blocks`; integers stay as they are."""
        with naming(self.path):
            yield from cut(self._whole(channels), seconds)

    def _whole(self, channels: Sequence[int]) -> Iterator[Block]:
        clip = self._clip_detector(len(channels))
        done = 0
        for samples in self._plane.chunks(channels):
            if clip is not None:
                yield Block(samples, self.rate, done, quality=clip.mark(samples))
            else:
                values, quality = _finite(samples)
                yield Block(values, self.rate, done, quality=quality)
            done += samples.shape[1]

    def _clip_detector(self, count: int) -> ClipDetector | None:
        """Detector at the ends of a signed integer type; floats have no limit."""
        if self._plane.dtype.kind != "i":
            return None
        ends = np.iinfo(self._plane.dtype)
        # Converters and writers that are symmetrical leave out the lowest count.
        return ClipDetector([ends.min + 1] * count, [ends.max] * count, self.rate / 50)


def _finite(samples: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """Samples as they are; only those that are not finite cost a copy."""
    if np.all(np.isfinite(samples)):
        return samples, None
    return flag_missing(samples.astype(np.float64))


def _full_scale(dtype: np.dtype[Any]) -> float | None:
    """Counts of a full-scale sample, None for floating point; unsigned ones swing about half."""
    return None if dtype.kind == "f" else 2.0 ** (8 * dtype.itemsize - 1)


def open_npy(path: Path, rate: float | None = None) -> ArrayRecording:
    """Open a .npy file: shape (n, channel) or (channel, n), or a structured array of fields.

    Parameters
    ----------
    path : Path
    rate : float
        Sampling rate [1/s], which the format does not hold.

    Raises
    ------
    RecordingError
        The array is damaged or no recording, or the rate is missing.
    """
    with open_binary(path) as stream:
        header = read_header(stream, str(path))
    plane, names = map_array(path, header, str(path))
    if rate is None:
        raise RateError(f"{path}: a .npy file does not tell its sampling rate; give --rate HZ")
    return ArrayRecording(path, plane, tuple(Channel(name) for name in names), rate)


def map_array(path: Path, header: ArrayHeader, where: str) -> tuple[Plane, tuple[str, ...]]:
    """Map an array from a file; with the names of its channels, numbers where it has none.

    Parameters
    ----------
    path : Path
    header : ArrayHeader
        With `offset` counted from the beginning of the file.
    where : str
        File and member, for messages.

    Raises
    ------
    RecordingError
        The array is cut off or cannot be samples.
    """
    check_samples(header, where)
    if header.offset + header.size > path.stat().st_size:
        raise RecordingError(
            f"{where}: {header.size} bytes of samples are declared, the file is shorter; cut off"
        )
    array: NDArray[Any] = np.memmap(
        path,
        header.dtype,
        mode="r",
        offset=header.offset,
        shape=header.shape,
        order="F" if header.fortran else "C",
    )
    if header.dtype.names is not None:
        return FieldPlane(array, header.dtype.names), header.dtype.names
    if array.ndim == 1:
        array = array[np.newaxis]
    elif time_first(header):
        array = array.T
    return MappedPlane(array), numbered(array.shape[0])


def numbered(count: int) -> tuple[str, ...]:
    """Names of channels without names: their numbers, from 1."""
    return tuple(str(number) for number in range(1, count + 1))


def check_samples(header: ArrayHeader, where: str) -> None:
    """Raise RecordingError for an array that cannot be samples."""
    types = [header.dtype]
    if header.dtype.names is not None:
        types = [header.dtype[name] for name in header.dtype.names]
    if any(dtype.kind not in "iuf" or dtype.shape for dtype in types):
        raise RecordingError(f"{where}: holds {header.dtype}; samples are real numbers")
    if len(header.shape) not in ((1,) if header.dtype.names else (1, 2)):
        raise RecordingError(f"{where}: has the shape {header.shape}; (n, channels) is due")
    if 0 in header.shape:
        raise RecordingError(f"{where}: has the shape {header.shape}; there are no samples")


def time_first(header: ArrayHeader) -> bool:
    """The longer axis is time."""
    return header.shape[0] >= header.shape[-1]
