"""WiringWatch: the wiring check of a running meter."""

from __future__ import annotations

import numpy as np

from smartx96.metrology.readings import Readings
from smartx96.metrology.wiring_check import Finding, check_wiring
from smartx96.models import Wiring

WINDOWS = 15
"""Windows over which the fundamentals are averaged (150/180 cycles): a transient is no wiring."""


class WiringWatch:
    """Checks the wiring on the mean of every 15 windows.

    Attributes
    ----------
    findings : tuple of Finding
        Of the last 15 windows.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._wiring = wiring
        self._begin()

    @property
    def suspect(self) -> bool:
        """Whether the wiring looks wrong."""
        return any(finding.suspect for finding in self.findings)

    def _begin(self) -> None:
        self._count = 0
        self._phasors = np.zeros((2, 3), np.complex128)
        self._square = np.zeros(3)

    def take(self, readings: Readings) -> None:
        """Take the readings of more windows, shape (window, ...)."""
        count = len(readings.frequency)
        for first in range(0, count, WINDOWS):
            self._take(readings, first, min(first + WINDOWS, count))

    def _take(self, r: Readings, first: int, end: int) -> None:
        part = slice(first, min(end, first + WINDOWS - self._count))
        self._phasors[0] += r.voltage_phasor[part].sum(axis=0)
        self._phasors[1] += r.current_phasor[part].sum(axis=0)
        self._square += (r.current[part] ** 2).sum(axis=0)
        self._count += part.stop - part.start
        if self._count == WINDOWS:
            u, i = self._phasors / WINDOWS
            rms = np.sqrt(self._square / WINDOWS)
            self.findings = check_wiring(u, i, self._wiring, rms)
            self._begin()
        if part.stop < end:
            self._take(r, part.stop, end)
