"""Request: a function call that is well formed, and those who take part in it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from smartx96.modbus.functions.counters import Counters
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import Space

MAX_READ = 125
"""Most registers of one read (Modbus application protocol 1.1b3, clauses 6.3 and 6.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """Who asks: a connection or a line.

    Parameters
    ----------
    session : hashable
        What a password unlocks.
    name : str
        By which people know it.
    max_read : int
        Most registers of one read.
    read_only : bool
        Whether everything written is refused.
    """

    session: Hashable = None
    name: str = ""
    max_read: int = MAX_READ
    read_only: bool = False


class Unit(Protocol):
    """What requests need of a meter."""

    @property
    def unit_address(self) -> int:
        """Modbus address of the meter."""

    @property
    def line_parameters(self) -> LineParameters:
        """Speed, parity and stop bits that the meter is set to."""

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply; without one it answers nobody."""

    @property
    def power_cycles(self) -> int:
        """How often its power came back: what is counted of it begins anew."""

    @property
    def identity(self) -> Identity:
        """What the meter says of itself."""

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        """Bytes of registers, all of one reading; `IllegalAddressError` outside the blocks."""

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        """Write holding registers, all or none; `RequestError` where the meter refuses."""


class Station:
    """A unit on a port, with what function 08 counts of it there since its power came.

    Parameters
    ----------
    unit : Unit
    counters : Counters
    """

    __slots__ = ("_counters", "_power_cycles", "unit")

    def __init__(self, unit: Unit, counters: Counters) -> None:
        self.unit, self._counters, self._power_cycles = unit, counters, unit.power_cycles

    @property
    def counters(self) -> Counters:
        """Its counters, to read and to add to."""
        cycles = self.unit.power_cycles
        if cycles != self._power_cycles:
            self._power_cycles = cycles
            self._counters.clear()
        return self._counters


class Request(Protocol):
    """A request that is well formed."""

    def answer(self, station: Station, caller: Caller) -> bytes:
        """Answer PDU; `RequestError` where the meter refuses."""
