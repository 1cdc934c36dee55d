"""Parameters: the numbers of a front end, each declared once with its unit, range and source.

They stand in the annotations of an element's fields; files, checks and the reference page are
derived from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, get_type_hints

from smartx96.errors import OptionError
from smartx96.settings.setting import brief

PerPhase = tuple[float, float, float]
"""Values of L1, L2 and L3."""

Points = tuple[tuple[float, float], ...]
"""A curve by its points: current in percent of the rated one, ascending, and value there."""

_MOST_POINTS = 100
_LEAST_CURRENT, _LARGEST_CURRENT = 1e-3, 1e5
"""Of a point [% of rated]."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of an element, or several.

    Parameters
    ----------
    text : str
        What it is.
    unit : str
    low, high : float
        Range of each number.
    source : str
        Where the value of the preset `x96` is from.
    neutral : object
        Value without effect; None is the one of the preset.
    choices : tuple of str
        Texts that are allowed.
    """

    text: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    source: str = "assumed"
    neutral: object = 0.0
    choices: tuple[str, ...] = ()

    def allowed(self, kind: object) -> str:
        """What may be stated of a value of this kind."""
        if kind is bool:
            return "true or false"
        if kind is str:
            return "one of " + ", ".join(self.choices)
        span = f"{self.low:g} to {self.high:g}" + (f" {self.unit}" if self.unit else "")
        if kind is int:
            return f"a whole number from {span}"
        if kind == PerPhase:
            return f"{span}: one number, or a list of three for L1, L2, L3"
        if kind == Points:
            return f"a list of points [% of the rated current, {span}], currents ascending"
        return f"a number from {span}"

    def checked(self, name: str, kind: object, value: object) -> Any:
        """The value as an element keeps it.

        Raises
        ------
        OptionError
            It is not allowed; names the value and what is.
        """
        try:
            return self._taken(kind, value)
        except ValueError:
            said = f"{name} = {brief(value)}: must be {self.allowed(kind)}"
            raise OptionError(said) from None

    def _taken(self, kind: object, value: object) -> Any:
        if kind is bool:
            return _required(value, isinstance(value, bool))
        if kind is str:
            return _required(value, value == "" or value in self.choices)
        if kind == PerPhase:
            several = value if isinstance(value, list | tuple) else [value] * 3
            return tuple(self._number(one) for one in _required(several, len(several) == 3))
        if kind == Points:
            return self._points(value)
        number = self._number(value)
        return int(_required(number, number.is_integer())) if kind is int else number

    def _points(self, value: object) -> Points:
        rows = _required(value, isinstance(value, list | tuple) and value)
        found: list[tuple[float, float]] = []
        for row in _required(rows, len(rows) <= _MOST_POINTS):
            percent, at = _required(row, isinstance(row, list | tuple) and len(row) == 2)
            above = found[-1][0] if found else 0.0
            percent = _within(percent, _LEAST_CURRENT, _LARGEST_CURRENT)
            found.append((_required(percent, percent > above), self._number(at)))
        return tuple(found)

    def _number(self, value: object) -> float:
        return _within(value, self.low, self.high)


def _within(value: object, low: float, high: float) -> float:
    real = isinstance(value, int | float) and not isinstance(value, bool)
    # An integer of any size compares with a float without becoming one.
    return float(_required(value, real and low <= value <= high))  # type: ignore[operator]


def _required(value: Any, good: object) -> Any:
    if not good:
        raise ValueError
    return value


class Parametric:
    """A frozen dataclass whose fields are parameters; their defaults are those of preset `x96`."""

    def __post_init__(self) -> None:
        """Check every value, also those that a program states.

        Raises
        ------
        OptionError
            One is not allowed.
        """
        for name, (kind, declared) in self.parameters().items():
            object.__setattr__(self, name, declared.checked(name, kind, getattr(self, name)))

    @classmethod
    def parameters(cls) -> Mapping[str, tuple[object, Parameter]]:
        """Kind of value and declaration by name."""
        element: Any = cls
        return _parameters(element)

    @classmethod
    def neutral(cls) -> Self:
        """One that has no effect."""
        stated = {}
        for name, (kind, declared) in cls.parameters().items():
            if declared.neutral is not None:
                stated[name] = (0.0,) * 3 if kind == PerPhase else declared.neutral
        return cls(**stated)


@cache
def _parameters(element: Any) -> Mapping[str, tuple[object, Parameter]]:
    hints = get_type_hints(element, include_extras=True)
    return {
        name: (hint.__origin__, hint.__metadata__[0])
        for name, hint in hints.items()
        if isinstance(getattr(hint, "__metadata__", (None,))[0], Parameter)
    }


def phase_of(role: str) -> int:
    """Place of a channel in values per phase; a line voltage has that of its first terminal."""
    return int(role[1]) - 1


def is_current(role: str) -> bool:
    """Whether a channel is a current."""
    return role[0] == "i"
