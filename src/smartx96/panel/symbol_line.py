"""Symbol line, above the rows; the tariffs and the bar for the load, below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from smartx96.panel import icons
from smartx96.panel.lettering import lettering, text_width
from smartx96.panel.screen import FULL_SCALE, Symbol
from smartx96.panel.segment import LEFT, RIGHT, Group, Segment, Word, words
from smartx96.panel.shape import Shape, area, box_of, corners

BAR_STEP = 0.05
"""Load that a segment of the bar stands for."""

BAR_SEGMENTS = round(FULL_SCALE / BAR_STEP)

_TOP = 24.0
_BAR_TOP, _BAR_PITCH = 576.0, 24.0
_TARIFFS = 620.0

_RING = ("arc0", "arc1", "arc2")
PARTS: dict[Symbol, tuple[str, ...]] = {
    Symbol.SEQUENCE: (*_RING, "cw0", "cw1", "cw2"),
    Symbol.SEQUENCE_REVERSE: (*_RING, "ccw0", "ccw1", "ccw2"),
    Symbol.IMPORT: ("import",),
    Symbol.EXPORT: ("export",),
    Symbol.INDUCTIVE: ("inductive",),
    Symbol.CAPACITIVE: ("capacitive",),
    Symbol.THD: ("thd",),
    Symbol.TARIFF_1: ("tariff-1",),
    Symbol.TARIFF_2: ("tariff-2",),
    Symbol.TARIFF_3: ("tariff-3",),
    Symbol.TARIFF_4: ("tariff-4",),
    Symbol.PULSE_1: ("pulse1", "output1"),
    Symbol.PULSE_2: ("pulse2", "output2", "led"),
    Symbol.COMMUNICATION: ("communication",),
    Symbol.LOCK: ("lock",),
    Symbol.SETUP: ("setup",),
    Symbol.WARMING_UP: ("warming-up",),
    Symbol.WARNING: ("warning",),
}
"""Segments that make a symbol; the lamp in the housing is one of output 2."""


def symbol_line() -> Iterator[Segment]:
    """The symbols above the rows, with even spaces."""
    places = _places()
    spans = [box_of(corner for s in place for corner in corners(s.box)) for place in places]
    space = (RIGHT - LEFT - sum(right - left for left, _, right, _ in spans)) / (len(places) - 1)
    x = LEFT
    for place, (left, _, right, _) in zip(places, spans, strict=True):
        yield from (replace(piece, x=x - left + piece.x, y=_TOP + piece.y) for piece in place)
        x += right - left + space


def load_bar() -> Iterator[Segment]:
    """The bar, its scale and, at its right, the tariffs."""
    step = area([(4.0, 0.0), (24.0, 0.0), (20.0, 16.0), (0.0, 16.0)])
    for number in range(BAR_SEGMENTS):
        x = LEFT + number * _BAR_PITCH
        yield Segment(f"bar-{number}", "bar", step, x, _BAR_TOP, Group.BAR)
    yield Segment("bar-scale", "scale", _scale(), LEFT, _BAR_TOP + 22, Group.BAR)
    tariffs = [Word(str(n), f"T{n}", 13) for n in range(1, 5)]
    yield from words("tariff", Group.SYMBOLS, _TARIFFS, _BAR_TOP + 7, 25, tariffs)


def _places() -> list[list[Segment]]:
    """Symbols from left to right, each about its own corner."""
    thd = lettering("THD", 31)
    return [
        list(_ring()),
        [_symbol("import", icons.arrow(1))],
        [_symbol("export", icons.arrow(-1))],
        [_symbol("inductive", icons.coil())],
        [_symbol("capacitive", icons.plates())],
        [_symbol("thd", thd, y=(icons.HEIGHT - thd.box[3]) / 2)],
        _output(1),
        _output(2),
        [_symbol("communication", icons.traffic())],
        [_symbol("lock", icons.padlock())],
        [_symbol("setup", icons.gear())],
        [_symbol("warming-up", icons.thermometer())],
        [_symbol("warning", icons.alert())],
    ]


def _symbol(id: str, shape: Shape, *, name: str = "", x: float = 0.0, y: float = 0.0,
            kind: str = "") -> Segment:  # fmt: skip
    return Segment(id, name or id, shape, x, y, Group.SYMBOLS, kind)


def _ring() -> Iterator[Segment]:
    """Heads before arcs, so that a style sheet can turn the arcs by the heads lit before them."""
    for phase in range(3):
        yield _symbol(f"cw{phase}", icons.ring_head(phase, 1), kind=f"turn turn{phase}")
    for phase in range(3):
        turn = f"ccw turn turn{-phase % 3}"
        yield _symbol(f"ccw{phase}", icons.ring_head(phase, -1), kind=turn)
    for phase in range(3):
        yield _symbol(f"arc{phase}", icons.ring_arc(phase), kind=f"arc turn turn{phase}")


def _output(number: int) -> list[Segment]:
    figure = lettering(str(number), 22)
    return [
        _symbol(f"pulse{number}", icons.pulse(), name="pulse"),
        _symbol(f"output{number}", figure, x=31.0, y=36.2 - figure.box[3]),
    ]


def _scale() -> Shape:
    """Figures under the bar [%]."""
    end, height = BAR_SEGMENTS * _BAR_PITCH, 17.0
    path, boxes = "", []
    for text, load in (("0", 0.0), ("50", 0.5), ("100", 1.0), ("120 %", FULL_SCALE)):
        room = text_width(text, height)
        x = min(max(load / BAR_STEP * _BAR_PITCH - room / 2, 0.0), end - room)
        figure = lettering(text, height, (x, 0.0))
        path += figure.path
        boxes.append(figure.box)
    return Shape(path, box_of(c for box in boxes for c in corners(box)), figure.stroke)
