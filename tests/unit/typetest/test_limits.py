from __future__ import annotations

import csv

import pytest

from smartx96.errors import ConfigurationError
from smartx96.typetest.limits import COLUMNS, Row, limits, multiple_of, parsed
from support.shared import SHARED

HEADER = ",".join(COLUMNS)
GOOD = "IEC 62053-22,2003,0.5S,intrinsic error,balanced,0.05 In,Imax,cos 1,0.5,no"


def row(**wanted) -> Row:
    (found,) = [r for r in limits() if all(getattr(r, key) == x for key, x in wanted.items())]
    return found


def test_table_is_that_of_the_specification() -> None:
    path = SHARED / "spec" / "typetest_limits.csv"
    if not path.is_file():
        pytest.skip("the specification is not beside the project")
    lines = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [(r.standard, r.edition, r.accuracy_class, r.test, r.load, r.current_from, r.current_to,
             r.factor, "" if r.limit is None else r.limit, "yes" if r.verified else "no")
            for r in limits()] == [
        (n["standard"], n["edition"], n["accuracy_class"], n["test"], n["load"], n["current_from"],
         n["current_to"], n["factor"], float(n["limit_percent"]) if n["limit_percent"] else "",
         n["verified"]) for n in lines
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "multiple"),
    [("0.05 In", 0.05), ("In", 1.0), ("Imax", 1.2), ("0.5 Imax", 0.6), ("Itr", 0.05)],
)
def test_currents(text: str, multiple: float) -> None:
    assert multiple_of(text, "C") == pytest.approx(multiple)


def test_smallest_current_of_the_mid_by_class() -> None:
    assert [multiple_of("Imin", name) for name in "ABC"] == pytest.approx([0.02, 0.01, 0.01])


def test_end_of_a_range_belongs_to_the_next_one() -> None:
    low = row(accuracy_class="0.5S", standard="IEC 62053-22", test="intrinsic error",
              load="balanced", factor="cos 1", current_from="0.01 In")  # fmt: skip
    high = row(accuracy_class="0.5S", standard="IEC 62053-22", test="intrinsic error",
               load="balanced", factor="cos 1", current_from="0.05 In")  # fmt: skip
    assert low.holds(0.01)
    assert not low.holds(0.05)
    assert high.holds(0.05)
    assert high.holds(1.2)
    assert not high.holds(1.3)
    assert (low.limit, high.limit) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("standard,edition\n", "line 1 must be standard,edition,accuracy_class"),
        (f"{HEADER}\n{GOOD.replace('balanced', 'half')}\n", "line 2: load 'half'"),
        (f"{HEADER}\n{GOOD.replace('0.05 In', '0.05 Ix')}\n", "line 2: no current: '0.05 Ix'"),
        (f"{HEADER}\n{GOOD.replace(',0.5,', ',-1,')}\n", "line 2: limit -1 %: above 0 is due"),
        (f"{HEADER}\n{GOOD.replace(',0.5,', ',much,')}\n", "line 2: could not convert"),
        (f"{HEADER}\n{GOOD[:-3]}\n", "line 2: load 'balanced', verified None"),
        (f"{HEADER}\n{GOOD}\n{GOOD}\n", "stated twice"),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_line(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parsed(text)
