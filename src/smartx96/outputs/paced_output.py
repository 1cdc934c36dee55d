"""PacedOutput: one output on the wire, its edges as far apart as on the sample clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from smartx96.meter.pulse import PAUSE, Pulse
from smartx96.outputs.outlets import Claim, Outlets
from smartx96.outputs.pace import Pace

Clock = Callable[[], int]
"""A clock that is never set [us]."""

MOST_WAITING = 100_000
"""Pulses of an output that wait: two hours of the fastest output. Those beyond are lost."""

_LEAD = 20_000
"""The journal is written so long before a rising edge [us], so that the edge does not wait for the
disk. Shorter than a pause: a sudden end loses one pulse of an output and no more."""

_AHEAD = 1_000_000
"""A pulse further ahead of its commit [us] was timed by a clock that has been set back since."""

_RETRY = 1_000_000
"""Time to the next attempt where the journal or a contact fails [us]."""


class PacedOutput:
    """One output: a queue of pulses, and a contact that closes for them when they are due.

    A pulse that is late closes it as soon as it can; width and pause are kept always.

    Parameters
    ----------
    outlets : Outlets
    pace : Pace
    clock : callable
    output : int
    """

    def __init__(self, outlets: Outlets, pace: Pace, clock: Clock, output: int) -> None:
        self._outlets, self._pace, self._clock = outlets, pace, clock
        self._output = output
        self._queue: deque[tuple[int, Pulse]] = deque()
        self._current: Pulse | None = None
        self._rise = 0  # of `_current`: when it is due, then when it was
        self._closed = False
        self._free = self._retry = -(1 << 62)

    def add(self, pulse: Pulse, until: int) -> bool:
        """Queue a pulse of a commit up to `until`; False where there is no room."""
        if len(self._queue) >= MOST_WAITING:
            return False
        self._queue.append((min(pulse.time, until + _AHEAD), pulse))
        return True

    def power_off(self, time: int) -> None:
        """Cut the pulses so far that last beyond `time` of the meter's clock."""
        self._queue = deque((due, _cut(pulse, time)) for due, pulse in self._queue)
        if self._current is not None:
            self._current = _cut(self._current, time)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self._current is None and not self._queue

    def next(self) -> int | None:
        """When there is something to do; None where it is idle."""
        if self._current is None:
            return max(self._due() - _LEAD, self._retry) if self._queue else None
        if not self._closed:
            return self._rise
        return max(self._rise + self._current.width, self._retry)

    def step(self) -> None:
        """Do what is due."""
        while (due := self.next()) is not None and due <= (now := self._clock()):
            if self._current is None:
                self._claim(now)
            elif self._closed:
                self._open(now)
            else:
                self._close(now, self._current)

    def _due(self) -> int:
        return max(self._pace.due(self._queue[0][0]), self._free)

    def _claim(self, now: int) -> None:
        claim = self._outlets.claim(self._queue[0][1])
        if claim is Claim.REFUSED:
            self._retry = now + _RETRY
            return
        self._rise = self._due()
        _, pulse = self._queue.popleft()
        if claim is Claim.NEW:
            self._current = pulse

    def _close(self, now: int, pulse: Pulse) -> None:
        self._outlets.put(pulse)
        self._rise, self._closed = now, True

    def _open(self, now: int) -> None:
        if not self._outlets.open(self._output):
            self._retry = now + _RETRY
            return
        self._current, self._closed = None, False
        self._free = now + PAUSE


def _cut(pulse: Pulse, time: int) -> Pulse:
    """A pulse that ends where the supply does, at `time`, if it lasts beyond."""
    left = time - pulse.time
    return pulse._replace(width=left) if 0 <= left < pulse.width else pulse
