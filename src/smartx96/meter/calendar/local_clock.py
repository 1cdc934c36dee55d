"""The local clock of a time zone: its offset to UTC, its changes, its standard time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.settings.setting import brief

SECONDS = 1_000_000
"""One second [us]."""

DAY = 86_400
"""One day [s]."""

HOUR = 3600
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_EARLIEST, _LATEST = -2_208_988_800, 253_000_000_000
"""1900 and far in the last years that datetime knows [s]; a clock may be set anywhere."""

_STEP = 6
"""Less than any zone stays in one state [days]."""

_YEAR = 61
"""Steps in which every zone that saves daylight has done so."""


class _State(NamedTuple):
    """What is ahead of UTC [s], and whether the data base calls it saving."""

    offset: int
    saving: bool


@lru_cache(maxsize=64)
def time_zone(name: str) -> tzinfo:
    """The time zone of an IANA name; UTC needs no data base.

    Raises
    ------
    OptionError
        This machine does not know the zone.
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise OptionError(
            f"time zone {brief(name)} is not known here; "
            "install the system's time zone data or the Python package tzdata"
        ) from None


def offset(zone: tzinfo, second: int) -> int:
    """What a local clock is ahead of UTC [s].

    Parameters
    ----------
    zone : tzinfo
    second : int
        Since 1970-01-01T00:00Z [s].
    """
    return _seconds(_moment(zone, second).utcoffset())


def stretches(zone: tzinfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Cut a time of up to three days where the offset changes.

    Between two changes of any zone lie nearly four days at least, so that there is one at most.

    Parameters
    ----------
    zone : tzinfo
    begin, end : int
        Since 1970-01-01T00:00Z [s].

    Yields
    ------
    begin, end, offset : int
        [s].
    """
    before, after = offset(zone, begin), offset(zone, end - 1)
    change = _change(zone, begin, end - 1) if before != after else end
    yield begin, change, before
    if change < end:
        yield change, end, after


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second of another offset in (before, after]."""
    first = offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if offset(zone, middle) == first:
            before = middle
        else:
            after = middle
    return after


def instant(zone: tzinfo, local: datetime) -> int:
    """When the local clock first shows a time, or a later one where that time is left out.

    Parameters
    ----------
    zone : tzinfo
    local : datetime
        Without time zone, whole seconds.

    Returns
    -------
    int
        [us since 1970-01-01T00:00Z].
    """
    second = int((local.replace(tzinfo=UTC) - EPOCH).total_seconds())
    found = second
    for begin, end, ahead in stretches(zone, second - DAY - HOUR, second + DAY + HOUR):
        found = max(second - ahead, begin)
        if found < end:
            break
    return found * SECONDS


def standard_offset(zone: str, time: int) -> int:
    """What standard time is ahead of UTC [s]: the local clock without daylight saving.

    Where the law calls summer time the standard and has the clock go back in winter (Europe/Dublin,
    Africa/Casablanca), standard time is still that of winter: saving is never negative.

    Parameters
    ----------
    zone : str
        IANA name.
    time : int
        [us since 1970-01-01T00:00Z].

    Raises
    ------
    OptionError
        This machine does not know the zone.
    """
    second = min(max(time // SECONDS, _EARLIEST), _LATEST)
    return _standard(zone, second // DAY, _state(time_zone(zone), second))


@lru_cache(maxsize=256)
def _standard(name: str, day: int, state: _State) -> int:
    """The lowest offset of a state and of those before and after that differ in saving [s].

    Not `utcoffset() - dst()`: compiled zones do not hold how much is saved, and what zoneinfo
    guesses is an hour wrong in every summer of America/Inuvik.
    """
    zone = time_zone(name)
    found = [state.offset]
    for begin, step in ((day, -_STEP), (day + 1, _STEP)):
        near = range(begin, begin + _YEAR * step, step)
        states = (_state(zone, other * DAY) for other in near)
        other = next((other for other in states if other != state), state)
        if other.saving != state.saving:
            found.append(other.offset)
    return min(found)


def _state(zone: tzinfo, second: int) -> _State:
    moment = _moment(zone, second)
    return _State(_seconds(moment.utcoffset()), bool(moment.dst()))


def _moment(zone: tzinfo, second: int) -> datetime:
    return (EPOCH + timedelta(seconds=second)).astimezone(zone)


def _seconds(span: timedelta | None) -> int:
    return 0 if span is None else span.days * DAY + span.seconds
