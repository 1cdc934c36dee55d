"""Values to the bytes of their registers, the high byte first.

The only place where a reading becomes float32. The order of the two words of a float is decided
here too, once it can be chosen.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import Format, Register

FLOAT32_MAX = float(np.finfo(np.float32).max)
"""Largest value a float register shows; what is beyond it stands at it."""

INTEGER_CODES = {Format.U16: "H", Format.U32: "I", Format.U64: "Q"}
"""Codes of `struct` for the integer formats."""


def float_words(values: NDArray[np.float64]) -> bytes:
    """Bytes of float registers: NaN reads 0, too large a value the largest.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value for each pair of words.
    """
    limited = np.clip(values, -FLOAT32_MAX, FLOAT32_MAX)
    limited[np.isnan(limited)] = 0.0
    return limited.astype(">f4").tobytes()


def _shown(value: float) -> float:
    return 0.0 if math.isnan(value) else max(-FLOAT32_MAX, min(value, FLOAT32_MAX))


def integer(value: int | None, words: int) -> int:
    """Value of an unsigned register: nothing is 0, what is too large loses its high bits."""
    return (value or 0) & ((1 << (16 * words)) - 1)


def bcd_bytes(digits: Iterable[int]) -> bytes:
    """One byte for each number 0..99."""
    return bytes((n // 10 % 10) << 4 | n % 10 for n in digits)


def encode(register: Register, value: Reading) -> bytes:
    """Bytes of one register.

    Raises
    ------
    TypeError
        The value's type is not the one that the register's format takes.
    """
    size = 2 * register.words
    if register.format is Format.BCD and isinstance(value, tuple):
        return bcd_bytes(value).ljust(size, b"\0")[:size]
    if register.format is Format.ASCII and isinstance(value, str):
        return value.encode("ascii", "replace").ljust(size, b"\0")[:size]
    if register.format is Format.FLOAT32 and isinstance(value, int | float):
        return struct.pack(">f", _shown(value))
    if register.format in INTEGER_CODES and isinstance(value, int):
        code = INTEGER_CODES[register.format]
        return struct.pack(f">{code}", integer(value, register.words))
    raise TypeError(f"{register.id}: {type(value).__name__} is no value of {register.format}")
