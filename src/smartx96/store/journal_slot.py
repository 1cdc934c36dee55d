"""Slot: one check-summed entry of the pulse journal."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from smartx96.meter.pulse import OUTPUTS

BLOCK = 4096
"""Bytes from one slot to the next: each is a block of the disk by itself."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_MAGIC = b"X96P"
_BODY = struct.Struct(f"<4sI16s16sQ{len(OUTPUTS)}Q")
_CRC = struct.Struct("<I")


class Mark(IntFlag):
    """How a slot was written."""

    SYNCED = 1
    """It was brought to the disk at once."""
    CLOSED = 2
    """The journal was closed with it, and brought to the disk."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in a slot.

    Parameters
    ----------
    marks : Mark
    meter : bytes
        Whose it is, as `owner` tells.
    boot : bytes
        Run of the machine in which it was written.
    generation : int
        Counts what is written of this meter.
    counts : tuple of int
        Pulses emitted by each of `OUTPUTS`.
    """

    marks: Mark
    meter: bytes
    boot: bytes
    generation: int
    counts: tuple[int, ...]

    def packed(self) -> bytes:
        """As bytes: magic, fields in their order, CRC-32."""
        body = _BODY.pack(
            _MAGIC, self.marks, self.meter, self.boot, self.generation, *self.counts
        )  # fmt: skip
        return body + _CRC.pack(zlib.crc32(body))


SIZE = _BODY.size + _CRC.size
"""Bytes of what stands in a slot."""


def unpacked(data: bytes) -> Slot | None:
    """A slot from its bytes; None where it is damaged or was never written."""
    body, crc = data[: _BODY.size], data[_BODY.size : SIZE]
    if len(data) < SIZE or crc != _CRC.pack(zlib.crc32(body)) or body[:4] != _MAGIC:
        return None
    _, marks, meter, boot, generation, *counts = _BODY.unpack(body)
    return Slot(Mark(marks), meter, boot, generation, tuple(counts))


def owner(meter: str) -> bytes:
    """16 bytes that stand for a meter's name."""
    return hashlib.sha256(meter.encode()).digest()[:16]


def this_boot() -> bytes:
    """16 bytes that tell this run of the machine from others; empty where nothing does."""
    try:
        return bytes.fromhex(_BOOT.read_text("ascii").strip().replace("-", ""))
    except (OSError, ValueError):
        return b""
