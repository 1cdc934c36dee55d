"""Times of the meter's clock as text."""

from __future__ import annotations

from datetime import datetime

from smartx96.meter import clock


def instant(time: int) -> str:
    """A time [us since 1970-01-01T00:00Z] in UTC, to the microsecond (ISO 8601).

    Examples
    --------
    >>> instant(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return clock.moment_text(time, "microseconds")


def microseconds(text: str) -> int:
    """The time that `instant` has written.

    Raises
    ------
    ValueError
        It is no time, or tells no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: a time without a zone")
    return clock.microseconds(moment)
