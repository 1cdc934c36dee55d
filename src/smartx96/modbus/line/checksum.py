"""CRC-16 of a Modbus RTU frame (Modbus over serial line 1.02, clause 2.5.1.2)."""

from __future__ import annotations

_POLYNOMIAL = 0xA001


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(_entry(value) for value in range(256))


def crc(data: bytes) -> bytes:
    """Check sum as it is sent, the low byte first."""
    value, table = 0xFFFF, _TABLE
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


def intact(frame: bytes) -> bool:
    """Whether a frame ends with its check sum."""
    return len(frame) > 2 and crc(frame[:-2]) == frame[-2:]
