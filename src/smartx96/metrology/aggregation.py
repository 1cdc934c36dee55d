"""Aggregation of windows to one value (IEC 61000-4-30, 4.5): rms of rms values, mean of powers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from smartx96.metrology.readings import Readings
from smartx96.models import Wiring

_ROOT_MEAN_SQUARE = frozenset(
    {
        "voltage",
        "current",
        "line_voltage",
        "neutral_current",
        "voltage_harmonics",
        "current_harmonics",
        "voltage_thd",
        "current_thd",
        "line_thd",
    }
)


class Aggregate:
    """Running aggregate of readings; memory does not grow with their number."""

    def __init__(self) -> None:
        self.windows = 0
        self._sums: dict[str, Any] = {}
        self._counts: dict[str, Any] = {}
        self._reactive = np.zeros(3, np.bool_)
        self._wiring = Wiring.FOUR_WIRE

    def add(self, readings: Readings) -> None:
        """Take the readings of more windows, shape (window, ...)."""
        self.windows += len(readings.frequency)
        self._wiring = readings.wiring
        for name, values in _values(readings):
            known = ~np.isnan(values)
            if name == "fundamental_power":
                # A window without a fundamental has no power of it, as the energy registers count.
                self._reactive = self._reactive | known.any(axis=0)
                known = ~np.isnan(readings.active_power)
                values = np.where(np.isnan(values), 0.0, values)
            term = np.where(known, values**2 if name in _ROOT_MEAN_SQUARE else values, 0)
            self._sums[name] = self._sums.get(name, 0) + term.sum(axis=0)
            self._counts[name] = self._counts.get(name, 0) + known.sum(axis=0)

    def result(self) -> Readings | None:
        """The aggregate, without the window axis; None before the first window."""
        if not self.windows:
            return None
        found: dict[str, Any] = {}
        with np.errstate(invalid="ignore"):
            for name, total in self._sums.items():
                count = np.where(self._counts[name] == 0, np.nan, self._counts[name])
                mean = total / count
                found[name] = np.sqrt(mean) if name in _ROOT_MEAN_SQUARE else mean
        # NaN alone would be a reactive power of 0.
        nothing = complex(np.nan, np.nan)
        found["fundamental_power"] = np.where(self._reactive, found["fundamental_power"], nothing)
        return Readings(wiring=self._wiring, **found)


def _values(readings: Readings) -> list[tuple[str, Any]]:
    names = [f.name for f in fields(readings) if f.name != "wiring"]
    return [(name, getattr(readings, name)) for name in names]
