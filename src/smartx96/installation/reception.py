"""Reception: a live source read by a thread of its own, for a meter on the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from smartx96.block import Block
from smartx96.samples.live import LiveSource

QUEUE_SECONDS = 2.0
"""Samples that wait for the meter, most [s]."""

PATIENCE_SECONDS = 2.0
"""How long the source is kept waiting, all waits since the queue was last empty together, before
blocks are dropped [s]."""

_PACE_SECONDS = 60.0
"""Time over which a sender is seen to be ahead [s]: in it no converter's clock drifts by much."""

_CLOSING_SECONDS = 1.0
_CHECK_SECONDS = 0.1
"""A wait for room takes so long before it looks whether it should end [s]."""


class Arrival(NamedTuple):
    """A block, and when it was there on the monotonic clock [s]."""

    block: Block
    time: float


class Reception:
    """Blocks of a live source, through a bounded queue.

    Where the queue is full the source waits, for a short disturbance or a backlog passes. A meter
    that cannot follow loses whole blocks, and they are counted. A sender that is ahead of real time
    is no converter and can always wait.

    Parameters
    ----------
    source : LiveSource
    seconds : float
        Length of the blocks [s].
    clock : callable
        Monotonic time [s].

    Attributes
    ----------
    dropped : int
        Blocks for which there was no room.
    """

    def __init__(self, source: LiveSource, seconds: float,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self.dropped = 0
        self._source, self._seconds, self._clock = source, seconds, clock
        self._queue: queue.Queue[Arrival] = queue.Queue(max(1, round(QUEUE_SECONDS / seconds)))
        self._patience = PATIENCE_SECONDS
        self._since: Arrival | None = None
        self._error: BaseException | None = None
        self._ended = self._closed = False
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._thread = threading.Thread(target=self._read, name="reception", daemon=True)

    def __enter__(self) -> Reception:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._source.close()
        self._thread.join(_CLOSING_SECONDS)

    async def next(self, timeout: float) -> Arrival | None:
        """The next block; None where none came within `timeout` [s].

        Raises
        ------
        EOFError
            The source has ended, and all of its blocks are taken.
        X96Error
            What the source raised.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._something()
        # Ended must be looked at first: whatever the source gave is then in the queue.
        ended = self._ended
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            if not ended:
                return None
        if self._error is not None:
            raise self._error
        raise EOFError

    async def _something(self) -> None:
        """Wait for a block or the end."""
        self._wake.clear()
        while self._queue.empty() and not self._ended:
            await self._wake.wait()
            self._wake.clear()

    def _read(self) -> None:
        try:
            for block in self._source.blocks(self._seconds):
                if self._closed:
                    break
                self._hand_over(Arrival(block, self._clock()))
                self._notify()
        except BaseException as error:
            self._error = error
        self._ended = True
        self._notify()

    def _notify(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._wake.set)

    def _hand_over(self, arrival: Arrival) -> None:
        if self._queue.empty():
            self._patience = PATIENCE_SECONDS
        ahead = self._is_ahead(arrival)
        while not self._closed:
            begun = self._clock()
            step = _CHECK_SECONDS if ahead else min(_CHECK_SECONDS, self._patience)
            try:
                self._queue.put(arrival, timeout=step)
            except queue.Full:
                if ahead:
                    continue
                self._patience -= step
                if self._patience <= 0:
                    self.dropped += 1
                    return
            else:
                if not ahead:
                    self._patience = max(0.0, self._patience - (self._clock() - begun))
                return

    def _is_ahead(self, arrival: Arrival) -> bool:
        since = self._since
        if since is None or arrival.time - since.time > _PACE_SECONDS:
            self._since = since = arrival
        signal = (arrival.block.end - since.block.end) / arrival.block.rate
        return signal - (arrival.time - since.time) > QUEUE_SECONDS / 2
