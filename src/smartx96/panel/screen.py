"""Screen: what the glass shows, before it is drawn.

The glass has four value rows of four seven-segment digits, each with a minus, labels at its left
and a unit at its right; under them a line of eight fourteen-segment characters with a unit of its
own, symbols, and a bar for the load.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ROWS = 4
"""Value rows."""

ROW_DIGITS = 4
"""Digits of a value row, the minus not counted."""

LINE_CHARACTERS = 8
"""Characters of the bottom line."""

FULL_SCALE = 1.2
"""Load at which the bar ends."""


class _Printed(StrEnum):
    """Something that is printed on the glass, by what it says."""

    # An enum's own hash is Python, and screens are sets and keys of these.
    __hash__ = str.__hash__


class Label(_Printed):
    """Printed at the left of every value row; several may be lit."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L12 = "L1-2"
    L23 = "L2-3"
    L31 = "L3-1"
    NEUTRAL = "N"
    TOTAL = "\u03a3"
    MAXIMUM = "max"
    DEMAND = "dmd"


class Unit(_Printed):
    """Printed at the right of every value row; one may be lit."""

    VOLT = "V"
    AMPERE = "A"
    WATT = "W"
    VAR = "var"
    VOLT_AMPERE = "VA"
    HERTZ = "Hz"
    PERCENT = "%"
    DEGREE = "\u00b0"
    FACTOR = "PF"


class LineUnit(_Printed):
    """Printed at the right of the bottom line; one may be lit."""

    WATT_HOUR = "Wh"
    VAR_HOUR = "varh"
    VOLT_AMPERE_HOUR = "VAh"
    AMPERE_HOUR = "Ah"


class Prefix(_Printed):
    """Before a unit."""

    NONE = ""
    KILO = "k"
    MEGA = "M"
    GIGA = "G"


class Symbol(_Printed):
    """Printed above and below the rows; the values are what a screen reader says."""

    IMPORT = "import"
    EXPORT = "export"
    SEQUENCE = "phase sequence L1 L2 L3"
    SEQUENCE_REVERSE = "phase sequence reversed"
    INDUCTIVE = "inductive"
    CAPACITIVE = "capacitive"
    THD = "THD"
    TARIFF_1 = "tariff 1"
    TARIFF_2 = "tariff 2"
    TARIFF_3 = "tariff 3"
    TARIFF_4 = "tariff 4"
    LOCK = "locked"
    SETUP = "set-up"
    COMMUNICATION = "communication"
    PULSE_1 = "pulse output 1"
    PULSE_2 = "pulse output 2"
    WARNING = "warning"
    WARMING_UP = "warming up"


EVERY_DIGIT = frozenset(range(LINE_CHARACTERS))
"""Flashing of a whole row or line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value row.

    Parameters
    ----------
    text : str
        At most `ROW_DIGITS` characters and a leading minus, points not counted; drawn from the
        right. Empty is blank.
    labels : tuple of Label
    unit : Unit or None
    prefix : Prefix
    flashing : frozenset of int
        Digits that flash, 0 at the left of the glass.
    """

    text: str = ""
    labels: tuple[Label, ...] = ()
    unit: Unit | None = None
    prefix: Prefix = Prefix.NONE
    flashing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """The bottom line.

    Parameters
    ----------
    text : str
        At most `LINE_CHARACTERS` characters, points and colons not counted; numbers are drawn from
        the right, everything else from the left.
    unit : LineUnit or None
    prefix : Prefix
    flashing : frozenset of int
        Characters that flash, 0 at the left of the glass.
    """

    text: str = ""
    unit: LineUnit | None = None
    prefix: Prefix = Prefix.NONE
    flashing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Screen:
    """All of the glass.

    Parameters
    ----------
    rows : tuple of Row
        `ROWS` of them at most; rows that are missing are blank.
    line : Line
    symbols, flashing : frozenset of Symbol
        What is lit, and what of it flashes.
    bar : float or None
        Load over full load, 0 to `FULL_SCALE`.
    lamp_test : bool
        Every segment is lit, whatever else is said.
    backlight : bool
    powered : bool
        Without power nothing is shown.
    title : str
        What this is, in words: for screen readers, and as the name of a picture.
    spoken : tuple of str
        Each value in words: `voltage L1 230.1 V`.
    """

    rows: tuple[Row, ...] = ()
    line: Line = Line()
    symbols: frozenset[Symbol] = frozenset()
    flashing: frozenset[Symbol] = frozenset()
    bar: float | None = None
    lamp_test: bool = False
    backlight: bool = True
    powered: bool = True
    title: str = ""
    spoken: tuple[str, ...] = ()


OFF = Screen(powered=False, backlight=False, title="off")
"""Without power."""
