"""Seeds of the fuzzing targets of the Modbus server: the conversations of the tests.

    python fuzz/modbus_seeds.py FOLDER

writes FOLDER/pdu/*, FOLDER/tcp/*, FOLDER/rtu/*, FOLDER/writes/*.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from smartx96.modbus.encoding import encode
from smartx96.modbus.readings import WORD_ORDER_MARK
from smartx96.modbus.registers import HOLDING, Format
from support.conversations import CONVERSATIONS, octets
from support.exercise_modbus import OURS

FRAMED = 0x10
"""Has the check sum put behind a piece."""


def conversations() -> Iterator[list[bytes]]:
    """Requests of each conversation."""
    for steps in CONVERSATIONS.values():
        yield [octets(request) for request, _ in steps]


def pdu() -> Iterator[bytes]:
    """Every request."""
    for requests in conversations():
        yield from requests


def tcp() -> Iterator[bytes]:
    """Conversations as streams, in pieces of several sizes, and one of them broken."""
    for requests in conversations():
        stream = b"".join(
            struct.pack(">HHHB", n, 0, len(request) + 1, (OURS[0], 0, 255, 5)[n % 4]) + request
            for n, request in enumerate(requests[:6])
        )
        yield b"\xff" + stream
        yield b"\x03" + stream[:40] + b"\0\1\0\1" + stream


def piece(data: bytes, gap: int, how: int = FRAMED) -> bytes:
    """A piece of a line's script."""
    return bytes((len(data) & 0xFF, how | gap)) + data[:255]


def rtu() -> Iterator[bytes]:
    """Requests to ours, to others, to all; halves, noise, several in a burst, damage."""
    for requests in conversations():
        for address in (OURS[0], 5, 0):
            framed = [bytes((address,)) + request for request in requests[:5]]
            yield b"\0" + b"".join(piece(data, 4) for data in framed)
            yield b"\1" + b"".join(piece(data, 0) for data in framed)
    read = bytes((OURS[1],)) + octets("03 0000 0002")
    foreign = octets("05 03 0000 0002"), octets("05 03 04 43660000")
    yield b"\0" + piece(b"\xff\0\xff", 4, 0) + piece(read, 0)
    yield b"\2" + piece(read[:3], 4, 0) + piece(read[3:], 4, 0) + piece(read, 5)
    yield b"\4" + piece(read[:3], 4, 0) + piece(read[3:], 1, 0) + piece(read, 5, FRAMED | 8)
    yield b"\0" + b"".join(piece(data, 0) for data in (*foreign, read))
    yield b"\0" + piece(read, 4) + piece(b"\0\0", 0, 0) + piece(read, 4)
    yield b"\0" + piece(b"\xff" * 255, 4, 0) * 3 + piece(read, 0)


def writes() -> Iterator[bytes]:
    """Every holding register with small numbers, in both word orders; a clock, a mark, a zone."""
    for register in HOLDING:
        place = struct.pack(">H", register.address)
        for value in (0, 1, 3, 5, 60, 230, 9999):
            if register.format in (Format.FLOAT32, Format.U16, Format.U32):
                for order in (0, 1):
                    yield bytes((order,)) + place + encode(register, value, bool(order))
    clock = octets("5945130729032620")
    known = {register.id: struct.pack(">H", register.address) for register in HOLDING}
    yield b"\0" + known["clock"] + clock
    yield b"\2" + known["clock"] + clock
    yield b"\2" + known["time_zone"] + b"Europe/Berlin".ljust(32, b"\0")
    yield b"\0" + known["display_times"] + octets("60154599")
    yield b"\1" + known["word_order"] + struct.pack(">f", WORD_ORDER_MARK)
    yield b"\0" + known["ct_secondary"] + struct.pack(">4f", 5, 200, 100, 10)


TARGETS: dict[str, Callable[[], Iterator[bytes]]] = {
    "pdu": pdu, "tcp": tcp, "rtu": rtu, "writes": writes,
}  # fmt: skip


def main(folder: Path) -> None:
    """Write all seeds, each under its digest."""
    for target, seeds in TARGETS.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for content in seeds():
            name = hashlib.sha256(content).hexdigest()[:12]
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
