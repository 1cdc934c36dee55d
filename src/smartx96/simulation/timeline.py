"""Timeline: takes meters through time in steps, without a clock that runs by itself."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from smartx96.installation.keeper import Keeper, Kept
from smartx96.installation.live import LiveMeter
from smartx96.installation.phasor_windows import PhasorStream
from smartx96.meter.commands import Access, Command, Renew
from smartx96.metrology.windows import BORDER
from smartx96.models import CYCLES
from smartx96.samples.operating_point import AdjustableSource
from smartx96.store.store import Store

DETAIL = 10.0
"""Of a step, what goes by in windows of 10 or 12 cycles [s]: all that follows from a change."""

LONGEST = 60.0
"""Of the windows after that, which are all alike [s]."""

_MOST_ENERGY = 5e10
"""Of a window [Ws]: half of what a meter takes for possible."""

_AT_ONCE = 64
"""Windows counted before clients have their turn: an hour of long ones takes some 10 ms."""

_INSTANT = 1e-6
"""The meter's clock counts microseconds [s]."""

_HAIR = 1e-6
"""Part of a window by which a stretch may exceed whole ones."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Windows of one length that tile a stretch of time.

    Parameters
    ----------
    begin, length : float
        [s]
    count : int
        Windows.
    """

    begin: float
    length: float
    count: int


def stretches(source: AdjustableSource, begin: float, seconds: float) -> Iterator[Stretch]:
    """Tile a step with windows: the usual ones first, then long ones.

    Parameters
    ----------
    source : AdjustableSource
    begin, seconds : float
        Where the step begins, and its length [s].
    """
    detailed = min(seconds, DETAIL)
    usual = usual_window(source)
    most = _MOST_ENERGY / max(source.point.apparent_power, 1.0)
    longest = max(usual, min(LONGEST, most))
    for start, length, wanted in (
        (begin, detailed, usual),
        (begin + detailed, seconds - detailed, longest),
    ):
        if length > _INSTANT:
            fewest = math.ceil(length / longest - _HAIR)
            count = max(1, round(length / wanted), fewest)
            yield Stretch(start, length / count, count)


def usual_window(source: AdjustableSource) -> float:
    """Length of 10 cycles at 50 Hz, 12 at 60 Hz, in whole microseconds [s]."""
    frequency = source.point.frequency
    return round(CYCLES[50 if frequency < BORDER else 60] / frequency, 6)


class SteppedMeter(LiveMeter):
    """A live meter whose changes are shown at once, since no time passes that would show them."""

    def follow(self, commit: Callable[[], None]) -> None:
        """Call `commit` after every change."""
        self._commit = commit

    def apply(self, command: Command, access: Access) -> None:
        """As `LiveMeter.apply`."""
        super().apply(command, access)
        # Every read of the lock renews a session, and shows nothing new.
        if not isinstance(command, Renew):
            self._commit()


class Timeline:
    """Meters that are at one time, and what keeps them.

    Every coroutine and method belongs to one event loop. Commits are made between windows and at
    the end of every step, so that all of it can be seen when a step is done.

    Parameters
    ----------
    kept : sequence of Kept
        Of each meter.
    meters : sequence of SteppedMeter
    sources : sequence of AdjustableSource
        That they are on.
    store : Store or None
    report : callable
        Called with one line of what fails.

    Attributes
    ----------
    time : float
        Since the sources' sample 0 [s].
    """

    def __init__(self, kept: Sequence[Kept], meters: Sequence[SteppedMeter],
                 sources: Sequence[AdjustableSource], store: Store | None,
                 report: Callable[[str], None]) -> None:  # fmt: skip
        self._meters = tuple(meters)
        self._sources = tuple(sources)
        self._keeper, self._store = Keeper(kept, store, report), store
        for live in self._meters:
            live.follow(self.commit)
        self._step = asyncio.Lock()
        self.time = 0.0

    async def begin(self) -> None:
        """Take the first windows: then there is something to show."""
        await self.change(lambda: None)

    async def advance(self, seconds: float) -> None:
        """Let time pass [s]."""
        async with self._step:
            await self._pass(seconds)

    async def change(self, change: Callable[[], None], seconds: float = 0.0) -> None:
        """Change what the meters are on, and let the longest of their windows pass: then all show
        it.

        Parameters
        ----------
        change : callable
            Called between two steps; what it raises ends the step before it begins.
        seconds : float
            Longer than a window, where that is not enough [s].
        """
        async with self._step:
            change()
            await self._pass(max(seconds, *(usual_window(source) for source in self._sources)))

    def commit(self) -> None:
        """Show how everything stands."""
        self._keeper.begin()
        for live in self._meters:
            live.publish()

    async def close(self) -> None:
        """Stop the meters, and commit for the last time.

        Raises
        ------
        StoreError
            Nothing can be stored.
        """
        async with self._step:
            for live in self._meters:
                live.meter.power_down({"reason": "stopped"})
                live.renew()
            try:
                await self._keeper.finish()
            finally:
                if self._store is not None:
                    self._store.close()

    async def _pass(self, seconds: float) -> None:
        begin, self.time = self.time, round(self.time + seconds, 6)
        for live, source in zip(self._meters, self._sources, strict=True):
            await self._take(live, source, begin, self.time - begin)
        self.commit()

    async def _take(self, live: LiveMeter, source: AdjustableSource, begin: float,
                    seconds: float) -> None:  # fmt: skip
        """Count the windows of a step, some at a time: clients must be answered meanwhile."""
        for stretch in stretches(source, begin, seconds):
            done = 0
            while done < stretch.count:
                stream = PhasorStream(
                    source,
                    live.configuration,
                    begin=stretch.begin + done * stretch.length,
                    seconds=stretch.length,
                )
                done += self._count(live, stream, min(_AT_ONCE, stretch.count - done))
                await asyncio.sleep(0)

    def _count(self, live: LiveMeter, stream: PhasorStream, most: int) -> int:
        windows = stream.take(most)
        if windows is None:
            raise RuntimeError("an adjustable source has no end")
        live.meter.take_readings(
            windows.readings, windows.start, windows.end, windows.nominal, windows.flags,
            windows.waveform,
        )  # fmt: skip
        if live.meter.outbox.crowded:
            self._keeper.begin()
        return len(windows)
