"""Latch: conditions with hysteresis, against going through the windows one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from smartx96.meter.latch import changes, latched

ROWS = 3


def one_by_one(setting, clearing, before) -> np.ndarray:
    found, now = np.empty_like(setting), before.copy()
    for n in range(setting.shape[1]):
        for row in range(len(now)):
            if setting[row, n]:
                now[row] = True
            elif clearing[row, n]:
                now[row] = False
        found[:, n] = now
    return found


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(1, 12))
def test_conditions_last_until_they_are_cleared(data, n: int) -> None:
    setting, clearing = (data.draw(arrays.arrays(bool, (ROWS, n))) for _ in range(2))
    before = data.draw(arrays.arrays(bool, ROWS))
    found = latched(setting, clearing, before)
    expected = one_by_one(setting, clearing, before)
    assert (found == expected).all()
    told = changes(found, before)
    now, listed = before.copy(), []
    for window in range(n):
        for row in range(ROWS):
            if expected[row, window] != now[row]:
                now[row] = expected[row, window]
                listed.append((window, row, bool(now[row])))
    assert [tuple(change) for change in told] == listed


def test_what_begins_and_ends_at_once_begins() -> None:
    both = np.ones((1, 2), bool)
    assert latched(both, both, np.zeros(1, bool)).all()
