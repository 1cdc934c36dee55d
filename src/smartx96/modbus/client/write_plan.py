"""Writing: values as the bytes of their registers, those that follow each other in one request."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.modbus.client.read_plan import register
from smartx96.modbus.encoding import INTEGER_CODES, decode, encode
from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.functions.writes import MAX_WRITE
from smartx96.modbus.readings import WORD_ORDER_MARK, Reading
from smartx96.modbus.registers import Format, Register
from smartx96.settings.setting import brief

_FIRST = ("lock",)
_LAST = ("word_order", "unit_address", "baud_rate", "parity_stop")
"""What unlocks, before the rest; and behind it what changes how the meter is spoken to."""
_OF_THE_LINE = ("baud_rate", "parity_stop")
"""What a meter on a line goes by from its answer on; no request carries both."""


class Writing(NamedTuple):
    """One request.

    Parameters
    ----------
    address : int
        Of the first register.
    data : bytes
    ids : tuple of str
        Of the parameters, in order of address.
    """

    address: int
    data: bytes
    ids: tuple[str, ...]


def write_plan(values: Mapping[str, Reading], low_first: bool) -> list[Writing]:
    """Requests that write values, in the order in which the values come.

    What follows each other goes in one request, which a meter does whole or not at all. What
    unlocks goes before all else; word order, unit, speed and parity alone at the end.

    Parameters
    ----------
    values : mapping
        Values by id; `word_order` is 0 or 1.
    low_first : bool
        Whether the meter takes the low word of a float first.

    Raises
    ------
    OptionError
        A value does not fit its register, or a register takes none.
    """
    found = {id: _writing(register(id), value, low_first) for id, value in values.items()}
    places = {id: n for n, id in enumerate(values)}
    alone = set(_FIRST) | set(_LAST)
    joined = _joined(sorted(w for id, w in found.items() if id not in alone))
    joined.sort(key=lambda writing: min(places[id] for id in writing.ids))
    first, last = ([found[id] for id in ids if id in found] for ids in (_FIRST, _LAST))
    return [*first, *joined, *last]


def check_line_change(ids: Collection[str]) -> None:
    """Make sure that a meter on a line still hears all requests of one call.

    Raises
    ------
    OptionError
        It would not hear the second of them: speed and parity are among them.
    """
    if all(id in ids for id in _OF_THE_LINE):
        raise OptionError(
            f"{' and '.join(_OF_THE_LINE)}: on a line the meter goes by the first at once and does "
            "not hear the second: write them one by one, with client.follow in between"
        )


def _joined(writings: list[Writing]) -> list[Writing]:
    """Writings by address, those that follow each other as one."""
    found = list[Writing]()
    for each in writings:
        before = found[-1] if found else None
        size = len(each.data) // 2
        if before and before.address + len(before.data) // 2 == each.address and (
            len(before.data) // 2 + size <= MAX_WRITE
        ):  # fmt: skip
            data, ids = before.data + each.data, before.ids + each.ids
            found[-1] = Writing(before.address, data, ids)
        else:
            found.append(each)
    return found


def _writing(register: Register, value: Reading, low_first: bool) -> Writing:
    if "w" not in register.description.access:
        raise OptionError(f"{register.id}: is read only")
    if register.id == "word_order":
        if value not in (0, 1):
            raise OptionError(f"{register.id}: {value} is not 0 (high word first) or 1 (low)")
        value, low_first = WORD_ORDER_MARK, bool(value)
    return Writing(register.address, checked_bytes(register, value, low_first), (register.id,))


def checked_bytes(register: Register, value: Reading, low_first: bool = False) -> bytes:
    """Bytes of a register that stand for this very value, a float to the last bit of its format.

    Raises
    ------
    OptionError
        There are none.
    """
    if register.format in INTEGER_CODES and isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        data = encode(register, value, low_first)
        back = decode(register, data, low_first)
    except (TypeError, IllegalValueError, OverflowError):
        back = None
    if back is None or not _same(back, value, register.format):
        raise OptionError(f"{register.id}: {brief(value)} does not fit, give {_taken(register)}")
    return data


def _same(back: Reading, value: Reading, format: Format) -> bool:
    if format is Format.FLOAT32:
        numbers = isinstance(back, int | float) and isinstance(value, int | float)
        return numbers and math.isclose(back, value, rel_tol=1e-7, abs_tol=1e-38)  # type: ignore[arg-type]
    return back == value


def _taken(register: Register) -> str:
    """What a register takes, in words."""
    size = 2 * register.words
    if register.format is Format.BCD:
        return f"{size} numbers 0 to 99"
    if register.format in (Format.ASCII, Format.UTF8):
        return f"a text of at most {size} bytes in {register.format}"
    if register.format is Format.FLOAT32:
        return "a finite number"
    bits = 16 * register.words
    if register.format is Format.S16:
        return f"a whole number {-(1 << bits - 1)} to {(1 << bits - 1) - 1}"
    return f"a whole number 0 to {(1 << bits) - 1}"
