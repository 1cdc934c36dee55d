"""What the tables say of a register's id: derived from quantities, settings and readings."""

from __future__ import annotations

from typing import NamedTuple

from smartx96 import quantities, settings
from smartx96.modbus import readings
from smartx96.modbus.calendar import declarations as calendar


class Description(NamedTuple):
    """Text of a register."""

    name: str
    unit: str
    access: str = "ro"
    """`ro`, `rw`, `wo`; `-locked` where only an unlocked meter takes a write."""
    values: str = ""
    default: str = ""


def describe(id: str) -> Description:
    """Describe an id of the register map; `voltage_harmonic_l1[5]` is order 5 of a harmonic.

    Raises
    ------
    KeyError
        No table has the id.
    """
    base, _, order = id.partition("[")
    if quantity := quantities.BY_ID.get(base):
        name = f"{quantity.text} {order[:-1]}" if order else quantity.text
        return Description(name, quantity.unit)
    own = readings.BY_ID.get(id) or calendar.BY_ID.get(base)
    if own:
        return Description(own.text, own.unit, own.access, own.values, own.default)
    setting = settings.BY_ID[id]
    access = "rw-locked" if setting.protected else "rw"
    if id == "word_order":
        text, values, default = readings.WORD_ORDER_TEXT
        return Description(text, setting.unit, access, values, default)
    return Description(setting.text, setting.unit, access, setting.values, str(setting.default))
