"""Display: a terminal as a whole screen, on which only what has changed is written."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l"
"""The other screen of a terminal and its cursor (xterm)."""

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Terminals that know it show what is between at once; others take no notice."""

_SMALLEST = (80, 24)


class Look(StrEnum):
    """How a line looks; the values are parameters of SGR (ECMA-48, 8.3.117)."""

    PLAIN = "0"
    DIM = "0;2"
    ALERT = "0;7"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of the screen."""

    text: str = ""
    look: Look = Look.PLAIN


class Display:
    """The terminal at two files of the process.

    Parameters
    ----------
    source, target : int
        Numbers of the files where keys are typed and where the screen is written.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._shown: list[TextLine] = []

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        try:
            columns, lines = os.get_terminal_size(self._target)
        except OSError:
            return _SMALLEST
        return (columns, lines) if columns and lines else _SMALLEST

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the whole screen and every key; whatever happens, the terminal is as it was."""
        before = termios.tcgetattr(self._source)
        try:
            termios.tcsetattr(self._source, termios.TCSADRAIN, _quiet(before))
            self._write(_ENTER)
            self.forget()
            yield
        finally:
            # The terminal may have gone, which is nothing to repair.
            with suppress(OSError):
                self._write(_LEAVE)
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._source, termios.TCSADRAIN, before)

    def forget(self) -> None:
        """Nothing is known of what the screen shows: the next picture is written whole."""
        self._shown = []

    def show(self, lines: Sequence[TextLine]) -> None:
        """Show lines from the top; they must fit the terminal."""
        written = "".join(self._changes(lines))
        if not self._shown:
            written = f"\x1b[0m\x1b[2J{written}"
        self._shown = list(lines)
        if written:
            self._write(f"{_BEGIN}{written}\x1b[0m{_END}")

    def _changes(self, lines: Sequence[TextLine]) -> Iterator[str]:
        """What is to be written, each piece with its place."""
        for number in range(max(len(lines), len(self._shown))):
            old = self._shown[number] if number < len(self._shown) else TextLine()
            new = lines[number] if number < len(lines) else TextLine()
            if old != new:
                yield from _pieces(number, old, new)

    def _write(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self._target, data) :]


def _pieces(number: int, old: TextLine, new: TextLine) -> Iterator[str]:
    """Cells of a line that differ, runs of them with their place; every cell has one character."""
    width = max(len(old.text), len(new.text))
    before, after = old.text.ljust(width), new.text.ljust(width)
    start = 0
    while start < width:
        if before[start] == after[start] and old.look is new.look:
            start += 1
            continue
        end = start + 1
        while end < width and (before[end] != after[end] or old.look is not new.look):
            end += 1
        yield f"\x1b[{number + 1};{start + 1}H\x1b[{new.look}m{after[start:end]}"
        start = end


def _quiet(attributes: list[Any]) -> list[Any]:
    """Attributes without echo, lines, signals by keys and flow control; output stays as it is."""
    found = [*attributes[:6], list(attributes[6])]
    found[0] &= ~(termios.IXON | termios.ICRNL | termios.INLCR)
    found[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
    found[6][termios.VMIN], found[6][termios.VTIME] = 1, 0
    return found
