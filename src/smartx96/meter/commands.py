"""Commands: everything that can be asked of a meter, and from where."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smartx96.meter.calendar import Calendar


class Road(StrEnum):
    """The way on which a command came."""

    PANEL = "panel"
    MODBUS = "modbus"
    WEB = "web"
    FILE = "file"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks.

    Parameters
    ----------
    road : Road
    session : hashable
        What is unlocked by a password: a connection, a line, a panel.
    trusted : bool
        Whoever starts the meter on his own computer needs no password.
    """

    road: Road
    session: Hashable = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Unlock:
    """Unlock the session."""

    password: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnterPassword:
    """Unlock the session; where it is unlocked already, another password is the new one."""

    password: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Renew:
    """Keep an unlocked session so."""


@dataclass(frozen=True, slots=True)
class LockUp:
    """Lock the session."""


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Change settings, all or none; `password` among them sets a new one."""

    changes: Mapping[str, object]

    def __repr__(self) -> str:
        return f"ChangeSettings({', '.join(self.changes)})"


class Resettable(StrEnum):
    """What a reset clears."""

    ENERGY = "resettable energy"
    MAXIMA = "demand maxima"
    DEMAND = "demand maxima and demand time"


@dataclass(frozen=True, slots=True)
class Reset:
    """Clear something."""

    what: Resettable


@dataclass(frozen=True, slots=True)
class SetClock:
    """Set the clock [us since 1970-01-01T00:00Z]."""

    time: int


@dataclass(frozen=True, slots=True)
class SetCalendar:
    """Set the tariff calendar, now or from a time of the local clock on.

    Parameters
    ----------
    calendar : Calendar
    activation : str or None
        Local date and time (ISO 8601) from which it rules; None is at once.
    """

    calendar: Calendar
    activation: str | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """Several commands, all or none.

    Parameters
    ----------
    commands : tuple of Command
        A change of settings comes first: it can still be refused where the source cannot follow.
    """

    commands: tuple[Command, ...]


Command = (
    Unlock
    | EnterPassword
    | Renew
    | LockUp
    | ChangeSettings
    | Reset
    | SetClock
    | SetCalendar
    | Together
)
