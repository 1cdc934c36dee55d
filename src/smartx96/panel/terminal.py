"""Terminal: the face as lines of text, of one width, without colour.

Large, digits are made of Braille dots; small, of bars and underscores, so that the whole face fits
a terminal of 80 x 24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from smartx96.models import PULSE2_CONSTANT, Model
from smartx96.panel.bottom_line import LINE_WORDS
from smartx96.panel.dots import (
    DIGIT_COLUMNS,
    DIGIT_LINES,
    FOURTEEN_DOTS,
    SEVEN_DOTS,
    STAR_COLUMNS,
    STAR_LINES,
    braille,
)
from smartx96.panel.glass import BITS
from smartx96.panel.glyphs import line_text
from smartx96.panel.keys import Key
from smartx96.panel.screen import LINE_CHARACTERS, ROW_DIGITS, ROWS, Screen
from smartx96.panel.seen import Seen, seen
from smartx96.panel.segment import Word
from smartx96.panel.symbol_line import BAR_SEGMENTS
from smartx96.panel.value_rows import KINDS, LOWER, MARKS, UPPER

INNER = 60
WIDTH = INNER + 4
"""Characters of every line."""

_SYMBOLS = (
    (("cw0", "\u21bb"), ("ccw0", "\u21ba")),
    (("import", "\u2192"),),
    (("export", "\u2190"),),
    (("inductive", "ind"),),
    (("capacitive", "cap"),),
    (("thd", "THD"),),
    (("pulse1", "\u238d1"),),
    (("pulse2", "\u238d2"),),
    (("communication", "\u21c5"),),
    (("lock", "lock"),),
    (("setup", "set-up"),),
    (("warming-up", "warming"),),
    (("warning", "WARNING"),),
)
"""By their place: of those that share one, the first that is lit is shown."""

_FIGURES = {frozenset(segments): figure for figure, segments in MARKS.items()}


@dataclass(frozen=True, slots=True)
class _Shown:
    """Segments that can be seen at a moment."""

    on: int

    def has(self, id: str) -> bool:
        """Whether a segment is lit."""
        return bool(self.on & BITS[id])

    def segments(self, place: str, letters: Iterable[str]) -> frozenset[str]:
        """Letters of the segments that are lit at a place."""
        return frozenset(letter for letter in letters if self.has(f"{place}{letter}"))

    def words(self, place: str, sequence: Iterable[Word]) -> str:
        """Words that are lit, one behind the other."""
        return "".join(word.text for word in sequence if self.has(f"{place}-{word.id}"))


@dataclass(frozen=True, slots=True)
class _Form:
    """How characters are made.

    Parameters
    ----------
    digit, character : callable
        From lit segments to lines; `character` also gets what the character means.
    point, minus : str
    colon : tuple of str
        For each line that a character of the bottom line takes.
    below : tuple of str
        Lines under each row.
    """

    digit: Callable[[frozenset[str]], list[str]]
    character: Callable[[frozenset[str], str], list[str]]
    point: str
    minus: str
    colon: tuple[str, ...]
    below: tuple[str, ...] = ()


def terminal(screen: Screen | Seen, model: Model, *, large: bool = False,
             dark: bool = False) -> list[str]:  # fmt: skip
    """The face as text.

    Parameters
    ----------
    screen : Screen or Seen
    model : Model
    large : bool
        Digits of Braille dots, which need 33 lines; else 23 lines do.
    dark : bool
        Whether this is the moment in which what flashes is not seen.

    Returns
    -------
    list of str
        Lines of `WIDTH` characters.
    """
    masks, form = seen(screen).masks, _LARGE if large else _SMALL
    shown = _Shown(masks.on & ~masks.flashing if dark else masks.on)
    lamp = "\u25cf" if shown.has("led") else "\u25cb"
    name, constant = f"SMART {model.name}", f"{lamp} {PULSE2_CONSTANT} imp/kWh"
    plate = name + constant.rjust(INNER - len(name))
    glass = [_symbol_line(shown)]
    for row in range(ROWS):
        glass += [*_row(shown, f"row{row}", form), *form.below]
    glass += [*_line(shown, form), *_bar(shown)]
    return [
        "\u256d" + "\u2500" * (INNER + 2) + "\u256e",
        _framed(plate),
        "\u251c" + "\u2500" * (INNER + 2) + "\u2524",
        *map(_framed, glass),
        "\u251c" + "\u2500" * (INNER + 2) + "\u2524",
        *map(_framed, _keys()),
        "\u2570" + "\u2500" * (INNER + 2) + "\u256f",
    ]


def _framed(text: str) -> str:
    return f"\u2502 {text:<{INNER}} \u2502"


def _symbol_line(shown: _Shown) -> str:
    texts = []
    for place in _SYMBOLS:
        text = next((text for id, text in place if shown.has(id)), "")
        texts.append(text.ljust(len(place[0][1])))
    return " ".join(texts)


def _row(shown: _Shown, place: str, form: _Form) -> list[str]:
    digits = [form.digit(shown.segments(f"{place}-{n}", "abcdefg")) for n in range(ROW_DIGITS)]
    lines = []
    for number, parts in enumerate(zip(*digits, strict=True)):
        last = number == len(digits[0]) - 1
        points = [
            form.point if last and n < ROW_DIGITS - 1 and shown.has(f"{place}-{n}point") else " "
            for n in range(ROW_DIGITS)
        ]
        minus = form.minus if number == len(digits[0]) // 2 and shown.has(f"{place}-minus") else ""
        labels = {0: _kinds(shown, place), len(digits[0]) - 1: _label(shown, place)}
        units = {0: UPPER, len(digits[0]) - 1: LOWER}
        value = "".join(f"{part}{point} " for part, point in zip(parts, points, strict=True))
        unit = shown.words(place, units[number]) if number in units else ""
        lines.append(f"{labels.get(number, ''):<10}{minus:<3}{value} {unit}")
    return lines


def _kinds(shown: _Shown, place: str) -> str:
    return " ".join(f"{shown.words(place, (kind,)):3}" for kind in KINDS)


def _label(shown: _Shown, place: str) -> str:
    figures = [
        _FIGURES.get(lit_here, "8" if lit_here else " ")
        for lit_here in (shown.segments(f"{place}-{end}", "abcdeg") for end in ("from", "to"))
    ]
    signs = [("L", "L"), ("to", "-"), ("N", "N"), ("total", "\u03a3")]
    letter, dash, neutral, total = (
        text if shown.has(f"{place}-{id}") else " " for id, text in signs
    )
    return f"{letter}{figures[0]}{dash}{figures[1]} {neutral} {total}"


def _line(shown: _Shown, form: _Form) -> list[str]:
    line = [shown.segments(f"line-{n}", FOURTEEN_DOTS) for n in range(LINE_CHARACTERS)]
    blocks: list[list[str]] = []
    for n, (segments, meaning) in enumerate(zip(line, line_text(line), strict=True)):
        blocks += [form.character(segments, meaning), _mark(shown, n, form)]
    lines = ["".join(parts) for parts in zip(*blocks, strict=True)]
    upper, lower = (shown.words("line", words) for words in LINE_WORDS)
    lines[0] += upper
    lines[-1] += lower
    return lines


def _mark(shown: _Shown, place: int, form: _Form) -> list[str]:
    """What stands between two characters of the bottom line."""
    if place == LINE_CHARACTERS - 1:
        return [" "] * len(form.colon)
    if shown.has(f"line-{place}colon"):
        return list(form.colon)
    point = form.point if shown.has(f"line-{place}point") else " "
    return [" "] * (len(form.colon) - 1) + [point]


def _bar(shown: _Shown) -> list[str]:
    """Load in per cent of full load, and the tariffs."""
    bar = "".join("\u2588" if shown.has(f"bar-{n}") else "\u00b7" for n in range(BAR_SEGMENTS))
    tariffs = " ".join(f"T{n}" if shown.has(f"tariff-{n}") else "  " for n in range(1, 5))
    scale = f"{'0':<10}{'50':<9}{'100':<4}120 %" if shown.has("bar-scale") else ""
    return [f"{bar:<{INNER - len(tariffs)}}{tariffs}", scale]


def _keys() -> list[str]:
    share = INNER // len(Key)
    caps = (f"[{number} {key.value}]".center(share) for number, key in enumerate(Key, 1))
    legends = (key.in_setup.center(share) for key in Key)
    return ["".join(caps), "".join(legends)]


def _large_digit(segments: frozenset[str]) -> list[str]:
    dots = [dot for segment in segments for dot in SEVEN_DOTS[segment]]
    return braille(dots, DIGIT_COLUMNS, DIGIT_LINES)


def _large_character(segments: frozenset[str], meaning: str) -> list[str]:
    dots = [dot for segment in segments for dot in FOURTEEN_DOTS[segment]]
    return braille(dots, STAR_COLUMNS, STAR_LINES)


def _small_digit(segments: frozenset[str]) -> list[str]:
    signs = {letter: sign if letter in segments else " " for letter, sign in _BARS.items()}
    return [
        f" {signs['a']} ",
        f"{signs['f']}{signs['g']}{signs['b']}",
        f"{signs['e']}{signs['d']}{signs['c']}",
    ]


_BARS = {letter: "_" if letter in "adg" else "|" for letter in "abcdefg"}
_LARGE = _Form(
    _large_digit, _large_character, "\u28e4", "\u28e4\u28e4", ("\u2836", " ", "\u2836"), ("",)
)
_SMALL = _Form(_small_digit, lambda segments, meaning: [meaning], ".", "-", (":",))
