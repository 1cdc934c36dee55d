"""Keys: four of them, and what is made of how long one is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum

LONG_PRESS = 3.0
"""A key that is held so long has been pressed long [s]."""

LONGEST_HOLD = 30.0
"""A key is let go after so long, for who held it may have gone without a word [s]."""

_REPEAT_AFTER, _FAST_AFTER = 0.5, 2.0
"""From when on a held key repeats, and from when on quickly [s]."""

_REPEAT_EVERY, _FAST_EVERY = 0.2, 0.04


class Key(StrEnum):
    """The keys from left to right; the values are their legends."""

    UI = "U/I"
    M = "M"
    P = "P"
    E = "E"

    @property
    def in_setup(self) -> str:
        """What the key does in set-up, as its second legend says."""
        return _IN_SETUP[self]


_IN_SETUP = {Key.UI: "back", Key.M: "up", Key.P: "down", Key.E: "enter"}


class Stroke(Enum):
    """What a key has done."""

    DOWN = "down"
    """It was pressed, for long or short."""
    REPEAT = "repeat"
    """It is held, and steps on."""
    LONG = "long"
    """It has been held for `LONG_PRESS`."""
    SHORT = "short"
    """It was let go before that."""


def _strokes(since: float) -> Iterator[tuple[float, Stroke]]:
    """What a key does that is held, and when."""
    time, long = since + _REPEAT_AFTER, since + LONG_PRESS
    while time < since + LONGEST_HOLD:
        if time >= long:
            yield long, Stroke.LONG
            long = float("inf")
        yield time, Stroke.REPEAT
        time += _FAST_EVERY if time >= since + _FAST_AFTER else _REPEAT_EVERY


@dataclass(slots=True)
class Hold:
    """A key that is held.

    Parameters
    ----------
    key : Key
    since : float
        [s].
    owner : object
        What showed when it was pressed: nothing else is to take its strokes.
    """

    key: Key
    since: float
    owner: object
    _coming: Iterator[tuple[float, Stroke]] = field(init=False)
    _next: tuple[float, Stroke] | None = field(init=False)

    def __post_init__(self) -> None:
        self._coming = _strokes(self.since)
        self._next = next(self._coming, None)

    @property
    def due(self) -> float:
        """When its next stroke comes [s]; when it ends, where none does."""
        return self.since + LONGEST_HOLD if self._next is None else self._next[0]

    def take(self) -> Stroke | None:
        """The stroke that is due; None where the key is let go."""
        if self._next is None:
            return None
        stroke = self._next[1]
        self._next = next(self._coming, None)
        return stroke


class Keyboard:
    """The keys that are held."""

    def __init__(self) -> None:
        self._held: dict[Key, Hold] = {}

    def press(self, key: Key, now: float, owner: object) -> bool:
        """Hold a key; whether it was not held already, as a computer's repeated key is."""
        if key in self._held:
            return False
        self._held[key] = Hold(key, now, owner)
        return True

    def release(self, key: Key, now: float) -> Hold | None:
        """Let a key go; its hold where that was short."""
        hold = self._held.pop(key, None)
        return hold if hold is not None and now - hold.since < LONG_PRESS else None

    def let_go(self) -> None:
        """Let every key go, without a stroke."""
        self._held.clear()

    @property
    def first(self) -> Hold | None:
        """The hold whose stroke is due first."""
        return min(self._held.values(), key=lambda hold: hold.due, default=None)

    def take(self, hold: Hold) -> Stroke | None:
        """The stroke of a hold that is due; None where it is over."""
        stroke = hold.take()
        if stroke is None:
            self._held.pop(hold.key, None)
        return stroke
