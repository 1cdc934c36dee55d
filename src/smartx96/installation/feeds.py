"""Feeds: what a source gives, each piece when it is due: at a pace, or as it comes by itself."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from smartx96.block import Block
from smartx96.errors import StreamError
from smartx96.installation.input_watch import Flow, InputWatch
from smartx96.installation.lag import Lag
from smartx96.installation.phasor_windows import BATCH, PhasorStream, PhasorWindows
from smartx96.installation.reception import Reception
from smartx96.meter.configuration import Configuration
from smartx96.samples.live import LiveSource
from smartx96.samples.source import PhasorSource, Source

BLOCK_SECONDS = 0.1
"""Length of live blocks [s]: half a window, so that a reading follows its window closely."""

LEAD_SECONDS = 0.5
"""The sample clock starts this long before the wall clock's now [s]: a meter that is asked at once
has its first reading at once."""

WAIT_SECONDS = 0.1
"""A live source that gives nothing is looked after so often [s]."""

AHEAD = 10
"""Windows that are made of phasors at once where they are told one by one."""

SINGLE_SPEED = 10.0
"""Up to this many times real time readings are told one by one."""

_INSTANT = 1e-6
"""A rest of time that is none [s]."""

_CROWDED_SECONDS = 0.01
"""Whoever has more to hand on than is taken is looked after so often [s]."""


@dataclass(slots=True)
class Pace:
    """When what a source without a pace of its own gives is due.

    Parameters
    ----------
    speed : float
        Signal seconds per second; infinity is as fast as it goes.
    limit : float
        Signal time at which it ends [s].
    crowded : callable
        Whether what was made so far is to be taken first.

    Attributes
    ----------
    lag : Lag
        How late it is.
    """

    speed: float
    limit: float
    crowded: Callable[[], bool]
    lag: Lag = field(default_factory=Lag)
    _begun: float = 0.0
    _started: float = 0.0

    @property
    def unhurried(self) -> bool:
        """Whether readings are told one by one."""
        return self.speed <= SINGLE_SPEED

    def begin(self) -> None:
        """Signal time 0 is now, but for the lead."""
        self._started = asyncio.get_running_loop().time()
        self._begun = self._started - LEAD_SECONDS / self.speed

    async def reach(self, signal: float) -> None:
        """Wait until a signal time [s] is reached; others have their turn in any case."""
        delay = 0.0
        if not math.isinf(self.speed):
            now, due = asyncio.get_running_loop().time(), self._begun + signal / self.speed
            delay = due - now
            self.lag.note(now - max(due, self._started))
        await asyncio.sleep(max(delay, 0.0))
        while self.crowded():
            await asyncio.sleep(_CROWDED_SECONDS)


class _Later:
    """Blocks some samples later on the sample clock; none is held on to."""

    def __init__(self, blocks: Iterator[Block], shift: int) -> None:
        self._blocks, self._shift = blocks, shift
        self.end = shift

    def __iter__(self) -> Iterator[Block]:
        return self

    def __next__(self) -> Block:
        block, shift = next(self._blocks), self._shift
        self.end = shift + block.end
        return replace(block, start=shift + block.start) if shift else block


def endless(source: Source, seconds: float, repeat: bool) -> Iterator[Block]:
    """Blocks of a source; a source that ends begins again on the same sample clock.

    Raises
    ------
    StreamError
        The source has no samples.
    """
    shift = 0
    while True:
        blocks = _Later(source.blocks(seconds), shift)
        yield from blocks
        if blocks.end == shift:
            raise StreamError("the source has no samples: nothing to run on")
        if not repeat:
            return
        shift = blocks.end


async def paced_blocks(
    blocks: Iterator[Block], pace: Pace, take: Callable[[Block], None], begin: float = 0.0
) -> None:
    """Hand on blocks, each when its last sample is due.

    A block is made when it is due: of a hundred meters that wait, none holds one.

    Parameters
    ----------
    blocks : iterator of Block
        None longer than `BLOCK_SECONDS`.
    pace : Pace
    take : callable
        Called with each.
    begin : float
        Where the first begins [s].
    """
    pace.begin()
    end = begin
    while end < pace.limit:
        due = end + BLOCK_SECONDS
        await pace.reach(due)
        block = next(blocks, None)
        if block is None or block.start / block.rate >= pace.limit:
            return
        end = block.end / block.rate
        if end > due:
            # There was a gap before it.
            await pace.reach(end)
        take(block)
        del block


async def paced_windows(
    source: PhasorSource, configuration: Callable[[], Configuration], pace: Pace, *,
    interval: float | None, repeat: bool,
) -> AsyncGenerator[PhasorWindows, None]:  # fmt: skip
    """Windows that are made of a source's phasors, each when it is due.

    Parameters
    ----------
    source : PhasorSource
    configuration : callable
        Gives what the meter is set to, which may change on the way.
    pace : Pace
    interval : float or None
        Length of the windows [s]; None is 10 or 12 cycles.
    repeat : bool
        Whether a source that ends begins again, on the same clock.
    """
    # Readings that are told one by one are made some at once all the same.
    batch, ahead = (1, AHEAD) if pace.unhurried else (BATCH, 1)

    def stream(begin: float = 0.0) -> PhasorStream:
        return PhasorStream(source, made_for, begin=begin, seconds=interval, ahead=ahead)

    pace.begin()
    shift, made_for = 0.0, configuration()
    making = stream()
    while shift + making.time < pace.limit:
        if configuration() is not made_for:
            made_for = configuration()
            making = stream(making.time)
        windows = making.take(batch)
        if windows is not None:
            windows = replace(windows, start=shift + windows.start, end=shift + windows.end)
            windows = _limited(windows, pace.limit)
            await pace.reach(float(windows.end[-1]))
            yield windows
        elif repeat and making.time:
            shift += making.time
            making = stream()
        else:
            return


def _limited(windows: PhasorWindows, limit: float) -> PhasorWindows:
    """Those that begin before a limit [s], and the first in any case."""
    if math.isinf(limit):
        return windows
    wanted = int(np.searchsorted(windows.start, limit - _INSTANT))
    return windows.part(slice(0, max(1, wanted)))


class LiveFeed:
    """Blocks of a live source as they come.

    Parameters
    ----------
    source : LiveSource
    limit : float
        Signal time at which it ends [s]; where none comes, time.

    Attributes
    ----------
    watch : InputWatch or None
        What has become of the input; None before it began.
    ended : bool
        Whether the source has come to its end.
    lag : Lag
        How long samples wait until they are measured.
    """

    def __init__(self, source: LiveSource, limit: float) -> None:
        self._source, self._limit = source, limit
        self.watch: InputWatch | None = None
        self.ended, self.lag = False, Lag()

    async def blocks(self) -> AsyncGenerator[Block | None, None]:
        """Every block, and None when it is seen anew that none come.

        Raises
        ------
        StreamError
            The source ended before the first sample.
        """
        begun = time.monotonic()
        with Reception(self._source, BLOCK_SECONDS) as reception:
            self.watch = watch = InputWatch(reception, begun)
            while not self._reached_limit(watch, begun):
                try:
                    arrival = await reception.next(WAIT_SECONDS)
                except EOFError:
                    if not watch.samples:
                        raise StreamError("the source ended before a whole sample came") from None
                    self.ended = True
                    return
                if arrival is not None:
                    watch.arrived(arrival)
                    self.lag.note(time.monotonic() - arrival.time)
                    yield arrival.block
                    # A backlog is taken without waiting: others must have their turn as well.
                    await asyncio.sleep(0)
                elif watch.waited(time.monotonic()):
                    yield None

    def _reached_limit(self, watch: InputWatch, begun: float) -> bool:
        dry = watch.flow is not Flow.FLOWING or not watch.samples
        return watch.time >= self._limit or (dry and time.monotonic() - begun >= self._limit)
