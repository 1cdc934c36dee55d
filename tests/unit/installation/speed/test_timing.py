"""Runs are timed in turn, and compared round by round."""

from __future__ import annotations

import time

import pytest

from smartx96.installation.speed.timing import Spread, interleaved, ratio, timed


def test_runs_take_turns_forth_and_back_after_one_for_nothing() -> None:
    order: list[str] = []
    costs = iter(range(100))

    def run(name: str) -> float:
        order.append(name)
        return float(next(costs))

    found = interleaved({name: lambda name=name: run(name) for name in "abc"}, 3)
    assert "".join(order) == "abc" + "abc" + "cba" + "abc"
    assert found == {"a": [3.0, 8.0, 9.0], "b": [4.0, 7.0, 10.0], "c": [5.0, 6.0, 11.0]}


def test_ratios_are_of_pairs() -> None:
    """A machine that becomes slower meets both of a round."""
    assert ratio([2.0, 20.0, 300.0], [1.0, 10.0, 100.0]) == Spread(2.0, 2.0, 3.0)


def test_it_is_processor_time() -> None:
    slept = timed(lambda: time.sleep(0.05))()
    assert slept < 0.04
    end = time.process_time() + 0.05
    worked = timed(lambda: all(time.process_time() < end for _ in iter(int, 1)))()
    assert worked == pytest.approx(0.05, abs=0.02)
