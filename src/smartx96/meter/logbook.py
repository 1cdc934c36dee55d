"""Logbook: everything that finds events, and what of it is told."""

from __future__ import annotations

from collections.abc import Iterable

from smartx96.meter.alarms import Alarms, Limits
from smartx96.meter.chatter import Chatter
from smartx96.meter.clock import Clock
from smartx96.meter.events import Detail, Event, EventKind
from smartx96.meter.outbox import Outbox
from smartx96.meter.taken import Taken
from smartx96.meter.wiring_watch import WiringWatch
from smartx96.models import Wiring
from smartx96.status import Status


class Logbook:
    """Watches the windows, and numbers the events of a meter in the order in which they are told.

    Parameters
    ----------
    outbox : Outbox
        Where events go.
    clock : Clock
    wiring : Wiring

    Attributes
    ----------
    count : int
        Events told since manufacture.
    wiring : WiringWatch
    wired : bool
        Whether there are conductors that can be on wrong terminals.
    """

    def __init__(self, outbox: Outbox, clock: Clock, wiring: Wiring) -> None:
        self.count = 0
        self.wiring, self.wired = WiringWatch(wiring), True
        self._alarms, self._chatter = Alarms(), Chatter()
        self._outbox, self._clock = outbox, clock

    @property
    def status(self) -> int:
        """Bits of the status register that tell of conditions."""
        return self._alarms.status | (Status.WIRING_SUSPECT if self.wiring.suspect else 0)

    def watch(self, taken: Taken, limits: Limits) -> list[Event]:
        """What began and ended in windows; it is not entered yet."""
        found = self._alarms.take(taken.readings, taken.flags, taken.portion.end, limits)
        return found + self._check_wiring(taken, limits) if self.wired else found

    def lost_samples(self, now: int) -> None:
        """No samples come [us]."""
        self.enter(self._alarms.lost_samples(now))

    def enter(self, events: Iterable[Event]) -> None:
        """Take events up, in the order of their times."""
        for event in sorted(events, key=lambda event: event.time):
            self.wait(event.time)
            self._tell(self._chatter.take(event))

    def wait(self, now: int) -> None:
        """Tell what was held back, once it is due [us]."""
        self._tell(self._chatter.due(now))

    def begin_anew(self) -> None:
        """Tell what was held back; whatever lasts is found, and told, again."""
        self._tell(self._chatter.flush())
        self._alarms.clear()

    def rewire(self, wiring: Wiring) -> None:
        """Watch another wiring."""
        self.begin_anew()
        self.wiring = WiringWatch(wiring)

    def set_clock(self, ahead: int) -> None:
        """The clock was set ahead by so much, or back [us]."""
        self._chatter.set_clock(ahead)

    def _check_wiring(self, taken: Taken, limits: Limits) -> list[Event]:
        told = []
        for time, findings in self.wiring.take(taken.readings, taken.time, limits.voltage):
            found = sorted({finding.kind for finding in findings if finding.suspect})
            kind = EventKind.WIRING_SUSPECT if found else EventKind.WIRING_IN_ORDER
            details: dict[str, Detail] = {"findings": ", ".join(found)} if found else {}
            told.append(Event(self._clock.at(time), kind, details))
        return told

    def _tell(self, events: list[Event]) -> None:
        self.count += len(events)
        self._outbox.events += events
