"""Strokes: what somebody has typed, as keys of a panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from smartx96.panel.keys import Key


class Action(Enum):
    """What is done to a key; the values are those of the page's interface."""

    TAP = "tap"
    HOLD = "hold"


class Wish(Enum):
    """What else can be typed."""

    LEAVE = "leave"
    PAUSE = "pause"
    REDRAW = "redraw"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key, pressed short or long."""

    key: Key
    action: Action


HELP = (
    "1-4, u m p e, arrows press; U M P E hold 3 s (no key-up comes here); q leaves",
    "u m p e press; U M P E hold 3 s (no key-up here); q leaves",
    "u m p e press; U M P E hold; q",
)
"""On the screen, the longest that fits: a terminal does not tell when a key is let go."""

_LETTERS = {Key.UI: "u", Key.M: "m", Key.P: "p", Key.E: "e"}
_ARROWS = {Key.UI: "D", Key.M: "A", Key.P: "B", Key.E: "C"}

_WISHES = {"q": Wish.LEAVE, "Q": Wish.LEAVE, "\x03": Wish.LEAVE, "\x04": Wish.LEAVE,
           "\x1a": Wish.PAUSE, "\x0c": Wish.REDRAW}  # fmt: skip

_TYPED = re.compile("\x1b(?:\\[[0-9;]*[A-Za-z~]|O[A-Z]|\\[\\[[A-Z])|[^\x1b]")
_UNFINISHED = re.compile("\x1b(?:\\[[0-9;]{0,8}|O)?$")


def _meanings() -> dict[str, Stroke]:
    """What terminals send for keys (ECMA-48; xterm for arrows with Shift)."""
    found = {"\r": Stroke(Key.E, Action.HOLD), "\n": Stroke(Key.E, Action.HOLD)}
    for number, key in enumerate(Key, 1):
        letter, arrow = _LETTERS[key], _ARROWS[key]
        for text in (str(number), letter, f"\x1b[{arrow}", f"\x1bO{arrow}"):
            found[text] = Stroke(key, Action.TAP)
        for text in (letter.upper(), f"\x1b[1;2{arrow}"):
            found[text] = Stroke(key, Action.HOLD)
    return found


_MEANINGS: dict[str, Stroke | Wish] = {**_meanings(), **_WISHES}


class Typing:
    """Bytes of a terminal become strokes; what is cut in two is put together."""

    def __init__(self) -> None:
        self._rest = ""

    def take(self, data: bytes) -> Iterator[Stroke | Wish]:
        """Strokes and wishes among what was typed; all else is nothing."""
        text = self._rest + data.decode("utf-8", "replace")
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._rest = text[end:]
        for typed in _TYPED.findall(text[:end]):
            if typed in _MEANINGS:
                yield _MEANINGS[typed]
