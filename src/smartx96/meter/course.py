"""Course: time as accounts go through it: what ends, and what was left out when nobody counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace

from smartx96.meter.boundaries import Boundaries, row_end
from smartx96.meter.calendar import Tariffs
from smartx96.meter.clock import Clock
from smartx96.meter.demand import Demand
from smartx96.meter.events import Event, EventKind
from smartx96.meter.portion import SECOND
from smartx96.meter.rules import Boundary, Rules

_ABSENCE = 7200 * SECOND
"""So long after the last energy nothing of it is left in any demand: what then ends until something
is counted again is not stepped through [us]."""

_TOLERANCE = 100
"""A clock that is set by less than this part of the demand period goes on with it."""

Closed = Callable[[int], None]
"""Called at the end of every period of the load profile [us], with all counted up to it."""


def _nothing(time: int) -> None:
    """There is no load profile."""


@dataclass(slots=True)
class Course:
    """Lets periods of demand and load profile end, and tariffs rule, as time goes on.

    Parameters
    ----------
    rules : Rules
    tariffs : Tariffs
    clock : Clock
    demand : Demand
    closed : callable
        Called at the end of every period of the load profile.
    now : int or None
        Up to when all is counted [us].
    tariff : int
        That rules now; 0 before the first portion.
    events : list of Event
        Not yet taken.
    boundaries : Boundaries
    """

    rules: Rules
    tariffs: Tariffs
    clock: Clock
    _: KW_ONLY
    demand: Demand = field(default_factory=Demand)
    closed: Closed = _nothing
    now: int | None = None
    tariff: int = 0
    events: list[Event] = field(default_factory=list)
    boundaries: Boundaries = field(default_factory=Boundaries)

    def ending(self, until: int) -> dict[int, Boundary]:
        """What ends from now on up to a moment [us], in the order of time."""
        now = until if self.now is None else self.now
        return self.boundaries.find(self.rules, self.tariffs, now, until)

    def end(self, time: int, ended: Boundary) -> None:
        """Something ends at a moment [us], with all counted up to it."""
        if Boundary.DEMAND in ended:
            self.demand.close(time, self.tariff)
        self.now = time
        if Boundary.PROFILE in ended:
            self.closed(time)
        if Boundary.TARIFF in ended:
            self.switch(time)

    def switch(self, time: int) -> None:
        """Let the tariff rule that rules at a moment [us]."""
        valid = self.clock.valid(time)
        if valid:
            self._promote(time)
        tariff = self.tariffs.tariff_at(time) if valid or self.tariffs.control else 1
        before, self.tariff = self.tariff, tariff
        if before not in (0, tariff):
            self._tell_switch(time, before)
        self.boundaries.forget()

    def go_by(self, tariffs: Tariffs) -> None:
        """Go by other tariffs from the next switch on."""
        self.tariffs = tariffs
        self.boundaries.forget()

    def is_back(self, time: int) -> bool:
        """Whether a moment [us] lies so far before now that the clock was set back."""
        return self.now is not None and self.now - time > self._tolerance

    def arrive(self, time: int) -> None:
        """Go on at a moment [us], after a time that nobody counted."""
        if self.now is None:
            # A period that begins with the first window is a whole one.
            self.now = time - 1
            self.switch(time)
        elif self.is_back(time):
            self._restart(time)
        elif time - self.now > _ABSENCE:
            self._pass(self.now + _ABSENCE)
            self.now = time - 1
            self.switch(time)

    def wake(self, time: int) -> None:
        """Go on at a moment [us] after power came back: of tariffs only that which rules now is
        told.
        """
        tariff, told = self.tariff, len(self.events)
        self.arrive(time)
        if self.now is not None and self.now < time - 1:
            self._pass(time - 1)
        self.switch(time)
        self.events[told:] = [
            replace(event, time=time)
            for event in self.events[told:]
            if event.kind is not EventKind.TARIFF_SWITCHED
        ]
        if tariff not in (0, self.tariff):
            self._tell_switch(time, tariff)

    def shift(self, ahead: int) -> None:
        """Go on with a clock that was set ahead by so much, or back [us]."""
        if self.now is None:
            return
        before, time = self.now, self.now + ahead
        if abs(ahead) > self._tolerance:
            self._restart(time)
        elif ahead > 0:
            self._pass(time)
        else:
            self.boundaries.ended = max(self.boundaries.ended, before)
            self.now = time
        self.switch(time)

    @property
    def _tolerance(self) -> int:
        return (self.rules.demand_period or 60) * 60 * SECOND // _TOLERANCE

    def _pass(self, until: int) -> None:
        """Let time pass in which nothing is counted, up to a moment [us]."""
        for time, ended in self.ending(until).items():
            self.end(time, ended)
        self.now = until

    def _restart(self, time: int) -> None:
        """Go on at a time that has nothing to do with the one before [us]."""
        if self.now is not None:
            row = row_end(self.rules, self.now)
            if row is not None and row != row_end(self.rules, time):
                self.closed(row)
        self.now = self.boundaries.ended = time
        self.demand.restart()
        self.switch(time)

    def _promote(self, time: int) -> None:
        """Let the passive calendar be the active one, once its time has come."""
        before, self.tariffs = self.tariffs, self.tariffs.promoted(time)
        active = self.tariffs.calendars.active
        if self.tariffs is not before and active is not None:
            self.events.append(Event(time, EventKind.CALENDAR_CHANGED, {"name": active.name}))

    def _tell_switch(self, time: int, before: int) -> None:
        details = {"old": before, "new": self.tariff}
        self.events.append(Event(time, EventKind.TARIFF_SWITCHED, details))
