"""Registers: the Modbus map of a meter as a client reads it now, as plain data for JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from smartx96.errors import OptionError
from smartx96.modbus.encoding import decode
from smartx96.modbus.exceptions import RequestError
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.registers import BY_ID, HOLDING, INPUT, Format, Register, Space
from smartx96.settings.setting import brief, nearest

_DIGITS = 7
"""Significant ones of a float32, whose others are noise."""


def registers_document(
    unit: Unit, spaces: Collection[Space], ids: Collection[str] | None, *, low_first: bool
) -> dict[str, Any]:
    """Registers with their words and values; those that the unit has not are left out.

    Parameters
    ----------
    unit : Unit
    spaces : collection of Space
    ids : collection of str or None
        Which are wanted; None is all.
    low_first : bool
        Whether the low word of a float comes first.

    Raises
    ------
    OptionError
        An id is that of no register.
    """
    for id in ids or ():
        if id not in BY_ID:
            raise OptionError(f"{brief(id)}: no register; {nearest(id, BY_ID)}")
    wanted = [
        register
        for register in (*INPUT, *HOLDING)
        if register.space in spaces and (ids is None or register.id in ids)
    ]
    return {"registers": list(_read(unit, wanted, low_first))}


def _read(unit: Unit, registers: list[Register], low_first: bool) -> Iterator[dict[str, Any]]:
    for register in registers:
        try:
            data = unit.read(register.space, register.address, register.words)
        except RequestError:
            continue
        description = register.description
        yield {
            "space": register.space,
            "address": register.address,
            "id": register.id,
            "text": description.name,
            "unit": description.unit,
            "format": register.format,
            "words": [int.from_bytes(data[n : n + 2]) for n in range(0, len(data), 2)],
            "value": _value(register, data, low_first),
        }


def _value(register: Register, data: bytes, low_first: bool) -> object:
    """What the words say; None where they say nothing."""
    try:
        value = decode(register, data, low_first)
    except RequestError:
        return None
    if register.format is Format.FLOAT32 and isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return list(value) if isinstance(value, tuple) else value
