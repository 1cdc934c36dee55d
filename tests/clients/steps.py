"""What a client is asked to do: where the meter is, what to read, what to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Table = Literal["input", "holding"]
Kind = Literal["float32", "uint16", "uint32"]

WORDS: dict[Kind, int] = {"float32": 2, "uint16": 1, "uint32": 2}


@dataclass(frozen=True)
class Tcp:
    """A meter on Modbus TCP."""

    port: int
    host: str = "127.0.0.1"


@dataclass(frozen=True)
class Serial:
    """A meter on an RTU line."""

    device: str
    speed: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: int = 1


Target = Tcp | Serial


@dataclass(frozen=True)
class Read:
    """`count` values that follow each other, by one request."""

    table: Table
    address: int
    kind: Kind = "float32"
    count: int = 1
    step: Literal["read"] = "read"


@dataclass(frozen=True)
class Write:
    """One value into a holding register, by function 16."""

    address: int
    value: float
    kind: Kind = "float32"
    step: Literal["write"] = "write"


Step = Read | Write
