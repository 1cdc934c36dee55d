"""Alarms: conditions of the mains and of the samples, as events when they begin and end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.events import Detail, Event, EventKind
from smartx96.meter.latch import changes, latched
from smartx96.meter.portion import Times
from smartx96.metrology.derived import NORMAL, REVERSE, rotation
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.readings import Readings
from smartx96.metrology.synchronisation import LIVE_SHARE
from smartx96.metrology.windows import Flag
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES
from smartx96.status import Status

OVER = 1.2
"""Continuous range of voltage and current, over Un and In (datasheet)."""

_BACK = 0.98
"""An excess ends this far below its limit, so that a value on the limit is one event."""

_RETURNED = 2.0
"""A lost phase is back at this many times the share below which it was lost."""

_E = EventKind
_SAMPLES_LOST = (_E.SAMPLES_LOST, _E.SAMPLES_RETURNED, Status.SAMPLES_LOST)
_KINDS: tuple[tuple[EventKind, EventKind, Status], ...] = (
    *[(_E.PHASE_LOST, _E.PHASE_RETURNED, Status.PHASE_MISSING)] * 3,
    *[(_E.OVER_VOLTAGE, _E.OVER_VOLTAGE_ENDED, Status.OVER_VOLTAGE)] * 3,
    *[(_E.OVER_CURRENT, _E.OVER_CURRENT_ENDED, Status.OVER_CURRENT)] * 3,
    (_E.SEQUENCE_REVERSED, _E.SEQUENCE_NORMAL, Status.SEQUENCE_REVERSED),
    _SAMPLES_LOST,
    (_E.CLIPPING, _E.CLIPPING_ENDED, Status.CLIPPING),
    (_E.FREQUENCY_OUT_OF_RANGE, _E.FREQUENCY_IN_RANGE, Status.FREQUENCY_OUT_OF_RANGE),
)
"""Rows of conditions: event when it begins, when it ends, bit of the status register."""

_BITS = np.array([bit.value for _, _, bit in _KINDS])
_OF_PHASES = 9
_FLAGS = np.array([Flag.MISSING, Flag.CLIPPED, Flag.FREQUENCY_OUT_OF_RANGE])[:, np.newaxis]


@dataclass(frozen=True, slots=True)
class Limits:
    """Rated values on the primary side, by which an excess is told.

    Parameters
    ----------
    voltage : float
        Line to neutral, without a neutral line to line [V].
    current : float
        [A].
    """

    voltage: float
    current: float

    def voltages(self, r: Readings) -> Values:
        """Voltages over Un, of those that the wiring has, shape (window, voltage)."""
        voltage = r.voltage if r.wiring.has_neutral else r.line_voltage
        return voltage[:, r.wiring.phases] / self.voltage

    def shares(self, r: Readings) -> Values:
        """Largest voltage over Un, shape (window,); NaN where it is not known."""
        found: Values = np.fmax.reduce(self.voltages(r), axis=1)
        return found


@dataclass(slots=True)
class Alarms:
    """Follows the conditions over windows."""

    on: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(len(_KINDS), bool))

    @property
    def status(self) -> int:
        """Bits of the status register."""
        return int(np.bitwise_or.reduce(_BITS, where=self.on, initial=0))

    def take(
        self, r: Readings, flags: NDArray[np.int64], end: Times, limits: Limits
    ) -> list[Event]:
        """What began and ended in windows, shape (window,)."""
        size, values = _sizes(r), _excess(r, limits)
        beginning = np.empty((len(_KINDS), len(end)), bool)
        ending = np.empty_like(beginning)
        live = LIVE_SHARE * np.fmax.reduce(size, axis=0)
        beginning[:3], ending[:3] = size <= live, size > _RETURNED * live
        beginning[3:9], ending[3:9] = values > OVER, values < OVER * _BACK
        turning = rotation(r.voltage_sequence, r.voltage_least)
        beginning[9], ending[9] = turning == REVERSE, turning == NORMAL
        flagged = flags & _FLAGS != 0
        beginning[10:], ending[10:] = flagged, ~flagged
        if (beginning <= self.on[:, np.newaxis]).all() and not ending[self.on].any():
            return []
        states = latched(beginning, ending, self.on)
        found = [
            Event(int(end[window]), _event(row, on), _details(r, row, window))
            for window, row, on in changes(states, self.on)
        ]
        self.on = states[:, -1].copy()
        return found

    def clear(self) -> None:
        """Begin anew, as after power came back."""
        self.on[:] = False

    def lost_samples(self, time: int) -> list[Event]:
        """No samples come: there is no window that could say so."""
        row = _KINDS.index(_SAMPLES_LOST)
        if self.on[row]:
            return []
        self.on[row] = True
        return [Event(time, _E.SAMPLES_LOST, {})]


def _event(row: int, on: bool) -> EventKind:
    begins, ends, _ = _KINDS[row]
    return begins if on else ends


def _sizes(r: Readings) -> Values:
    """Fundamentals of the voltages, between lines where there is no neutral, shape (3, window);
    NaN where the wiring or the window has none.
    """
    u, own = r.voltage_phasor, r.wiring.phases
    size = np.full((3, len(u)), np.nan)
    size[own] = np.abs(u if r.wiring.has_neutral else between_lines(u, axis=1))[:, own].T
    return size


def _excess(r: Readings, limits: Limits) -> Values:
    """Voltages and currents over their limits, shape (6, window)."""
    found = np.full((6, len(r.frequency)), np.nan)
    own = r.wiring.phases
    found[:3][own] = limits.voltages(r).T
    found[3:][own] = r.current[:, own].T / limits.current
    return found


def _details(r: Readings, row: int, window: int) -> dict[str, Detail]:
    if row >= _OF_PHASES:
        hertz = float(r.frequency[window])
        return {"frequency": round(hertz, 3)} if row == len(_KINDS) - 1 and hertz > 0 else {}
    kind, phase = divmod(row, 3)
    if kind == 2:
        return _at(PHASES[phase], "current", r.current[window, phase])
    lines = r.wiring is Wiring.THREE_WIRE
    values = r.line_voltage if lines else r.voltage
    return _at((LINES if lines else PHASES)[phase], "voltage", values[window, phase])


def _at(place: str, quantity: str, value: Any) -> dict[str, Detail]:
    known = {} if np.isnan(value) else {quantity: float(f"{value:.4g}")}
    return {"phase": place.upper().replace("_", "-"), **known}
