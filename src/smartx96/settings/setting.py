"""Setting: what may be set, its codes and their names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smartx96.errors import OptionError

Value = int | str
"""What a setting holds: a number, or a text."""

TEXT_LENGTH = 32
"""Longest text setting [characters]."""


class Group(StrEnum):
    """Parts of the set-up menu, in its order; the values are headings. The last is not in it."""

    COMMUNICATION = "Communication"
    TRANSFORMERS = "Transformers and wiring"
    ENERGY = "Energy and power"
    PULSES = "Pulse output 1"
    DEMAND = "Demand and load profile"
    TARIFFS = "Tariffs and clock"
    DISPLAY = "Display"
    ACCESS = "Access"
    CALIBRATION = "Calibration"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Parameters
    ----------
    id, label, unit : str
        Name in programs, name for people, unit.
    allowed : range or tuple of int or None
        Numbers that may be set; None where the setting is the name of a time zone.
    default : int or str
        Value of a new meter.
    group : Group
    protected : bool
        Only an unlocked meter takes a change over Modbus.
    menu : int or None
        Order in the set-up menu; numbers left out are entries that are no settings.
    codes : Mapping of int to str
        Names of the numbers that are codes; a number without a name means itself.
    wording : str
        Text of the register, where it is not the label with the codes.
    note : str
        What `allowed` cannot say.
    secret : bool
        Never kept among the settings, shown, logged, written or read back.
    """

    id: str
    label: str
    unit: str
    allowed: range | tuple[int, ...] | None
    default: Value
    group: Group
    protected: bool = False
    menu: int | None = None
    codes: Mapping[int, str] = field(default_factory=dict, hash=False)
    wording: str = ""
    note: str = ""
    secret: bool = False

    @property
    def text(self) -> str:
        """The label with the codes, as the register map words it."""
        if self.wording or not self.codes:
            return self.wording or self.label
        if self._all_named:
            return f"{self.label}: {listed(self.codes)}"
        return "; ".join([self.label, *(f"{code} = {name}" for code, name in self.codes.items())])

    @property
    def values(self) -> str:
        """The allowed numbers as one text: `1..9999`, `60|100|200`."""
        return self._noted(self._numbers)

    @property
    def choices(self) -> str:
        """What people and files may write: `1..9999 A`, `"1P2W" (1), "3P4W" (3)`."""
        if self.allowed is None:
            return self.note
        names = ", ".join(f"{_quoted(self.shown(code))} ({code})" for code in self.codes)
        if self._all_named:
            return self._noted(f"{names}{self._suffix}")
        return self._noted("; ".join(filter(None, (f"{self._numbers}{self._suffix}", names))))

    def check(self, value: object) -> Value:
        """Return the number, or the text of a time zone, as the setting keeps it.

        Raises
        ------
        OptionError
            The value is not allowed; names value, limits and unit.
        """
        if self.allowed is None:
            return self._zone(value)
        # 5.0 is 5, as it comes from a float register; True is no number here.
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and number in self.allowed:
            return number
        raise self._refused(value, f"{self.values}{self._suffix}")

    def coded(self, value: object) -> Value:
        """Return the value that a number or a name stands for, as the setting keeps it.

        A number is a code, and may have the unit behind it. A number that is no code may be a name
        that reads as one, such as the 9600 of a baud rate.

        Raises
        ------
        OptionError
            Neither a code nor a name; names the value and what may be written.
        """
        if self.allowed is None:
            return self._zone(value)
        value = self._without_unit(value)
        with contextlib.suppress(OptionError):
            return self.check(value)
        written = _folded(value) if isinstance(value, str) else value
        for code, name in self.codes.items():
            if written in (_folded(name), self.shown(code)):
                return code
        raise self._refused(value, self.choices)

    def shown(self, value: Value) -> Value:
        """The value as people read it: its name, or the number where it means itself."""
        name = self.codes.get(value) if isinstance(value, int) else None
        if name is None:
            return value
        return int(name) if name.isdecimal() else name

    @property
    def _numbers(self) -> str:
        if self.allowed is None:
            return ""
        if isinstance(self.allowed, range):
            return f"{self.allowed[0]}..{self.allowed[-1]}"
        return "|".join(str(n) for n in self.allowed)

    @property
    def _all_named(self) -> bool:
        return self.allowed is not None and set(self.allowed) == set(self.codes)

    @property
    def _suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _without_unit(self, value: object) -> object:
        """The number of `200 A` or `200A`, where that is the unit of the setting."""
        if not self.unit or not isinstance(value, str):
            return value
        found = _NUMBER_WITH_UNIT.fullmatch(value.strip())
        if found is None or found[2].casefold() != self.unit.casefold():
            return value
        return int(found[1])

    def _noted(self, text: str) -> str:
        return f"{text} ({self.note})" if self.note and text else text

    def _refused(self, value: object, allowed: str) -> OptionError:
        shown = "the value given" if self.secret else f"{brief(value)}{self._suffix}"
        return OptionError(f"{self.id}: {shown} is not allowed; allowed: {allowed}")

    def _zone(self, value: object) -> str:
        if isinstance(value, str) and len(value) <= TEXT_LENGTH and _is_zone(value):
            return value
        raise OptionError(
            f"{self.id}: {brief(value)} is no IANA time zone known here; allowed: {self.note}"
        )


def listed(codes: Mapping[int, str]) -> str:
    """Codes and names as one text: `1 = 1P2W 2 = 3P3W`."""
    return " ".join(f"{code} = {name}" for code, name in codes.items())


_SECRET = re.compile(r"(://[^/@\s:]*:)\S+(?=@)|([?&](?:token|password|p)=)[^&\s'\"]+")
"""After the name of a user, and in what databases are told."""

_NUMBER_WITH_UNIT = re.compile(r"([+-]?[0-9]{1,12})\s*([^\s0-9].*)", re.ASCII)

_LOOKED_AT = 4096
"""Characters of a value of which the first 40 are shown: searching more would take its time."""


def brief(value: object) -> str:
    """A value as a message repeats it: not longer than 40 characters, no secret of a URL in it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "a number too long to show" if isinstance(value, int) else "a value too deep to show"
    text = _SECRET.sub(r"\1\2...", text[:_LOOKED_AT])
    return text if len(text) <= 40 else f"{text[:37]}..."


def nearest(word: str, known: Iterable[str], most: int = 40) -> str:
    """What was meant by a word that is not known; otherwise the first of those that are."""
    # Late: only for a message.
    from difflib import get_close_matches

    words = list(known)
    near = get_close_matches(word[:64], words, n=1)
    if near:
        return f"did you mean {near[0]}?"
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return f"known are {', '.join(words[:most])}{more}"


def _quoted(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_zone(name: str) -> bool:
    if name == "UTC":
        return True
    # Late: the default needs no time zone data base.
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
