"""Feeds: blocks and windows when they are due, and where they end."""

from __future__ import annotations

import asyncio
import math
import time
import weakref
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.installation.feeds import LEAD_SECONDS, Pace, endless, paced_blocks, paced_windows
from smartx96.meter.configuration import Configuration
from smartx96.samples.scenario import Scenario
from smartx96.settings import Settings


def windows(
    pace: Pace, scenario: Scenario | None = None, configuration=Configuration, *,
    interval: float | None = None, repeat: bool = False,
) -> list[tuple[float, float]]:  # fmt: skip
    """Beginnings and ends of all windows [s]."""

    async def collect() -> list[tuple[float, float]]:
        found = []
        feed = paced_windows(
            scenario or Scenario(), configuration, pace, interval=interval, repeat=repeat
        )
        async for some in feed:
            found += zip(some.start.tolist(), some.end.tolist(), strict=True)
        return found

    return asyncio.run(collect())


def hurried(limit: float = math.inf, crowded: Callable[[], bool] = lambda: False) -> Pace:
    return Pace(math.inf, limit, crowded)


@pytest.mark.alone
def test_a_pace_is_kept() -> None:
    """A tenth of a second a block at ten times real time, and the lead at once."""

    found: list[float] = []
    begun = time.monotonic()
    blocks = Scenario(duration=3.0).blocks(0.1)
    pace = Pace(10.0, 2.0, lambda: False)
    asyncio.run(paced_blocks(blocks, pace, lambda _: found.append(time.monotonic() - begun)))
    assert len(found) == 20, "blocks that begin before the limit"
    for n, spent in enumerate(found, 1):
        assert spent >= (0.1 * n - LEAD_SECONDS) / 10 - 0.001
    assert found[4] < 0.1
    assert found[-1] < 2.0


class Gapped:
    """A source of tenths of a second, with a gap of 0.3 s, that knows what is held of it."""

    def __init__(self) -> None:
        self.given: list[weakref.ref[np.ndarray]] = []

    def blocks(self, seconds: float) -> Iterator[Block]:
        return map(self._block, (0, 100, 500, 600))

    def _block(self, start: int) -> Block:
        samples = np.zeros((6, 100))
        self.given.append(weakref.ref(samples))
        return Block(samples, 1000.0, start)

    def held(self) -> int:
        return sum(each() is not None for each in self.given)


def paced(source: Gapped, pace: Pace, take: Callable[[Block], None]) -> None:
    asyncio.run(paced_blocks(endless(source, 0.1, repeat=False), pace, take))


@pytest.mark.alone
def test_a_block_after_a_gap_waits_for_its_time() -> None:
    found: list[float] = []
    begun = time.monotonic()
    pace = Pace(2.0, math.inf, lambda: False)
    paced(Gapped(), pace, lambda _: found.append(time.monotonic() - begun))
    assert len(found) == 4
    assert found[1] < 0.05, "within the lead"
    assert found[2] >= (0.6 - LEAD_SECONDS) / 2 - 0.001


def test_nobody_holds_a_block_while_the_next_one_is_waited_for() -> None:
    source, held = Gapped(), list[int]()

    def waits() -> bool:
        held.append(source.held())
        return False

    paced(source, hurried(crowded=waits), lambda block: held.append(source.held()))
    assert held[:4] == [0, 1, 0, 1]


def test_windows_tile_the_time_up_to_the_limit() -> None:
    found = windows(hurried(limit=7.0), interval=1.0)
    assert found == [(pytest.approx(n), pytest.approx(n + 1)) for n in range(7)]


def test_a_source_that_ends_begins_again_on_the_same_clock() -> None:
    scenario = Scenario(duration=3.0)
    assert len(windows(hurried(), scenario, interval=1.0)) == 3
    found = windows(hurried(limit=8.0), scenario, interval=1.0, repeat=True)
    assert found == [(pytest.approx(n), pytest.approx(n + 1)) for n in range(8)]


def test_another_configuration_rules_from_the_next_window_on() -> None:
    one = Configuration()
    other = Configuration(Settings({"nominal_frequency": 60}))
    asked = []

    def configuration() -> Configuration:
        asked.append(None)
        return one if len(asked) < 10 else other

    found = windows(Pace(10.0, 4.0, lambda: False), configuration=configuration)
    lengths = {round(end - start, 3) for start, end in found}
    assert lengths == {0.2, 0.24}, "10 cycles of 50 Hz, then 12"
    assert all(
        end == pytest.approx(start)
        for (_, end), (start, _) in pairwise(found)
    )  # fmt: skip


def test_who_is_crowded_waits() -> None:
    left = [5]

    def crowded() -> bool:
        left[0] -= 1
        return left[0] >= 0

    begun = time.monotonic()
    assert windows(hurried(limit=1.0, crowded=crowded), interval=1.0)
    assert left[0] < 0
    assert time.monotonic() - begun >= 0.05
