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

_ALIKE = 0.02
"""Within this part of what was checked last, phasors are no news."""

_DOUBT, _RELIEF = 100, 20
"""Checks (5 min, 1 min) after which a wiring that was in order is suspect, and the other way round:
wires do not move by themselves, but power of some phases that turns round can look as if."""

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
        self._wiring, self._nominal = wiring, 0.0
        self._seen: dict[tuple[str, tuple[str, ...]], _Seen] = {}
        self._checks = 0
        self._checked: tuple[Phasors, Values] | None = None
        self._suspect: bool | None = None
        self._otherwise = 0
        self._start = self._end = 0.0
        self._count = 0
        self._phasors = np.empty((WINDOWS, 2, 3), np.complex128)
        self._currents = np.empty((WINDOWS, 3))

    @property
    def suspect(self) -> bool:
        """Whether the wiring looks wrong, and has done so from the start or for a while."""
        return bool(self._suspect)

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

    def take(
        self, readings: Readings, time: Values, nominal: float = 0.0
    ) -> list[tuple[float, tuple[Finding, ...]]]:
        """Take the readings of more windows.

        Parameters
        ----------
        readings : Readings
            Of shape (window, ...).
        time : ndarray, shape (window,)
            When they end [s].
        nominal : float
            Nominal voltage on the side of the readings, see `check_wiring` [V].

        Returns
        -------
        list of (float, tuple of Finding)
            When the wiring began to look wrong, or no longer does [s], and what was found then.
        """
        turns, first = [], 0
        self._nominal = nominal
        while first < len(time):
            stop = min(first + WINDOWS - self._count, len(time))
            if not self._count:
                self._start = self._end if self._checks else float(time[first]) - 0.2
            self._keep(readings, slice(first, stop))
            self._end = float(time[stop - 1])
            if self._count == WINDOWS:
                self._check()
                if self._turns():
                    turns.append((self._end, self.findings))
            first = stop
        return turns

    def _keep(self, readings: Readings, some: slice) -> None:
        begin, self._count = self._count, self._count + some.stop - some.start
        kept = slice(begin, self._count)
        self._phasors[kept, 0] = readings.voltage_phasor[some]
        self._phasors[kept, 1] = readings.current_phasor[some]
        self._currents[kept] = readings.current[some]

    def _turns(self) -> bool:
        """Whether the last check turned the opinion of the wiring."""
        now = any(finding.suspect for finding in self.findings)
        if not self._checks or now is self._suspect:
            self._otherwise = 0
            return False
        self._otherwise += 1
        if self._suspect is not None and self._otherwise < (_DOUBT if now else _RELIEF):
            return False
        first, self._suspect, self._otherwise = self._suspect is None, now, 0
        return now or not first

    def _check(self) -> None:
        # Windows without phasors count nothing: those that are left say what there is.
        phasors, currents = self._phasors[: self._count], self._currents[: self._count]
        phasors = np.where(np.isnan(phasors), 0.0, phasors)
        squares = np.where(np.isnan(currents), 0.0, currents) ** 2
        mean = phasors.sum(axis=0) / self._count
        turned = np.abs(mean) < _COHERENT * np.abs(phasors).sum(axis=0) / self._count
        rms = np.sqrt(squares.sum(axis=0) / self._count)
        self._count = 0
        if turned[0].any():
            return
        mean[turned] = 0.0
        if self._is_news(mean, rms):
            self.findings = check_wiring(mean[0], mean[1], self._wiring, rms, self._nominal)
        self._checks += 1
        for finding in self.findings:
            key = (finding.kind, finding.phases)
            seen = self._seen.setdefault(key, _Seen(finding, self._start, self._end))
            seen.end = self._end
            seen.checks += 1

    def _is_news(self, mean: Phasors, rms: Values) -> bool:
        """Whether anything differs from what was checked last, and may be found otherwise."""
        if self._checked is not None:
            phasors, currents = self._checked
            near = np.abs(mean - phasors) <= _ALIKE * np.abs(phasors)
            if near.all() and (np.abs(rms - currents) <= _ALIKE * currents).all():
                return False
        self._checked = mean, rms
        return True
