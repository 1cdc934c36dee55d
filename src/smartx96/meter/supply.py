"""Supply: the meter lives on the voltage that it measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.portion import SECOND, Times
from smartx96.metrology.kernels import Values

ON_SHARE, OFF_SHARE = 0.75, 0.60
"""Parts of Un at which the supply starts, and below which it gives out."""

HOLD = SECOND // 2
"""The supply carries a lower voltage for so long [us]."""

WARM_UP = 60 * SECOND
"""Until the meter has its accuracy [us]."""


@dataclass(slots=True)
class Supply:
    """The power supply of a meter, fed by the best of the phases or by an auxiliary voltage.

    Parameters
    ----------
    auxiliary : bool
        Whether it is always on, and no accuracy is waited for.
    on : bool
    low : int or None
        Since when the voltage has been too low for it [us].
    since : int or None
        When it came on [us].
    powered : int
        Time under power [us].
    """

    auxiliary: bool = False
    on: bool = False
    low: int | None = None
    since: int | None = None
    powered: int = 0

    def take(self, start: Times, end: Times, share: Values) -> NDArray[np.bool_]:
        """Which windows the meter was on in.

        Parameters
        ----------
        start, end : ndarray of int64, shape (window,)
            [us].
        share : ndarray, shape (window,)
            Largest voltage over Un; NaN where it is not known: then nothing changes.
        """
        on = self._states(start, end, share)
        off = np.flatnonzero(~on)
        if not on[-1]:
            self.since = None
        elif len(off):
            self.since = int(start[off[-1] + 1])
        elif self.since is None:
            self.since = int(start[0])
        self.powered += int((end - start)[on].sum())
        return on

    def _states(self, start: Times, end: Times, share: Values) -> NDArray[np.bool_]:
        enough = share >= (OFF_SHARE if self.on else ON_SHARE)
        if self.auxiliary or (self.on and self.low is None and (enough | np.isnan(share)).all()):
            self.on = True
            return np.ones(len(end), bool)
        states = np.empty(len(end), bool)
        for n, (begin, stop, part) in enumerate(
            zip(start.tolist(), end.tolist(), share.tolist(), strict=True)
        ):
            self._step(begin, stop, part)
            states[n] = self.on
        return states

    def _step(self, start: int, end: int, share: float) -> None:
        if share >= (OFF_SHARE if self.on else ON_SHARE):
            self.on, self.low = True, None
        elif self.on and share == share:
            self.low = start if self.low is None else self.low
            if end - self.low >= HOLD:
                self.on, self.low = False, None

    def set_clock(self, ahead: int) -> None:
        """The clock was set ahead by so much, or back [us]."""
        self.low = None if self.low is None else self.low + ahead
        self.since = None if self.since is None else self.since + ahead

    def warming_up(self, now: int) -> bool:
        """Whether the meter has not been on for a minute."""
        if self.auxiliary:
            return False
        return self.since is not None and now - self.since < WARM_UP
