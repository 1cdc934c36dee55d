"""Progress: whether a meter goes on, hangs, or waits for a source that gives nothing."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter


class Progress:
    """Whether a meter goes on.

    Parameters
    ----------
    live : LiveMeter
        Without a window for its `patience` it hangs, unless its source is known to be dry.
    """

    def __init__(self, live: LiveMeter) -> None:
        self.live = live
        self._measured, self._since = math.nan, time.monotonic()

    @property
    def lacking(self) -> bool:
        """Whether its source is known to give nothing."""
        state = self.live.input
        return self.live.gone or self.live.ended or (state is not None and state.dry)

    def goes_on(self, now: float) -> bool:
        """Whether windows are measured, or it is known why not.

        Parameters
        ----------
        now : float
            Monotonic time [s].
        """
        measured = self.live.meter.measured_time
        if measured != self._measured or self.lacking:
            self._measured, self._since = measured, now
        return now - self._since < self.live.patience
