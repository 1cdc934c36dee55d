"""What is drawn of a log: every value in its place, gaps as gaps, any length in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.report.logged.course import CAPACITY, Course, courses
from smartx96.tables.log.row import Row

SECOND = 1_000_000
T0 = 1_790_000_000 * SECOND


def row(n: int, value: float | None, meter: str = "hall", fault: str | None = None) -> Row:
    return Row(T0 + n * 10 * SECOND, meter, None, None, None, fault, (value, 2.0))


def drawn(rows: list[Row]) -> Course:
    (found,) = courses(lambda: iter(rows), 2)
    return found


def test_few_rows_are_drawn_one_by_one() -> None:
    found = drawn([row(n, n * n) for n in range(50)])
    assert (found.rows, found.merged, found.gaps) == (50, False, 0)
    np.testing.assert_allclose(found.time - T0 / SECOND, 10.0 * np.arange(50), atol=1e-6)
    assert found.mean[0].tolist() == [n * n for n in range(50)]
    assert found.low[0].tolist() == found.high[0].tolist() == found.mean[0].tolist()
    assert (found.end - found.start) == 490


def test_of_many_rows_each_point_stands_for_several() -> None:
    values = [math.sin(n / 300) + (n == 7777) * 9 for n in range(20 * CAPACITY)]
    found = drawn([row(n, value) for n, value in enumerate(values)])
    assert found.time.shape == (CAPACITY,)
    assert found.merged
    blocks = np.array(values).reshape(CAPACITY, 20)
    np.testing.assert_allclose(found.mean[0], blocks.mean(axis=1), atol=0.01)
    assert np.nanmax(found.high[0]) == max(values)
    assert found.low[0].min() == min(values)
    assert (np.diff(found.time) > 0).all()


def test_a_gap_breaks_the_line_at_its_place() -> None:
    faults = {3: "no answer", 4: "no answer", 5: "missed", 8: "not connected"}
    found = drawn([row(n, None if n in faults else n, fault=faults.get(n)) for n in range(12)])
    told = [((gap.start - found.start) / 10, (gap.end - found.start) / 10, gap.fault)
            for gap in found.longest]  # fmt: skip
    assert (found.gaps, found.missing) == (2, 40.0)
    assert told == [(3.0, 6.0, "no answer"), (8.0, 9.0, "not connected")]
    broken = np.flatnonzero(np.isnan(found.mean[0]))
    assert len(broken) == 2
    assert (found.time[broken] - found.start).tolist() == [30.0, 80.0]
    assert found.mean[0][np.isfinite(found.mean[0])].tolist() == [0, 1, 2, 6, 7, 9, 10, 11]


def test_one_gap_in_many_rows_still_breaks_the_line() -> None:
    rows = [row(n, n, fault="no answer" if n == 30_000 else None) for n in range(50 * CAPACITY)]
    found = drawn(rows)
    assert found.gaps == 1
    assert np.isnan(found.mean[0]).sum() == 1


def test_of_many_gaps_all_are_counted_and_the_longest_break_the_line() -> None:
    """A year of a meter that answers every other time is drawn in bounded memory."""
    long = range(30_000, 30_010)
    found = drawn([row(n, n, fault="no answer" if n % 2 or n in long else None)
                   for n in range(60 * CAPACITY)])  # fmt: skip
    assert found.gaps == 30 * CAPACITY - 5
    assert found.missing == pytest.approx(10 * (30 * CAPACITY + 5 - 1))
    assert found.time.shape == found.mean[0].shape == (2 * CAPACITY,)
    assert max((gap.end - gap.start, gap.start) for gap in found.longest) == (
        110.0, found.start + 299_990,
    )  # fmt: skip
    assert [gap.start for gap in found.longest] == sorted(gap.start for gap in found.longest)


def test_gaps_of_a_log_that_was_put_together_of_two() -> None:
    """Its time goes back."""
    part = [row(0, 0.0), row(1, None, fault="no answer"), row(2, 2.0)]
    found = drawn([*part, row(1, None, fault="missed"), row(2, 2.0)])
    assert [gap.fault for gap in found.longest] == ["no answer", "missed"]


def test_a_gap_that_has_not_ended() -> None:
    found = drawn([row(0, 1.0), row(1, None, fault="no answer"), row(2, None, fault="no answer")])
    (gap,) = found.longest
    assert (gap.start - found.start, gap.end - found.start) == (10, 20)


def test_values_that_are_not_available_are_no_gap_of_the_others() -> None:
    found = drawn([row(n, None if n % 2 else 1.0) for n in range(6)])
    assert found.gaps == 0
    assert np.isfinite(found.mean[1]).all()
    assert np.isnan(found.mean[0]).tolist() == [False, True] * 3


def test_a_meter_that_never_answered_and_one_row() -> None:
    found = drawn([row(n, None, fault="no answer") for n in range(3)])
    assert np.isnan(found.mean).all()
    assert found.gaps == 1
    assert drawn([row(0, 5.0)]).mean[0].tolist() == [5.0]


def test_meters_by_name_and_rows_that_come_meanwhile() -> None:
    rows = [row(n, n, name) for n in range(3) for name in ("yard", "hall")]
    asked = 0

    def growing() -> Iterator[Row]:
        nonlocal asked
        asked += 1
        return iter(rows if asked == 1 else [*rows, row(3, 3.0), row(3, 3.0, "new")])

    found = courses(growing, 2)
    assert [course.meter for course in found] == ["hall", "yard"]
    assert all(course.mean[0].tolist() == [0, 1, 2] for course in found)
    assert [c.meter for c in courses(lambda: iter(rows), 2, ["yard"])] == ["yard"]
    with pytest.raises(OptionError, match="--meter shed: not in the log; it has hall, yard"):
        courses(lambda: iter(rows), 2, ["shed"])
    with pytest.raises(OptionError, match="the log has 60 meters; choose up to 50 with --meter"):
        courses(lambda: iter([row(0, 1.0, str(n)) for n in range(60)]), 2)
