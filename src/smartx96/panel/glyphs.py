"""Glyphs: which segments make which character, on seven segments and on fourteen.

A glyph is the segments' letters, as `digits` names them. Characters without a glyph are shown as
the nearest one, or blank; `lit.misfits` tells which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SEVEN: dict[str, str] = {
    " ": "",
    "0": "abcdef", "1": "bc", "2": "abdeg", "3": "abcdg", "4": "bcfg",
    "5": "acdfg", "6": "acdefg", "7": "abc", "8": "abcdefg", "9": "abcdfg",
    "A": "abcefg", "B": "cdefg", "C": "adef", "D": "bcdeg", "E": "adefg", "F": "aefg",
    "G": "acdef", "H": "bcefg", "I": "ef", "J": "bcde", "L": "def", "N": "ceg", "O": "abcdef",
    "P": "abefg", "Q": "abcfg", "R": "eg", "S": "acdfg", "T": "defg", "U": "bcdef", "Y": "bcdfg",
    "b": "cdefg", "c": "deg", "d": "bcdeg", "h": "cefg", "i": "c", "n": "ceg", "o": "cdeg",
    "q": "abcfg", "r": "eg", "t": "defg", "u": "cde", "y": "bcdfg",
    "-": "g", "_": "d", "=": "dg", "\u00b0": "abfg", "[": "adef", "]": "abcd",
    "'": "f", '"': "bf", "?": "abeg",
}  # fmt: skip
"""Characters that seven segments can show."""

FOURTEEN: dict[str, str] = {
    " ": "",
    "0": "abcdef", "1": "bc", "2": "abdegh", "3": "abcdh", "4": "bcfgh",
    "5": "acdfgh", "6": "acdefgh", "7": "abc", "8": "abcdefgh", "9": "abcdfgh",
    "A": "abcefgh", "B": "abcdhjm", "C": "adef", "D": "abcdjm", "E": "adefg", "F": "aefg",
    "G": "acdefh", "H": "bcefgh", "I": "adjm", "J": "bcde", "K": "efgkl", "L": "def",
    "M": "bcefik", "N": "bcefil", "O": "abcdef", "P": "abefgh", "Q": "abcdefl", "R": "abefghl",
    "S": "acdhi", "T": "ajm", "U": "bcdef", "V": "efkn", "W": "bcefln", "X": "ikln",
    "Y": "ikm", "Z": "adkn",
    "-": "gh", "+": "ghjm", "/": "kn", "\\": "il", "_": "d", "=": "dgh", "*": "ghijklmn",
    "%": "cfghjkmn", "(": "kl", ")": "in", "[": "adef", "]": "abcd", "<": "kl", ">": "in",
    "'": "j", '"': "fj", "|": "jm", "!": "jm", "?": "abhm", ",": "n", "\u00b0": "abfgh",
    "$": "acdfghjm", "&": "adegijl", "^": "ln", "#": "bcdghjm",
}  # fmt: skip
"""Characters that fourteen segments can show; points and colons have segments of their own."""

_NEAREST_SEVEN = {
    "K": "H", "M": "N", "V": "U", "W": "U", "X": "H", "Z": "2", "k": "h", "m": "n", "v": "u",
    "w": "u", "x": "H", "z": "2", "+": " ", "/": " ", "\u2212": "-", "\u2013": "-",
}  # fmt: skip
_NEAREST_FOURTEEN = {"\u2212": "-", "\u2013": "-", "\u00d7": "X", "\u00b5": "U", "\u03a3": "E"}


@lru_cache
def seven(character: str) -> str:
    """Segments of a character on seven segments, or of the nearest one there is."""
    return _glyph(character, SEVEN, _NEAREST_SEVEN)


@lru_cache
def fourteen(character: str) -> str:
    """Segments of a character on fourteen segments, or of the nearest one there is."""
    return _glyph(character, FOURTEEN, _NEAREST_FOURTEEN)


def _glyph(character: str, glyphs: dict[str, str], nearest: dict[str, str]) -> str:
    candidates = (character, nearest.get(character), character.upper(), character.lower())
    return next((glyphs[sign] for sign in candidates if sign in glyphs), "")


UNKNOWN = "*"
"""Stands for segments that are no character, as all of them are in a lamp test."""

_READ: dict[frozenset[str], str] = {}
for _sign, _segments in FOURTEEN.items():
    _READ.setdefault(frozenset(_segments), _sign)


def line_text(characters: Iterable[frozenset[str]]) -> str:
    """What lit segments of a line say, a character for each. 0 and O are the same: beside letters
    it is an O, unless the line may be a hexadecimal number.
    """
    text = "".join(_READ.get(segments, UNKNOWN) for segments in characters)
    return _ZERO_IN_WORD.sub("O", text) if re.search("[G-Z]", text) else text


_ZERO_IN_WORD = re.compile("(?<=[A-Z])0|0(?=[A-Z])")
