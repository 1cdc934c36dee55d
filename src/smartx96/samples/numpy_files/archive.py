"""Recordings as archives of NumPy arrays (.npz)."""

from __future__ import annotations

import math
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import RateError, RecordingError
from smartx96.samples.files import open_binary
from smartx96.samples.numpy_files.arrays import (
    check_samples,
    map_array,
    numbered,
    time_first,
)
from smartx96.samples.numpy_files.header import ArrayHeader, read_header
from smartx96.samples.numpy_files.planes import (
    TIME,
    JoinedPlane,
    MappedPlane,
    TimedPlane,
    ZippedPlane,
)
from smartx96.samples.recording import Channel
from smartx96.samples.stamps.column import TimeSurvey
from smartx96.samples.stamps.stated_rate import agreed
from smartx96.samples.stored.attributes import moment_of
from smartx96.samples.stored.description import SIDES, Description, parse_moment
from smartx96.samples.stored.plane_recording import Counts, PlaneRecording
from smartx96.samples.stored.planes import Plane

LOCAL_HEADER = 30
"""Bytes of a zip member's own header before its name; the lengths of name and extra end it."""

SMALL = 1 << 16
"""Bytes up to which an array is a note beside the samples (rate, names, start)."""

TIMES = ("t", "time")
NOTES = ("rate", "start", "full_scale", *TIMES)
"""Names that no channel has."""


