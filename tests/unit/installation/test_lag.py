"""Lag: how late a meter is, on a pace and behind a live source."""

from __future__ import annotations

import asyncio
import math
import time

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.installation.feeds import LiveFeed, Pace, paced_blocks
from smartx96.installation.lag import Lag
from smartx96.installation.live import LiveMeter
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.samples.scenario import Scenario

STALL = 1.3


def test_who_has_fallen_behind_has_to_catch_up() -> None:
    lag, found = Lag(), []
    for seconds in (-0.4, 0.9, 1.1, 0.7, 0.4, 0.7):
        lag.note(seconds)
        found.append(lag.behind)
    assert found == [False, False, True, True, False, False]
    assert (lag.worst(), lag.worst()) == (1.1, 0.7)


def test_a_pace_knows_how_late_it_is() -> None:
    pace, found = Pace(1.0, 2.5, lambda: False), list[float]()

    def take(block: Block) -> None:
        if len(found) == 10:
            time.sleep(STALL)
        found.append(pace.lag.seconds)

    asyncio.run(paced_blocks(Scenario().blocks(0.1), pace, take))
    assert pace.lag.worst() > 1.0
    assert max(found[:11]) < 0.5
    assert found[-1] < 0.5
    assert not pace.lag.behind


def test_the_lead_of_a_slow_pace_is_not_late() -> None:
    pace = Pace(0.1, math.inf, lambda: False)

    async def first() -> None:
        pace.begin()
        await pace.reach(0.2)

    asyncio.run(first())
    assert pace.lag.seconds < 0.5


class Stream:
    """A live source of three seconds that are there at once."""

    live = True

    def blocks(self, seconds: float):
        for n in range(15):
            yield Block(np.zeros((6, 100)), 1000.0, 100 * n)

    def close(self) -> None: ...


def test_samples_that_wait_are_late() -> None:
    feed = LiveFeed(Stream(), math.inf)
    found: list[float] = []

    async def run() -> None:
        async for _ in feed.blocks():
            found.append(feed.lag.seconds)
            if len(found) == 1:
                time.sleep(STALL)

    asyncio.run(run())
    assert found[0] < 0.5
    assert found[2] > 1.0
    assert feed.lag.behind


@pytest.mark.parametrize(("speed", "known"), [(1.0, True), (math.inf, False)])
def test_a_meter_that_nothing_waits_for_is_never_late(speed: float, known: bool) -> None:
    meter = LiveMeter(Scenario(), Meter(Configuration()), speed=speed)
    assert (meter.lag is not None) is known
    meter.gone = True
    assert meter.lag is None
