"""Frames of sampled values, built octet by octet after IEC 61850-9-2, apart from the project's."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

SOURCE = bytes.fromhex("0021c1407b5d")
GROUP = bytes.fromhex("010ccd040000")

Length = Callable[[int], bytes]


def shortest(length: int) -> bytes:
    if length < 128:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([0x80 | size]) + length.to_bytes(size, "big")


def element(tag: int, content: bytes, length: Length = shortest) -> bytes:
    return bytes([tag]) + length(len(content)) + content


def sample(values: Sequence[int], qualities: Sequence[int] | None = None) -> bytes:
    qualities = [0] * len(values) if qualities is None else qualities
    return b"".join(
        struct.pack(">iI", value, quality) for value, quality in zip(values, qualities, strict=True)
    )


def asdu(count: int, content: bytes, svid: str = "MU01", *, dataset: str | None = None,
         time: bytes | None = None, synch: int = 2, rate: int | None = None,
         mode: int | None = None, grandmaster: bytes | None = None,
         length: Length = shortest) -> bytes:  # fmt: skip
    def part(tag: int, value: bytes | None) -> bytes:
        return b"" if value is None else element(tag, value, length)

    body = (
        part(0x80, svid.encode())
        + part(0x81, None if dataset is None else dataset.encode())
        + part(0x82, struct.pack(">H", count))
        + part(0x83, struct.pack(">I", 1))
        + part(0x84, time)
        + part(0x85, bytes([synch]))
        + part(0x86, None if rate is None else struct.pack(">H", rate))
        + part(0x87, content)
        + part(0x88, None if mode is None else struct.pack(">H", mode))
        + part(0x89, grandmaster)
    )
    return element(0x30, body, length)


def frame(asdus: Sequence[bytes], *, appid: int = 0x4001, source: bytes = SOURCE,
          tags: bytes = b"", reserved: int = 0, security: bytes | None = None,
          padding: bytes = b"", length: Length = shortest) -> bytes:  # fmt: skip
    body = element(0x80, bytes([len(asdus)]), length)
    if security is not None:
        body += element(0x81, security, length)
    pdu = element(0x60, body + element(0xA2, b"".join(asdus), length), length)
    head = struct.pack(">HHHH", appid, 8 + len(pdu), reserved, 0)
    return GROUP + source + tags + b"\x88\xba" + head + pdu + padding


def pcap(frames: Sequence[bytes], times: Sequence[float | int], order: str = "<",
         link: int = 1) -> bytes:  # fmt: skip
    """A pcap file with nanoseconds; times in seconds, or in nanoseconds as integers."""
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, link)
    for octets, time in zip(frames, times, strict=True):
        seconds, rest = divmod(time if isinstance(time, int) else round(time * 1e9), 10**9)
        out += struct.pack(order + "IIII", seconds, rest, len(octets), len(octets)) + octets
    return out


def waves(count: int, values: int = 8) -> np.ndarray:
    """Integers that are all different, shape (count, values), of either sign."""
    return (np.arange(count * values).reshape(count, values) * 7919) % 200_003 - 100_001


def stream(values: np.ndarray, rate: int, /, *, first: int = 0, begin: float = 1e9,
           asdus: int = 1, **more: object) -> tuple[list[bytes], list[int]]:  # fmt: skip
    """Frames of a stream and their times [ns]."""
    frames, times = [], []
    for at in range(0, len(values), asdus):
        rows = values[at : at + asdus].tolist()
        parts = [
            asdu((first + at + n) % rate, sample(row), **more)  # type: ignore[arg-type]
            for n, row in enumerate(rows)
        ]
        frames.append(frame(parts))
        times.append(int(begin * 1e9) + (at + len(rows) - 1) * 10**9 // rate)
    return frames, times
