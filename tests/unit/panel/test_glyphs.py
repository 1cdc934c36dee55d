"""Glyphs against tables that others publish for such displays."""

from __future__ import annotations

import string

import pytest

from smartx96.panel.glyphs import FOURTEEN, SEVEN, fourteen, seven

# Seven segments, a in bit 0 to g in bit 6, as data sheets of display drivers list them.
PUBLISHED_SEVEN = {
    "0": 0x3F, "1": 0x06, "2": 0x5B, "3": 0x4F, "4": 0x66, "5": 0x6D, "6": 0x7D, "7": 0x07,
    "8": 0x7F, "9": 0x6F, "A": 0x77, "b": 0x7C, "C": 0x39, "d": 0x5E, "E": 0x79, "F": 0x71,
    "-": 0x40, "_": 0x08, "H": 0x76, "L": 0x38, "P": 0x73, "U": 0x3E, "n": 0x54, "o": 0x5C,
    "r": 0x50, "t": 0x78, "h": 0x74, "c": 0x58, "y": 0x6E, "\u00b0": 0x63,
}  # fmt: skip

# Fourteen segments as fonts of alphanumeric LED modules have them: a to f, the halves of the middle
# bar, upper left, middle, right, lower left, middle, right.
PUBLISHED_ORDER = "abcdefghijknml"
PUBLISHED_FOURTEEN = {
    "A": 0x00F7, "B": 0x128F, "C": 0x0039, "D": 0x120F, "F": 0x0071, "G": 0x00BD, "H": 0x00F6,
    "J": 0x001E, "K": 0x2470, "L": 0x0038, "M": 0x0536, "N": 0x2136, "O": 0x003F, "P": 0x00F3,
    "Q": 0x203F, "R": 0x20F3, "S": 0x018D, "T": 0x1201, "U": 0x003E, "V": 0x0C30, "W": 0x2836,
    "X": 0x2D00, "Y": 0x1500, "Z": 0x0C09, "I": 0x1209, "1": 0x0006, "2": 0x00DB, "3": 0x008F,
    "4": 0x00E6, "5": 0x00ED, "6": 0x00FD, "7": 0x0007, "8": 0x00FF, "9": 0x00EF, "-": 0x00C0,
    "+": 0x12C0, "/": 0x0C00, "*": 0x3FC0, "_": 0x0008, "=": 0x00C8, "\\": 0x2100,
}  # fmt: skip


def mask(segments: str, order: str) -> int:
    return sum(1 << order.index(segment) for segment in segments)


@pytest.mark.parametrize(("character", "published"), PUBLISHED_SEVEN.items())
def test_seven_segments_are_as_published(character: str, published: int) -> None:
    assert mask(SEVEN[character], "abcdefg") == published


@pytest.mark.parametrize(("character", "published"), PUBLISHED_FOURTEEN.items())
def test_fourteen_segments_are_as_published(character: str, published: int) -> None:
    assert mask(FOURTEEN[character], PUBLISHED_ORDER) == published


def test_the_line_shows_all_capitals_digits_and_signs() -> None:
    assert set(string.ascii_uppercase + string.digits + "-+/%_ ") <= set(FOURTEEN)
    assert set(string.digits + "- _" + "AbCdEFGHIJLnoPqrStUy") <= set(SEVEN)


def test_characters_of_the_line_are_told_apart() -> None:
    shown = string.ascii_uppercase + string.digits + "-+/%_"
    same = {a + b for a in shown for b in shown if a < b and set(FOURTEEN[a]) == set(FOURTEEN[b])}
    assert same == {"0O"}


def test_digits_on_seven_segments_are_told_apart() -> None:
    assert len({frozenset(SEVEN[digit]) for digit in string.digits}) == 10


def test_what_has_no_glyph_is_shown_as_the_nearest() -> None:
    assert seven("K") == SEVEN["H"]
    assert seven("e") == SEVEN["E"]
    assert seven("D") == SEVEN["d"]
    assert fourteen("q") == FOURTEEN["Q"]
    assert fourteen("\u2212") == FOURTEEN["-"]
    assert seven("\u20ac") == fourteen("\u20ac") == ""
