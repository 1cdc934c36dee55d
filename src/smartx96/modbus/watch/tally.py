"""Tally: how often something was asked, how far apart, and what became of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from smartx96.modbus.watch.subject import exception, exception_name

REMEMBERED = 99
"""Intervals of which the median is taken: the last ones."""


def moment(time: float) -> str:
    """A time [s since 1970-01-01T00:00Z] in UTC, to the millisecond."""
    text = datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Tally:
    """Requests and what became of them.

    Attributes
    ----------
    requests, silent : int
    exceptions : dict of int to int
        How often, by code.
    first, last : float
        Times of the first and the last request [s since 1970-01-01T00:00Z].
    """

    __slots__ = ("exceptions", "first", "last", "requests", "silent")

    def __init__(self, time: float) -> None:
        self.requests = self.silent = 0
        self.exceptions: dict[int, int] = {}
        self.first = self.last = time

    def add(self, time: float, answer: bytes | None) -> None:
        """Count a request with the PDU of its answer."""
        self.requests += 1
        self.last = time
        if answer is None:
            self.silent += 1
        elif answer and answer[0] & 0x80:
            code = exception(answer) or 0
            self.exceptions[code] = self.exceptions.get(code, 0) + 1

    def absorb(self, other: Tally) -> None:
        """Count what another one has counted."""
        self.requests += other.requests
        self.silent += other.silent
        for code, number in other.exceptions.items():
            self.exceptions[code] = self.exceptions.get(code, 0) + number
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)

    def document(self) -> Mapping[str, Any]:
        """What there is to tell, for JSON."""
        failed = sum(self.exceptions.values())
        return {
            "requests": self.requests,
            "answered": self.requests - self.silent - failed,
            "silent": self.silent,
            "exceptions": {exception_name(c): n for c, n in sorted(self.exceptions.items())},
            "first": moment(self.first),
            "last": moment(self.last),
        }


class PacedTally(Tally):
    """A tally with the intervals between requests that are alike.

    Attributes
    ----------
    shortest, longest : float
        Of all intervals [s].
    """

    __slots__ = ("_recent", "longest", "shortest")

    def __init__(self, time: float) -> None:
        super().__init__(time)
        self.shortest, self.longest = float("inf"), 0.0
        self._recent: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, time: float, answer: bytes | None) -> None:
        """Count a request with the PDU of its answer."""
        interval = time - self.last
        # A clock that was set back says nothing about the pace.
        if self.requests and interval >= 0:
            self._recent.append(interval)
            if interval < self.shortest:
                self.shortest = interval
            if interval > self.longest:
                self.longest = interval
        super().add(time, answer)

    def document(self) -> Mapping[str, Any]:
        """What there is to tell, for JSON; intervals [s] are None where there was none."""
        intervals: dict[str, float | None] = dict.fromkeys(("shortest", "median", "longest"))
        if self._recent:
            found = (self.shortest, median(self._recent), self.longest)
            intervals = {
                name: round(value, 6) for name, value in zip(intervals, found, strict=True)
            }
        return {**super().document(), "intervals": intervals}
