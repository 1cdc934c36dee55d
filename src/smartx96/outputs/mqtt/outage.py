"""Outages: when the broker was away, and what was not sent for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartx96.meter.clock import moment_text
from smartx96.wording import counted


@dataclass(slots=True)
class Outage:
    """A time without the broker.

    Parameters
    ----------
    begin, end : float
        When something was last known to have arrived, and when the broker was back
        [s since 1970]; the end is 0 before.
    readings_missed : int
        Messages of readings that were not sent, or are not known to have arrived.
    events_late, events_lost : int
        Events that were sent after it, and those beyond what is kept for that.
    """

    begin: float
    end: float = 0.0
    readings_missed: int = 0
    events_late: int = 0
    events_lost: int = 0

    @property
    def seconds(self) -> float:
        """How long it was."""
        return round(max(0.0, self.end - self.begin), 1)

    def content(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "begin": _text(self.begin),
            "end": _text(self.end),
            "seconds": self.seconds,
            "readings_missed": self.readings_missed,
            "events_late": self.events_late,
            "events_lost": self.events_lost,
        }

    def __str__(self) -> str:
        said = f"{counted(self.readings_missed, 'reading')} not sent"
        if self.events_late:
            said += f", {counted(self.events_late, 'event')} late"
        if self.events_lost:
            said += f", {counted(self.events_lost, 'event')} lost"
        return f"{self.seconds:g} s, {said}"


@dataclass(slots=True)
class Outages:
    """All of them since the program began.

    Parameters
    ----------
    count : int
    skipped, events_lost : int
        Readings and events that were left out while the broker was there, since it had not taken
        those before.
    last : Outage or None
        The last that has ended.
    now : Outage or None
        That lasts.
    """

    count: int = 0
    skipped: int = 0
    events_lost: int = 0
    last: Outage | None = None
    now: Outage | None = None

    def begin(self, time: float) -> None:
        """The broker is away, since a time [s since 1970]."""
        self.now = Outage(time)

    def end(self, time: float, events_late: int) -> Outage:
        """The broker is there, and so many events are sent late; the outage that this ends."""
        ended, self.now = self.now or Outage(time), None
        ended.end, ended.events_late = time, events_late
        self.count, self.last = self.count + 1, ended
        return ended

    def missed(self, readings: int = 1) -> None:
        """Readings were not sent."""
        if self.now is None:
            self.skipped += readings
        else:
            self.now.readings_missed += readings

    def lost(self) -> None:
        """An event had to make room."""
        if self.now is None:
            self.events_lost += 1
        else:
            self.now.events_lost += 1

    def content(self, since: float) -> dict[str, Any]:
        """All of it as plain data; `since` is when the broker was last connected to."""
        return {
            "since": _text(since),
            "outages": self.count,
            "readings_skipped": self.skipped,
            "events_lost": self.events_lost,
            "last_outage": None if self.last is None else self.last.content(),
        }


def _text(time: float) -> str:
    return moment_text(round(time * 1e6), "milliseconds")
