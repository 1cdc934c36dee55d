"""Clock: the meter's time, kept as an offset to the samples' time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np

from smartx96.meter.portion import Times
from smartx96.metrology.kernels import Values

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VALID = range(946_684_800_000_000, 4_102_444_800_000_000)
"""2000 to 2099: the clock register has two digits of the year [us]."""


def microseconds(time: datetime) -> int:
    """A time of day as the meter counts it [us since 1970-01-01T00:00Z]."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def moment(time: int) -> datetime:
    """A count of microseconds as a time of day (UTC)."""
    return _EPOCH + timedelta(microseconds=time)


def moment_text(time: int, timespec: str = "seconds") -> str:
    """A time of the meter's clock for people (ISO 8601, UTC).

    Parameters
    ----------
    time : int
        [us since 1970-01-01T00:00Z].
    timespec : str
        How much of the second is told: `seconds`, `milliseconds`, `microseconds`; `auto` tells
        milliseconds where there is a part of a second.
    """
    if timespec == "auto":
        timespec = "milliseconds" if time % 1_000_000 else "seconds"
    try:
        return f"{moment(time).replace(tzinfo=None).isoformat(timespec=timespec)}Z"
    except OverflowError:
        return f"{time} us"


@dataclass(slots=True)
class Clock:
    """From the stream's seconds to the time of day.

    Parameters
    ----------
    origin : int or None
        Time of the stream's sample 0 [us since 1970-01-01T00:00Z]; None where nobody knows: then
        the clock runs from 1970, and is not valid before it is set.
    offset : int
        What the clock was set forward [us].
    """

    origin: int | None = None
    offset: int = 0

    @classmethod
    def of(cls, start: datetime | None) -> Clock:
        """A clock by the time of a source's sample 0."""
        return cls(None if start is None else microseconds(start))

    settable: ClassVar[range] = _VALID
    """Times that the clock may be set to."""

    @property
    def base(self) -> int:
        """Clock at the stream's sample 0 [us]."""
        return (self.origin or 0) + self.offset

    def valid(self, now: int) -> bool:
        """Whether the time of day is known at a count of the clock."""
        return now in self.settable and (self.origin is not None or self.offset != 0)

    def __call__(self, seconds: Values) -> Times:
        """Times of the stream [s] by the clock [us]."""
        found: Times = np.rint(seconds * 1e6).astype(np.int64) + self.base
        return found

    def at(self, seconds: float) -> int:
        """One time of the stream [s] by the clock [us]."""
        return round(seconds * 1e6) + self.base
