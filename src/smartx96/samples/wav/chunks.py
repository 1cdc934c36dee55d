"""Chunks of a RIFF, RIFX, RF64 or BW64 file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from smartx96.errors import RecordingError

FORMS = {b"RIFF": "<", b"RIFX": ">", b"RF64": "<", b"BW64": "<"}
"""Identifier of the file's outermost chunk: byte order."""

UNKNOWN_SIZES = (0, 0xFFFFFFFF)
"""What a program writes as size that cannot go back in its output (a pipe)."""

MOST_CHUNKS = 4096
LONGEST_SMALL = 1 << 22


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its identifier, the first byte of its content, and the bytes it declares."""

    id: bytes
    offset: int
    size: int


def byte_order(file: BinaryIO) -> str:
    """`<` or `>` by the first twelve bytes, which are read.

    Raises
    ------
    RecordingError
        It is no WAV file.
    """
    head = file.read(12)
    if head[:4] not in FORMS or head[8:12] != b"WAVE":
        raise RecordingError("is no WAV file: it does not begin with RIFF and WAVE")
    return FORMS[head[:4]]


def walk(file: BinaryIO, order: str, end: int) -> Iterator[Chunk]:
    """Chunks in the order of the file; 64-bit sizes of a ds64 chunk are put in.

    Parameters
    ----------
    file : binary file
        Positioned after the form.
    order : str
        Byte order.
    end : int
        Size of the file, which rules over what it declares.
    """
    large: int | None = None
    position = file.tell()
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        id, size = head[:4], struct.unpack(f"{order}I", head[4:])[0]
        if id == b"ds64" and size >= 16:
            large = struct.unpack("<Q", file.read(16)[8:].ljust(8, b"\0"))[0]
        if id == b"data" and size == 0xFFFFFFFF and large:
            size = large
        yield Chunk(id, position + 8, size)
        if id == b"data" and size in UNKNOWN_SIZES and not (size == 0 and _more(file, position)):
            return  # it lasts to the end
        position += 8 + size + size % 2
        if position >= end:
            return


def _more(file: BinaryIO, position: int) -> bool:
    """Whether a chunk follows an empty one: an identifier of printable letters."""
    file.seek(position + 8)
    id = file.read(4)
    return len(id) == 4 and all(32 <= letter < 127 for letter in id) and id.strip() != b""


def content(file: BinaryIO, chunk: Chunk) -> bytes:
    """Content of a small chunk.

    Raises
    ------
    RecordingError
        It is larger than any of its kind.
    """
    if chunk.size > LONGEST_SMALL:
        raise RecordingError(f"its {chunk.id!r} chunk declares {chunk.size} bytes; damaged")
    file.seek(chunk.offset)
    return file.read(chunk.size)
