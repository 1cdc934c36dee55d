"""WiringWatch: the wiring check over time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.wiring_check import check_wiring
from smartx96.metrology.wiring_findings import Finding
from smartx96.models import Wiring

WINDOWS = 15
"""Windows over which the fundamentals are averaged (150/180 cycles): a transient is no wiring."""

_COHERENT = 0.9
"""Size of a mean phasor over the mean size, below which it turned on the way and says nothing."""

_LASTING = 3
"""Checks that a finding about currents must have held: while power turns round, a few seconds of
any angle are no mistake."""


@dataclass(slots=True)
class _Seen:
    """A finding, when it was seen first and last [s], and in how many checks."""

    finding: Finding
    start: float
    end: float
    checks: int = 0


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
        self._seen: dict[tuple[str, tuple[str, ...]], _Seen] = {}
        self._checks = 0
        self._start = self._end = 0.0
        self._begin()

    @property
    def suspect(self) -> bool:
        """Whether the wiring looks wrong now."""
        return any(finding.suspect for finding in self.findings)

    def history(self) -> tuple[Finding, ...]:
        """Everything found since the beginning; with its time, where it was not seen all along."""
        if self._count and (not self._checks or self._count > WINDOWS // 2):
            self._check()
        lasting = min(_LASTING, self._checks)
        return tuple(
            seen.finding
            if seen.checks == self._checks
            else replace(seen.finding, start=seen.start, end=seen.end)
            for seen in self._seen.values()
            if seen.checks >= lasting or seen.finding.kind.startswith("voltage")
        )

    def _begin(self) -> None:
        self._count = 0
        self._phasors: list[Phasors] = []
        self._currents: list[Values] = []

    def take(self, readings: Readings, time: Values) -> None:
        """Take the readings of more windows, shape (window, ...), and when they end [s]."""
        first, count = 0, len(readings.frequency)
        while first < count:
            part = slice(first, min(count, first + WINDOWS - self._count))
            self._take(readings, part, time)
            first = part.stop

    def _take(self, r: Readings, part: slice, time: Values) -> None:
        if not self._count:
            self._start = self._end if self._checks else float(time[part.start]) - 0.2
        self._phasors.append(np.stack([r.voltage_phasor[part], r.current_phasor[part]], axis=1))
        self._currents.append(r.current[part])
        self._count += part.stop - part.start
        self._end = float(time[part.stop - 1])
        if self._count == WINDOWS:
            self._check()

    def _check(self) -> None:
        # Windows without phasors count nothing: those that are left say what there is.
        phasors = np.nan_to_num(np.concatenate(self._phasors))
        mean = phasors.mean(axis=0)
        turned = np.abs(mean) < _COHERENT * np.abs(phasors).mean(axis=0)
        u, i = np.where(turned, 0.0, mean)
        rms = np.sqrt(np.nan_to_num(np.concatenate(self._currents) ** 2).mean(axis=0))
        if turned[0].any():
            self._begin()
            return
        self.findings = check_wiring(u, i, self._wiring, rms)
        self._checks += 1
        for finding in self.findings:
            key = (finding.kind, finding.phases)
            seen = self._seen.setdefault(key, _Seen(finding, self._start, self._end))
            seen.end = self._end
            seen.checks += 1
        self._begin()
