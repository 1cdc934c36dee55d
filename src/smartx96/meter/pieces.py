"""Pieces of a stream as portions: what counts of windows, and of samples outside them."""

from __future__ import annotations

import numpy as np

from smartx96.meter.clock import Clock
from smartx96.meter.portion import Portion, Times
from smartx96.metrology import sums as rows
from smartx96.metrology.conditions import Conditions
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import counted, levels, rest_power
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Flag, Rest, Windows


def of_windows(windows: Windows, r: Readings, conditions: Conditions, clock: Clock) -> Portion:
    """What counts of windows, also of those that have too few samples for a reading."""
    end = windows.time
    start, stop = clock(end - windows.duration), clock(end)
    seconds = np.maximum(windows.measured_time, 0.0)
    if np.bitwise_or.reduce(windows.flags) & Flag.MISSING:
        active, reactive, apparent, current = counted(windows, conditions)
        return Portion(start, stop, seconds, active.T, reactive.T, apparent, current)
    return of_readings(r, start, stop, seconds)


def of_readings(r: Readings, start: Times, end: Times, seconds: Values) -> Portion:
    """What counts of readings, shape (window, ...)."""
    current = np.concatenate([r.current.T, r.neutral_current[np.newaxis]])
    return Portion(
        start, end, seconds, r.active_power.T, r.fundamental_power.imag.T,
        r.total_apparent_power, current,
    )  # fmt: skip


def of_rest(
    rest: Rest, windows: Windows, r: Readings, beside: int, conditions: Conditions, clock: Clock
) -> Portion:
    """What counts of samples outside the windows, beside one of them: its first or its last.

    Active power is the samples' own, less what counts as direct voltage and current in the window;
    reactive and apparent power and current are those of the window.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        level = levels(windows, conditions)[:, beside]
    current = np.append(r.current[beside], r.neutral_current[beside])
    return _portion(
        rest, clock, rest_power(rest, level), r.fundamental_power.imag[beside],
        float(r.total_apparent_power[beside]), current,
    )  # fmt: skip


def of_rest_alone(rest: Rest, clock: Clock) -> Portion:
    """What counts of samples beside which no window came."""
    rms = np.sqrt(rest.sums[rows.SQUARE] / rest.measured)
    current = np.append(rms[3:6], np.nan)
    return _portion(
        rest, clock, rest_power(rest, np.zeros(6)), np.zeros(3),
        float((rms[:3] * rms[3:6]).sum()), current,
    )  # fmt: skip


def _portion(
    rest: Rest, clock: Clock, active: Values, reactive: Values, apparent: float, current: Values
) -> Portion:
    return Portion(
        clock(np.array([rest.start])),
        clock(np.array([rest.end])),
        np.array([rest.measured_time]),
        active[:, np.newaxis],
        reactive[:, np.newaxis],
        np.array([apparent]),
        current[:, np.newaxis],
        whole_cycles=False,
    )
