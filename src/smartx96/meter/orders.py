"""Orders: what a command does to a meter, whoever gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from smartx96.errors import ConfigurationError, LockedError, OptionError, PasswordError
from smartx96.meter.clock import moment_text
from smartx96.meter.commands import (
    Access,
    ChangeSettings,
    Command,
    EnterPassword,
    LockUp,
    Renew,
    Reset,
    Resettable,
    SetCalendar,
    SetClock,
    Together,
    Unlock,
)
from smartx96.meter.events import Detail, EventKind
from smartx96.meter.profile import RowFlag
from smartx96.settings import BY_ID, changes, check_together

if TYPE_CHECKING:
    from smartx96.meter.configuration import Configuration
    from smartx96.meter.meter import Meter

Action = Callable[[], None]

Check = Callable[["Configuration"], None] | None
"""Raises where the installation cannot follow another configuration."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Takes commands of one who asks, and does what they say or nothing of it.

    Parameters
    ----------
    meter : Meter
    access : Access
        Who asks.
    now : float
        Time of a steady clock [s].
    """

    meter: Meter
    access: Access
    now: float

    def execute(self, command: Command, check: Check = None) -> None:
        """Do what a command says.

        Raises
        ------
        PasswordError, LockedError
            A wrong password; a protected change while locked.
        OptionError
            A value is not allowed.
        """
        commands = command.commands if isinstance(command, Together) else (command,)
        # Nothing is done before nothing is refused.
        for action in [self._action(each, check) for each in commands]:
            action()

    def _action(self, command: Command, check: Check) -> Action:
        """What a command does, once it is known to be allowed."""
        lock, session = self.meter.lock, self.access.session
        match command:
            case Unlock():
                return self._unlock(command.password)
            case EnterPassword():
                return self._enter(command.password)
            case Renew():
                return partial(lock.renew, session, self.now)
            case LockUp():
                return partial(lock.lock, session)
            case ChangeSettings():
                return self._change(dict(command.changes), check)
            case Reset():
                return self._reset(Resettable(command.what))
            case SetClock():
                return self._set_clock(command.time)
            case SetCalendar():
                return self._set_calendar(command)
            case Together():
                raise TypeError("commands within commands")

    def _refuse_locked(self, what: str) -> None:
        if not (
            self.access.trusted or self.meter.lock.unlocked(self.access.session, self.now)
        ):  # fmt: skip
            raise LockedError(f"{what} is protected: unlock with the password first")

    def _log(self, kind: EventKind, **details: Detail) -> None:
        self.meter.log(kind, {**details, "road": self.access.road})

    def _unlock(self, password: object) -> Action:
        lock = self.meter.lock
        try:
            lock.verify(password, self.now)
        except PasswordError:
            self._log(EventKind.WRONG_PASSWORD)
            if lock.locked_out(self.now):
                self._log(EventKind.LOCKED_OUT)
            raise
        return partial(lock.open, self.access.session, self.now)

    def _enter(self, password: object) -> Action:
        """The password unlocks; while unlocked another one takes its place."""
        lock, session = self.meter.lock, self.access.session
        if lock.unlocked(session, self.now) and not lock.fits(password):
            return partial(self._change_password, int(BY_ID["password"].check(password)))
        return self._unlock(password)

    def _change(self, wanted: dict[str, Any], check: Check) -> Action:
        secret = [BY_ID["password"].check(wanted.pop("password"))] if "password" in wanted else []
        old = self.meter.configuration.settings
        new = old.replace(**wanted)
        check_together(new, self.meter.configuration.model)
        protected = [id for id in wanted if BY_ID[id].protected]
        if protected or secret:
            self._refuse_locked((protected or ["password"])[0])

        def change() -> None:
            self._configure(replace(self.meter.configuration, settings=new), check)
            for password in secret:
                self._change_password(int(password))

        return change

    def _change_password(self, password: int) -> None:
        self.meter.lock.change_password(password)
        self._log(EventKind.PASSWORD_CHANGED)

    def _configure(self, configuration: Configuration, check: Check) -> None:
        meter, old = self.meter, self.meter.configuration.settings
        if check is not None:
            check(configuration)
        meter.configure(configuration)
        for id, before, after in changes(old, configuration.settings):
            if BY_ID[id].protected:
                self._log(EventKind.PARAMETER_CHANGED, setting=id, old=before, new=after)
                meter.mark(RowFlag.SETTINGS_CHANGED)

    def _reset(self, what: Resettable) -> Action:
        self._refuse_locked(f"the reset of {what}")

        def reset() -> None:
            self.meter.accounts.reset(what)
            self._log(EventKind.RESET, what=what)

        return reset

    def _set_clock(self, time: int) -> Action:
        if time not in self.meter.clock.settable:
            raise OptionError(f"clock {moment_text(time)}: the clock counts from 2000 to 2099")

        def set_clock() -> None:
            before = self.meter.now
            self.meter.set_clock(time)
            self._log(EventKind.CLOCK_SET, old=moment_text(before), new=moment_text(time))

        return set_clock

    def _set_calendar(self, command: SetCalendar) -> Action:
        self._refuse_locked("the tariff calendar")
        activation = _activation(command)
        try:
            calendars = self.meter.calendars.taking(command.calendar, activation)
        except ConfigurationError as error:
            raise OptionError(str(error)) from None

        def set_calendar() -> None:
            self.meter.set_calendars(calendars)
            later = {} if command.activation is None else {"activation": command.activation}
            self._log(EventKind.CALENDAR_CHANGED, name=command.calendar.name, **later)

        return set_calendar


def _activation(command: SetCalendar) -> datetime | None:
    """From when on a calendar rules; None is at once."""
    if command.activation is None:
        return None
    try:
        return datetime.fromisoformat(command.activation)
    except ValueError:
        raise OptionError(
            f"activation {command.activation!r}: give local date and time, "
            "such as 2027-01-01T12:00:00"
        ) from None
