"""Clock of a meter, compared with this computer's to a part of a second."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from smartx96.configuration.link import Link
from smartx96.errors import X96Error
from smartx96.meter.calendar.local_clock import time_zone
from smartx96.modbus.readings import Reading, clock_time

CLOCK, ZONE = "clock", "time_zone"

PATIENCE = 1.5
"""How long the next second of a clock is waited for [s]."""
_PAUSE = 0.05
"""Between two looks at it: a line is left some room for others [s]."""
_SECOND = timedelta(seconds=1)


class ClockError(X96Error):
    """A clock that does not show a time, or cannot be set to one."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock as it was found.

    Parameters
    ----------
    shown : datetime
        Local time of the meter, without time zone.
    zone : str or None
        Its time zone by its setting; None is not known, then it is taken for the computer's.
    difference : float
        What it is ahead of the computer's clock [s].
    within : float
        To how much that is known [s].
    valid : bool or None
        Whether the meter knows the time of day; None where it does not tell.
    """

    shown: datetime
    zone: str | None
    difference: float
    within: float
    valid: bool | None = None

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "clock": self.shown.isoformat(),
            "time_zone": self.zone,
            "difference": round(self.difference, 3),
            "within": round(self.within, 3),
            "valid": self.valid,
        }


async def read_clock(link: Link) -> ClockReading:
    """Read a clock as its next second begins.

    Raises
    ------
    OptionError
        The meter has no clock that is known of.
    ClockError
        It shows what is no time.
    ExchangeError
        It does not answer.
    """
    link.check(CLOCK)
    zone, known = await zone_of(link)
    shown, now, within = await _next_second(link)
    try:
        difference = (_nearest(shown, zone, now) - now).total_seconds()
    except OverflowError:
        raise ClockError(f"{link.target}: its clock shows {shown}, which is no time") from None
    return ClockReading(shown, known, difference, within, await _valid(link))


async def _next_second(link: Link) -> tuple[datetime, datetime, float]:
    """What a clock shows as its next second begins, when that is (UTC), and to how much [s].

    One that stands still is taken as it is.
    """
    first, before, _ = await _looked(link)
    last = before
    until = time.monotonic() + PATIENCE
    while True:
        await asyncio.sleep(_PAUSE)
        shown, asked, answered = await _looked(link)
        if shown != first:
            middle = last + (answered - last) / 2
            return shown, middle, (answered - last).total_seconds() / 2
        last = asked
        if time.monotonic() >= until:
            return shown, asked, _SECOND.total_seconds()


async def _looked(link: Link) -> tuple[datetime, datetime, datetime]:
    """What a clock shows, and when it was asked and had answered (UTC)."""
    asked = datetime.now(UTC)
    shown = await shown_by(link)
    return shown, asked, datetime.now(UTC)


async def shown_by(link: Link) -> datetime:
    """Local time that a clock shows.

    Raises
    ------
    OptionError
        The meter has none.
    ClockError
        It shows what is no time.
    ExchangeError
        It does not answer.
    """
    fields: Reading = (await link.read([CLOCK])).get(CLOCK, ())
    link.check(CLOCK)
    shown = clock_time(fields)
    if shown is None:
        raise ClockError(f"{link.target}: its clock shows {fields}, which is no time")
    return shown


async def zone_of(link: Link) -> tuple[tzinfo, str | None]:
    """The time zone of a meter, and its name; this computer's and None where it does not tell.

    Raises
    ------
    OptionError
        This computer does not know the zone.
    ExchangeError
        The meter does not answer.
    """
    name = (await link.read([ZONE])).get(ZONE)
    if not isinstance(name, str) or not name:
        return datetime.now().astimezone().tzinfo or UTC, None
    return time_zone(name), name


def _nearest(local: datetime, zone: tzinfo, moment: datetime) -> datetime:
    """The moment of a local time; of two that are shown so, the one that is nearer to another."""
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(both, key=lambda each: abs(each - moment))


async def _valid(link: Link) -> bool | None:
    """Whether a meter knows the time of day, by its flags."""
    from smartx96.status import Status

    status = (await link.read(["status"])).get("status")
    return None if not isinstance(status, int) else not status & Status.CLOCK_INVALID
