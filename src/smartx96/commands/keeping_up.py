"""Keeping up: what a user is told when this computer is too slow for its meters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smartx96.commands.live_line import notify
from smartx96.installation.lag import BEHIND

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter

_PERIOD = 0.5
"""From look to look [s]."""


class KeepingUp:
    """Tells once that meters have fallen behind, and once that all have caught up.

    Parameters
    ----------
    meters : sequence of LiveMeter
    """

    def __init__(self, meters: Sequence[LiveMeter]) -> None:
        self._meters = tuple(meters)
        self._since: float | None = None
        self._worst = 0.0

    async def watch(self) -> None:
        """Look again and again until cancelled."""
        while True:
            self.look(time.monotonic())
            await asyncio.sleep(_PERIOD)

    def look(self, now: float) -> None:
        """See how late the meters are.

        Parameters
        ----------
        now : float
            Monotonic time [s].
        """
        lags = [lag for live in self._meters if (lag := live.lag) is not None]
        late = [lag.worst() for lag in lags]
        self._worst = max([self._worst, *late])
        if self._since is None and self._worst > BEHIND:
            self._since = now
            self._tell_late(sum(each > BEHIND for each in late))
        if self._since is None:
            self._worst = 0.0
        elif not any(lag.behind for lag in lags):
            notify(f"note: caught up after {now - self._since:.1f} s, {self._worst:.1f} s late at "
                   "most")  # fmt: skip
            self._since, self._worst = None, 0.0

    def _tell_late(self, count: int) -> None:
        several = len(self._meters)
        who = "late by" if several == 1 else f"{count} of {several} meters late, by up to"
        notify(
            f"note: {who} {self._worst:.1f} s: this computer cannot keep up with what is to be "
            "measured, and what is shown is so old"
        )
