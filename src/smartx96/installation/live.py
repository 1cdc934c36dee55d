"""LiveMeter: a meter that runs in real time on a source, and tells listeners of every snapshot."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from smartx96.block import Block
from smartx96.errors import OptionError, StreamError
from smartx96.installation.input_watch import InputWatch, Supply
from smartx96.installation.measurement import Configuration, Intake
from smartx96.installation.reception import Reception
from smartx96.meter.meter import Meter
from smartx96.meter.outage import with_samples_lost, without_readings
from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.metrology.stream import Stream
from smartx96.samples.live import LiveSource, is_live
from smartx96.samples.source import Source

BLOCK_SECONDS = 0.1
"""Length of live blocks [s]: half a window, so that a reading follows its window closely."""

STARTING_SHARE = 0.0005
"""Starting current over rated current, half of what must register (IEC 62053-22)."""

LEAD_SECONDS = 0.5
"""The sample clock starts this long before the wall clock's now [s]: a meter that is asked at once
has its first reading at once."""

WAIT_SECONDS = 0.1
"""A live source that gives nothing is looked after so often [s]."""

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
        Signal time after which the meter stops [s]; where none comes, time.

    Attributes
    ----------
    ended : bool
        Whether a live source has come to its end.

    Raises
    ------
    ChannelError
        The source lacks a channel that the wiring needs.
    OptionError
        A live source at another speed than its own.
    """

    def __init__(self, source: Source, configuration: Configuration, *, speed: float = 1.0,
                 repeat: bool = True, limit: float | None = None) -> None:  # fmt: skip
        if is_live(source) and speed != 1.0:
            raise OptionError(
                "--speed is for recordings and scenarios: live samples come as they do"
            )
        self._intake = Intake(source, configuration)
        self.configuration = configuration
        self.meter = Meter(self._intake.conditions, strict=not is_live(source))
        self._source, self._speed = source, speed
        self._repeat, self._limit = repeat, limit
        self._listeners: list[Listener] = []
        self._watch: InputWatch | None = None
        self._told = 0.0
        self.ended = False

    @property
    def input(self) -> InputState | None:
        """What has become of a live input; None for a source without a pace of its own."""
        return None if self._watch is None else self._watch.state()

    @property
    def counters(self) -> dict[str, int]:
        """What a live source counts; nothing for others."""
        return self._source.counters() if is_live(self._source) else {}

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the snapshot after every block that completed a window, when samples
        stop coming, and at the end where more was counted since.
        """
        self._listeners.append(listener)

    async def run(self) -> None:
        """Run until the source or the limit ends, or the task is cancelled.

        Raises
        ------
        StreamError
            The source has no samples, or such as cannot be measured.
        """
        stream = self._intake.stream()
        try:
            await self._run(stream)
        except asyncio.CancelledError:
            self._finish(stream)
            raise
        self._finish(stream)

    async def _run(self, stream: Stream) -> None:
        if is_live(self._source):
            await self._follow(self._source, stream)
        else:
            await self._pace(stream)

    def _finish(self, stream: Stream) -> None:
        """Count what lies after the last window, also where the meter is stopped."""
        for piece in stream.finish():
            self.meter.take(piece)
        self.meter.close()
        if self.meter.measured_time > self._told:
            self._publish(self._standing())

    async def _pace(self, stream: Stream) -> None:
        """Take the blocks of a source that has no pace of its own."""
        loop = asyncio.get_running_loop()
        begun = loop.time() - LEAD_SECONDS / self._speed
        for block in endless(self._source, BLOCK_SECONDS, self._repeat):
            ends = block.end / block.rate
            if self._limit is not None and block.start / block.rate >= self._limit:
                break
            await self._wait(loop, begun + ends / self._speed)
            self._take(stream, block)

    async def _wait(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        delay = 0.0 if math.isinf(self._speed) else until - loop.time()
        await asyncio.sleep(max(delay, 0.0))

    async def _follow(self, source: LiveSource, stream: Stream) -> None:
        """Take the blocks of a live source as they come, and say so where none come."""
        begun = time.monotonic()
        with Reception(source, BLOCK_SECONDS) as reception:
            self._watch = watch = InputWatch(reception, begun)
            while not self._ended(watch, begun):
                try:
                    arrival = await reception.next(WAIT_SECONDS)
                except EOFError:
                    if not watch.samples:
                        raise StreamError("the source ended before a whole sample came") from None
                    self.ended = True
                    return
                if arrival is None:
                    if watch.waited(time.monotonic()):
                        self._publish(self._standing())
                    continue
                watch.arrived(arrival)
                self._take(stream, arrival.block)
                # A backlog is taken without waiting: others must have their turn as well.
                await asyncio.sleep(0)

    def _ended(self, watch: InputWatch, begun: float) -> bool:
        if self._limit is None:
            return False
        dry = watch.supply is not Supply.FLOWING or not watch.samples
        return watch.time >= self._limit or (dry and time.monotonic() - begun >= self._limit)

    def _standing(self) -> Snapshot:
        """Everything as it stands, by how far the input has dried up."""
        snapshot = self.meter.snapshot()
        supply = Supply.FLOWING if self._watch is None else self._watch.supply
        if snapshot is None or supply is Supply.UNAVAILABLE:
            return without_readings(self.meter)
        return with_samples_lost(snapshot) if supply is Supply.DRY else snapshot

    def _take(self, stream: Stream, block: Block) -> None:
        readings = [self.meter.take(piece) for piece in stream.push(self._intake(block))]
        snapshot = self.meter.snapshot()
        if snapshot is not None and any(r is not None for r in readings):
            self._publish(snapshot)

    def _publish(self, snapshot: Snapshot) -> None:
        self._told = self.meter.measured_time
        if self.input is not None:
            snapshot = replace(snapshot, input=self.input)
        for listener in self._listeners:
            listener(snapshot)
