"""Values to the bytes of their registers, the high byte first.

The only place where a reading becomes float32, and where the order of its two words is decided.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import Format, Register

FLOAT32_MAX = float(np.finfo(np.float32).max)
"""Largest value a float register shows; what is beyond it stands at it."""

INTEGER_CODES = {Format.U16: "H", Format.S16: "H", Format.U32: "I", Format.U64: "Q"}
"""Codes of `struct` for the words of the integer formats."""


_TEXTS = {Format.ASCII: "ascii", Format.UTF8: "utf-8"}
"""Encodings of text formats."""


def float_words(values: NDArray[np.float64], low_first: bool = False) -> bytes:
    """Bytes of float registers: NaN reads 0, too large a value the largest.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value for each pair of words.
    low_first : bool
        Whether the low word comes first.
    """
    limited = np.minimum(values, FLOAT32_MAX)
    np.maximum(limited, -FLOAT32_MAX, out=limited)
    limited[np.isnan(limited)] = 0.0
    floats = limited.astype(">f4")
    return floats.view(">u2").reshape(-1, 2)[:, ::-1].tobytes() if low_first else floats.tobytes()


def _shown(value: float) -> float:
    return 0.0 if math.isnan(value) else max(-FLOAT32_MAX, min(value, FLOAT32_MAX))


def integer(value: int | None, words: int) -> int:
    """Value of the words of an integer: nothing is 0, what is below 0 stands as its complement to
    two, what is too large loses its high bits."""
    return (value or 0) & ((1 << (16 * words)) - 1)


def bcd_bytes(digits: Iterable[int]) -> bytes:
    """One byte for each number 0..99."""
    return bytes((n // 10 % 10) << 4 | n % 10 for n in digits)


def encode(register: Register, value: Reading, low_first: bool = False) -> bytes:
    """Bytes of one register.

    Parameters
    ----------
    register : Register
    value : float, int, str or tuple of int
    low_first : bool
        Whether the low word of a float comes first.

    Raises
    ------
    TypeError
        The value's type is not the one that the register's format takes.
    """
    size = 2 * register.words
    if register.format is Format.BCD and isinstance(value, tuple):
        return bcd_bytes(value).ljust(size, b"\0")[:size]
    if register.format in _TEXTS and isinstance(value, str):
        return value.encode(_TEXTS[register.format], "replace").ljust(size, b"\0")[:size]
    if register.format is Format.FLOAT32 and isinstance(value, int | float):
        return _ordered(struct.pack(">f", _shown(value)), low_first)
    if register.format in INTEGER_CODES and isinstance(value, int):
        code = INTEGER_CODES[register.format]
        return struct.pack(f">{code}", integer(value, register.words))
    raise TypeError(f"{register.id}: {type(value).__name__} is no value of {register.format}")


def decode(register: Register, data: bytes, low_first: bool = False) -> Reading:
    """Value in the bytes of one register: what `encode` made of it.

    Raises
    ------
    IllegalValueError
        The bytes stand for no value: no finite number, no decimal digit, no character.
    """
    if register.format is Format.FLOAT32:
        (value,) = struct.unpack(">f", _ordered(data, low_first))
        if not math.isfinite(value):
            raise IllegalValueError(f"{register.id}: {value} is no number")
        return float(value)
    if register.format is Format.BCD:
        digits = [(byte >> 4, byte & 0xF) for byte in data]
        if any(high > 9 or low > 9 for high, low in digits):
            raise IllegalValueError(f"{register.id}: {data.hex()} is not BCD")
        return tuple(10 * high + low for high, low in digits)
    if register.format in _TEXTS:
        try:
            text = data.rstrip(b"\0 ").decode(_TEXTS[register.format])
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise IllegalValueError(f"{register.id}: {data.hex()} is no text")
        return text
    return int.from_bytes(data, "big", signed=register.format is Format.S16)


def _ordered(words: bytes, low_first: bool) -> bytes:
    return words[2:] + words[:2] if low_first else words
