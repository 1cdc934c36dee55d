"""Orders: what a command does to a meter, whoever gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smartx96.errors import ConfigurationError, LockedError, OptionError, PasswordError
from smartx96.meter.clock import moment_text
from smartx96.meter.commands import (
    Access,
    ChangeSettings,
    Command,
    LockUp,
    Renew,
    Reset,
    Resettable,
    SetCalendar,
    SetClock,
    Unlock,
)
from smartx96.meter.events import Detail, EventKind
from smartx96.meter.lock import Secret
from smartx96.meter.profile import RowFlag
from smartx96.settings import BY_ID, changes, check_together

if TYPE_CHECKING:
    from smartx96.meter.configuration import Configuration
    from smartx96.meter.meter import Meter

Check = Callable[["Configuration"], None] | None
"""Raises where the installation cannot follow another configuration."""


def execute(meter: Meter, command: Command, access: Access, now: float, check: Check) -> None:
    """Do what a command says, or nothing of it.

    Raises
    ------
    PasswordError, LockedError
        A wrong password; a protected change while locked.
    OptionError
        A value is not allowed.
    """
    _ORDERS[type(command)](meter, command, access, now, check)


def _refuse_locked(meter: Meter, access: Access, now: float, what: str) -> None:
    if not access.trusted and not meter.lock.unlocked(access.session, now):
        raise LockedError(f"{what} is protected: unlock with the password first")


def _unlock(meter: Meter, command: Unlock, access: Access, now: float, check: Check) -> None:
    try:
        meter.lock.unlock(access.session, command.password, now)
    except PasswordError:
        meter.log(EventKind.WRONG_PASSWORD, {"road": access.road})
        if meter.lock.locked_out(now):
            meter.log(EventKind.LOCKED_OUT, {"road": access.road})
        raise


def _renew(meter: Meter, command: Renew, access: Access, now: float, check: Check) -> None:
    meter.lock.renew(access.session, now)


def _lock(meter: Meter, command: LockUp, access: Access, now: float, check: Check) -> None:
    meter.lock.lock(access.session)


def _change(
    meter: Meter, command: ChangeSettings, access: Access, now: float, check: Check
) -> None:
    wanted: dict[str, Any] = dict(command.changes)
    secret = [BY_ID["password"].check(wanted.pop("password"))] if "password" in wanted else []
    old = meter.configuration.settings
    new = old.replace(**wanted)
    check_together(new, meter.configuration.model)
    protected = [id for id in wanted if BY_ID[id].protected]
    if protected or secret:
        _refuse_locked(meter, access, now, (protected or ["password"])[0])
    configuration = replace(meter.configuration, settings=new)
    if check is not None:
        check(configuration)
    meter.configure(configuration)
    for id, before, after in changes(old, new):
        if BY_ID[id].protected:
            details: dict[str, Detail] = {"setting": id, "old": before, "new": after}
            meter.log(EventKind.PARAMETER_CHANGED, {**details, "road": access.road})
            meter.mark(RowFlag.SETTINGS_CHANGED)
    for password in secret:
        meter.lock.secret = Secret.of(int(password))
        meter.log(EventKind.PASSWORD_CHANGED, {"road": access.road})


def _reset(meter: Meter, command: Reset, access: Access, now: float, check: Check) -> None:
    what = Resettable(command.what)
    _refuse_locked(meter, access, now, f"the reset of {what}")
    if what is Resettable.ENERGY:
        meter.accounts.registers.reset_copies()
    else:
        meter.accounts.demand.reset_maxima()
    if what is Resettable.DEMAND:
        meter.accounts.demand.restart()
    meter.log(EventKind.RESET, {"what": what, "road": access.road})


def _set_clock(meter: Meter, command: SetClock, access: Access, now: float, check: Check) -> None:
    before = meter.now
    if command.time not in meter.clock.settable:
        raise OptionError(f"clock {moment_text(command.time)}: the clock counts from 2000 to 2099")
    meter.set_clock(command.time)
    details = {"old": moment_text(before), "new": moment_text(command.time)}
    meter.log(EventKind.CLOCK_SET, {**details, "road": access.road})


def _set_calendar(
    meter: Meter, command: SetCalendar, access: Access, now: float, check: Check
) -> None:
    _refuse_locked(meter, access, now, "the tariff calendar")
    activation = command.activation
    try:
        when = None if activation is None else datetime.fromisoformat(activation)
    except ValueError:
        raise OptionError(
            f"activation {activation!r}: give local date and time, such as 2027-01-01T12:00:00"
        ) from None
    try:
        calendars = meter.calendars.taking(command.calendar, when)
    except ConfigurationError as error:
        raise OptionError(str(error)) from None
    meter.set_calendars(calendars)
    details: Mapping[str, Detail] = {"name": command.calendar.name, "road": access.road}
    if activation is not None:
        details = {**details, "activation": activation}
    meter.log(EventKind.CALENDAR_CHANGED, details)


_ORDERS: dict[type, Callable[[Any, Any, Access, float, Check], None]] = {
    Unlock: _unlock,
    Renew: _renew,
    LockUp: _lock,
    ChangeSettings: _change,
    Reset: _reset,
    SetClock: _set_clock,
    SetCalendar: _set_calendar,
}