def open_npz(path: Path, rate: float | None = None) -> PlaneRecording:
    """Open a .npz file: one array `samples` with `rate`, `channels`, `start`, or one per channel.

    Parameters
    ----------
    path : Path
    rate : float, optional
        Sampling rate [1/s] that overrides the file's own.

    Raises
    ------
    RecordingError
        The archive is damaged or no recording, or the rate is missing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _from_archive(path, archive, rate)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, UnicodeError) as error:
        raise RecordingError(f"{path}: not a readable .npz archive ({error})") from error
    except RuntimeError as error:  # encrypted, or packed in a way that zipfile does not know
        raise RecordingError(f"{path}: a member of the archive cannot be read ({error})") from error


def _from_archive(path: Path, archive: zipfile.ZipFile, rate: float | None) -> PlaneRecording:
    headers = _headers(path, archive)
    plane: Plane
    if "samples" in headers:
        stored = headers["samples"]
        named = _small(path, archive, headers, "channels")
        plane = _member(path, archive, "samples", stored, None if named is None else len(named))
        count = math.prod(stored.shape) // plane.length
        names = _texts(path, archive, headers, "channels", count) or numbered(count)
        types = [plane.dtype] * count
    else:
        members = _channel_members(headers, path)
        planes = [_member(path, archive, name, headers[name]) for name in members]
        plane, names = JoinedPlane(tuple(planes), str(path)), tuple(members)
        types = [one.dtype for one in planes]
    units, phases, sides = (
        _texts(path, archive, headers, name, len(names)) or ("",) * len(names)
        for name in ("units", "phases", "side")
    )
    channels = tuple(
        Channel(name, phase, unit, side if side in SIDES else None)
        for name, phase, unit, side in zip(names, phases, units, sides, strict=True)
    )
    times = None if rate is not None else _times(path, archive, headers, plane.length)
    survey = TimeSurvey()
    if times is not None:
        plane = TimedPlane(plane, times)
        survey = TimeSurvey.of_plane(plane, TIME, 1.0)
    stored_rate = None if rate is not None else _rate(path, archive, headers)
    known, notes = agreed(rate, stored_rate, survey.rate, path)
    if known is None:
        raise RateError(f"{path}: does not tell its sampling rate; give --rate HZ")
    description = Description(
        channels,
        known,
        _start(path, archive, headers) or moment_of(survey.begin(known)),
        _number(_small(path, archive, headers, "full_scale")),
    )
    return PlaneRecording(
        path, "npz", plane, description,
        counts=[Counts.of_type(own) for own in types], times=survey.column(TIME, 1.0), notes=notes,
    )  # fmt: skip


def _headers(path: Path, archive: zipfile.ZipFile) -> dict[str, ArrayHeader]:
    headers = {}
    for info in archive.infolist():
        if info.filename.endswith(".npy"):
            with archive.open(info) as stream:
                name = info.filename[: -len(".npy")]
                headers[name] = read_header(stream, f"{path}: {name}")
    return headers


def _member(
    path: Path,
    archive: zipfile.ZipFile,
    name: str,
    header: ArrayHeader,
    channels: int | None = None,
) -> MappedPlane | ZippedPlane:
    """Mapped where the member is stored as it is, else read through the decompressor."""
    where = f"{path}: {name}"
    check_samples(header, where)
    if header.dtype.names is not None:
        raise RecordingError(f"{where}: is a structured array; store one array per channel")
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        return ZippedPlane(path, info.filename, header, time_first(header, channels))
    with open_binary(path, info.header_offset) as file:
        local = file.read(LOCAL_HEADER)
    lengths = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    begin = info.header_offset + LOCAL_HEADER + lengths
    placed = ArrayHeader(header.shape, header.fortran, header.dtype, begin + header.offset)
    plane, _ = map_array(path, placed, where, channels)
    assert isinstance(plane, MappedPlane)  # structured ones are refused above
    return plane


def _channel_members(headers: dict[str, ArrayHeader], path: Path) -> list[str]:
    """Members that are channels: arrays of one axis and equal length, time apart."""
    members = [
        name
        for name, header in headers.items()
        if len(header.shape) == 1 and header.dtype.kind in "iuf" and name not in NOTES
    ]
    if not members:
        raise RecordingError(f"{path}: has neither an array 'samples' nor one per channel")
    lengths = {name: headers[name].shape[0] for name in members}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise RecordingError(f"{path}: the channels differ in length ({listed})")
    return members


def _small(
    path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader], name: str
) -> NDArray[Any] | None:
    """An array that is a note beside the samples."""
    header = headers.get(name)
    if header is None:
        return None
    if header.size > SMALL or header.dtype.kind not in "iufUS":
        raise RecordingError(f"{path}: {name} is {header.dtype} of shape {header.shape}")
    with archive.open(f"{name}.npy") as stream:
        read_header(stream, f"{path}: {name}")
        content = stream.read(header.size)
    if len(content) < header.size:
        raise RecordingError(f"{path}: {name} is cut off")
    return np.frombuffer(content, header.dtype) if header.size else np.zeros(0, header.dtype)


def _texts(
    path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader], name: str, count: int
) -> tuple[str, ...]:
    """One text for each channel, or one for all; empty where the archive has none."""
    stored = _small(path, archive, headers, name)
    if stored is None:
        return ()
    texts = tuple(_text(stored[n : n + 1]) for n in range(len(stored)))
    if len(texts) == 1 and name != "channels":
        return texts * count
    if len(texts) != count:
        raise RecordingError(
            f"{path}: {name!r} has {len(texts)} entries, the samples have {count} channels"
        )
    return texts


def _number(stored: NDArray[Any] | None) -> float | None:
    """A number above 0, None where there is none."""
    if stored is None or len(stored) != 1 or stored.dtype.kind not in "iuf":
        return None
    number = float(stored[0])
    return number if 0 < number < np.inf else None


def _text(stored: NDArray[Any] | None) -> str:
    if stored is None or len(stored) == 0:
        return ""
    if stored.dtype.kind == "U":  # NumPy itself fails on numbers that stand for no letter
        order = "be" if stored.dtype.byteorder == ">" else "le"
        return stored[:1].tobytes().decode(f"utf-32-{order}", "replace").rstrip("\0")
    value = stored[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _rate(path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader]) -> float | None:
    """The array `rate`, None where there is none."""
    stored = _small(path, archive, headers, "rate")
    if stored is None or len(stored) != 1 or stored.dtype.kind not in "iuf":
        return None
    rate = _number(stored)
    if rate is None:
        raise RecordingError(f"{path}: the stored rate is {stored[0]:g}; give --rate HZ")
    return rate


def _times(
    path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader], length: int
) -> MappedPlane | ZippedPlane | None:
    """The array `t` or `time`, None where there is none."""
    name = next((name for name in TIMES if name in headers), None)
    if name is None:
        return None
    plane = _member(path, archive, name, headers[name], 1)
    if math.prod(headers[name].shape) != length:
        raise RecordingError(
            f"{path}: {name} has the shape {headers[name].shape}, there are {length} samples; "
            "give --rate HZ, which ignores it"
        )
    return plane


def _start(
    path: Path, archive: zipfile.ZipFile, headers: dict[str, ArrayHeader]
) -> datetime | None:
    """ISO 8601 text of `start`; without a zone it is UTC."""
    return parse_moment(_text(_small(path, archive, headers, "start")))
