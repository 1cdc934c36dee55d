"""Clock: the stream's seconds as time of day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from smartx96.meter.clock import Clock, microseconds, moment, moment_text
from support.meters import T0, at


def test_times_of_the_stream() -> None:
    clock = Clock.of(datetime(2026, 3, 2, tzinfo=UTC))
    assert clock(np.array([0.0, 0.2, 1.0000004, 86_400.0])).tolist() == [
        T0, T0 + 200_000, T0 + 1_000_000, T0 + 86_400_000_000
    ]  # fmt: skip
    assert clock(np.array([0.1])).dtype == np.int64
    for seconds in (0.0, 1e-7, 0.0999999, 12_345.678_9, 3e8 + 0.3):
        assert clock.at(seconds) == clock(np.array([seconds]))[0]


def test_ten_years_of_a_stream_are_exact_to_a_microsecond() -> None:
    clock = Clock(T0)
    seconds = 3652 * 86_400 + 0.123_456
    assert clock.at(seconds) - T0 == 3652 * 86_400_000_000 + 123_456


@pytest.mark.parametrize("zone", [0, 2, -7])
def test_from_and_to_time_of_day(zone: int) -> None:
    from datetime import timezone

    local = datetime(2026, 7, 1, 12, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=zone)))
    assert microseconds(local) == at("2026-07-01T12:30:15.25") - zone * 3_600_000_000
    assert moment(microseconds(local)) == local


def test_a_clock_that_nobody_has_set_is_not_valid() -> None:
    clock = Clock.of(None)
    assert clock.at(5.0) == 5_000_000
    assert not clock.valid(5_000_000)
    assert not clock.valid(T0)
    clock.offset = T0
    assert clock.valid(clock.at(5.0))


@pytest.mark.parametrize(
    ("time", "valid"),
    [
        ("1999-12-31T23:59:59", False),
        ("2000-01-01T00:00:00", True),
        ("2099-12-31T23:59:59", True),
        ("2100-01-01T00:00:00", False),
    ],
)
def test_years_that_the_register_can_show(time: str, valid: bool) -> None:
    assert Clock(T0).valid(at(time)) is valid
    assert (at(time) in Clock.settable) is valid


@pytest.mark.parametrize(
    ("time", "timespec", "text"),
    [
        (T0, "seconds", "2026-03-02T00:00:00Z"),
        (T0 + 999_999, "seconds", "2026-03-02T00:00:00Z"),
        (T0 + 1_500, "milliseconds", "2026-03-02T00:00:00.001Z"),
        (T0 + 1_500, "microseconds", "2026-03-02T00:00:00.001500Z"),
        (T0, "auto", "2026-03-02T00:00:00Z"),
        (T0 + 250_000, "auto", "2026-03-02T00:00:00.250Z"),
        (-1, "microseconds", "1969-12-31T23:59:59.999999Z"),
        (1 << 62, "seconds", "4611686018427387904 us"),
    ],
)
def test_times_as_text(time: int, timespec: str, text: str) -> None:
    assert moment_text(time, timespec) == text
