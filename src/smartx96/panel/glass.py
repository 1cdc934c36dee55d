"""Glass: all segments in their order. Bit n of a mask is `SEGMENTS[n]`."""

from __future__ import annotations

from smartx96.panel.bottom_line import bottom_line
from smartx96.panel.segment import Group, Segment
from smartx96.panel.shape import Shape
from smartx96.panel.symbol_line import load_bar, symbol_line
from smartx96.panel.value_rows import value_rows

LAMP = Segment(
    "led",
    "led",
    Shape("M12 0A12 12 0 1 1 12 24A12 12 0 1 1 12 0Z", (0.0, 0.0, 24.0, 24.0)),
    x=796.0,
    y=-64.0,
    group=Group.LED,
    kind="lamp",
)
"""The lamp in the housing, above the glass."""

SEGMENTS: tuple[Segment, ...] = (*symbol_line(), *value_rows(), *bottom_line(), *load_bar(), LAMP)
"""Everything that can be lit."""

BITS: dict[str, int] = {segment.id: 1 << n for n, segment in enumerate(SEGMENTS)}
"""Place of each segment in a mask."""

ALL = (1 << len(SEGMENTS)) - 1
"""Mask of the lamp test."""

if len(BITS) != len(SEGMENTS):
    raise ValueError("two segments of the glass have the same id")
