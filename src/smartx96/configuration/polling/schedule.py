"""Schedule: when meters are due: at whole multiples of an interval, by the clock."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.meter.portion import SECOND
from smartx96.tables.log.row import moment

SHORTEST, LONGEST = SECOND // 10, 86_400 * SECOND
"""Intervals [us]."""

_UNITS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_UNITS)})?")

_NAP = 1.0
"""The clock may be set, and the computer may sleep: it is looked at so often at least [s]."""

_LATE = 0.5
"""Share of the interval by which a moment may be missed and is still asked for."""


def now() -> int:
    """The time by the computer's clock [us since 1970-01-01T00:00Z]."""
    return time.time_ns() // 1000


def duration(text: str) -> int:
    """A time that people wrote, such as `10s` or `15min` [us].

    Raises
    ------
    OptionError
        It is none.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise OptionError(f"{text!r}: give a time such as 10s, 15min or 1h")
    return round(float(match[1]) * _UNITS[match[2] or "s"] * SECOND)


def interval(text: str) -> int:
    """An interval at which meters can be asked [us].

    Raises
    ------
    OptionError
        It is none.
    """
    found = duration(text)
    if not SHORTEST <= found <= LONGEST:
        raise OptionError(f"{text}: give 0.1s to 24h")
    return found


class Due(NamedTuple):
    """A moment at which meters are asked.

    Parameters
    ----------
    time : int
        [us since 1970-01-01T00:00Z]
    missed : int or None
        The first moment before it that went by.
    """

    time: int
    missed: int | None = None


class Schedule:
    """Moments one after the other, none of them twice, even where the clock is set back.

    Parameters
    ----------
    interval : int
        [us]
    tell : callable
        Takes a line for the user.
    clock : callable
        The time [us since 1970-01-01T00:00Z].
    """

    def __init__(self, interval: int, tell: Callable[[str], None] = lambda _: None,
                 clock: Callable[[], int] = now) -> None:  # fmt: skip
        self.interval, self._tell, self._clock = interval, tell, clock
        self._told = False
        self._next = -(-clock() // interval) * interval

    @property
    def next(self) -> int:
        """The next moment [us]."""
        return self._next

    @property
    def left(self) -> float:
        """Time until the next moment [s]."""
        return (self._next - self._clock()) / SECOND

    async def due(self) -> Due:
        """Wait for the next moment; one that is too long over is missed."""
        missed = None
        while True:
            await self._reached()
            late = self._clock() - self._next
            if late <= _LATE * self.interval:
                self._next += self.interval
                return Due(self._next - self.interval, missed)
            missed = self._next if missed is None else missed
            behind = late - round(_LATE * self.interval)
            self._next += -(-behind // self.interval) * self.interval

    async def _reached(self) -> None:
        while (left := self.left) > 0:
            self._look_out(left)
            await asyncio.sleep(min(left, _NAP))
        self._told = False

    def _look_out(self, left: float) -> None:
        """Tell, once, that the clock was set back."""
        if not self._told and left > self.interval / SECOND + 2 * _NAP:
            self._told = True
            self._tell(
                f"the clock was set back: goes on at {moment(self._next)}, after what it has"
            )
