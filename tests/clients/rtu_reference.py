"""A meter of others on a serial line: pymodbus's RTU server with values that the tests choose.

Stands where the product's own line will stand, and shows until then, and afterwards as the second
opinion, that the clients do what the tests ask of them.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from clients.pty_line import PtyLine
from clients.steps import Serial, Table

_DRIVER = Path(__file__).parent / "drivers" / "pymodbus_serves.py"

BLOCKS: dict[Table, tuple[range, ...]] = {
    "input": (range(0x0192),),
    "holding": (range(0x0100), range(0xF900, 0xF932), range(0xFC00, 0xFC06)),
}
"""What there is of each table, without a gap: every even address begins a float."""


def value(table: Table, address: int) -> float:
    """The float at an even address, exact in 32 bits and found at no other; settings are whole."""
    return (address + 1) * (0.25 if table == "input" else -1.0)


def words(table: Table, block: range) -> list[int]:
    """The registers of a block."""
    floats = [value(table, address) for address in block[::2]]
    return list(struct.unpack(f">{len(block)}H", struct.pack(f">{len(floats)}f", *floats)))


@contextmanager
def rtu_reference(unit: int = 1, speed: int = 9600) -> Iterator[Serial]:
    """A line with the reference meter at its far end; gives the near end."""
    with PtyLine() as line:
        near, far = (Serial(device, speed) for device in line.devices)
        tables: Mapping[str, Mapping[int, list[int]]] = {
            table: {block.start: words(table, block) for block in blocks}
            for table, blocks in BLOCKS.items()
        }
        task = json.dumps({"target": asdict(far), "unit": unit, **tables})
        with subprocess.Popen(
            [sys.executable, str(_DRIVER), task],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            assert server.stdin is not None
            assert server.stdout is not None
            try:
                if server.stdout.readline() != "ready\n":
                    raise RuntimeError("the reference meter did not start")
                yield near
            finally:
                server.stdin.close()
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    server.kill()
