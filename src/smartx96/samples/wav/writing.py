"""Writing WAV files: values as floating-point numbers, or integers with a scale."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.spool import Spool
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.stored.description import Description
from smartx96.samples.wav.header import DESCRIPTION, FLOAT, PCM, header_rate

FLOATS = {"F32": "<f4", "F64": "<f8"}
BITS = {"S16": 16, "S24": 24, "S32": 32}
HEADROOM = 0.98
"""Part of the range that the largest sample takes: at its limit it would look clipped."""

MOST_CHANNELS = 0xFFFF
LARGEST = 0xFFFFFFFF
"""Bytes that a RIFF chunk can declare; a larger file is an RF64 (EBU Tech 3306)."""

Rows = NDArray[np.float64]
"""Samples, shape (n, channel), NaN where missing."""


def write_wav(path: Path, outgoing: Outgoing, data_format: str = "F32") -> None:
    """Write a WAV file with a chunk that describes the channels.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    data_format : str
        `F32` or `F64`: values in volt and ampere, NaN where missing; `S16`, `S24`, `S32`: integers
        with a scale for each channel, the lowest one where missing.
    """
    check_channels(path, outgoing, MOST_CHANNELS)
    with unfinished(path) as (part,), part.open("w+b") as file:
        if data_format in FLOATS:
            rows = (np.ascontiguousarray(piece.samples.T) for piece in outgoing.filled())
            _write(file, outgoing.described(), rows, data_format)
            return
        with tempfile.TemporaryFile(dir=path.parent) as scratch:
            spool = Spool(scratch, len(outgoing.channels), outgoing.filled())
            described = counted(outgoing, spool, BITS[data_format])
            _write(file, described, (rows[:, 1:] for rows in spool.rows()), data_format)


def check_channels(path: Path, outgoing: Outgoing, most: int) -> None:
    """Raise OptionError for more channels than the format has."""
    if len(outgoing.channels) > most:
        raise OptionError(
            f"{path}: the format has up to {most} channels, these are {len(outgoing.channels)}; "
            "choose some with --channels, or another format"
        )


def counted(outgoing: Outgoing, spool: Spool, bits: int) -> Description:
    """Description of samples as integers of `bits`; counts of a converter that fit stay.

    Parameters
    ----------
    outgoing : Outgoing
    spool : Spool
        The samples.
    bits : int
    """
    ends = 2 ** (bits - 1)
    if outgoing.full_scale is not None and np.all(spool.peaks < ends):
        scales: tuple[float, ...] = (1.0,) * spool.channels
    else:
        scales = tuple(spool.factors(round(HEADROOM * ends)).tolist())
    return outgoing.described(scales, missing=-ends)


def as_counts(rows: Rows, described: Description) -> NDArray[np.int32]:
    """Samples as the integers that stand for them, shape (n, channel).

    Parameters
    ----------
    rows : ndarray, shape (n, channel)
    described : Description
        With scales and the integer of missing samples.
    """
    counts: Rows = np.round(rows / np.array(described.scales))
    counts[np.isnan(counts)] = described.missing or 0
    return counts.astype(np.int32)


def _write(file: IO[bytes], described: Description, blocks: Iterator[Rows], kind: str) -> None:
    begin = _header(described, kind, 0)
    file.write(begin)
    frames = 0
    for rows in blocks:
        file.write(_encoded(rows, described, kind))
        frames += len(rows)
    if file.tell() % 2:
        file.write(b"\0")
    file.seek(0)
    file.write(_header(described, kind, frames))


def _encoded(rows: Rows, described: Description, kind: str) -> bytes:
    if kind in FLOATS:
        with np.errstate(over="ignore"):  # beyond float32 it is infinite, which reads as missing
            return rows.astype(FLOATS[kind]).tobytes()
    counts = as_counts(rows, described)
    if kind == "S24":
        return np.ascontiguousarray(
            counts.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
        ).tobytes()
    return counts.astype(f"<i{BITS[kind] // 8}").tobytes()


def _header(described: Description, kind: str, frames: int) -> bytes:
    """All that comes before the samples; as long for every number of frames."""
    tag = FLOAT if kind in FLOATS else PCM
    width = np.dtype(FLOATS[kind]).itemsize if kind in FLOATS else BITS[kind] // 8
    rate, channels = header_rate(described.rate), len(described.channels)
    frame = width * channels
    data = frames * frame
    layout = struct.pack(
        "<HHIIHH", tag, channels, rate, min(rate * frame, LARGEST), min(frame, 0xFFFF), 8 * width
    )
    text = described.text().encode("ascii")
    chunks = _chunk(b"fmt ", layout) + _chunk(b"fact", struct.pack("<I", min(frames, LARGEST)))
    chunks += _chunk(DESCRIPTION, text + b" " * (len(text) % 2))
    riff = 4 + 36 + len(chunks) + 8 + data + data % 2
    if riff <= LARGEST:
        form, sizes = struct.pack("<4sI", b"RIFF", riff), _chunk(b"JUNK", bytes(28))
        return form + b"WAVE" + sizes + chunks + struct.pack("<4sI", b"data", data)
    form = struct.pack("<4sI", b"RF64", LARGEST)
    sizes = _chunk(b"ds64", struct.pack("<QQQI", riff, data, frames, 0))
    return form + b"WAVE" + sizes + chunks + struct.pack("<4sI", b"data", LARGEST)


def _chunk(id: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", id, len(content)) + content
