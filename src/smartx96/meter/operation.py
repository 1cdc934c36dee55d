"""Operation: power comes and goes, and under power windows count and events are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.accounts import Accounts
from smartx96.meter.clock import Clock, moment_text
from smartx96.meter.events import Detail, Event, EventKind
from smartx96.meter.lock import Lock
from smartx96.meter.logbook import Logbook
from smartx96.meter.outbox import Outbox
from smartx96.meter.portion import Portion
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.meter.standing import Standing
from smartx96.meter.supply import Supply
from smartx96.meter.taken import Taken
from smartx96.metrology.windows import Flag
from smartx96.status import Status


@dataclass(slots=True)
class Operation:
    """Runs what a meter consists of, each in its turn.

    Parameters
    ----------
    clock : Clock
    supply : Supply
    accounts : Accounts
    profile : LoadProfile or None
    logbook : Logbook
    lock : Lock
    outbox : Outbox
    standing : callable
        Gives the registers as they stand, for the rows of the load profile.
    on : bool
        Whether the log says that the meter runs.
    """

    clock: Clock
    supply: Supply
    accounts: Accounts
    profile: LoadProfile | None
    logbook: Logbook
    lock: Lock
    outbox: Outbox
    standing: Callable[[], Standing]
    on: bool = False

    def __post_init__(self) -> None:
        self.accounts.closed = self._close_row

    def take(self, taken: Taken, before: list[Portion]) -> None:
        """Count windows as far as there was power, and the samples before them; windows that are
        refused are flagged.
        """
        portion, shares = taken.portion, self.accounts.rules.limits.shares(taken.readings)
        on = self.supply.take(portion.start, portion.end, shares)
        for first, stop in _stretches(on):
            part, powered = taken.part(slice(first, stop)), bool(on[first])
            rests, before = (before if powered else []), []
            self._switch(int([*rests, part.portion][0].start[0]), on=powered)
            for rest in rests:
                self._count_rest(rest)
            refused = self._count(part) if powered else None
            if refused is not None:
                taken.flags[first:stop][refused] |= Flag.QUESTIONABLE

    def take_rest(self, portion: Portion) -> None:
        """Count samples outside windows: time that was measured, without a reading."""
        if self.supply.on or self.supply.auxiliary:
            self._count_rest(portion)
            self.hand_on()

    def stop(self, time: int, details: Mapping[str, Detail]) -> None:
        """The meter stops for good [us]."""
        if self.on:
            self.on = False
            self._power_down(Event(time, EventKind.POWER_DOWN, details))

    def status(self, time: int, now: float) -> Status:
        """Bits of the status register at a moment [us], which is one of a steady clock [s]."""
        own = (
            (Status.WARMING_UP, self.supply.warming_up(time)),
            (Status.PULSE_OVERFLOW, any(output.overflowing for output in self.accounts.outputs)),
            (Status.CLOCK_INVALID, not self.clock.valid(time)),
            (Status.UNLOCKED, self.lock.any_unlocked(now)),
        )
        return Status(self.logbook.status | sum(bit for bit, holds in own if holds))

    def set_clock(self, ahead: int) -> None:
        """Set the clock ahead by so much, or back [us]."""
        self.mark(RowFlag.CLOCK_SET)
        self.clock.offset += ahead
        self.supply.set_clock(ahead)
        self.logbook.set_clock(ahead)
        self.accounts.set_clock(ahead)
        self.mark(RowFlag.CLOCK_SET)

    def mark(self, flag: RowFlag) -> None:
        """Note something on the present row of the load profile."""
        if self.profile is not None:
            self.profile.flags |= flag

    def hand_on(self, found: Iterable[Event] = ()) -> None:
        """Hand on what the accounts have to tell, and what else was found."""
        self.logbook.enter([*self.accounts.events, *found])
        self.accounts.events.clear()
        self.outbox.pulses += self.accounts.pulses
        self.accounts.pulses.clear()

    def _switch(self, time: int, *, on: bool) -> None:
        """The supply comes and goes [us]."""
        if on is self.on:
            return
        self.on = on
        self.outbox.switches.append((time, on))
        if on:
            self._power_up(time)
        else:
            self._power_down(Event(time, EventKind.POWER_DOWN))

    def _power_up(self, time: int) -> None:
        before = self.accounts.now
        if before is not None and self.accounts.is_back(time):
            # A recording begins again, or the computer's clock was set.
            road = {"old": moment_text(before), "new": moment_text(time), "road": "source"}
            self.logbook.enter([Event(time, EventKind.CLOCK_SET, road)])
            self.mark(RowFlag.CLOCK_SET)
        self.accounts.wake(time)
        if before is not None:
            self.mark(RowFlag.POWER_OFF)
        self.logbook.begin_anew()
        self.lock.power_cycle()
        self.logbook.enter([Event(time, EventKind.POWER_UP)])
        if not self.clock.valid(time):
            self.logbook.enter([Event(time, EventKind.CLOCK_INVALID)])

    def _power_down(self, event: Event) -> None:
        self.mark(RowFlag.POWER_OFF)
        self.logbook.begin_anew()
        self.logbook.enter([event])

    def _count(self, taken: Taken) -> NDArray[np.bool_] | None:
        """Count windows under power, and see what is to be told of them; which were refused."""
        if self.profile is not None:
            self.profile.follow(taken)
        refused = self.accounts.take(taken.portion)
        if self.profile is not None:
            self.profile.finish()
        self.hand_on(self.logbook.watch(taken, self.accounts.rules.limits))
        self.logbook.wait(int(taken.portion.end[-1]))
        return refused

    def _count_rest(self, portion: Portion) -> None:
        self.accounts.take(portion)
        if self.profile is not None:
            self.profile.seconds += float(portion.seconds.sum())

    def _close_row(self, time: int) -> None:
        """A period of the load profile has ended [us]."""
        if self.profile is None:
            return
        if not self.clock.valid(time):
            self.mark(RowFlag.CLOCK_INVALID)
        period = 60.0 * self.accounts.rules.profile_period
        row = self.profile.close(time, period, self.standing())
        if row is not None:
            self.outbox.rows.append(row)


def _stretches(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Windows that are all on, or all off."""
    if len(on) == 1:
        return [(0, 1)]
    turns = np.flatnonzero(on[1:] != on[:-1]) + 1
    return list(pairwise([0, *turns.tolist(), len(on)]))
