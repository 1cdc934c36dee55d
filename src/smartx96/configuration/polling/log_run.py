"""LogRun: meters polled into a log, from where an earlier run stopped, and the account of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from smartx96.configuration.polling.polled_meter import PolledMeter
from smartx96.configuration.polling.poller import Poller
from smartx96.configuration.polling.recorder import Recorder
from smartx96.configuration.polling.schedule import now
from smartx96.errors import LogError
from smartx96.tables.log.row import Layout, Log, Row, moment

_AHEAD = 60_000_000
"""By how much the newest row may be later than now: clocks are set now and then [us]."""


class LogRun:
    """One run of a log.

    Parameters
    ----------
    meters : sequence of PolledMeter
    log : Log
    layout : Layout
    interval : int
        [us]
    tell : callable
        Takes a line for the user.
    watch : callable
        Takes each row as it comes.

    Raises
    ------
    LogError
        The newest row of a meter is of the future.
    """

    def __init__(self, meters: Sequence[PolledMeter], log: Log, layout: Layout, interval: int,
                 tell: Callable[[str], None],
                 watch: Callable[[Row], None] = lambda _: None) -> None:  # fmt: skip
        self._meters, self._log, self._interval = meters, log, interval
        self._watch = watch
        self.recorder = Recorder(log, tell, len(layout.ids))
        self._poller = Poller(meters, interval, self._take, tell)
        self._answered, self._faults = Counter[str](), dict[str, Counter[str]]()
        self._resume()

    def _resume(self) -> None:
        """Go on where the log stops."""
        latest = self._log.latest()
        for meter in self._meters:
            row = latest.get(meter.name)
            if row is None:
                continue
            if row.time > now() + _AHEAD:
                raise LogError(
                    f"{self._log.name}: the newest row of {meter.name} is of {moment(row.time)}, "
                    "and that is to come: set the clock, or give another log"
                )
            meter.resume(row)

    def _take(self, row: Row) -> None:
        if row.fault is None:
            self._answered[row.meter] += 1
        else:
            self._faults.setdefault(row.meter, Counter())[row.fault] += 1
        self.recorder.take(row)
        self._watch(row)

    @property
    def answers(self) -> int:
        """Rows with values."""
        return self._answered.total()

    async def run(self, *, count: int | None = None, until: int | None = None) -> None:
        """Poll until that is done or this is cancelled; what came by then is written.

        Parameters
        ----------
        count : int, optional
            Polls.
        until : int, optional
            [us since 1970-01-01T00:00Z].

        Raises
        ------
        OptionError
            A meter does not have what is asked for, and that is an error.
        BrokenPipeError
            Nobody reads what is written.
        """
        writing = asyncio.ensure_future(self.recorder.run())
        polling = asyncio.ensure_future(self._poller.run(count=count, until=until))
        try:
            await asyncio.wait([writing, polling], return_when=asyncio.FIRST_COMPLETED)
        finally:
            polling.cancel()
            await asyncio.wait([polling])
            await self.recorder.finish(writing)
        for task in (polling, writing):
            if task.done() and not task.cancelled():
                task.result()

    def document(self) -> dict[str, Any]:
        """What became of it, for programs."""
        return {
            "log": self._log.name,
            "interval": self._interval / 1e6,
            "rows_written": self.recorder.written,
            "rows_lost": self.recorder.lost,
            "rows_not_later": self.recorder.doubles,
            "meters": [
                {
                    "meter": meter.name,
                    "serial_number": meter.serial_number,
                    "answered": self._answered[meter.name],
                    "faults": dict(self._faults.get(meter.name, {})),
                }
                for meter in self._meters
            ],
        }
