"""Tariff calendar: which of four tariffs rules at a time.

Modelled on the activity calendar and the special days table of DLMS/COSEM (IEC 62056-6-2, classes
20 and 11). `Tariffs` is what the meter asks; `Calendars` is what the store keeps.
"""

from __future__ import annotations

from smartx96.meter.calendar.calendar import Calendar
from smartx96.meter.calendar.local_clock import standard_offset
from smartx96.meter.calendar.plain import DatedCalendar
from smartx96.meter.calendar.profiles import (
    DayProfile,
    Season,
    SpecialDay,
    SwitchingTime,
    WeekProfile,
)
from smartx96.meter.calendar.recurring_date import LAST, PENULTIMATE, RecurringDate
from smartx96.meter.calendar.tariffs import Calendars, Tariffs

__all__ = [
    "LAST",
    "PENULTIMATE",
    "Calendar",
    "Calendars",
    "DatedCalendar",
    "DayProfile",
    "RecurringDate",
    "Season",
    "SpecialDay",
    "SwitchingTime",
    "Tariffs",
    "WeekProfile",
    "standard_offset",
]
