"""Reads the glass of a face in a browser as an eye does: by where what is lit stands.

It knows the layout of the glass and how digits look, and nothing of which segment has which number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LOOK = """face => {
  const frame = face.getBoundingClientRect();
  const [scale, left, top] = [960 / frame.width, frame.left, frame.top];
  const lit = [...face.querySelectorAll(".s.on")].map(part => {
    const box = part.getBoundingClientRect();
    return {x: (box.left + box.width / 2 - left) * scale - 70,
            y: (box.top + box.height / 2 - top) * scale - 112,
            width: box.width * scale, flashing: part.classList.contains("flash")};
  });
  const of = id => face.querySelector(`[id$="${id}"]`).textContent;
  return {lit, backlit: face.classList.contains("backlit"), title: of("title"), spoken: of("desc")};
}"""
"""Middles of what is lit, on a glass of 820 x 640, and what is told to who does not see it."""

ROWS, ROW_PITCH, ROW_HEIGHT, ROW_TOP = 4, 99.0, 84.0, 90.0
DIGIT_LEFT, DIGIT_PITCH, DIGIT_WIDTH = 254.0, 78.0, 53.0
LINE_TOP, LINE_HEIGHT, LINE_LEFT, LINE_PITCH, LINE_WIDTH = 496.0, 62.0, 27.0, 62.0, 47.0
BAR_TOP, BAR_HEIGHT = 576.0, 16.0

LEAN = 0.09
"""How far digits lean to the right, for their height."""

EDGE = 1.03
"""Of a digit, in its own width: what is beyond is a point or a colon."""

_MIDDLES = {
    "a": (0.5, 0.0), "b": (1.0, 0.25), "c": (1.0, 0.75), "d": (0.5, 1.0), "e": (0.0, 0.75),
    "f": (0.0, 0.25),
}  # fmt: skip
_SEVEN = _MIDDLES | {"g": (0.5, 0.5)}
_FOURTEEN = _MIDDLES | {
    "g": (0.25, 0.5), "h": (0.75, 0.5), "i": (0.25, 0.25), "j": (0.5, 0.25), "k": (0.75, 0.25),
    "l": (0.75, 0.75), "m": (0.5, 0.75), "n": (0.25, 0.75),
}  # fmt: skip
"""Where the middles of segments are in their digit, from its left and top."""

_DIGITS = {
    "": " ", "abcdef": "0", "bc": "1", "abdeg": "2", "abcdg": "3", "bcfg": "4", "acdfg": "5",
    "acdefg": "6", "abc": "7", "abcdefg": "8", "abcdfg": "9", "g": "-",
    "abefg": "P", "abcefg": "A", "adefg": "E", "eg": "r", "def": "L", "adef": "C", "ceg": "n",
    "cdeg": "o", "bcdeg": "d", "defg": "t", "ef": "I", "bcdef": "U", "bcefg": "H",
}  # fmt: skip
_LINE = {
    "": " ", "abcdef": "0", "bc": "1", "abdegh": "2", "abcdh": "3", "bcfgh": "4", "acdfgh": "5",
    "acdefgh": "6", "abc": "7", "abcdefgh": "8", "abcdfgh": "9", "gh": "-",
    "abcefgh": "A", "adef": "C", "ikln": "X", "adefg": "E",
}  # fmt: skip


@dataclass(frozen=True)
class Glass:
    """What somebody sees.

    Parameters
    ----------
    rows : list of str
        The four rows; 0 and O, 5 and S are the same here. What is no digit is `?`.
    line : str
        The line below them.
    flashing : list of bool
        Whether anything of each row flashes.
    count : int
        How much is lit.
    bar : int
        Segments of the bar.
    backlit : bool
    alarm : bool
        Whether anything of the line of symbols flashes.
    title, spoken : str
        What a screen reader is given.
    """

    rows: list[str]
    line: str
    flashing: list[bool]
    count: int
    bar: int
    backlit: bool
    alarm: bool
    title: str
    spoken: list[str]

    @property
    def values(self) -> list[float]:
        """Numbers of the rows that show some."""
        return [float(row) for row in self.rows if re.fullmatch(r"-?[\d.]+", row)]


def read(face: Any) -> Glass:
    """What the glass of a face, a locator of Playwright, shows."""
    seen = face.evaluate(LOOK)
    lit = seen["lit"]
    tops = [ROW_TOP + n * ROW_PITCH for n in range(ROWS)]
    return Glass(
        rows=[_row(lit, top) for top in tops],
        line=_text(lit, (LINE_LEFT, LINE_TOP, LINE_PITCH, LINE_WIDTH, LINE_HEIGHT), 8, _LINE),
        flashing=[any(p["flashing"] for p in _within(lit, top, top + ROW_HEIGHT)) for top in tops],
        count=len(lit),
        bar=sum(part["x"] < 600 for part in _within(lit, BAR_TOP, BAR_TOP + BAR_HEIGHT)),
        backlit=seen["backlit"],
        alarm=any(p["flashing"] for p in _within(lit, 0, ROW_TOP - 4)),
        title=seen["title"],
        spoken=[part for part in seen["spoken"].split("; ") if part],
    )  # fmt: skip


def _within(lit: list[dict], top: float, foot: float) -> list[dict]:
    return [part for part in lit if top - 2 <= part["y"] <= foot + 2]


def _row(lit: list[dict], top: float) -> str:
    place = (DIGIT_LEFT, top, DIGIT_PITCH, DIGIT_WIDTH, ROW_HEIGHT)
    minus = [p for p in _within(lit, top + 30, top + 54) if 215 < p["x"] < 250]
    return ("-" if minus else "") + _text(lit, place, 4, _DIGITS).lstrip()


def _text(lit: list[dict], place: tuple[float, ...], count: int, glyphs: dict[str, str]) -> str:
    left, top, pitch, width, height = place
    foot = top + height
    cells: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    for part in _within(lit, top, foot):
        x = part["x"] - LEAN * (foot - part["y"]) - left
        n = int((x + 0.1 * width) // pitch)
        if x > -0.1 * width and n < count:
            cells[n].append(((x - n * pitch) / width, (part["y"] - top) / height))
    return "".join(_sign(cell, glyphs) for cell in cells).strip()


def _sign(cell: list[tuple[float, float]], glyphs: dict[str, str]) -> str:
    """A digit, and what stands behind it."""
    middles = _SEVEN if glyphs is _DIGITS else _FOURTEEN
    letters = "".join(sorted({_nearest(middles, u, v) for u, v in cell if u <= EDGE}))
    beyond = [v for u, v in cell if u > EDGE]
    mark = ("." if min(beyond) > 0.8 else ":") if beyond else ""
    return glyphs.get(letters, "?") + mark


def _nearest(middles: dict[str, tuple[float, float]], u: float, v: float) -> str:
    return min(middles, key=lambda name: (middles[name][0] - u) ** 2 + (middles[name][1] - v) ** 2)
