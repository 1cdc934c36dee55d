"""Document: what a meter goes by in its tariffs, for programs and for the text made of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from typing import Any

from smartx96.configuration.tariffs.reading import Held, MeterCalendars
from smartx96.errors import X96Error
from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.calendar.local_clock import instant, time_zone
from smartx96.meter.calendar.plain import calendar_data
from smartx96.meter.clock import moment
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.shown import State

_NEXT = 4
"""Switches that are told ahead."""


def calendars_document(target: str, found: MeterCalendars) -> dict[str, Any]:
    """What was read of a meter; a calendar as its file has it.

    Parameters
    ----------
    target : str
        Where the meter is asked.
    found : MeterCalendars
    """
    around, clock, control = found.surroundings, found.clock, found.control
    when = control.activation
    return {
        "target": target,
        "tariff": around.get("tariff_active"),
        "tariff_control": around.get("tariff_control"),
        "time_zone": around.get("time_zone"),
        "clock": None if clock is None else clock.isoformat(),
        "next": [{"time": time, "tariff": tariff} for time, tariff in _switches(found)],
        **{str(which): _calendar(held) for which, held in found.calendars.items()},
        "activation": None if when is None else when.isoformat(),
        "draft": control.drafted,
    }


def _calendar(held: Held) -> dict[str, Any]:
    return {
        "state": held.state.name.lower(),
        "checksum": f"0x{held.checksum:08X}",
        "calendar": None if held.calendar is None else calendar_data(held.calendar),
    }


def _switches(found: MeterCalendars) -> list[tuple[str, int]]:
    """The next switches after the meter's clock, in its local time; none where it is not known."""
    zone, clock = found.surroundings.get("time_zone"), found.clock
    active, passive = (found.calendars.get(which) for which in (Which.ACTIVE, Which.PASSIVE))
    unknown = any(held is None or held.state is State.BEYOND for held in (active, passive))
    if unknown or active is None or passive is None or clock is None or not isinstance(zone, str):
        return []
    try:
        calendars = Calendars(active.calendar, passive.calendar, found.control.activation)
        control = int(str(found.surroundings.get("tariff_control", 0)))
        tariffs, now = Tariffs(calendars, zone, control), instant(time_zone(zone), clock)
    except (X96Error, ValueError):
        # The meter may know a time zone that this machine does not.
        return []
    return list(islice(_following(tariffs, now), _NEXT))


def _following(tariffs: Tariffs, time: int) -> Iterator[tuple[str, int]]:
    zone = time_zone(tariffs.time_zone)
    following = tariffs.next_switch(time)
    while following is not None:
        local = moment(following).replace(tzinfo=UTC).astimezone(zone)
        yield local.replace(tzinfo=None).isoformat(), tariffs.tariff_at(following)
        following = tariffs.next_switch(following)
