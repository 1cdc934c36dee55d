"""What the header of a WAV file says: number format, channels, rate, where the samples lie."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from smartx96.errors import RecordingError
from smartx96.samples.files import naming, open_binary
from smartx96.samples.stored.description import Description, parse_description
from smartx96.samples.wav.chunks import UNKNOWN_SIZES, Chunk, byte_order, content, walk

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
OTHER_TAGS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 80: "MPEG", 85: "MP3"}
FORMATS = {(PCM, 1), (PCM, 2), (PCM, 3), (PCM, 4), (FLOAT, 4), (FLOAT, 8)}
"""Kinds of numbers that are read, with their size in bytes."""

DESCRIPTION = b"x96d"
"""Identifier of the chunk with the description; lower case, for it is nobody's standard."""

GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""Rest of a subformat that begins with a format tag."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Samples of a WAV file: `count` frames of `channels` numbers from byte `offset` on."""

    order: str
    kind: int
    width: int
    channels: int
    rate: float
    offset: int
    count: int
    description: Description | None
    notes: tuple[str, ...]


def read_header(path: Path) -> WavHeader:
    """Header of a WAV file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RecordingError
        It is no WAV file, or one of another number format, or has no samples.
    """
    with naming(path), open_binary(path) as file:
        size = path.stat().st_size
        order = byte_order(file)
        found: dict[bytes, Chunk] = {}
        for chunk in walk(file, order, size):
            found.setdefault(chunk.id, chunk)
        return _header(file, order, found, size)


def _header(file: BinaryIO, order: str, found: dict[bytes, Chunk], size: int) -> WavHeader:
    for id in (b"fmt ", b"data"):
        if id not in found:
            raise RecordingError(f"has no {id.decode().strip()!r} chunk; cut off or no WAV file")
    kind, channels, rate, width = _format(content(file, found[b"fmt "]), order)
    count, notes = _frames(found[b"data"], channels * width, size)
    described = None
    if DESCRIPTION in found:
        described = parse_description(content(file, found[DESCRIPTION]), channels)
        # A program that resampled may have kept the chunk.
        if described is None or header_rate(described.rate) != rate:
            described = None
            notes.append("the description of its samples does not fit them and is not used")
    return WavHeader(
        order, kind, width, channels, float(rate), found[b"data"].offset, count, described,
        tuple(notes),
    )  # fmt: skip


def _format(text: bytes, order: str) -> tuple[int, int, int, int]:
    """Kind of numbers, channels, rate, and bytes of a number."""
    if len(text) < 16:
        raise RecordingError("its 'fmt' chunk is cut off")
    tag, channels, rate, _, align, bits = struct.unpack(f"{order}HHIIHH", text[:16])
    if tag == EXTENSIBLE:
        if len(text) < 40 or text[26:40] != GUID_TAIL:
            raise RecordingError("its extensible number format is not known; write it as PCM")
        tag = struct.unpack(f"{order}H", text[24:26])[0]
    if channels == 0:
        raise RecordingError("declares no channels; damaged")
    if rate == 0:
        raise RecordingError("declares a sampling rate of 0; damaged")
    width = -(-bits // 8)
    if (tag, width) not in FORMATS:
        name = OTHER_TAGS.get(tag, {PCM: "PCM", FLOAT: "float"}.get(tag, f"format {tag}"))
        raise RecordingError(f"holds {name} of {bits} bits; write it as PCM or float")
    if align != channels * width:
        raise RecordingError(
            f"declares frames of {align} bytes for {channels} channels of {bits} bits; damaged"
        )
    return tag, channels, rate, width


def _frames(data: Chunk, frame: int, size: int) -> tuple[int, list[str]]:
    """Frames that are there, and what is to be said of the declared number."""
    there = max(0, size - data.offset)
    notes = []
    declared = data.size
    if declared in UNKNOWN_SIZES:
        notes.append("its header does not tell its length; read to the end of the file")
        declared = there
    elif declared > there:
        notes.append(f"{declared // frame} samples are declared, the file holds {there // frame}")
    count = min(declared, there) // frame
    if count == 0:
        raise RecordingError("holds no samples")
    return count, notes


def header_rate(rate: float) -> int:
    """Sampling rate as the header holds it, a whole number [1/s]."""
    return min(max(1, round(rate)), 0xFFFFFFFF)
