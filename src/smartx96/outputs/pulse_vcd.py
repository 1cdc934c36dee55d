"""PulseVcd: the two contacts as wires of a value change dump, for waveform viewers."""

from __future__ import annotations

import contextlib
from bisect import insort
from collections.abc import Sequence

from smartx96.meter.pulse import PAUSE, Pulse
from smartx96.outputs.instants import instant, microseconds
from smartx96.outputs.own_file import OwnFile
from smartx96.outputs.vcd_text import INITIAL, ORIGIN, Ending, Entry, change, encoded, head

_REWRITTEN = 32
"""Entries at the end of the file that are written anew with every pulse, so that the edges of both
outputs come in order, and yet each pulse is in the file whole as soon as it is emitted."""

_LOOKED_AT = 1 << 13
"""Bytes at the end of an existing file that are read; in so many no wire stays closed."""

_SECOND = 1_000_000


def _by_time(entry: Entry) -> int:
    return entry.time


def _origin_line(origin: int) -> bytes:
    return b"%s%s $end\n" % (ORIGIN, instant(origin).encode())


def _told_origin(file: OwnFile, end: int) -> int | None:
    """The origin that was told last before `end`."""
    place = file.find_last(ORIGIN, end)
    if place < 0:
        return None
    told = file.read(place + len(ORIGIN), place + len(_origin_line(0)))
    with contextlib.suppress(ValueError):
        return microseconds(told.partition(b" ")[0].decode())
    return None


_BEGUN = len(_origin_line(0)) + len(INITIAL)
"""Length of the origin and initial values."""


class PulseVcd:
    """Value change dump (IEEE 1364) of wires `pulse1` and `pulse2`, 1 where the contact is closed.

    Times count from the first pulse's second, which a comment tells. Time cannot run back in a
    dump: where the meter's clock was set back, the edges go on a pause behind the last ones, and a
    further comment tells the new origin.

    Parameters
    ----------
    meter : str
        Its name, which stands in the head.
    """

    _offset: int
    _time: int
    _origin: int | None
    _entries: list[Entry]
    _falls: dict[int, int]

    def __init__(self, meter: str) -> None:
        self.head = head(meter)

    def resume(self, file: OwnFile) -> None:
        """Read the end of the file; what is torn or out of order there is dropped.

        A falling edge that is missing comes a pause behind the last edge there is.

        Raises
        ------
        OptionError
            The end is none of ours.
        """
        self._origin, self._entries, self._falls = None, [], {}
        begun = len(self.head) + _BEGUN
        if file.size < begun and ORIGIN.startswith(file.read(len(self.head), begun)[: len(ORIGIN)]):
            return
        begin = max(len(self.head), file.size - _LOOKED_AT)
        ending = Ending(file.read(begin, file.size), _REWRITTEN)
        self._offset, self._time = begin + ending.start, ending.time
        self._entries, self._falls = ending.entries, ending.falls
        self._origin = _told_origin(file, begin + ending.end)
        if self._origin is None or ending.time < 0:
            raise file.refusal("does not end as a file of pulses does; give a name that is free")
        for output in ending.closed:
            self._enter(self._last + PAUSE, change(output, 0))
            self._falls[output] = self._last

    def append(self, file: OwnFile, pulses: Sequence[Pulse]) -> None:
        """Write the edges of pulses, in order of time with those before."""
        for pulse in pulses:
            if self._origin is None:
                self._begin(file, pulse.time - pulse.time % _SECOND)
            self._add(pulse)
        file.put(self._offset, encoded(self._entries, self._time))
        settled = self._entries[:-_REWRITTEN]
        if settled:
            self._offset += len(encoded(settled, self._time))
            self._time = settled[-1].time
            del self._entries[:-_REWRITTEN]

    @property
    def _last(self) -> int:
        return self._entries[-1].time if self._entries else self._time

    def _begin(self, file: OwnFile, origin: int) -> None:
        text = _origin_line(origin) + INITIAL
        file.put(len(self.head), text)
        self._origin = origin
        self._offset, self._time = len(self.head) + len(text), 0

    def _add(self, pulse: Pulse) -> None:
        assert self._origin is not None
        rise = pulse.time - self._origin
        if rise < max(self._time, self._falls.get(pulse.output, 0)):
            self._origin = pulse.time - self._last - PAUSE
            self._enter(self._last, _origin_line(self._origin))
            rise = pulse.time - self._origin
        self._enter(rise, change(pulse.output, 1))
        self._enter(rise + pulse.width, change(pulse.output, 0))
        self._falls[pulse.output] = rise + pulse.width

    def _enter(self, time: int, line: bytes) -> None:
        insort(self._entries, Entry(time, line), key=_by_time)
