"""What a clock is told where somebody gives a time; the changes of Berlin by the law's dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from smartx96.configuration.tasks.local_time import told_time
from smartx96.errors import OptionError

BERLIN = ZoneInfo("Europe/Berlin")
FAR_EAST = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (datetime(2026, 7, 1, 12, 0, 0, 999_999), datetime(2026, 7, 1, 12)),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 14)),
        (datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 13)),
        # The first of two hours can be told, and is what a time without zone means.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30)),
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 30)),
    ],
)
def test_by_hand(given: datetime, told: datetime) -> None:
    assert told_time(given, BERLIN) == told


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (datetime(2026, 3, 29, 2, 30), "left out"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "comes twice"),
        (datetime(1999, 12, 31, 12), "2000 to 2099"),
        (datetime(2100, 1, 1, 12), "2000 to 2099"),
        (datetime.max, "2000 to 2099"),
        (datetime.max.replace(tzinfo=UTC), "2000 to 2099"),
        (datetime.min, "2000 to 2099"),
        (datetime.min.replace(tzinfo=FAR_EAST), "2000 to 2099"),
    ],
)
def test_what_no_clock_shows_is_refused(given: datetime, why: str) -> None:
    with pytest.raises(OptionError, match=why):
        told_time(given, BERLIN)
