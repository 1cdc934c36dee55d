"""Moments: a time axis, with the times of day and the dates that people count in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from smartx96.report.charts.scale import Scale

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_STEPS = (
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0,
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14)),
)  # fmt: skip
_MONTH = 30.4 * _DAY
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Moments(Scale):
    """An axis of seconds since 1970-01-01T00:00Z."""

    @classmethod
    def between(cls, low: float, high: float, count: int = 6) -> Moments:
        """An axis that ends where the data end, with about so many ticks."""
        high = max(high, low + _STEPS[0])
        wanted = (high - low) / count
        step = next((step for step in _STEPS if step >= wanted), None)
        if step is not None:
            return cls(low, high, step)
        months = next((n for n in _MONTHS if n * _MONTH >= 0.95 * wanted), _MONTHS[-1])
        return cls(low, high, months * _MONTH, marked=tuple(_firsts(low, high, months)))

    def text(self, tick: float) -> str:
        """The time of day at a tick; the date where a day begins."""
        moment = datetime.fromtimestamp(round(tick, 3), UTC)
        if self.step >= _MONTH:
            return f"{moment:%b %Y}"
        if moment.time() == datetime.min.time() or self.step >= _DAY:
            return f"{moment.day} {moment:%b}"
        if self.step >= _MINUTE:
            return f"{moment:%H:%M}"
        return f"{moment:%H:%M:%S}" + (f".{moment.microsecond // 100_000}" if self.step < 1 else "")


def _firsts(low: float, high: float, months: int) -> Iterator[float]:
    """First days of every so many months."""
    begin = datetime.fromtimestamp(low, UTC)
    number = -(-(12 * begin.year + begin.month - 1) // months) * months
    while True:
        tick = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp()
        if tick > high:
            return
        if tick >= low:
            yield tick
        number += months
