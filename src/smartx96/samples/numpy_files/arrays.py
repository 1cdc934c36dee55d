"""Recordings as NumPy arrays: .npy (memory-mapped) and .npz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RateError, RecordingError
from smartx96.samples.channels.option_texts import numbers_as_roles
from smartx96.samples.files import open_binary
from smartx96.samples.numpy_files.header import ArrayHeader, read_header
from smartx96.samples.numpy_files.planes import FieldPlane, MappedPlane
from smartx96.samples.recording import Channel
from smartx96.samples.stored.description import Description
from smartx96.samples.stored.plane_recording import Counts, PlaneRecording
from smartx96.samples.stored.planes import Plane


def open_npy(path: Path, rate: float | None = None) -> PlaneRecording:
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
        raise RateError(f"{path}: a .npy file does not tell its sampling rate; {_missing(names)}")
    description = Description(tuple(Channel(name) for name in names), rate)
    fields = header.dtype.names
    types = [header.dtype[name] for name in fields] if fields else [header.dtype] * len(names)
    counts = [Counts.of_type(own) for own in types]
    return PlaneRecording(path, "npy", plane, description, counts=counts)


def _missing(names: tuple[str, ...]) -> str:
    """Options without which the array is not read."""
    if names != numbered(len(names)):
        return "give --rate HZ"
    return f"give --rate HZ and which channel is which, such as {numbers_as_roles(len(names))}"


MOST_CHANNELS = 1 << 16


def map_array(
    path: Path, header: ArrayHeader, where: str, channels: int | None = None
) -> tuple[Plane, tuple[str, ...]]:
    """Map an array from a file; with the names of its channels, numbers where it has none.

    Parameters
    ----------
    path : Path
    header : ArrayHeader
        With `offset` counted from the beginning of the file.
    where : str
        File and member, for messages.
    channels : int, optional
        Their number, where it is known.

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
    elif time_first(header, channels):
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
    if not types or any(dtype.kind not in "iuf" or dtype.shape for dtype in types):
        raise RecordingError(f"{where}: holds {header.dtype}; samples are real numbers")
    if len(header.shape) not in ((1,) if header.dtype.names else (1, 2)):
        raise RecordingError(f"{where}: has the shape {header.shape}; (n, channels) is due")
    if len(header.shape) == 2 and min(header.shape) > MOST_CHANNELS:
        raise RecordingError(
            f"{where}: has the shape {header.shape}; {MOST_CHANNELS} channels are the most"
        )
    if 0 in header.shape:
        raise RecordingError(f"{where}: has the shape {header.shape}; there are no samples")


def time_first(header: ArrayHeader, channels: int | None = None) -> bool:
    """Whether the first axis is time: the other has the known number of channels, or is shorter."""
    if channels in header.shape and header.shape[0] != header.shape[-1]:
        return header.shape[-1] == channels
    return header.shape[0] >= header.shape[-1]
