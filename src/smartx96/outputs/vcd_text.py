"""The text of a value change dump of two wires (IEEE 1364-2005, clause 18)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

WIRES = {1: b"!", 2: b'"'}
"""Identifier codes of the outputs."""

_HEAD = b"""\
$comment Pulses of %s, a SMART X96 energy meter; 1 is a closed contact $end
$timescale 1 us $end
$scope module smartx96 $end
$var wire 1 ! pulse1 $end
$var wire 1 " pulse2 $end
$upscope $end
$enddefinitions $end
"""

ORIGIN = b"$comment time 0 is "

INITIAL = b'#0\n$dumpvars\n0!\n0"\n$end\n'


def head(meter: str) -> bytes:
    """What a dump of the pulses of a meter begins with."""
    return _HEAD % meter.encode()


class Entry(NamedTuple):
    """A line at a time: a change of a wire, or a comment.

    Parameters
    ----------
    time : int
        Since the origin [us].
    line : bytes
    """

    time: int
    line: bytes


def change(output: int, value: int) -> bytes:
    """The line by which a wire takes a value."""
    return b"%d%s\n" % (value, WIRES[output])


_LONGEST_NUMBER = 19

_CHANGES = {change(output, value): (output, value) for output in WIRES for value in (0, 1)}


def encoded(entries: Iterable[Entry], time: int) -> bytes:
    """The text of entries in order of time, which follow others up to `time`."""
    parts = []
    for at, line in entries:
        if at != time:
            parts.append(b"#%d\n" % at)
            time = at
        parts.append(line)
    return b"".join(parts)


class Ending:
    """What stands at the end of a dump, and how far it can be gone on with.

    What is torn or out of order, and all behind it, is left out.

    Parameters
    ----------
    text : bytes
        The end of a file, from any place behind its head.
    most : int
        Entries wanted at most.

    Attributes
    ----------
    start, end : int
        Places in `text` at which the entries begin and end.
    time : int
        Time up to which those before them go [us]; negative where no time is told.
    entries : list of Entry
    falls : dict of int to int
        Time of the last change of each output that is found.
    closed : list of int
        Outputs whose last falling edge is missing.
    """

    def __init__(self, text: bytes, most: int) -> None:
        self.end = 0 if text.startswith(b"#") else text.find(b"\n#") + 1
        self.time = -1
        self.entries: list[Entry] = []
        moments: list[tuple[int, int, int]] = []
        for line in text[self.end :].splitlines(keepends=True):
            moment = (self.end, self.time, len(self.entries))
            if not self._takes(line):
                break
            if line.startswith(b"#") and moment[1] >= 0:
                moments.append(moment)
        self._sum_up()
        whole = (self.end, self.time, len(self.entries))
        wanted = (m for m in [*moments, whole] if len(self.entries) - m[2] <= most)
        self.start, self.time, first = next(wanted)
        del self.entries[:first]

    def _takes(self, line: bytes) -> bool:
        """Take a line; False where it cannot follow."""
        number = line[1:-1]
        if not line.endswith(b"\n"):
            return False
        if line.startswith(b"#") and number.isdigit() and len(number) < _LONGEST_NUMBER:
            if int(number) < self.time:
                return False
            self.time = int(number)
        elif line in _CHANGES or (line.startswith(b"$comment ") and self.time >= 0):
            self.entries.append(Entry(self.time, line))
        elif line not in INITIAL.splitlines(keepends=True):
            return False
        self.end += len(line)
        return True

    def _sum_up(self) -> None:
        last: dict[int, tuple[int, int]] = {}
        for time, line in self.entries:
            if line in _CHANGES:
                output, value = _CHANGES[line]
                last[output] = time, value
        self.falls = {output: time for output, (time, _) in last.items()}
        self.closed = [output for output, (_, value) in last.items() if value]
