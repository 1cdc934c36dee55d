"""Meter: joins readings to registers, takes commands and gives snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smartx96.meter import pieces
from smartx96.meter.accounts import Accounts
from smartx96.meter.alarms import Alarms
from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.chatter import Chatter
from smartx96.meter.clock import Clock, microseconds, moment_text
from smartx96.meter.commands import Access, Command
from smartx96.meter.configuration import Configuration
from smartx96.meter.events import Detail, Event, EventKind
from smartx96.meter.lock import Lock
from smartx96.meter.orders import execute
from smartx96.meter.portion import Portion
from smartx96.meter.profile import LoadProfile, ProfileRow, RowFlag
from smartx96.meter.pulse import Pulse
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.standing import Standing, standing
from smartx96.meter.supply import Supply
from smartx96.meter.taken import Taken
from smartx96.meter.wiring_watch import WiringWatch
from smartx96.metrology.engine import Piece
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings, read
from smartx96.metrology.windows import Flag, Rest
from smartx96.models import ROLES
from smartx96.quantities import INDEX, INSTANTANEOUS

_READINGS = np.array([INDEX[id] for id in INSTANTANEOUS])


CROWD = 50_000
"""Pulses, and ten times the rows and events, that make an outbox crowded."""


@dataclass(slots=True)
class Outbox:
    """What a meter has to hand on since it was last emptied."""

    events: list[Event] = field(default_factory=list)
    rows: list[ProfileRow] = field(default_factory=list)
    pulses: list[Pulse] = field(default_factory=list)


class Meter:
    """Takes the pieces of a stream, or readings, in their order and keeps the registers.

    Samples outside the windows count with their own active power, less the mean of the channels in
    the window beside them; their reactive and apparent power and current are that window's.

    Parameters
    ----------
    configuration : Configuration
    present : ndarray of bool, shape (6,), optional
        Which channels are connected; None is all.
    clock : Clock, optional
        Without one the time of day is not known.
    strict : bool
        Whether a window of more energy than any meter counts is an error, as a wrong scale makes
        it; else it is not counted, and flagged questionable: a spike must not end a running meter.
    supply : Supply, optional
        None is an auxiliary one, that is always on.
    profile : LoadProfile, optional
        None keeps none.

    Attributes
    ----------
    outbox : Outbox
        Events, rows of the load profile and pulses that nobody has taken yet.
    """

    def __init__(self, configuration: Configuration, present: NDArray[np.bool_] | None = None, *,
                 clock: Clock | None = None, strict: bool = True, supply: Supply | None = None,
                 profile: LoadProfile | None = None) -> None:  # fmt: skip
        self.configuration = configuration
        self.clock = clock or Clock()
        self.supply = supply or Supply(auxiliary=True)
        self.profile = profile
        rules = configuration.rules(profile=profile is not None)
        self.accounts = Accounts(rules, self._tariffs(Calendars()), self.clock, strict)
        self.alarms, self.lock = Alarms(), Lock()
        self.wiring = WiringWatch(configuration.wiring)
        self.outbox = Outbox()
        self.serial_number = 0
        self.event_count = 0
        self.measured_time = 0.0
        self.windows = 0
        self.flags = Flag(0)
        self.store_fault = False
        self._last: Taken | None = None
        self._waiting: list[Rest] = []
        self._on = False
        self._seen = 0.0
        self._chatter = Chatter()
        self.present(np.ones(len(ROLES), bool) if present is None else present)

    @property
    def readings(self) -> Readings | None:
        """Readings of the last windows."""
        return None if self._last is None else self._last.readings

    @property
    def nominal_frequency(self) -> int | None:
        """Nominal frequency by which the last windows were cut [Hz]."""
        return None if self._last is None else self._last.nominal

    @property
    def now(self) -> int:
        """The meter's clock at the end of the last piece [us since 1970-01-01T00:00Z]."""
        return self.clock.at(self._seen)

    @property
    def calendars(self) -> Calendars:
        """Tariff calendars: the active one, and the one that is to follow."""
        return self.accounts.tariffs.calendars

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply."""
        return self.supply.on or self.supply.auxiliary

    @property
    def powered_up(self) -> bool:
        """Whether the log says that the meter runs."""
        return self._on

    def take(self, piece: Piece) -> Readings | None:
        """Count a piece; the readings of its windows, or None for samples outside windows."""
        self.flags |= _flags_of(piece)
        if isinstance(piece, Rest):
            self._seen = max(self._seen, piece.end)
            if piece.leads or self._last is None or self._last.windows is None:
                self._waiting.append(piece)
            elif piece.measured > 0 and self.powered:
                self._add_rest(self._beside(piece, self._last, -1))
                self._collect()
            return None
        readings = read(piece, self.conditions)
        portion = pieces.of_windows(piece, readings, self.conditions, self.clock)
        taken = Taken(readings, portion, piece.time, piece.flags, piece.nominal, piece)
        self._take(taken)
        return readings

    def take_readings(self, readings: Readings, start: Values, end: Values, nominal: int,
                      flags: NDArray[np.int64] | None = None) -> None:  # fmt: skip
        """Count readings that were made without samples.

        Parameters
        ----------
        readings : Readings
            Shape (window, ...).
        start, end : ndarray, shape (window,)
            On the stream's clock [s].
        nominal : int
            Nominal frequency [Hz].
        flags : ndarray of int64, shape (window,), optional
            `Flag` bits.
        """
        portion = pieces.of_readings(readings, self.clock(start), self.clock(end), end - start)
        flags = np.zeros(len(end), np.int64) if flags is None else flags.copy()
        self.flags |= Flag(int(np.bitwise_or.reduce(flags, initial=0)))
        self._take(Taken(readings, portion, end, flags, nominal))

    def close(self) -> None:
        """The stream has ended: count what waited in vain for a window beside it."""
        for rest in self._waiting:
            if rest.measured > 0 and self.powered:
                self._add_rest(pieces.of_rest_alone(rest, self.clock))
        self._waiting.clear()
        self._collect()

    def power_down(self, details: Mapping[str, Detail] | None = None) -> None:
        """The meter loses its supply for good: it is stopped."""
        if self._on:
            self._on = False
            self.mark(RowFlag.POWER_OFF)
            for event in self._chatter.flush():
                self._tell(event)
            self.log(EventKind.POWER_DOWN, details or {})

    def lost_samples(self) -> None:
        """No samples come."""
        if self._on:
            for event in self.alarms.lost_samples(self.now):
                self._log(event)

    def apply(self, command: Command, access: Access, now: float = 0.0, *,
              check: Callable[[Configuration], None] | None = None) -> None:  # fmt: skip
        """The one road for every change.

        Parameters
        ----------
        command : Command
        access : Access
            Who asks, and on which road.
        now : float
            Time of a steady clock, by which sessions are unlocked [s].
        check : callable, optional
            Raises where the installation cannot follow another configuration.

        Raises
        ------
        PasswordError, LockedError
            A wrong password; a protected change while locked. Nothing is changed.
        OptionError
            A value is not allowed. Nothing is changed.
        """
        execute(self, command, access, now, check)
        # What follows from a change is told after it.
        self._collect()

    def configure(self, configuration: Configuration) -> None:
        """Go on with another configuration."""
        before, self.configuration = self.configuration, configuration
        self.present(self._channels)
        self.accounts.follow(configuration.rules(profile=self.profile is not None))
        self.set_calendars(self.calendars)
        if configuration.wiring is not before.wiring:
            self.wiring = WiringWatch(configuration.wiring)
            self.alarms.clear()
            self._chatter.clear()

    def connect(self, channels: NDArray[np.bool_], start: datetime | None, *, strict: bool) -> None:
        """Connect a source.

        Parameters
        ----------
        channels : ndarray of bool, shape (6,)
            Those that it has. Without voltages the meter cannot live on them.
        start : datetime or None
            Time of its sample 0; where nobody knows it the clock stays as it was.
        strict : bool
            As for a new meter.
        """
        self.present(channels)
        self.accounts.strict = strict
        if not channels[:3].any():
            self.supply.auxiliary = True
        if start is not None:
            self.clock.origin = microseconds(start)

    def present(self, channels: NDArray[np.bool_]) -> None:
        """Other channels are connected, shape (6,)."""
        self._channels = channels
        self.conditions = self.configuration.conditions(channels)
        self._current = bool(channels[3:].any())
        self._power = self._current and bool(channels[:3].any())

    def set_calendars(self, calendars: Calendars) -> None:
        """Go on with other tariff calendars."""
        self.accounts.tariffs = self._tariffs(calendars)
        self.accounts.boundaries.forget()
        if self._on:
            self.accounts.switch(self.now)

    def set_clock(self, time: int) -> None:
        """Set the clock [us]."""
        ahead = time - self.now
        self.mark(RowFlag.CLOCK_SET)
        self.clock.offset += ahead
        self.supply.set_clock(ahead)
        self._chatter.set_clock(ahead)
        self.accounts.set_clock(ahead, self._closed)
        self.mark(RowFlag.CLOCK_SET)

    def mark(self, flag: RowFlag) -> None:
        """Note something on the present row of the load profile."""
        if self.profile is not None:
            self.profile.flags |= flag

    def log(self, kind: EventKind, details: Mapping[str, Detail], time: int | None = None) -> None:
        """Log an event now, or as of another time [us]."""
        self._log(Event(self.now if time is None else time, kind, details))

    def standing(self) -> Standing:
        """Registers, demands and counts as they stand."""
        return standing(self.accounts, self.configuration, self.event_count, self.supply.powered,
                        power=self._power, current=self._current)  # fmt: skip

    def snapshot(self, shown: Standing | None = None, now: float = 0.0) -> Snapshot | None:
        """Everything as it stands after the last window; None before the first.

        Parameters
        ----------
        shown : Standing, optional
            What may be shown of registers; None is as they stand.
        now : float
            Time of a steady clock, by which sessions are unlocked [s].
        """
        last = self._last
        if last is None:
            return None
        shown = shown or self.standing()
        values = shown.values.copy()
        values[_READINGS] = [last.values[id][-1] for id in INSTANTANEOUS]
        r = last.readings
        return Snapshot(
            time=float(last.time[-1]),
            values=values,
            harmonics=np.concatenate([r.voltage_harmonics[-1], r.current_harmonics[-1]]),
            exact={**shown.exact, "status": self.status(now)},
            flags=Flag(int(last.flags[-1])),
            clock=self.now,
            standing=shown,
            powered=self.powered,
        )

    def status(self, now: float = 0.0) -> int:
        """Bits of the status register."""
        bits = {
            0: self.supply.warming_up(self.now),
            8: any(output.overflowing for output in self.accounts.outputs),
            9: self.store_fault,
            10: not self.clock.valid(self.now),
            11: self.wiring.suspect,
            12: self.lock.any_unlocked(now),
        }
        return self.alarms.status | sum(1 << bit for bit, on in bits.items() if on)

    @property
    def crowded(self) -> bool:
        """Whether there is so much to hand on that whoever makes it had better wait."""
        found = self.outbox
        return len(found.pulses) > CROWD or max(len(found.rows), len(found.events)) > CROWD // 10

    def emptied(self) -> Outbox:
        """What there is to hand on; the outbox is empty after it."""
        found, self.outbox = self.outbox, Outbox()
        return found

    def _tariffs(self, calendars: Calendars) -> Tariffs:
        settings = self.configuration.settings
        return Tariffs(calendars, settings.name("time_zone"), settings.number("tariff_control"))

    def _take(self, taken: Taken) -> None:
        """Count windows; those that are refused are flagged."""
        portion = taken.portion
        on = self.supply.take(portion.start, portion.end, self._share(taken.readings))
        self._last, self._seen = taken, float(taken.time[-1])
        self.windows += len(portion)
        waiting = [self._beside(rest, taken, 0) for rest in self._waiting if rest.measured > 0]
        self._waiting.clear()
        stops = [0, *(np.flatnonzero(on[1:] != on[:-1]) + 1).tolist(), len(on)]
        for first, stop in pairwise(stops):
            part = taken.part(slice(first, stop))
            before, waiting = (waiting if on[first] else []), []
            self._switch(bool(on[first]), int([*before, part.portion][0].start[0]))
            for rest in before:
                self._add_rest(rest)
            refused = self._follow(part) if on[first] else None
            if refused is not None:
                taken.flags[first:stop][refused] |= Flag.QUESTIONABLE
                self.flags |= Flag.QUESTIONABLE

    def _switch(self, on: bool, time: int) -> None:
        """The supply comes and goes [us]."""
        if on is self._on:
            return
        self._on = on
        if not on:
            self.mark(RowFlag.POWER_OFF)
            for event in self._chatter.flush():
                self._tell(event)
            self._log(Event(time, EventKind.POWER_DOWN))
            return
        before = self.accounts.now
        back = before is not None
        if before is not None and self.accounts.is_back(time):
            # A recording begins again, or the computer's clock was set.
            road = {"old": moment_text(before), "new": moment_text(time), "road": "source"}
            self._log(Event(time, EventKind.CLOCK_SET, road))
            self.mark(RowFlag.CLOCK_SET)
        self.accounts.wake(time, self._closed)
        if back:
            self.mark(RowFlag.POWER_OFF)
        self.alarms.clear()
        self._chatter.clear()
        self.lock = Lock(self.lock.secret)
        self._log(Event(time, EventKind.POWER_UP))
        if not self.clock.valid(time):
            self._log(Event(time, EventKind.CLOCK_INVALID))

    def _follow(self, taken: Taken) -> NDArray[np.bool_] | None:
        """Count windows under power, and see what is to be told of them."""
        if self.profile is not None:
            self.profile.follow(taken)
        refused = self._add(taken.portion)
        if self.profile is not None:
            self.profile.finish()
        end, limits = taken.portion.end, self.accounts.rules.limits
        found = self.alarms.take(taken.readings, taken.flags, end, limits)
        self._collect(found + self._check_wiring(taken))
        for event in self._chatter.due(int(end[-1])):
            self._tell(event)
        return refused

    def _check_wiring(self, taken: Taken) -> list[Event]:
        told = []
        for time, findings in self.wiring.take(taken.readings, taken.time):
            found = sorted({finding.kind for finding in findings if finding.suspect})
            kind = EventKind.WIRING_SUSPECT if found else EventKind.WIRING_IN_ORDER
            details: dict[str, Detail] = {"findings": ", ".join(found)} if found else {}
            told.append(Event(self.clock.at(time), kind, details))
        return told

    def _add(self, portion: Portion) -> NDArray[np.bool_] | None:
        refused = self.accounts.take(portion, self._closed)
        self.measured_time += float(portion.seconds.sum())
        return refused

    def _add_rest(self, portion: Portion) -> None:
        """Count samples outside windows: time that was measured, without a reading."""
        self._add(portion)
        if self.profile is not None:
            self.profile.seconds += float(portion.seconds.sum())

    def _beside(self, rest: Rest, taken: Taken, beside: int) -> Portion:
        windows = taken.windows
        if windows is None:
            raise TypeError("samples outside windows stand beside windows of samples")
        return pieces.of_rest(rest, windows, taken.readings, beside, self.conditions, self.clock)

    def _closed(self, time: int) -> None:
        """A period of the load profile has ended [us]."""
        if self.profile is None:
            return
        if not self.clock.valid(time):
            self.profile.flags |= RowFlag.CLOCK_INVALID
        period = 60.0 * self.accounts.rules.profile_period
        row = self.profile.close(time, period, self.standing())
        if row is not None:
            self.outbox.rows.append(row)

    def _collect(self, found: Iterable[Event] = ()) -> None:
        """Take over what the accounts have to tell, and what else was found."""
        for event in sorted([*self.accounts.events, *found], key=lambda event: event.time):
            self._log(event)
        self.accounts.events.clear()
        self.outbox.pulses += self.accounts.pulses
        self.accounts.pulses.clear()

    def _log(self, event: Event) -> None:
        for told in [*self._chatter.due(event.time), *self._chatter.take(event)]:
            self._tell(told)

    def _tell(self, event: Event) -> None:
        self.event_count += 1
        self.outbox.events.append(event)

    def _share(self, r: Readings) -> Values:
        """Largest voltage of windows over Un; NaN where it is not known."""
        if self.supply.auxiliary:
            return np.full(len(r.frequency), np.nan)
        voltage = r.voltage if r.wiring.has_neutral else r.line_voltage
        largest: Values = np.fmax.reduce(voltage[:, r.wiring.phases], axis=1)
        return largest / self.accounts.rules.limits.voltage


def _flags_of(piece: Piece) -> Flag:
    if isinstance(piece, Rest):
        return piece.flags
    return Flag(int(np.bitwise_or.reduce(piece.flags)))
