"""LiveMeter: a meter that runs in real time on a source, and tells listeners of every snapshot."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from smartx96.block import Block
from smartx96.errors import StreamError
from smartx96.frontend.transformers import primary_factors, scaled
from smartx96.installation.measurement import Configuration, check_roles
from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import Snapshot
from smartx96.metrology.stream import Stream
from smartx96.samples.source import Source

BLOCK_SECONDS = 0.1
"""Length of live blocks [s]: half a window, so that a reading follows its window closely."""

STARTING_SHARE = 0.0005
"""Starting current over rated current, half of what must register (IEC 62053-22)."""

LEAD_SECONDS = 0.5
"""The sample clock starts this long before the wall clock's now [s]: a meter that is asked at once
has its first reading at once."""

Listener = Callable[[Snapshot], None]


def endless(source: Source, seconds: float, repeat: bool) -> Iterator[Block]:
    """Blocks of a source; a source that ends begins again on the same sample clock.

    Raises
    ------
    StreamError
        The source has no samples.
    """
    shift = 0
    while True:
        end = shift
        for block in source.blocks(seconds):
            end = shift + block.end
            yield replace(block, start=shift + block.start) if shift else block
        if end == shift:
            raise StreamError("the source has no samples: nothing to run on")
        if not repeat:
            return
        shift = end


def with_starting_current(configuration: Configuration) -> Configuration:
    """The configuration of a live meter: 0.0005 In on the primary side is no current yet."""
    current = STARTING_SHARE * configuration.settings.number("ct_primary")
    return replace(configuration, starting_current=current)


class LiveMeter:
    """A meter in place, on a clock.

    Parameters
    ----------
    source : Source
    configuration : Configuration
    speed : float
        Signal seconds per second; infinity is as fast as it goes.
    repeat : bool
        Whether a source that ends begins again.
    limit : float, optional
        Signal time after which the meter stops [s].

    Raises
    ------
    ChannelError
        The source lacks a channel that the wiring needs.
    """

    def __init__(self, source: Source, configuration: Configuration, *, speed: float = 1.0,
                 repeat: bool = True, limit: float | None = None) -> None:  # fmt: skip
        check_roles(source, configuration.wiring)
        self.configuration = configuration
        self.meter = Meter(configuration.conditions())
        self._source, self._speed = source, speed
        self._repeat, self._limit = repeat, limit
        self._factors = primary_factors(configuration.settings, source.side)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the snapshot after every block that completed a window."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Run until the source or the limit ends, or the task is cancelled."""
        loop = asyncio.get_running_loop()
        stream = Stream(self.configuration.nominal)
        begun = loop.time() - LEAD_SECONDS / self._speed
        for block in endless(self._source, BLOCK_SECONDS, self._repeat):
            ends = block.end / block.rate
            if self._limit is not None and block.start / block.rate >= self._limit:
                break
            await self._wait(loop, begun + ends / self._speed)
            self._take(stream, scaled(block, self._factors))
        for piece in stream.finish():
            self.meter.take(piece)
        self.meter.close()

    async def _wait(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        delay = 0.0 if math.isinf(self._speed) else until - loop.time()
        await asyncio.sleep(max(delay, 0.0))

    def _take(self, stream: Stream, block: Block) -> None:
        readings = [self.meter.take(piece) for piece in stream.push(block)]
        if all(r is None for r in readings):
            return
        snapshot = self.meter.snapshot()
        if snapshot is not None:
            for listener in self._listeners:
                listener(snapshot)
