"""Packets for captures: blocks of pcapng, IP and TCP around what was said, RTU frames by name.

RTU frames are of the link type 252, WIRESHARK_UPPER_PDU: each names the dissector that reads it, so
that nothing has to be set up. The link types made for serial lines have Modbus chosen by hand.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from smartx96.samples.capture.pcap import LONGEST
from smartx96.samples.capture.pcapng import ENHANCED, INTERFACE, SECTION

RAW_IP, UPPER_PDU = 101, 252
"""Link types: IPv4 or IPv6 from the first byte, and a PDU behind the name of its dissector."""

_USER_APPLICATION, _NAME, _DESCRIPTION, _FLAGS = 4, 2, 3, 2
_INBOUND, _OUTBOUND = 1, 2
_DISSECTOR, _IPV4_FROM, _IPV6_FROM, _PORT_TYPE, _PORT_FROM = 12, 20, 22, 24, 25
_PORT_TYPE_TCP = 2
_TCP = 6
_HOP_LIMIT = 64
_WINDOW = 65535

SYN, ACK, PUSH = 0x02, 0x10, 0x08


class Endpoint(NamedTuple):
    """An end of a TCP connection."""

    address: IPv4Address | IPv6Address
    port: int

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From `host:port`; a host that is no address becomes the one that is none.

        A zone behind an IPv6 address is left out: packets have no room for it.
        """
        host, _, port = text.rpartition(":")
        try:
            return cls(ip_address(host.strip("[]").partition("%")[0]), int(port))
        except ValueError:
            return cls(IPv4Address(0), 0)


def section() -> bytes:
    """What a file, and each part that can be read for itself, begins with."""
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(SECTION, head + _options({_USER_APPLICATION: b"SMART X96"}))


def interface(link: int, name: str, description: str) -> bytes:
    """Description of an interface, with time stamps in microseconds as the format has it."""
    texts = {_NAME: name.encode("utf-8", "replace"),
             _DESCRIPTION: description.encode("utf-8", "replace")}  # fmt: skip
    return _block(INTERFACE, struct.pack("<HHI", link, 0, LONGEST) + _options(texts))


def packet(number: int, time: float, data: bytes, sent: bool) -> bytes:
    """A packet of the interface `number` at `time` [s since 1970-01-01T00:00Z]."""
    high, low = divmod(max(round(time * 1e6), 0), 1 << 32)
    head = struct.pack("<IIIII", number, high, low, len(data), len(data))
    flags = struct.pack("<I", _OUTBOUND if sent else _INBOUND)
    return _block(ENHANCED, head + _padded(data) + _options({_FLAGS: flags}))


def rtu(frame: bytes, ends: tuple[Endpoint, Endpoint] | None = None) -> bytes:
    """An RTU frame for Wireshark, with who sent it to whom where it came over TCP."""
    return b"".join(_tag(*tag) for tag in _tags(ends)) + _tag(0, b"") + frame


def tcp(source: Endpoint, target: Endpoint, sequence: int, acknowledged: int, flags: int,
        data: bytes = b"") -> bytes:  # fmt: skip
    """An IP packet with a TCP segment (RFC 791, 8200, 9293), check sums and all."""
    head = struct.pack(
        ">HHIIBBHHH", source.port, target.port, sequence, acknowledged, 5 << 4, flags, _WINDOW, 0, 0
    )
    size = len(head) + len(data)
    addresses = source.address.packed + target.address.packed
    total = _checksum(addresses + struct.pack(">II", _TCP, size) + head + data)
    segment = head[:16] + struct.pack(">H", total) + head[18:] + data
    if source.address.version == 6:
        return struct.pack(">IHBB", 6 << 28, size, _TCP, _HOP_LIMIT) + addresses + segment
    version = struct.pack(">BBHHHBB", 0x45, 0, 20 + size, 0, 0x4000, _HOP_LIMIT, _TCP)
    return version + struct.pack(">H", _checksum(version + addresses)) + addresses + segment


def _tags(ends: tuple[Endpoint, Endpoint] | None) -> Iterator[tuple[int, bytes]]:
    """Tags of Wireshark's exported PDUs."""
    yield _DISSECTOR, b"mbrtu"
    if ends is None:
        return
    for n, end in enumerate(ends):
        yield (_IPV6_FROM if end.address.version == 6 else _IPV4_FROM) + n, end.address.packed
    yield _PORT_TYPE, struct.pack(">I", _PORT_TYPE_TCP)
    for n, end in enumerate(ends):
        yield _PORT_FROM + n, struct.pack(">I", end.port)


def _tag(kind: int, value: bytes) -> bytes:
    value = _padded(value)
    return struct.pack(">HH", kind, len(value)) + value


def _checksum(data: bytes) -> int:
    """Internet check sum (RFC 1071)."""
    # The sum of 16-bit words with its carries is the remainder to 2^16 - 1, but for zero.
    total = int.from_bytes(data + b"\0" * (len(data) % 2)) % 0xFFFF
    return 0xFFFF - total


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _options(values: dict[int, bytes]) -> bytes:
    found = (struct.pack("<HH", code, len(text)) + _padded(text) for code, text in values.items())
    return b"".join(found) + bytes(4)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
