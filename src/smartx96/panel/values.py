"""Values as the glass shows them: four digits with a prefix, registers on eight, time and date."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from smartx96.meter.calendar.local_clock import time_zone
from smartx96.meter.clock import moment
from smartx96.models import ROLL_OVER
from smartx96.panel.screen import LINE_CHARACTERS, ROW_DIGITS, Prefix

MISSING = "-" * ROW_DIGITS
"""Shown in a row for what is not available."""

NO_NUMBER = "-" * LINE_CHARACTERS
"""The same in the bottom line."""

PREFIXES = tuple(Prefix)

_MOST = 10**ROW_DIGITS - 1
"""Largest count of the last digit that a row has room for."""

_FINEST = 1 - ROW_DIGITS
"""Exponent of the last digit with all digits but one behind the point."""

_BACK = 0.98
"""A value goes back to a finer scale, or into its range, so far below the border."""

_END = round(10 * (ROLL_OVER + 0.1))
"""Registers begin anew from here, as on Modbus [tenths of the unit shown]."""

_REST, _STEP, _GAP = 1.0, 0.35, 3
"""A text that passes by rests for so long, goes on by a character so often [s], and has so many
spaces behind it."""

_BESIDE = ".:"
"""Signs that stand between characters and take no room."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as the glass has it.

    Parameters
    ----------
    text : str
    prefix : Prefix
    flashing : bool
        Whether the value is above range.
    """

    text: str
    prefix: Prefix = Prefix.NONE
    flashing: bool = False


def width(text: str) -> int:
    """Characters that a text takes on the glass."""
    return sum(sign not in _BESIDE for sign in text)


def full(text: str, room: int = LINE_CHARACTERS) -> str:
    """A text at the right of its room, so that its characters are those of the glass."""
    return " " * (room - width(text)) + text


class Indication:
    """Values in rows, by quantity: a value at a border does not flicker between two scales.

    It goes to a coarser scale as soon as its digits have no room, and back to a finer one only 2 %
    below the border; the same for the border of its range.
    """

    def __init__(self) -> None:
        self._exponents: dict[str, int] = {}
        self._above: set[str] = set()

    def clear(self) -> None:
        """Forget what was shown."""
        self._exponents.clear()
        self._above.clear()

    def show(
        self, id: str, value: float | None, *, prefixed: bool, maximum: float = math.inf
    ) -> Shown:
        """A value on four digits.

        Parameters
        ----------
        id : str
            By which it is known again.
        value : float or None
            None is not available.
        prefixed : bool
            Whether its unit takes a prefix.
        maximum : float
            End of its range.
        """
        if value is None or math.isnan(value):
            self._forget(id)
            return Shown(MISSING)
        size = abs(value)
        exponent = self._exponent(id, size, prefixed) if self._within(id, size, maximum) else None
        if exponent is None:
            return Shown(MISSING, flashing=True)
        count = round(size / 10.0**exponent)
        thousands = (exponent - _FINEST) // 3 if prefixed else 0
        sign = "-" if value < 0 and count else ""
        return Shown(sign + _pointed(count, 3 * thousands - exponent), PREFIXES[thousands])

    def _forget(self, id: str) -> None:
        self._exponents.pop(id, None)
        self._above.discard(id)

    def _within(self, id: str, size: float, maximum: float) -> bool:
        if size <= maximum * (_BACK if id in self._above else 1.0):
            self._above.discard(id)
            return True
        self._forget(id)
        self._above.add(id)
        return False

    def _exponent(self, id: str, size: float, prefixed: bool) -> int | None:
        """Exponent of the last digit; None where no scale has room."""
        coarsest = _FINEST + 3 * (len(PREFIXES) - 1) + 2 if prefixed else 0
        needed = next(
            (e for e in range(_FINEST, coarsest + 1) if size / 10.0**e < _MOST + 0.5), None
        )
        held = self._exponents.get(id)
        if needed is None:
            self._forget(id)
            return None
        if held is not None and held > needed and size >= _BACK * (_MOST + 1) / 10 * 10.0**held:
            return held
        self._exponents[id] = needed
        return needed


def _pointed(count: int, decimals: int) -> str:
    if decimals <= 0:
        return str(count)
    digits = f"{count:0{decimals + 1}d}"
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def register(value: float | None, *, mega: bool) -> Shown:
    """An energy register on eight digits: cut off, as counters are, and rolling over.

    Parameters
    ----------
    value : float or None
        [kWh, kvarh, kVAh].
    mega : bool
        Whether MWh are shown.
    """
    if value is None or not math.isfinite(value):
        return Shown(NO_NUMBER, Prefix.MEGA if mega else Prefix.KILO)
    tenths = _tenths(value / 1000 if mega else value) % _END
    return Shown(_counter(tenths, negative=value < 0), Prefix.MEGA if mega else Prefix.KILO)


def charge(value: float | None) -> Shown:
    """A charge on eight digits [Ah], which picks its prefix: its register does not roll over."""
    if value is None or not math.isfinite(value):
        return Shown(NO_NUMBER)
    for thousands, prefix in enumerate(PREFIXES):
        tenths = _tenths(value / 1000.0**thousands)
        if tenths < _END:
            return Shown(_counter(tenths, negative=value < 0), prefix)
    return Shown(NO_NUMBER, flashing=True)


def _tenths(value: float) -> int:
    """Whole tenths of a value; what a float lacks of one is what it has lost."""
    return math.floor(abs(value) * 10 + 1e-5)


def _counter(tenths: int, *, negative: bool) -> str:
    """Tenths on eight digits; where the sign needs its place, the decimal gives way."""
    sign = "-" if negative and tenths else ""
    text = f"{sign}{tenths // 10}.{tenths % 10}"
    return text if width(text) <= LINE_CHARACTERS else text.partition(".")[0]


def local(clock: int, zone: str) -> datetime | None:
    """A time of the meter's clock [us] in its zone; None where no calendar reaches."""
    try:
        return moment(clock).astimezone(time_zone(zone))
    except (OverflowError, ValueError):
        return None


def date_text(time: datetime) -> str:
    """A date in the bottom line (ISO 8601, without the century)."""
    return f"{time.year % 100:02d}-{time.month:02d}-{time.day:02d}"


def time_text(time: datetime) -> str:
    """A time of day in the bottom line."""
    return full(f"{time.hour:02d}:{time.minute:02d}:{time.second:02d}")


def passing_time(text: str, room: int = LINE_CHARACTERS) -> float:
    """How long a text takes to pass by, that is too long for its room [s]; else 0."""
    return 0.0 if width(text) <= room else _REST + _STEP * (width(text) + _GAP)


def passing(text: str, elapsed: float, room: int = LINE_CHARACTERS) -> str:
    """What is seen of a text that passes by.

    Parameters
    ----------
    text : str
    elapsed : float
        Since it began [s].
    room : int
    """
    if not passing_time(text, room):
        return text
    signs = [sign for sign in text if sign not in _BESIDE]
    step = int(max(0.0, elapsed - _REST) / _STEP) % (len(signs) + _GAP)
    return "".join([*signs, *" " * _GAP, *signs][step : step + room])
