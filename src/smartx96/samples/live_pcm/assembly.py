"""Assembly: bytes of a transport to runs of frames on one sample clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

from smartx96.samples.live_pcm.frames import Frames
from smartx96.samples.live_pcm.heading import Heading
from smartx96.samples.live_pcm.pace import Pace
from smartx96.samples.live_pcm.transport import Transport

OUTAGE_SECONDS = 0.5
"""Silence after which samples may have been lost, and not only been late [s]."""

SETTLING_SECONDS = 0.2
"""After an outage, time in which what was only late arrives [s]."""

SETTLING_BYTES = 1 << 24
"""Bytes that are held meanwhile, most; a backlog of that size is one."""

WAIT_SECONDS = 0.05
"""Longest wait for bytes [s]: so soon the stream sees that it was closed."""

Run = tuple[int, NDArray[Any]]
"""Position of the first frame on the sample clock, and samples of shape (channel, n)."""


class Assembly:
    """Frames that wait to be taken, and their place on the sample clock.

    Parameters
    ----------
    transport : Transport
    frames : Frames
        Empty.
    heading : Heading or None
        None where no header may come.
    pace : Pace or None
        None where an outage is no loss.
    clock : callable
        Monotonic time [s].

    Attributes
    ----------
    received, lost, gaps, cut : int
        Frames received and lost, jumps of the sample clock, frames that an interruption cut.
    """

    def __init__(self, transport: Transport, frames: Frames, heading: Heading | None,
                 pace: Pace | None, clock: Callable[[], float]) -> None:  # fmt: skip
        self.received = self.lost = self.gaps = self.cut = 0
        self._transport, self._frames = transport, frames
        self._heading, self._pace, self._clock = heading, pace, clock
        self._position = 0
        self._before: deque[Run] = deque()
        self._connections = transport.connections
        self._last: float | None = None
        self._oldest = 0.0
        self._resuming = False
        self._settled: float | None = None
        self._behind = 0

    def receive(self) -> None:
        """Take what comes within `WAIT_SECONDS`.

        Raises
        ------
        EOFError
            Nothing will come any more.
        RecordingError
            It cannot be read.
        """
        data = self._transport.receive(WAIT_SECONDS)
        now = self._clock()
        if self._transport.connections != self._connections:
            self._reconnected()
        if self._transport.missed:
            self._set_aside()
            self._skip(self._transport.missed)
        if data and self._heading is not None:
            data = self._heading.strip(data)
        if data:
            self._append(data, now)
        if self._settled is not None and (
            now >= self._settled or self._frames.held > SETTLING_BYTES
        ):
            self._settle()

    def _reconnected(self) -> None:
        self._connections = self._transport.connections
        self._set_aside()
        self.cut += self._frames.drop_partial()
        self._resuming = self._last is not None
        if self._heading is not None:
            self._heading.begin()

    def _set_aside(self) -> None:
        """What waits lies before a gap: it keeps its place."""
        if self._settled is not None:
            self._settle()
        if len(self._frames):
            self._before.append(self._take(len(self._frames)))

    def _skip(self, count: int) -> None:
        self._position += count
        self.lost += count
        self.gaps += 1

    def _append(self, data: bytes, now: float) -> None:
        if self._last is not None and now - self._last >= OUTAGE_SECONDS:
            self._resuming = True
        if self._resuming and self._pace is not None:
            self._set_aside()
            self._settled, self._behind = now + SETTLING_SECONDS, round(math.ldexp(1, 62))
        if not len(self._frames):
            self._oldest = now
        self._last, self._resuming = now, False
        waiting = len(self._frames)
        self._frames.append(data)
        self.received += len(self._frames) - waiting
        self._keep_pace(now)

    def _keep_pace(self, now: float) -> None:
        end = self._position + len(self._frames)
        if self._pace is None:
            return
        if self._settled is None:
            self._pace.arrived(end, now)
        else:
            self._behind = min(self._behind, self._pace.lost(end, now))

    def _settle(self) -> None:
        """All that was late is here: what is still missing is lost."""
        self._settled = None
        if self._behind:
            self._skip(self._behind)

    def runs(self, size: int, patience: float) -> Iterator[Run]:
        """Runs of `size` frames, and fewer where those have waited for `patience` [s].

        Where frames have a pace the last run has all that is there: where it ends says when its end
        came, which tells how the sample clock drifts.

        Parameters
        ----------
        size : int
            Frames of a run, less than twice as many in a last one.
        patience : float
            0 gives all that there is.
        """
        while self._before:
            yield from _cut(*self._before.popleft(), size)
        if self._settled is not None:
            if patience:
                return
            self._settle()
        while len(self._frames) >= size:
            last = self._pace is not None and len(self._frames) < 2 * size
            yield self._take(len(self._frames) if last else size)
        if len(self._frames) and self._clock() - self._oldest >= patience:
            yield self._take(len(self._frames))

    def _take(self, count: int) -> Run:
        first = self._position
        self._position += count
        self._oldest = self._clock()
        return first, self._frames.take(count)


def _cut(position: int, samples: NDArray[Any], size: int) -> Iterator[Run]:
    for n in range(0, samples.shape[1], size):
        yield position + n, samples[:, n : n + size]
