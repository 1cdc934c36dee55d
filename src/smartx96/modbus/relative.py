"""RelativeUnit: a meter of ours as one of a related model, for clients that insist on that."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from smartx96.modbus.exceptions import IllegalAddressError, IllegalValueError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.registers import BLOCKS, HOLDING, INPUT, Origin, Space


class Relative(StrEnum):
    """Models as which a meter can be served; the values are those of options and files."""

    SDM630 = "sdm630"


@dataclass(frozen=True, slots=True)
class Traits:
    """By what clients know a model.

    Parameters
    ----------
    model : str
    meter_code : int
    max_read : int
        Most registers of one read.
    """

    model: str
    meter_code: int
    max_read: int


TRAITS = {Relative.SDM630: Traits("SDM630", 0x0070, 80)}
"""As published clients of the model look for it."""


def code_of(relative: Relative) -> int:
    """Type code by which clients know a relative."""
    return TRAITS[relative].meter_code


class RelativeUnit:
    """A unit with the registers that are documented for a relative, and no others.

    Registers of this project's own read 0 among others and cannot be written; blocks of nothing
    else are not there.

    Parameters
    ----------
    unit : Unit
    relative : Relative
    """

    def __init__(self, unit: Unit, relative: Relative) -> None:
        self._unit, self._traits = unit, TRAITS[relative]

    @property
    def unit_address(self) -> int:
        """Modbus address of the meter."""
        return self._unit.unit_address

    @property
    def line_parameters(self) -> LineParameters:
        """Speed, parity and stop bits that the meter is set to."""
        return self._unit.line_parameters

    @property
    def powered(self) -> bool:
        """Whether the meter answers."""
        return self._unit.powered

    @property
    def power_cycles(self) -> int:
        """How often its power came back."""
        return self._unit.power_cycles

    @property
    def identity(self) -> Identity:
        """What the meter says of itself."""
        return replace(self._unit.identity, model=self._traits.model)

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        """Bytes of registers; `IllegalAddressError` where the relative has none."""
        if count > self._traits.max_read:
            raise IllegalValueError(f"{count} registers: {self._traits.max_read} at most")
        if not any(address in block and address + count <= block.stop for block in _blocks(space)):
            raise IllegalAddressError(
                f"registers {address}..{address + count - 1}: not of this model"
            )
        data = bytearray(self._unit.read(space, address, count, session))
        for hidden in _own(space):
            begin, end = max(hidden.start, address), min(hidden.stop, address + count)
            if begin < end:
                data[2 * (begin - address) : 2 * (end - address)] = bytes(2 * (end - begin))
        return bytes(data)

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        """Write holding registers, all or none."""
        end = address + len(data) // 2
        if any(own.start < end and address < own.stop for own in _own(Space.HOLDING)):
            raise IllegalAddressError(f"registers {address}..{end - 1}: not of this model")
        self._unit.write(address, data, session, read_only=read_only)


@cache
def _own(space: Space) -> tuple[range, ...]:
    """Registers that only this project documents."""
    registers = INPUT if space is Space.INPUT else HOLDING
    return tuple(range(r.address, r.end) for r in registers if r.origin is Origin.OWN)


@cache
def _blocks(space: Space) -> tuple[range, ...]:
    """Blocks with a register that others document; those that touch are one."""
    return tuple(_joined(space))


def _joined(space: Space) -> Iterator[range]:
    registers = INPUT if space is Space.INPUT else HOLDING
    before: range | None = None
    for block in sorted(BLOCKS[space], key=lambda block: block.start):
        if not any(r.address in block and r.origin is not Origin.OWN for r in registers):
            continue
        if before is not None and before.stop == block.start:
            before = range(before.start, block.stop)
            continue
        if before is not None:
            yield before
        before = block
    if before is not None:
        yield before
