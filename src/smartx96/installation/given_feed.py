"""GivenFeed: windows of a source whose values somebody states, as soon as he does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeGuard

from smartx96.installation.input_watch import Flow
from smartx96.installation.phasor_windows import PhasorStream, PhasorWindows
from smartx96.meter.configuration import Configuration
from smartx96.meter.snapshot import InputState, Messages
from smartx96.samples.given.source import GivenValues, Stale
from smartx96.samples.source import Source

WINDOW = 0.2
"""Length of windows while nothing happens [s]."""
FIRST = 0.025
"""Length of the window after a change [s]: so much later it is in the registers."""
LEAST = 0.01
"""Changes that follow each other more quickly are taken together [s]."""


def is_given(source: Source) -> TypeGuard[GivenValues]:
    """Whether somebody states the values of a source."""
    return bool(getattr(source, "given", False))


class GivenWatch:
    """What has become of given values, as a live input tells it.

    Parameters
    ----------
    source : GivenValues

    Attributes
    ----------
    outages : int
        How often values became stale.
    measured_stale : bool
        Whether they were in the last window: new ones are shown when they are measured.
    """

    def __init__(self, source: GivenValues) -> None:
        self._source, self.outages, self.measured_stale = source, 0, True

    @property
    def silent(self) -> bool:
        """Whether nobody is to be answered."""
        return self._stale and self._source.staleness.then is Stale.SILENT

    @property
    def flow(self) -> Flow:
        """Values that are held are marked, as if no samples came; of silence there are none."""
        if not self._stale:
            return Flow.FLOWING
        return Flow.UNAVAILABLE if self.silent else Flow.DRY

    def state(self) -> InputState:
        """All of it, as snapshots carry it."""
        source = self._source
        messages = Messages(source.taken, source.refused, source.left_out, source.refusal)
        return InputState(dry=self._stale, outages=self.outages, age=source.age, messages=messages)

    @property
    def _stale(self) -> bool:
        return self._source.stale or self.measured_stale


class GivenFeed:
    """Windows of given values.

    A window ends when a message comes, so that every moment is counted with what was said to hold
    then.

    Parameters
    ----------
    source : GivenValues
    limit : float
        Time at which it ends [s].
    once : bool
        Whether it ends with the sender.

    Attributes
    ----------
    watch : GivenWatch
    """

    def __init__(self, source: GivenValues, limit: float, *, once: bool = False) -> None:
        self._source, self._limit, self._once = source, limit, once
        self.watch = GivenWatch(source)

    async def windows(self, configuration: Callable[[], Configuration]
                      ) -> AsyncGenerator[PhasorWindows, None]:  # fmt: skip
        """Every window, when it has ended.

        Parameters
        ----------
        configuration : callable
            Gives what the meter is set to, which may change on the way.
        """
        loop, come = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(come.set)

        self._source.begin(wake)
        begun, done, length = loop.time(), 0.0, FIRST
        try:
            changed, ending = True, False
            while done < self._limit and (changed or not ending):
                ending = self._once and self._source.ended
                await self._until(come, begun + done + length)
                come.clear()
                now = loop.time() - begun
                due = min(done + length, self._limit)
                changing = now < due and (self._source.waiting or self._source.next_look <= 0.0)
                # A window that nobody cut short ends when it is due, not when somebody looked.
                window = self._window(configuration(), done, now if changing else due)
                self.watch.measured_stale = self._source.stale
                yield window
                done = now if changing else due
                changed = self._changed(configuration())
                length = FIRST if changed else WINDOW
        finally:
            self._source.close()

    async def _until(self, come: asyncio.Event, due: float) -> None:
        """Wait until a window is due, or is to be cut short."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(LEAST)
        rest = min(due - loop.time(), self._source.next_look)
        if rest > 0.0:
            try:
                async with asyncio.timeout(rest):
                    await come.wait()
            except TimeoutError:
                return

    def _changed(self, configuration: Configuration) -> bool:
        taken = self._source.take(configuration.wiring)
        grown = self._source.grow_old()
        self.watch.outages += grown and self._source.stale
        return taken or grown

    def _window(self, configuration: Configuration, begin: float, end: float) -> PhasorWindows:
        stream = PhasorStream(self._source, configuration, begin=begin, seconds=end - begin)
        windows = stream.take(1)
        if windows is None:
            raise RuntimeError("given values have no end")
        return windows
