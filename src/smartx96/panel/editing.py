"""Editing: a value while its digits are set, or while it is chosen from a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, TypeVar

from smartx96.panel.screen import EVERY_DIGIT
from smartx96.panel.values import width
from smartx96.settings.setting import TEXT_LENGTH

T = TypeVar("T")


class Editor(Protocol):
    """A value that is edited: M and P step, E goes on."""

    @property
    def value(self) -> object:
        """What it would be set to now."""

    @property
    def text(self) -> str:
        """As the glass has it."""

    @property
    def flashing(self) -> frozenset[int]:
        """Characters of the text that flash."""

    @property
    def spoken(self) -> str:
        """The value, and what of it is edited, in words."""

    def step(self, by: int) -> None:
        """Step up (1) or down (-1)."""

    def advance(self) -> None:
        """Go on to the next digit or part."""


@dataclass(slots=True)
class Digits:
    """A text whose digits are set one by one; other signs stay.

    Parameters
    ----------
    text : str
        Its characters fill the room that it is shown in from some place to the right end.
    room : int
        Characters of that room.
    """

    text: str
    room: int
    _place: int = field(init=False, default=0)

    @property
    def value(self) -> str:
        """The text."""
        return self.text

    @property
    def flashing(self) -> frozenset[int]:
        """The digit that is set."""
        before = width(self.text[: self._index])
        return frozenset({self.room - width(self.text) + before})

    @property
    def spoken(self) -> str:
        """The text, and which digit is set."""
        return f"{self.text}, {self.place}"

    @property
    def place(self) -> str:
        """Which digit is set."""
        return f"digit {self._place + 1} of {len(self._indices)}"

    def step(self, by: int) -> None:
        """Count the digit up or down, from 9 to 0 and back."""
        n = self._index
        self.text = f"{self.text[:n]}{(int(self.text[n]) + by) % 10}{self.text[n + 1 :]}"

    def advance(self) -> None:
        """Go on to the next digit, from the last to the first."""
        self._place = (self._place + 1) % len(self._indices)

    @property
    def _indices(self) -> list[int]:
        return [n for n, sign in enumerate(self.text) if sign.isdigit()]

    @property
    def _index(self) -> int:
        return self._indices[self._place]


@dataclass(slots=True)
class Choice:
    """One of several values.

    Parameters
    ----------
    options : Mapping
        Values, and how the glass has them.
    value : object
        That is chosen now; the first where it is none of them.
    """

    options: Mapping[object, str]
    value: object

    def __post_init__(self) -> None:
        if self.value not in self.options:
            self.value = next(iter(self.options))

    @property
    def text(self) -> str:
        """The value on the glass."""
        return self.options[self.value]

    @property
    def flashing(self) -> frozenset[int]:
        """All of it."""
        return EVERY_DIGIT

    @property
    def spoken(self) -> str:
        """The value."""
        return self.text.lower()

    def step(self, by: int) -> None:
        """Choose the next value or the one before, from the last to the first and back."""
        self.value = _stepped(list(self.options), self.value, by)

    def advance(self) -> None:
        """There is nothing to go on to."""


AREAS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific", "Etc",
)  # fmt: skip
"""Areas of the time zone data base; other names in it are old ones for zones of these."""

NO_AREA = "UTC"


@cache
def zones() -> dict[str, tuple[str, ...]]:
    """Time zones by area, as far as a setting has room for their names."""
    from importlib.resources import files

    names = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    found: dict[str, list[str]] = {area: [] for area in AREAS}
    for name in sorted(names):
        area, _, place = name.partition("/")
        if place and area in found and len(name) <= TEXT_LENGTH:
            found[area].append(name)
    return {area: tuple(names) for area, names in found.items() if names} | {NO_AREA: (NO_AREA,)}


@dataclass(slots=True)
class Zone:
    """A time zone: first the area is chosen, then the place.

    Parameters
    ----------
    value : str
        That is chosen now.
    of_area : bool
        Whether the area is being chosen.
    """

    value: str
    of_area: bool = True

    @property
    def text(self) -> str:
        """The area, or the place within it."""
        area, _, place = self.value.partition("/")
        return (area if self.of_area or not place else place).replace("_", " ").upper()

    @property
    def flashing(self) -> frozenset[int]:
        """All of it."""
        return EVERY_DIGIT

    @property
    def spoken(self) -> str:
        """The zone, and what of it is chosen."""
        return f"{self.value}, choosing the {'area' if self.of_area else 'place'}"

    def step(self, by: int) -> None:
        """Choose the next area, or place, or the one before."""
        known = self._known()
        if self.of_area:
            self.value = known[_stepped(list(known), self._area, by)][0]
        else:
            self.value = _stepped(known[self._area], self.value, by)

    def advance(self) -> None:
        """Go on from the area to the place, and back."""
        self.of_area = not self.of_area or len(self._known()[self._area]) == 1

    @property
    def _area(self) -> str:
        area, _, place = self.value.partition("/")
        return area if place and area in zones() else self.value

    def _known(self) -> dict[str, tuple[str, ...]]:
        """Zones by area; one that is none of them is an area of its own."""
        own = self._area
        if own not in zones():
            return zones() | {own: (self.value,)}
        if self.value not in zones()[own]:
            return zones() | {own: (*zones()[own], self.value)}
        return zones()


def _stepped(values: Sequence[T], value: T, by: int) -> T:
    return values[(values.index(value) + by) % len(values)]
