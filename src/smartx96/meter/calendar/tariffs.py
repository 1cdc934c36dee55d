"""Tariffs: what decides which tariff rules, and the calendars that a meter keeps for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from smartx96.errors import ConfigurationError
from smartx96.meter.calendar.calendar import DEFAULT_TARIFF, Calendar
from smartx96.meter.calendar.local_clock import instant, time_zone
from smartx96.meter.calendar.plain import calendar_data, calendar_from, check_activation
from smartx96.meter.calendar.timetable import (
    CalendarTimetable,
    FixedTariff,
    Switch,
    Timetable,
)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The active calendar of a meter and the one that is to follow it.

    Parameters
    ----------
    active, passive : Calendar, optional
    activation : datetime, optional
        When the passive calendar becomes active, by the local clock, without time zone; without
        it the passive one waits.

    Raises
    ------
    ConfigurationError
        The activation is no local time, or there is no passive calendar.
    """

    active: Calendar | None = None
    passive: Calendar | None = None
    activation: datetime | None = None

    def __post_init__(self) -> None:
        check_activation(self.activation)
        if self.activation is not None and self.passive is None:
            raise ConfigurationError("activation: there is no passive calendar")

    def taking(self, calendar: Calendar, activation: datetime | None = None) -> Calendars:
        """Calendars with another one: active at once, or passive until its activation."""
        if activation is None:
            return replace(self, active=calendar)
        return replace(self, passive=calendar, activation=activation)

    def activated(self) -> Calendars:
        """Calendars with the passive one in place of the active one."""
        return self if self.passive is None else Calendars(self.passive)

    def data(self) -> dict[str, Any]:
        """All of it as plain data, fit for JSON."""
        active, passive = self.active, self.passive
        return {
            "active": None if active is None else calendar_data(active),
            "passive": None if passive is None else calendar_data(passive, self.activation),
        }

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> Calendars:
        """Calendars from `data`.

        Raises
        ------
        ConfigurationError
            A calendar is none; names it and the key.
        """
        active, _ = _restored(data, "active")
        return cls(active, *_restored(data, "passive"))


def _restored(data: Mapping[str, Any], which: str) -> tuple[Calendar | None, datetime | None]:
    if data.get(which) is None:
        return None, None
    try:
        return calendar_from(data[which])
    except ConfigurationError as error:
        raise ConfigurationError(f"{which} calendar: {error}") from None


@dataclass(frozen=True)
class Tariffs:
    """Which tariff rules: a function of the time alone, whatever the meter lived through.

    Parameters
    ----------
    calendars : Calendars
        Without an active one tariff 1 rules.
    time_zone : str
        IANA name.
    control : int
        0: the calendars decide; 1..4: this tariff rules (`tariff_control`).

    Raises
    ------
    OptionError
        This machine does not know the zone.
    """

    calendars: Calendars = field(default_factory=Calendars)
    time_zone: str = "UTC"
    control: int = 0

    def __post_init__(self) -> None:
        self._zone  # noqa: B018 - an unknown zone is told at once

    @cached_property
    def _zone(self) -> tzinfo:
        return time_zone(self.time_zone)

    @cached_property
    def activation(self) -> int | None:
        """When the passive calendar becomes active [us since 1970-01-01T00:00Z].

        It is when the local clock first shows the activation's time, or a later one where that
        time is left out.
        """
        local = self.calendars.activation
        return None if local is None else instant(self._zone, local)

    @cached_property
    def _active(self) -> Timetable:
        return self._timetable(self.calendars.active)

    @cached_property
    def _passive(self) -> Timetable:
        return self._timetable(self.calendars.passive)

    def _timetable(self, calendar: Calendar | None) -> Timetable:
        if self.control or calendar is None:
            return FixedTariff(self.control or DEFAULT_TARIFF)
        return CalendarTimetable(calendar, self._zone)

    def tariff_at(self, time: int) -> int:
        """The tariff that rules at a time [us since 1970-01-01T00:00Z], 1..4."""
        due = self.activation is not None and time >= self.activation
        return (self._passive if due else self._active).tariff_at(time)

    def switches(self, after: int, until: int) -> list[Switch]:
        """Every instant in (after, until] at which another tariff begins to rule.

        Parameters
        ----------
        after, until : int
            [us since 1970-01-01T00:00Z].

        Returns
        -------
        list of (int, int)
            Time [us] and tariff, in the order of time.
        """
        change = self.activation
        if change is None or until < change:
            return self._active.switches(after, until)
        if after >= change:
            return self._passive.switches(after, until)
        return (
            self._active.switches(after, change - 1)
            + self._switch_at(change)
            + self._passive.switches(change, until)
        )

    def next_switch(self, after: int) -> int | None:
        """The first instant after a time at which another tariff begins to rule, if there is.

        Parameters
        ----------
        after : int
            [us since 1970-01-01T00:00Z].

        Returns
        -------
        int or None
            [us]; None where nothing changes as long as calendars know the year.
        """
        change = self.activation
        if change is not None and after >= change:
            return self._passive.next_switch(after)
        found = self._active.next_switch(after)
        if change is None or (found is not None and found < change):
            return found
        return change if self._switch_at(change) else self._passive.next_switch(change)

    def _switch_at(self, change: int) -> list[Switch]:
        tariff = self.tariff_at(change)
        return [(change, tariff)] if tariff != self.tariff_at(change - 1) else []

    def promoted(self, time: int) -> Tariffs:
        """Tariffs with the passive calendar active, once its time [us] has come.

        The same tariffs rule from then on; but neither another time zone nor a clock that is set
        back brings the former calendar back.
        """
        if self.activation is None or time < self.activation:
            return self
        return replace(self, calendars=self.calendars.activated())
