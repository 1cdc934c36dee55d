"""Local time: what a clock of a time zone is told, so that it shows a moment."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from smartx96.errors import OptionError
from smartx96.meter.calendar.local_clock import EPOCH, instant
from smartx96.meter.clock import Clock, microseconds


def local_time(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock of a time zone shows at a moment.

    Raises
    ------
    OptionError
        The hour comes twice that night, and a clock takes the first for it.
    """
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    whole = local.replace(microsecond=0)
    if _moment(whole, zone) != moment.replace(microsecond=0):
        raise OptionError(
            f"{whole.isoformat()} comes twice in this night, and a meter takes it for the first: "
            "set the clock after this hour"
        )
    return local


def told_time(given: datetime, zone: tzinfo) -> datetime:
    """What a clock of a time zone is told, in whole seconds, where somebody gives a time.

    Parameters
    ----------
    given : datetime
        Of the clock's own zone where it has none.
    zone : tzinfo

    Raises
    ------
    OptionError
        No clock shows it, or as `local_time`.
    """
    try:
        told = given if given.tzinfo is None else local_time(given, zone)
        told = told.replace(microsecond=0)
        moment = _moment(told, zone)
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        moment, shown = EPOCH, given
    if microseconds(moment) not in Clock.settable:
        raise OptionError(f"{given.isoformat()}: clocks go from 2000 to 2099")
    if shown != told:
        raise OptionError(f"{told.isoformat()}: left out, for the clock goes forward then")
    return told


def _moment(local: datetime, zone: tzinfo) -> datetime:
    """When a clock first shows a time, or a later one where it is left out."""
    return EPOCH + timedelta(microseconds=instant(zone, local))
