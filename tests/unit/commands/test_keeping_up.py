"""What is told of meters that this computer is too slow for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from smartx96.commands import keeping_up
from smartx96.commands.keeping_up import KeepingUp
from smartx96.installation.lag import Lag


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(keeping_up, "notify", found.append)
    return found


def test_it_is_told_once_and_once_that_it_is_over(said: list[str]) -> None:
    lag = Lag()
    watch = KeepingUp([SimpleNamespace(lag=lag)])
    for now, seconds in enumerate((0.1, 0.9, 1.24, 3.0, 0.6, 0.1, 0.1)):
        lag.note(seconds)
        watch.look(float(now))
    assert said == [
        "note: late by 1.2 s: this computer cannot keep up with what is to be measured, and what "
        "is shown is so old",
        "note: caught up after 3.0 s, 3.0 s late at most",
    ]


def test_a_stall_between_two_looks_is_told_as_well(said: list[str]) -> None:
    lag = Lag()
    watch = KeepingUp([SimpleNamespace(lag=lag)])
    for seconds in (2.5, 0.0):
        lag.note(seconds)
    watch.look(0.0)
    watch.look(0.5)
    assert [line[:20] for line in said] == ["note: late by 2.5 s:", "note: caught up afte"]


def test_several_meters_share_the_lines(said: list[str]) -> None:
    lags = [Lag(), Lag(), None]
    watch = KeepingUp([SimpleNamespace(lag=lag) for lag in lags])
    for late in ((1.5, 0.1), (1.5, 2.0), (0.1, 2.0), (0.1, 0.1)):
        for lag, seconds in zip(lags[:2], late, strict=True):
            lag.note(seconds)
        watch.look(0.0)
    assert said[0].startswith("note: 1 of 3 meters late, by up to 1.5 s:")
    assert said[1:] == ["note: caught up after 0.0 s, 2.0 s late at most"]
