"""LiveMeter: a meter that runs on a source, at its pace, and tells listeners of every snapshot."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.installation import feeds
from smartx96.installation.acquisition import Acquisition
from smartx96.installation.given_feed import GivenFeed, GivenWatch, is_given
from smartx96.installation.input_watch import Flow, InputWatch
from smartx96.installation.lag import Lag
from smartx96.installation.phasor_windows import PhasorWindows, has_phasors, why_not
from smartx96.meter.commands import Access, Command, Renew
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.outage import with_samples_lost, without_readings
from smartx96.meter.outbox import Outbox
from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.meter.standing import Standing
from smartx96.samples.live import is_live
from smartx96.samples.source import Source

PATIENCE = 10.0
"""Seconds of signal within which there is a window, however busy the machine is."""

Listener = Callable[[Snapshot], None]

Heir = Callable[[Outbox, Standing], None]
"""Takes what was committed: events, rows, pulses, and the registers of the same moment."""


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
    changed : bool
        Whether somebody has changed anything while it runs.
    gone : bool
        Whether the meter has ended while others go on: it has no readings any more.
    kept : bool
        Whether somebody takes what it has to hand on, and is to be waited for.
    by_phasors : bool
        Whether readings are made of phasors.
    shown : Standing or None
        Registers that may be shown, as they were committed; None shows them as they stand.
    measured_at : float or None
        When a window was last complete, by a steady clock [s]; None before the first.

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
        if (is_live(source) or is_given(source)) and speed != 1.0:
            raise OptionError(
                "--speed is for recordings and scenarios: what is live comes as it does"
            )
        if phasors and not has_phasors(source):
            raise OptionError(f"--signal phasors: {why_not(source)[0]}")
        self.name, self.meter, self.source = name, meter, source
        self._acquisition = Acquisition(source, meter.configuration)
        self._connect()
        self._pace = feeds.Pace(speed, math.inf if limit is None else limit, self._crowded)
        self._repeat, self.by_phasors, self._interval = repeat, phasors, interval
        self._listeners: list[Listener] = []
        self._heirs: list[Heir] = []
        self._feed = feeds.LiveFeed(source, self._pace.limit) if is_live(source) else None
        self._given: GivenFeed | None = None
        if is_given(source):
            self._given = GivenFeed(source, self._pace.limit, once=not repeat)
        self._told = self._led = 0.0
        self._blocks = feeds.endless(source, feeds.BLOCK_SECONDS, repeat)
        self.ended = self.changed = self.gone = self.kept = False
        self._revision, self._unlocked = object(), False
        self._made: tuple[tuple[object, ...], Snapshot | None] | None = None
        self.shown: Standing | None = None
        self.measured_at: float | None = None

    @property
    def configuration(self) -> Configuration:
        """What the meter is set to."""
        return self.meter.configuration

    @property
    def input(self) -> InputState | None:
        """What has become of a live input; None for a source without a pace of its own."""
        return None if self._watch is None else self._watch.state()

    @property
    def lag(self) -> Lag | None:
        """How late it is; None where nothing has its time, and after the end."""
        if self.gone or self._given is not None:
            return None
        if self._feed is not None:
            return self._feed.lag
        return None if math.isinf(self._pace.speed) else self._pace.lag

    @property
    def silent(self) -> bool:
        """Whether it is to answer nobody, though it has a supply."""
        return self._given is not None and self._given.watch.silent

    @property
    def revision(self) -> object:
        """Another one whenever there is something new to show; that a session is unlocked ends
        without anything that happens.
        """
        unlocked = self.meter.lock.any_unlocked(time.monotonic())
        if unlocked is not self._unlocked:
            self._unlocked = unlocked
            self.renew()
        return self._revision

    @property
    def patience(self) -> float:
        """A source that is not known to be dry gives a window within so long [s]: later where time
        is slow, or windows are long.
        """
        return (PATIENCE + (self._interval or 0.0)) / min(self._pace.speed, 1.0)

    def renew(self) -> None:
        """There is something new to show."""
        self._revision = object()

    @property
    def counters(self) -> dict[str, int]:
        """What a live source counts; nothing for others."""
        source = self.source
        return source.counters() if is_live(source) or is_given(source) else {}

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the snapshot after every block that completed a window, when samples
        stop coming, and at the end where more was counted since. Faster than real time its
        registers are of the same moment as its readings, whether that was committed or not.
        """
        self._listeners.append(listener)

    def inherit(self, heir: Heir) -> None:
        """Call `heir` with what the meter has handed on, each time that it is committed."""
        self._heirs.append(heir)

    def committed(self, outbox: Outbox, standing: Standing) -> None:
        """Registers, events, rows and pulses are committed, and may be shown."""
        self.shown = standing
        for heir in self._heirs:
            heir(outbox, standing)

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
            self._acquisition.follow(self.configuration)
            self._connect()
        if not isinstance(command, Renew):
            self.changed = True
            # Who writes the clock and reads it back must not find the one of the last window.
            self.renew()

    def _connect(self) -> None:
        source = self.source
        self._start = source.start
        self.meter.connect(self._acquisition.present, source.start, strict=not is_live(source),
                           wired=not is_given(source))  # fmt: skip

    def _check(self, configuration: Configuration) -> None:
        """Refuse what the source cannot be connected as; else end what was cut as it was before."""
        for piece in self._acquisition.before(configuration):
            self.meter.take(piece)

    def lead(self) -> None:
        """Take the first window at once, where nobody has to wait for its samples.

        Raises
        ------
        StreamError
            The source has no samples, or such as cannot be measured.
        """
        paced = self._feed is None and self._given is None and not self.by_phasors
        if not paced or math.isinf(self._pace.speed):
            return
        most = min(feeds.LEAD_SECONDS, self._pace.limit)
        for block in self._blocks:
            self._take(block)
            self._led = block.end / block.rate
            if self.meter.windows or self._led >= most:
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
        if self._feed is not None:
            async with aclosing(self._feed.blocks()) as arriving:
                async for arrival in arriving:
                    self._take_arrival(arrival)
            self.ended = self._feed.ended
        elif self._given is not None:
            async with aclosing(self._given.windows(lambda: self.configuration)) as given:
                async for windows in given:
                    self._take_windows(windows)
        elif self.by_phasors and has_phasors(self.source):
            async for windows in feeds.paced_windows(
                self.source, lambda: self.configuration, self._pace,
                interval=self._interval, repeat=self._repeat,
            ):  # fmt: skip
                self._take_windows(windows)
        else:
            await feeds.paced_blocks(self._blocks, self._pace, self._take, self._led)

    def _finish(self) -> None:
        """Count what lies after the last window, also where the meter is stopped."""
        for piece in self._acquisition.finish():
            self.meter.take(piece)
        self.meter.close()
        if self.meter.measured_time > self._told:
            self.publish()

    def snapshot(self) -> Snapshot:
        """Everything that may be shown, by how far the input has dried up."""
        return self._snapshot(self.shown, self._newest())

    def last(self) -> Snapshot:
        """As it ended, also where others went on."""
        found = self._newest() if self.gone else None
        return found or self.snapshot()

    def _newest(self) -> Snapshot | None:
        """The meter's own snapshot, made once however many look at it."""
        made, state = self._made, (self.revision, self.shown)
        if made is None or any(a is not b for a, b in zip(made[0], state, strict=True)):
            self._made = made = state, self._as_it_stands(self.shown)
        return made[1]

    def _as_it_stands(self, shown: Standing | None) -> Snapshot | None:
        return self.meter.snapshot(shown, time.monotonic())

    def _snapshot(self, shown: Standing | None, snapshot: Snapshot | None) -> Snapshot:
        watch = self._watch
        flow = Flow.FLOWING if watch is None else watch.flow
        if snapshot is None or flow is Flow.UNAVAILABLE or self.gone:
            lost = flow is not Flow.FLOWING or self.gone
            snapshot = without_readings(self.meter, shown, time.monotonic(), lost=lost)
        elif flow is Flow.DRY:
            snapshot = with_samples_lost(snapshot)
        return snapshot if watch is None else replace(snapshot, input=watch.state())

    @property
    def _watch(self) -> InputWatch | GivenWatch | None:
        if self._given is not None:
            return self._given.watch
        return None if self._feed is None else self._feed.watch

    def _crowded(self) -> bool:
        """Whether somebody is to be waited for who takes what there is to hand on."""
        return self.kept and self.meter.outbox.crowded

    def _take_arrival(self, block: Block | None) -> None:
        if block is None:
            self.meter.lost_samples()
            self.publish()
            return
        if self.source.start != self._start:
            # A stream knows when it began once its first samples are there.
            self._connect()
        self._take(block)

    def _take_windows(self, windows: PhasorWindows) -> None:
        self.meter.take_readings(
            windows.readings, windows.start, windows.end, windows.nominal, windows.flags,
            windows.waveform,
        )  # fmt: skip
        self.publish()

    def _take(self, block: Block) -> None:
        taken = [self.meter.take(piece) for piece in self._acquisition.take(block)]
        if any(readings is not None for readings in taken):
            self.publish()

    def publish(self) -> None:
        """Tell the listeners how everything stands."""
        if self.meter.measured_time > self._told:
            self.measured_at = time.monotonic()
        self._told = self.meter.measured_time
        self.renew()
        if self._listeners:
            # Commits go by the wall clock: in a hurry, registers would be hours behind readings.
            hurried = self.kept and self._pace.speed > 1.0
            snapshot = (
                self._snapshot(None, self._as_it_stands(None)) if hurried else self.snapshot()
            )
            for listener in self._listeners:
                listener(snapshot)
