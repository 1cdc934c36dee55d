"""Clock of a meter: compared with this computer's to a part of a second, and set on the second."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.errors import OptionError, X96Error
from smartx96.meter.calendar.local_clock import EPOCH, instant, time_zone
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import Reading, clock_fields, clock_time

CLOCK, ZONE = "clock", "time_zone"

_PATIENCE = 1.5
"""How long the next second of a clock is waited for [s]."""
_PAUSE = 0.05
"""Between two looks at it: a line is left some room for others [s]."""
_LOOKS = 5
"""From which the time that a request takes is known."""
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
    zone, known = await _zone(link)
    shown, now, within = await _next_second(link)
    difference = (_nearest(shown, zone, now) - now).total_seconds()
    return ClockReading(shown, known, difference, within, await _valid(link))


async def set_clock(link: Link, local: datetime | None = None, password: int | None = None
                    ) -> ClockReading:  # fmt: skip
    """Set a clock, and read it back.

    Parameters
    ----------
    link : Link
    local : datetime, optional
        What it is to show, in its time zone if it has none of its own; without, it is set to this
        computer's time as a second begins.
    password : int, optional
        Of a meter whose clock is protected.

    Returns
    -------
    ClockReading
        As it is afterwards.

    Raises
    ------
    OptionError
        The meter has no clock that is known of, or the time cannot be told to it.
    ClockError
        It has another time than it was told.
    PasswordError, ExchangeError
        It does not take it.
    """
    link.check(CLOCK)
    zone, _ = await _zone(link)
    told, since = await _unlocked(link, local, zone, password)
    found = await read_clock(link)
    expected = told + timedelta(seconds=time.monotonic() - since)
    off = abs((found.shown - expected).total_seconds())
    if off > _PATIENCE + _SECOND.total_seconds() + link.client.policy.timeout:
        raise ClockError(
            f"{link.target}: the clock was told {told.isoformat()} and shows "
            f"{found.shown.isoformat()}; it was not set"
        )
    return found


def local_time(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock of a time zone is told, so that it shows a moment.

    Raises
    ------
    OptionError
        The hour comes twice that night, and a clock takes the first for it.
    """
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    whole = local.replace(microsecond=0)
    if EPOCH + timedelta(microseconds=instant(zone, whole)) != moment.replace(microsecond=0):
        raise OptionError(
            f"{whole.isoformat()} comes twice in this night, and a meter takes it for the first: "
            "set the clock after this hour"
        )
    return local


async def _unlocked(link: Link, local: datetime | None, zone: tzinfo, password: int | None
                    ) -> tuple[datetime, float]:  # fmt: skip
    """As `_written`; again by password, of a meter that wants one."""
    try:
        return await _written(link, local, zone)
    except ExceptionAnswerError as error:
        if error.code != ExceptionCode.DEVICE_FAILURE or password is None:
            raise
    lock = Unlocking(link, password)
    await lock.unlock()
    try:
        return await _written(link, local, zone)
    finally:
        await lock.lock()


async def _written(link: Link, local: datetime | None, zone: tzinfo) -> tuple[datetime, float]:
    """What a clock was told, and when by the monotonic clock [s]."""
    if local is None:
        delay = await _delay(link)
        local_time(datetime.now(UTC), zone)
        moment = await _beginning_of_second(delay)
        told = local_time(moment, zone)
    else:
        told = local if local.tzinfo is None else local_time(local, zone)
        told = told.replace(microsecond=0)
        _check_shown(told, zone)
    since = time.monotonic()
    try:
        await link.write({CLOCK: clock_fields(told)})
    except ExceptionAnswerError as error:
        if error.code == ExceptionCode.ILLEGAL_VALUE:
            raise OptionError(f"{told.isoformat()}: the meter's clock does not take it") from error
        raise
    except ExchangeError as error:
        # Whether it took it, the comparison afterwards tells.
        if not error.uncertain:
            raise
    return told, since


def _check_shown(local: datetime, zone: tzinfo) -> None:
    """Make sure that a clock of a time zone shows a time at all."""
    moment = EPOCH + timedelta(microseconds=instant(zone, local))
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != local:
        raise OptionError(f"{local.isoformat()}: left out, for the clock goes forward then")


async def _beginning_of_second(delay: float) -> datetime:
    """Wait until what is sent now arrives as a second begins; that second."""
    now = datetime.now(UTC) + timedelta(seconds=delay)
    second = now.replace(microsecond=0) + _SECOND
    await asyncio.sleep((second - now).total_seconds())
    return second


async def _delay(link: Link) -> float:
    """How long a request is on its way: half of what it takes with its answer [s]."""
    taken = list[float]()
    for _ in range(_LOOKS):
        begun = time.monotonic()
        await _shown(link)
        taken.append(time.monotonic() - begun)
    return median(taken) / 2


async def _next_second(link: Link) -> tuple[datetime, datetime, float]:
    """What a clock shows as its next second begins, when that is (UTC), and to how much [s].

    One that stands still is taken as it is.
    """
    first, before, _ = await _looked(link)
    last = before
    until = time.monotonic() + _PATIENCE
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
    shown = await _shown(link)
    return shown, asked, datetime.now(UTC)


async def _shown(link: Link) -> datetime:
    fields: Reading = (await link.read([CLOCK])).get(CLOCK, ())
    link.check(CLOCK)
    shown = clock_time(fields)
    if shown is None:
        raise ClockError(f"{link.target}: its clock shows {fields}, which is no time")
    return shown


async def _zone(link: Link) -> tuple[tzinfo, str | None]:
    """The time zone of a meter, and its name; this computer's where it does not tell."""
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
