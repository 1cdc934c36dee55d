"""Supply: on at 75 % of Un, off after half a second below 60 %."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.meter.supply import Supply
from support.meters import MINUTE, SECOND, T0

WINDOW = 200_000
NAN = float("nan")


def fed(supply: Supply, shares, start: int = T0, length: int = WINDOW) -> list[bool]:
    """Which windows it was on in, taken all at once."""
    end = start + length * np.arange(1, len(shares) + 1)
    return supply.take(end - length, end, np.array(shares, float)).tolist()


def single(supply: Supply, shares, start: int = T0, length: int = WINDOW) -> list[bool]:
    """The same, one by one."""
    return [
        on
        for n, share in enumerate(shares)
        for on in fed(supply, [share], start + n * length, length)
    ]


@pytest.mark.parametrize("take", [fed, single])
@pytest.mark.parametrize(
    ("shares", "on"),
    [
        ([0.0, 0.5, 0.74, 0.7499], [0, 0, 0, 0]),
        ([0.74, 0.75, 0.7, 0.6, 0.61], [0, 1, 1, 1, 1]),
        # 0.2 and 0.4 s below 60 % are carried, 0.6 s are not.
        ([1.0, 0.5, 0.5, 1.0], [1, 1, 1, 1]),
        ([1.0, 0.5, 0.5, 0.5, 0.5], [1, 1, 1, 0, 0]),
        # Off, it needs 75 % again.
        ([1.0, 0.0, 0.0, 0.0, 0.7, 0.74, 0.75, 0.6], [1, 1, 1, 0, 0, 0, 1, 1]),
        # A moment of 60 % begins the half second anew.
        ([1.0, 0.5, 0.5, 0.6, 0.5, 0.5, 0.6], [1, 1, 1, 1, 1, 1, 1]),
        ([0.8, 0.5999, 0.5999, 0.5999], [1, 1, 1, 0]),
    ],
)
def test_thresholds(take, shares: list[float], on: list[int]) -> None:
    assert take(Supply(), shares) == [bool(n) for n in on]


@pytest.mark.parametrize("take", [fed, single])
def test_missing_samples_are_no_power_failure(take) -> None:
    assert take(Supply(), [1.0, *[NAN] * 50, 1.0]) == [True] * 52
    assert take(Supply(), [NAN, NAN]) == [False, False]
    # Low, then unknown, then well: it has lived through it.
    assert all(take(Supply(), [1.0, 0.5, *[NAN] * 5, 1.0]))
    # Low, unknown for a second, low: half a second is long over.
    assert take(Supply(), [1.0, 0.5, *[NAN] * 5, 0.5])[-1] is False


def test_long_windows() -> None:
    """A window of a second below 60 % is more than the supply carries."""
    assert fed(Supply(), [1.0, 0.5, 1.0], length=SECOND) == [True, False, True]


def test_an_auxiliary_supply_is_always_on_and_warm() -> None:
    supply = Supply(auxiliary=True)
    assert all(fed(supply, [NAN, 0.0, 0.0, 0.0, 0.0, 1.0]))
    assert not supply.warming_up(T0)


@pytest.mark.parametrize("take", [fed, single])
def test_warming_up_lasts_a_minute_from_the_last_time_that_power_came(take) -> None:
    supply = Supply()
    assert not supply.warming_up(T0)
    take(supply, [0.0, 1.0, 1.0])
    on = T0 + WINDOW
    assert supply.warming_up(on)
    assert supply.warming_up(on + MINUTE - 1)
    assert not supply.warming_up(on + MINUTE)
    # Off and on within one portion, and with the off in a portion of its own.
    take(supply, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0], T0 + MINUTE * 5)
    assert supply.since == T0 + MINUTE * 5 + 5 * WINDOW
    take(supply, [0.0] * 4, T0 + MINUTE * 6)
    assert supply.since is None
    assert not supply.warming_up(T0 + MINUTE * 6)


def test_on_and_off_within_one_portion_is_off() -> None:
    """What came and went within the first portion must not count as warm later."""
    supply = Supply()
    fed(supply, [0.0, 1.0, 0.0, 0.0, 0.0])
    assert supply.since is None
    fed(supply, [1.0], T0 + MINUTE * 9)
    assert supply.warming_up(T0 + MINUTE * 9 + WINDOW)


@pytest.mark.parametrize("take", [fed, single])
def test_time_under_power(take) -> None:
    supply = Supply()
    take(supply, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.8])
    assert supply.powered == 5 * WINDOW


@pytest.mark.parametrize("ahead", [-3600 * SECOND, 3600 * SECOND])
def test_a_clock_that_is_set_leaves_it_as_warm_as_it_was(ahead: int) -> None:
    supply = Supply()
    fed(supply, [1.0, 1.0, 0.5])
    supply.set_clock(ahead)
    assert supply.warming_up(T0 + ahead + MINUTE - 1)
    assert not supply.warming_up(T0 + ahead + MINUTE)
    # The half second that had begun goes on.
    assert fed(supply, [0.5, 0.5], T0 + ahead + 3 * WINDOW) == [True, False]
