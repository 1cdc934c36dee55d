"""Plan: a calendar that a meter is to have, checked before anything is written."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from smartx96.configuration.link import Link
from smartx96.configuration.tariffs.comparison import Difference, differences
from smartx96.configuration.tariffs.control import Control
from smartx96.configuration.tariffs.draft import Drafting, drafting, wanted_block
from smartx96.configuration.tariffs.reading import Held, MeterCalendars, read_calendars
from smartx96.meter.calendar import DatedCalendar
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.draft import Order
from smartx96.modbus.calendar.shown import State
from smartx96.settings import Value


@dataclass(frozen=True)
class CalendarPlan:
    """What is to be written to a meter, that it has a calendar.

    Parameters
    ----------
    wanted : DatedCalendar
        With an activation it is to be the passive calendar.
    before : Held
        The calendar that ruled when this was planned.
    drafting : Drafting
    same : bool
        Whether the meter has it already.
    notes : tuple of str
        What its user should know before.
    """

    wanted: DatedCalendar
    before: Held
    drafting: Drafting
    same: bool
    notes: tuple[str, ...]

    @property
    def order(self) -> Order:
        """The command that lets the draft rule, or wait."""
        return Order.PUT_IN_FORCE if self.wanted.activation is None else Order.TAKE_AS_PASSIVE

    @property
    def differences(self) -> list[Difference]:
        """What is otherwise than in the calendar that rules."""
        calendar = self.before.calendar
        return differences(None if calendar is None else DatedCalendar(calendar), self.wanted)

    def is_drafted(self, control: Control) -> bool:
        """Whether the draft is the calendar that is wanted, down to its activation."""
        return (
            not control.fault
            and control.checksums[Which.DRAFT] == self.drafting.checksum
            and control.draft_activation == self.wanted.activation
        )

    def is_taken(self, control: Control) -> bool:
        """Whether the calendar rules, or waits for its activation."""
        return self.rules(control) or self._waits(control)

    def rules(self, control: Control) -> bool:
        """Whether the calendar rules; one that waited may have begun to."""
        active = control.active, control.checksums[Which.ACTIVE]
        waited = self.wanted.activation is not None and self.before.checksum == active[1]
        return active == (State.SHOWN, self.drafting.checksum) and not waited

    def _waits(self, control: Control) -> bool:
        passive = control.passive, control.checksums[Which.PASSIVE], control.activation
        wanted = State.SHOWN, self.drafting.checksum, self.wanted.activation
        return self.wanted.activation is not None and passive == wanted

    def document(self) -> dict[str, Any]:
        """For programs."""
        when = self.wanted.activation
        return {
            "calendar": self.wanted.calendar.name,
            "activation": None if when is None else when.isoformat(),
            "same": self.same,
            "writes": 0 if self.same else len(self.drafting.pieces),
            "differences": [each._asdict() for each in self.differences],
            "notes": list(self.notes),
        }


async def planned(
    link: Link, wanted: DatedCalendar, settings: Mapping[str, Value] = MappingProxyType({})
) -> CalendarPlan:
    """The plan to a meter that is to have a calendar.

    Parameters
    ----------
    link : Link
    wanted : DatedCalendar
    settings : mapping of str to int or str
        What is written before it, by id.

    Raises
    ------
    OptionError
        The registers cannot hold it, or nothing says that the meter has such.
    ExchangeError
        The meter does not tell what it has.
    """
    block = wanted_block(wanted.calendar)
    found = await read_calendars(link, [Which.ACTIVE])
    before, way = found.calendars[Which.ACTIVE], drafting(found.calendars[Which.ACTIVE].data, block)
    same = _has(found, zlib.crc32(block), wanted.activation)
    found = replace(found, surroundings={**found.surroundings, **settings})
    return CalendarPlan(wanted, before, way, same, tuple(_notes(found, wanted, same)))


def _has(found: MeterCalendars, checksum: int, activation: datetime | None) -> bool:
    """Whether a meter has a calendar where it is to have it."""
    control = found.control
    if activation is None or _is_past(found, activation):
        return (control.active, control.checksums[Which.ACTIVE]) == (State.SHOWN, checksum)
    passive = control.passive, control.checksums[Which.PASSIVE], control.activation
    return passive == (State.SHOWN, checksum, activation)


def _is_past(found: MeterCalendars, activation: datetime) -> bool:
    return found.clock is not None and activation <= found.clock


def _notes(found: MeterCalendars, wanted: DatedCalendar, same: bool) -> list[str]:
    """What comes of a calendar in this meter."""
    notes, control, around = list[str](), found.control, found.surroundings
    if around.get("tariff_control"):
        notes.append(
            f"tariff_control is {around['tariff_control']}: this tariff rules always, "
            "a calendar only with 0"
        )
    if around.get("time_zone") == "UTC":
        notes.append("time_zone is UTC: the times are those of UTC, without daylight saving")
    if same:
        return notes
    if control.drafted:
        notes.append("the meter has a draft that somebody began: it is discarded")
    if control.passive is not State.NONE:
        until = "" if control.activation is None else f" from {control.activation}"
        notes.append(
            f"the calendar that waits still comes to rule{until}"
            if wanted.activation is None
            else f"the calendar that was to rule{until} is replaced"
        )
    if wanted.activation and _is_past(found, wanted.activation):
        notes.append(f"the activation is past by the meter's clock, {found.clock}: rules at once")
    return notes
