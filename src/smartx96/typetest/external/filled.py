"""Filled: what a bench found at a point, as the cells of its row have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from math import isfinite

MOST_REPEATS = 1000
"""Values that a cell may hold."""

_DECIMALS = re.compile(r"[-+]?\d+,\d+")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_WITH_UNIT = re.compile(r"\d[.,]?\s*((?!e[-+]?\d)[^\W\d_]+|%)", re.IGNORECASE)
_LARGEST = 1e15
"""No number of a bench is larger."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Cells that a bench fills in; several values of a cell are repeated readings.

    Parameters
    ----------
    true_energy_wh, true_power_w, true_seconds : tuple of float
        What was applied at the meter's terminals [Wh, varh; W, var; s].
    register_before_kwh, register_after_kwh : tuple of float
        As the meter shows them, on its primary side.
    power_w : tuple of float
        As the meter shows it, on its primary side [W, var].
    pulses : tuple of float
        Counted in the true seconds.
    resolution_wh : float or None
        Least step of what was read, at the terminals [Wh, varh]; None is by the digits.
    timing_s : float or None
        How well the time of each reading is known; None is by the digits.
    current_ratio, voltage_ratio : float or None
        Transformer ratios of the meter, primary over secondary; None is as stated elsewhere.
    readings, true_readings : mapping of str to float
        By id, the meter's on its primary side, the true ones at its terminals.
    meter, reference, taken, notes : str
        What was read and when, and what else is to be said.
    """

    true_energy_wh: tuple[float, ...] = ()
    true_power_w: tuple[float, ...] = ()
    true_seconds: tuple[float, ...] = ()
    register_before_kwh: tuple[float, ...] = ()
    register_after_kwh: tuple[float, ...] = ()
    power_w: tuple[float, ...] = ()
    pulses: tuple[float, ...] = ()
    resolution_wh: float | None = None
    timing_s: float | None = None
    current_ratio: float | None = None
    voltage_ratio: float | None = None
    readings: Mapping[str, float] = field(default_factory=dict)
    true_readings: Mapping[str, float] = field(default_factory=dict)
    meter: str = ""
    reference: str = ""
    taken: str = ""
    notes: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was measured, whatever the notes say."""
        return not any((*(getattr(self, id) for id in LISTS), self.readings))


COLUMNS = tuple(f.name for f in fields(Filled))
LISTS = COLUMNS[:7]
_RATIOS = ("current_ratio", "voltage_ratio")
_SINGLE = ("resolution_wh", "timing_s", *_RATIOS)
_BY_ID = ("readings", "true_readings")
WORDS = ("meter", "reference", "taken", "notes")


def parsed(column: str, text: str, decimal_comma: bool) -> object:
    """The value of a cell.

    Raises
    ------
    ValueError
        It is none of the column; says why.
    """
    text = text.strip()
    if column in WORDS:
        return text
    if column in _BY_ID:
        return dict(_pair(part, decimal_comma) for part in text.split())
    with_unit = _WITH_UNIT.search(text)
    if with_unit:
        raise ValueError(f"{text!r}: leave the unit {with_unit[1]} out; the heading has it")
    numbers = tuple(number(part, decimal_comma) for part in text.split())
    if len(numbers) > MOST_REPEATS:
        raise ValueError(f"{len(numbers)} values: {MOST_REPEATS} are the most")
    if column in _SINGLE:
        if len(numbers) > 1:
            raise ValueError(f"{text!r}: one number is due")
        if numbers and (numbers[0] < 0 or (not numbers[0] and column in _RATIOS)):
            raise ValueError(f"{text}: {'above 0' if column in _RATIOS else '0 or more'} is due")
        return numbers[0] if numbers else None
    signed = column in ("power_w", "true_power_w", "true_energy_wh")
    if not signed and any(x < 0 for x in numbers):
        raise ValueError(f"{text}: 0 or more is due")
    return numbers


def shown(column: str, filled: Filled, digits: Mapping[str, int]) -> str:
    """The text of a cell; `digits` are decimals by column, where they tell a resolution."""
    value = getattr(filled, column)
    if column in WORDS:
        return str(value)
    if column in _BY_ID:
        return " ".join(f"{id}={x:.10g}" for id, x in value.items())
    if column in _SINGLE:
        return "" if value is None else f"{value:.6g}"
    if column in digits:
        return " ".join(f"{x:.{digits[column]}f}" for x in value)
    return " ".join(f"{x:.15g}" for x in value)


def number(text: str, decimal_comma: bool = False) -> float:
    """A number as people and spreadsheets write it.

    Raises
    ------
    ValueError
        It is none.
    """
    if not decimal_comma and _THOUSANDS.fullmatch(text):
        raise ValueError(f"{text!r}: thousands or decimals? write it without a comma")
    try:
        found = float(_plain(text, decimal_comma))
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if not isfinite(found) or abs(found) > _LARGEST:
        raise ValueError(f"{text!r} is no number that a bench can read")
    return found


def _plain(text: str, decimal_comma: bool) -> str:
    """With a point; a comma between digits is one of decimals in any file, if it was quoted."""
    return text.replace(",", ".") if decimal_comma or _DECIMALS.fullmatch(text) else text


def step(text: str, decimal_comma: bool = False) -> float | None:
    """The finest digit that a cell of numbers shows; None where it is empty."""
    exponents = []
    for part in text.split():
        try:
            exponent = Decimal(_plain(part, decimal_comma)).as_tuple().exponent
        except InvalidOperation:
            continue
        if isinstance(exponent, int):
            exponents.append(exponent)
    return 10.0 ** min(exponents) if exponents else None


def _pair(part: str, decimal_comma: bool) -> tuple[str, float]:
    id, equals, value = part.partition("=")
    if not equals or not id:
        raise ValueError(f"{part!r}: give ID=NUMBER, such as voltage_l1=230.1")
    return id, number(value, decimal_comma)
