"""Segment: what the glass can light by itself, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from smartx96.panel.lettering import lettering
from smartx96.panel.shape import Box, Shape, moved

WIDTH, HEIGHT = 820.0, 640.0
"""Of the glass; ten units are a millimetre of the meter."""

LEFT, RIGHT = 27.0, 793.0
"""Between these everything on the glass stands."""


class Group(StrEnum):
    """Where a segment belongs."""

    SYMBOLS = "symbols"
    ROWS = "rows"
    LINE = "line"
    BAR = "bar"
    LED = "led"
    """Beside the glass: the lamp that shines with the pulses of output 2."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What can be lit by itself.

    Parameters
    ----------
    id : str
    name : str
        Of its shape: segments that look the same share it.
    shape : Shape
    x, y : float
        Where the shape's origin lies on the glass.
    group : Group
    kind : str
        Classes by which a style sheet moves it.
    """

    id: str
    name: str
    shape: Shape
    x: float
    y: float
    group: Group
    kind: str = ""

    @property
    def path(self) -> str:
        """Of SVG, about its place."""
        return self.shape.path

    @property
    def box(self) -> Box:
        """Where it lies on the glass."""
        return moved(self.shape.box, self.x, self.y)


@dataclass(frozen=True, slots=True)
class Word:
    """Letters of a label or a unit, and the space that follows."""

    id: str
    text: str
    space: float = 6.0


def words(place: str, group: Group, x: float, y: float, height: float,
          sequence: Sequence[Word]) -> Iterator[Segment]:  # fmt: skip
    """Words side by side, each a segment named after `place`; `height` is that of capitals."""
    for word in sequence:
        shape = lettering(word.text, height)
        yield Segment(f"{place}-{word.id}", f"{word.text}{height:g}", shape, x, y, group)
        x += shape.box[2] + word.space
