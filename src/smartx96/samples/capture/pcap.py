"""The pcap format: one header, then records of a header and a frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.capture.frames import LINKS, Bytes, Frames

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First octets of a file: byte order and nanoseconds per unit of the time stamps' fraction."""

HEADER = 24
RECORD = 16
LONGEST = 1 << 18
"""Octets of the longest frame that capturing programs store (their MAXIMUM_SNAPLEN)."""

CHUNK = 1 << 20
"""Octets read at a time."""


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    nanoseconds: int
    link: int


def read_pcap(file: BinaryIO, notes: list[str]) -> Iterator[Frames]:
    """Frames of a pcap file, from its beginning.

    Parameters
    ----------
    file : binary file
    notes : list of str
        Grows by a line where the file is cut off or frames are left out.

    Raises
    ------
    RecordingError
        The header or the length of a record is damaged.
    """
    header = _header(file.read(HEADER))
    if header.link not in LINKS:
        raise RecordingError(
            f"the capture is of link type {header.link}; Ethernet is due (1, or Linux cooked 113, "
            "276)"
        )
    done, rest = HEADER, b""
    while chunk := file.read(CHUNK):
        content = rest + chunk
        starts, used = _records(content, header.order, done)
        if starts:
            yield _frames(np.frombuffer(content, dtype=np.uint8), starts, header)
        done, rest = done + used, content[used:]
    if rest:
        notes.append(f"the capture is cut off: its last {len(rest)} bytes are part of a record")


def _header(content: bytes) -> _Header:
    if len(content) < HEADER:
        raise RecordingError("the capture is cut off within its header")
    order, nanoseconds = MAGICS[content[:4]]
    # The upper bits hold the length of the frame check sequence and flags.
    link = struct.unpack_from(order + "I", content, 20)[0] & 0x0FFFFFFF
    return _Header(order, nanoseconds, link)


def _records(content: bytes, order: str, done: int) -> tuple[list[int], int]:
    """Where the whole records begin, and how many octets they take together."""
    captured = struct.Struct(order + "I").unpack_from
    starts: list[int] = []
    start, size = 0, len(content)
    while start + RECORD <= size:
        length = captured(content, start + 8)[0]
        if length > LONGEST:
            raise RecordingError(
                f"the record at byte {done + start} declares a frame of {length} bytes; "
                f"{LONGEST} is the most: damaged"
            )
        end = start + RECORD + length
        if end > size:
            break
        starts.append(start)
        start = end
    return starts, start


def _frames(data: Bytes, starts: list[int], header: _Header) -> Frames:
    at = np.array(starts, dtype=np.int64)
    heads = np.lib.stride_tricks.sliding_window_view(data, RECORD)[at]
    fields = heads.view(header.order + "u4").astype(np.int64)
    times = fields[:, 0] * 1_000_000_000 + fields[:, 1] * header.nanoseconds
    return Frames(data, at + RECORD, fields[:, 2], times, header.link)
