"""Readout: from the pieces of a stream to what a meter counts of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.meter import pieces
from smartx96.meter.clock import Clock
from smartx96.meter.portion import Portion
from smartx96.meter.taken import Taken
from smartx96.metrology.conditions import Conditions
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings, read
from smartx96.metrology.waveform import Waveform
from smartx96.metrology.windows import Rest, Windows


class Readout:
    """Reads windows, and lets samples outside them wait for the window that they stand beside.

    Those count with their own active power, less the mean of the channels in that window; their
    reactive and apparent power and current are the window's.

    Parameters
    ----------
    clock : Clock
    conditions : Conditions
        By which windows are read from now on.

    Attributes
    ----------
    last : Taken or None
        The last windows.
    seen : float
        End of the last piece on the stream's clock [s].
    """

    def __init__(self, clock: Clock, conditions: Conditions) -> None:
        self.conditions = conditions
        self.last: Taken | None = None
        self.seen = 0.0
        self._clock = clock
        self._waiting: list[Rest] = []

    def of_windows(self, windows: Windows) -> Taken:
        """What is taken of windows of samples."""
        readings = read(windows, self.conditions)
        portion = pieces.of_windows(windows, readings, self.conditions, self._clock)
        return self._taken(
            Taken(
                readings, portion, windows.time, windows.flags, windows.nominal, windows,
                windows.waveform,
            )
        )  # fmt: skip

    def of_readings(
        self, readings: Readings, start: Values, end: Values, nominal: int,
        flags: NDArray[np.int64] | None, waveform: Waveform | None,
    ) -> Taken:  # fmt: skip
        """What is taken of readings that were made without samples."""
        portion = pieces.of_readings(
            readings, self._clock(start), self._clock(end), end - start
        )  # fmt: skip
        flags = np.zeros(len(end), np.int64) if flags is None else flags.copy()
        return self._taken(Taken(readings, portion, end, flags, nominal, waveform=waveform))

    def of_rest(self, rest: Rest) -> Portion | None:
        """What counts of samples outside windows; None where that is nothing, or not known before
        the next window.
        """
        self.seen = max(self.seen, rest.end)
        if rest.leads or self.last is None or self.last.windows is None:
            self._waiting.append(rest)
            return None
        return self._beside(rest, self.last, -1) if rest.measured > 0 else None

    def waited(self, taken: Taken) -> list[Portion]:
        """What counts of samples that waited for windows."""
        waiting, self._waiting = self._waiting, []
        return [self._beside(rest, taken, 0) for rest in waiting if rest.measured > 0]

    def waited_in_vain(self) -> list[Portion]:
        """What counts of samples for which no window will come."""
        waiting, self._waiting = self._waiting, []
        return [pieces.of_rest_alone(rest, self._clock) for rest in waiting if rest.measured > 0]

    def _taken(self, taken: Taken) -> Taken:
        self.last, self.seen = taken, float(taken.time[-1])
        return taken

    def _beside(self, rest: Rest, taken: Taken, beside: int) -> Portion:
        windows = taken.windows
        if windows is None:
            raise TypeError("samples outside windows stand beside windows of samples")
        return pieces.of_rest(rest, windows, taken.readings, beside, self.conditions, self._clock)
