"""Meter: joins readings to registers, takes commands and gives snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.accounts import Accounts
from smartx96.meter.calendar import Calendars
from smartx96.meter.clock import Clock, microseconds
from smartx96.meter.commands import Access, Command
from smartx96.meter.configuration import Configuration
from smartx96.meter.events import Detail, Event, EventKind
from smartx96.meter.lock import Lock
from smartx96.meter.logbook import Logbook
from smartx96.meter.operation import Operation
from smartx96.meter.orders import Orders
from smartx96.meter.outbox import Outbox
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.meter.readout import Readout
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.standing import Standing, standing
from smartx96.meter.supply import Supply
from smartx96.meter.taken import Taken
from smartx96.metrology.conditions import Conditions
from smartx96.metrology.engine import Piece
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.waveform import Waveform
from smartx96.metrology.windows import Flag, Rest
from smartx96.models import ROLES
from smartx96.status import Status


class Meter:
    """Takes the pieces of a stream, or readings, in their order and keeps the registers.

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
    windows, flags : int, Flag
        Taken so far, and of everything taken so far.
    store_fault : bool
        Whether nothing can be stored.
    """

    def __init__(self, configuration: Configuration, present: NDArray[np.bool_] | None = None, *,
                 clock: Clock | None = None, strict: bool = True, supply: Supply | None = None,
                 profile: LoadProfile | None = None) -> None:  # fmt: skip
        self.configuration = configuration
        self.clock = clock or Clock()
        self.supply = supply or Supply(auxiliary=True)
        self.profile = profile
        rules = configuration.rules(profile=profile is not None)
        self.accounts = Accounts(rules, configuration.tariffs(Calendars()), self.clock, strict)
        self.lock, self.outbox = Lock(), Outbox()
        self.logbook = Logbook(self.outbox, self.clock, configuration.wiring)
        self.windows, self.flags = 0, Flag(0)
        self.serial_number, self.store_fault = 0, False
        self._channels = np.ones(len(ROLES), bool) if present is None else present
        self._readout = Readout(self.clock, configuration.conditions(self._channels))
        self._operation = Operation(
            self.clock, self.supply, self.accounts, profile, self.logbook, self.lock, self.outbox,
            self.standing,
        )  # fmt: skip

    @property
    def conditions(self) -> Conditions:
        """What its readings depend on."""
        return self._readout.conditions

    @property
    def nominal_frequency(self) -> int | None:
        """Nominal frequency by which the last windows were cut [Hz]."""
        last = self._readout.last
        return None if last is None else last.nominal

    @property
    def measured_time(self) -> float:
        """Time with samples under power [s]."""
        return self.accounts.measured_time

    @property
    def now(self) -> int:
        """The meter's clock at the end of the last piece [us since 1970-01-01T00:00Z]."""
        return self.clock.at(self._readout.seen)

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
        return self._operation.on

    def take(self, piece: Piece) -> Readings | None:
        """Count a piece; the readings of its windows, or None for samples outside windows."""
        if not isinstance(piece, Rest):
            return self._take(self._readout.of_windows(piece))
        self.flags |= piece.flags
        portion = self._readout.of_rest(piece)
        if portion is not None:
            self._operation.take_rest(portion)
        return None

    def take_readings(self, readings: Readings, start: Values, end: Values, nominal: int,
                      flags: NDArray[np.int64] | None = None,
                      waveform: Waveform | None = None) -> None:  # fmt: skip
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
        waveform : Waveform, optional
            Of the last window.
        """
        self._take(self._readout.of_readings(readings, start, end, nominal, flags, waveform))

    def close(self) -> None:
        """The stream has ended: count what waited in vain for a window beside it."""
        for portion in self._readout.waited_in_vain():
            self._operation.take_rest(portion)

    def power_down(self, details: Mapping[str, Detail] | None = None) -> None:
        """The meter loses its supply for good: it is stopped."""
        self._operation.stop(self.now, details or {})

    def lost_samples(self) -> None:
        """No samples come."""
        if self.powered_up:
            self.logbook.lost_samples(self.now)

    def apply(self, command: Command, access: Access, now: float = 0.0, *,
              check: Callable[[Configuration], None] | None = None) -> None:  # fmt: skip
        """The one road for every change.

        Parameters
        ----------
        command : Command
        access : Access
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
        Orders(self, access, now).execute(command, check)
        # What follows from a change is told after it.
        self._operation.hand_on()

    def configure(self, configuration: Configuration) -> None:
        """Go on with another configuration."""
        before, self.configuration = self.configuration, configuration
        self._readout.conditions = configuration.conditions(self._channels)
        self.accounts.follow(configuration.rules(profile=self.profile is not None))
        self.set_calendars(self.calendars)
        if configuration.wiring is not before.wiring:
            self.logbook.rewire(configuration.wiring)

    def connect(self, channels: NDArray[np.bool_], start: datetime | None, *, strict: bool,
                wired: bool = True) -> None:  # fmt: skip
        """Connect a source.

        Parameters
        ----------
        channels : ndarray of bool, shape (6,)
            Those that it has. Without voltages the meter cannot live on them.
        start : datetime or None
            Time of its sample 0; where nobody knows it the clock stays as it was.
        strict : bool
            As for a new meter.
        wired : bool
            Whether there are conductors that can be on wrong terminals: told values have none.
        """
        self._channels, self.logbook.wired = channels, wired
        self._readout.conditions = self.configuration.conditions(channels)
        self.accounts.strict = strict
        if not channels[:3].any():
            self.supply.auxiliary = True
        if start is not None:
            self.clock.origin = microseconds(start)

    def set_calendars(self, calendars: Calendars) -> None:
        """Go on with other tariff calendars."""
        self.accounts.go_by(self.configuration.tariffs(calendars))
        if self.powered_up:
            self.accounts.switch(self.now)

    def set_clock(self, time: int) -> None:
        """Set the clock [us]."""
        self._operation.set_clock(time - self.now)

    def mark(self, flag: RowFlag) -> None:
        """Note something on the present row of the load profile."""
        self._operation.mark(flag)

    def log(self, kind: EventKind, details: Mapping[str, Detail], time: int | None = None) -> None:
        """Log an event now, or as of another time [us]."""
        self.logbook.enter([Event(self.now if time is None else time, kind, details)])

    def standing(self) -> Standing:
        """Registers, demands and counts as they stand."""
        voltage, current = bool(self._channels[:3].any()), bool(self._channels[3:].any())
        return standing(
            self.accounts, self.configuration, self.logbook.count, self.supply.powered,
            power=voltage and current, current=current,
        )  # fmt: skip

    def snapshot(self, shown: Standing | None = None, now: float = 0.0) -> Snapshot | None:
        """Everything as it stands after the last window; None before the first.

        Parameters
        ----------
        shown : Standing, optional
            What may be shown of registers; None is as they stand.
        now : float
            Time of a steady clock, by which sessions are unlocked [s].
        """
        last = self._readout.last
        if last is None:
            return None
        return Snapshot.of(
            last, shown or self.standing(), self.status(now), clock=self.now, powered=self.powered
        )

    def status(self, now: float = 0.0) -> Status:
        """Bits of the status register."""
        found = self._operation.status(self.now, now)
        return found | Status.STORE_FAULT if self.store_fault else found

    def emptied(self) -> Outbox:
        """What there is to hand on; the outbox is empty after it."""
        return self.outbox.emptied()

    def _take(self, taken: Taken) -> Readings:
        self.windows += len(taken.portion)
        self._operation.take(taken, self._readout.waited(taken))
        self.flags |= Flag(int(np.bitwise_or.reduce(taken.flags, initial=0)))
        return taken.readings
