"""Setting the clock of a meter: so that what is sent arrives as a second begins."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median

from smartx96.configuration.changing.passing import standing
from smartx96.configuration.changing.undivided import undivided
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.configuration.tasks.clock import (
    CLOCK,
    PATIENCE,
    ClockError,
    ClockReading,
    read_clock,
    shown_by,
    zone_of,
)
from smartx96.configuration.tasks.local_time import local_time, told_time
from smartx96.errors import OptionError
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import clock_fields

_LOOKS = 5
"""From which the time that a request takes is known."""
_SECOND = timedelta(seconds=1)


async def time_to_tell(link: Link, local: datetime) -> datetime:
    """What a clock would be told, so that it shows a time; nothing is written.

    Raises
    ------
    OptionError
        The meter has no clock that is known of, or the time cannot be told to it.
    ExchangeError
        It does not answer.
    """
    link.check(CLOCK)
    zone, _ = await zone_of(link)
    return told_time(local, zone)


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
    zone, _ = await zone_of(link)
    # Nobody who stops it would know whether it is set.
    return await undivided(_set(link, local, zone, password))


async def _set(link: Link, local: datetime | None, zone: tzinfo, password: int | None
               ) -> ClockReading:  # fmt: skip
    """Set a clock of a time zone, and read it back."""
    told, since = await _unlocked(link, local, zone, password)
    with standing("it was told the time; what it shows now is not known"):
        found = await read_clock(link)
    expected = told + timedelta(seconds=time.monotonic() - since)
    off = abs((found.shown - expected).total_seconds())
    if off > PATIENCE + _SECOND.total_seconds() + link.client.policy.timeout:
        raise ClockError(
            f"{link.target}: the clock was told {told.isoformat()} and shows "
            f"{found.shown.isoformat()}; it was not set"
        )
    return found


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
        told = told_time(local, zone)
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
        await shown_by(link)
        taken.append(time.monotonic() - begun)
    return median(taken) / 2
