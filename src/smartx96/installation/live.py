"""LiveMeter: a meter that runs on a source, at its pace, and tells listeners of every snapshot."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from smartx96.block import Block
from smartx96.errors import OptionError, StreamError
from smartx96.installation.input_watch import Flow, InputWatch
from smartx96.installation.measurement import Intake
from smartx96.installation.phasor_windows import BATCH, PhasorStream, has_phasors, why_not
from smartx96.installation.reception import Reception
from smartx96.meter.commands import Access, Command
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.outage import with_samples_lost, without_readings
from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.meter.standing import Standing
from smartx96.samples.live import LiveSource, is_live
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

_INSTANT = 1e-6
"""A rest of time that is none [s]."""

SINGLE_SPEED = 10.0
"""Up to this many times real time readings are told one by one."""

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


def _cut_as(configuration: Configuration) -> tuple[object, ...]:
    """What the cutting of samples into windows depends on."""
    return configuration.wiring, configuration.nominal, configuration.subgroups


class LiveMeter:
    """A meter in place, on a clock.

    Parameters
    ----------
    source : Source
    meter : Meter
        Goes by the source's time of day from now on, where it has one.
    name : str
        By which it is told from others of the installation.
    speed : float
        Signal seconds per second; infinity is as fast as it goes.
    repeat : bool
        Whether a source that ends begins again.
    limit : float, optional
        Signal time after which the meter stops [s]; where none comes, time.
    phasors : bool
        Whether readings are made of the source's phasors: a thousand times quicker than of its
        samples, without noise and what lies between harmonics.
    interval : float, optional
        Length of the windows that are made of phasors [s]; None is 10 or 12 cycles.

    Attributes
    ----------
    ended : bool
        Whether a live source has come to its end.
    gone : bool
        Whether the meter has ended while others go on: it has no readings any more.
    kept : bool
        Whether somebody takes what it has to hand on, and is to be waited for.
    by_phasors : bool
        Whether readings are made of phasors.
    revision : object
        Another one whenever there is something new to show.
    shown : Standing or None
        Registers that may be shown, as they were committed; None shows them as they stand.

    Raises
    ------
    ChannelError
        The source lacks a channel that the wiring needs.
    OptionError
        A live source at another speed than its own; a source without phasors.
    """

    def __init__(self, source: Source, meter: Meter, *, name: str = "meter", speed: float = 1.0,
                 repeat: bool = True, limit: float | None = None, phasors: bool = False,
                 interval: float | None = None) -> None:  # fmt: skip
        if is_live(source) and speed != 1.0:
            raise OptionError(
                "--speed is for recordings and scenarios: live samples come as they do"
            )
        if phasors and not has_phasors(source):
            raise OptionError(f"--signal phasors: {why_not(source)[0]}")
        self.name, self.meter, self.source = name, meter, source
        self._intake = Intake(source, meter.configuration)
        meter.connect(self._intake.present, source.start, strict=not is_live(source))
        self._speed, self._repeat, self._limit = speed, repeat, limit
        self.by_phasors, self._interval = phasors, interval
        self._listeners: list[Listener] = []
        self._stream = self._intake.stream()
        self._watch: InputWatch | None = None
        self._told = 0.0
        self._blocks = endless(source, BLOCK_SECONDS, repeat)
        self.ended = self.gone = self.kept = False
        self.revision = object()
        self.shown: Standing | None = None

    @property
    def configuration(self) -> Configuration:
        """What the meter is set to."""
        return self.meter.configuration

    @property
    def input(self) -> InputState | None:
        """What has become of a live input; None for a source without a pace of its own."""
        return None if self._watch is None else self._watch.state()

    @property
    def counters(self) -> dict[str, int]:
        """What a live source counts; nothing for others."""
        return self.source.counters() if is_live(self.source) else {}

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the snapshot after every block that completed a window, when samples
        stop coming, and at the end where more was counted since.
        """
        self._listeners.append(listener)

    def apply(self, command: Command, access: Access) -> None:
        """The one road for every change of a running meter.

        Raises
        ------
        PasswordError, LockedError, OptionError
            As `Meter.apply`; nothing is changed.
        ChannelError
            The source lacks a channel that another wiring needs; nothing is changed.
        """
        before = self.configuration
        self.meter.apply(command, access, time.monotonic(), check=self._check)
        if self.configuration is not before:
            self._reconnect(before)

    def _check(self, configuration: Configuration) -> None:
        """Refuse what the source cannot be connected as; else end what was cut as it was before."""
        Intake(self.source, configuration)
        if _cut_as(configuration) != _cut_as(self.configuration):
            for piece in self._stream.finish():
                self.meter.take(piece)

    def _reconnect(self, before: Configuration) -> None:
        """Go on with the samples as the configuration has them now."""
        now = self.configuration
        self._intake = Intake(self.source, now)
        if _cut_as(now) != _cut_as(before):
            self._stream = self._intake.stream()
        self.meter.present(self._intake.present)

    def lead(self) -> None:
        """Take the first window at once, where nobody has to wait for its samples.

        Raises
        ------
        StreamError
            The source has no samples, or such as cannot be measured.
        """
        if is_live(self.source) or self.by_phasors or math.isinf(self._speed):
            return
        most = min(LEAD_SECONDS, math.inf if self._limit is None else self._limit)
        for block in self._blocks:
            self._take(block)
            if self.meter.windows or block.end / block.rate >= most:
                return

    async def run(self) -> None:
        """Run until the source or the limit ends, or the task is cancelled.

        Raises
        ------
        StreamError
            The source has no samples, or such as cannot be measured.
        """
        try:
            await self._run()
        except asyncio.CancelledError:
            self._finish()
            raise
        self._finish()

    async def _run(self) -> None:
        if is_live(self.source):
            await self._follow(self.source)
        elif self.by_phasors and has_phasors(self.source):
            await self._pace_phasors(self.source)
        else:
            await self._pace()

    def _finish(self) -> None:
        """Count what lies after the last window, also where the meter is stopped."""
        for piece in self._stream.finish():
            self.meter.take(piece)
        self.meter.close()
        if self.meter.measured_time > self._told:
            self.publish()

    async def _pace(self) -> None:
        """Take the blocks of a source that has no pace of its own."""
        loop = asyncio.get_running_loop()
        begun = loop.time() - LEAD_SECONDS / self._speed
        for block in self._blocks:
            ends = block.end / block.rate
            if self._limit is not None and block.start / block.rate >= self._limit:
                break
            await self._wait(loop, begun + ends / self._speed)
            self._take(block)

    async def _pace_phasors(self, source: PhasorSource) -> None:
        """Take readings that are made of a source's phasors."""
        loop = asyncio.get_running_loop()
        begun = loop.time() - LEAD_SECONDS / self._speed
        # Readings that are told one by one are made some at once all the same.
        batch, ahead = (1, AHEAD) if self._speed <= SINGLE_SPEED else (BATCH, 1)
        shift, configuration = 0.0, self.configuration
        stream = PhasorStream(source, configuration, seconds=self._interval, ahead=ahead)
        while self._limit is None or shift + stream.time < self._limit:
            if self.configuration is not configuration:
                configuration, begin = self.configuration, stream.time
                stream = PhasorStream(
                    source, configuration, begin=begin, seconds=self._interval, ahead=ahead
                )
            windows = stream.take(batch)
            if windows is not None and self._limit is not None:
                wanted = np.searchsorted(shift + windows.start, self._limit - _INSTANT)
                windows = windows.part(slice(0, max(1, int(wanted))))
            if windows is not None:
                start, end = shift + windows.start, shift + windows.end
                await self._wait(loop, begun + float(end[-1]) / self._speed)
                self.meter.take_readings(
                    windows.readings, start, end, windows.nominal, windows.flags
                )
                self.publish()
            elif self._repeat and stream.time:
                shift += stream.time
                stream = PhasorStream(source, configuration, seconds=self._interval, ahead=ahead)
            else:
                return

    async def _wait(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        delay = 0.0 if math.isinf(self._speed) else until - loop.time()
        await asyncio.sleep(max(delay, 0.0))
        while self.kept and self.meter.crowded:
            await asyncio.sleep(0.01)

    async def _follow(self, source: LiveSource) -> None:
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
                        self.meter.lost_samples()
                        self.publish()
                    continue
                watch.arrived(arrival)
                self._take(arrival.block)
                # A backlog is taken without waiting: others must have their turn as well.
                await asyncio.sleep(0)

    def _ended(self, watch: InputWatch, begun: float) -> bool:
        if self._limit is None:
            return False
        dry = watch.flow is not Flow.FLOWING or not watch.samples
        return watch.time >= self._limit or (dry and time.monotonic() - begun >= self._limit)

    def snapshot(self) -> Snapshot:
        """Everything as it stands, by how far the input has dried up."""
        snapshot = self.meter.snapshot(self.shown, time.monotonic())
        flow = Flow.FLOWING if self._watch is None else self._watch.flow
        if snapshot is None or flow is Flow.UNAVAILABLE or self.gone:
            lost = flow is not Flow.FLOWING or self.gone
            snapshot = without_readings(self.meter, self.shown, time.monotonic(), lost=lost)
        elif flow is Flow.DRY:
            snapshot = with_samples_lost(snapshot)
        return snapshot if self._watch is None else replace(snapshot, input=self._watch.state())

    def _take(self, block: Block) -> None:
        pieces = self._stream.push(self._intake(block))
        taken = [self.meter.take(piece) for piece in pieces]
        if any(readings is not None for readings in taken):
            self.publish()

    def publish(self) -> None:
        """Tell the listeners how everything stands."""
        self._told = self.meter.measured_time
        self.revision = object()
        if self._listeners:
            snapshot = self.snapshot()
            for listener in self._listeners:
                listener(snapshot)
