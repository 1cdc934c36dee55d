"""Aggregation of windows to one value (IEC 61000-4-30, 4.5): rms of rms values, mean of powers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings, columns, width_of_all
from smartx96.models import Wiring

_ROOT_MEAN_SQUARE = (
    "voltage", "current", "line_voltage", "neutral_current", "voltage_harmonics",
    "current_harmonics", "voltage_thd", "current_thd", "line_thd",
)  # fmt: skip


class Aggregate:
    """Running aggregate of readings; memory does not grow with their number."""

    def __init__(self) -> None:
        self.windows = 0
        self._sums: Values = np.zeros(width_of_all())
        self._counts = np.zeros(width_of_all(), np.int64)
        self._reactive = np.zeros(3, np.bool_)
        self._wiring = Wiring.FOUR_WIRE

    def add(self, readings: Readings) -> None:
        """Take the readings of more windows, shape (window, ...)."""
        table = readings.as_table()
        self.windows += len(table)
        self._wiring = readings.wiring
        known = ~np.isnan(table)
        counted, power = known.copy(), columns()["fundamental_power"].place
        self._reactive |= known[:, power].reshape(-1, 3, 2).all(axis=2).any(axis=0)
        # A window without a fundamental has no power of it, as the energy registers count.
        counted[:, power] = np.repeat(known[:, columns()["active_power"].place], 2, axis=1)
        term = np.where(known & counted, table, 0.0)
        np.square(term, out=term, where=_squared())
        self._sums += term.sum(axis=0)
        self._counts += counted.sum(axis=0)

    def result(self) -> Readings | None:
        """The aggregate, without the window axis; None before the first window."""
        if not self.windows:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sums / self._counts
        mean[_squared()] = np.sqrt(mean[_squared()])
        found: dict[str, Any] = {
            name: column.of(mean[np.newaxis])[0] for name, column in columns().items()
        }
        # NaN alone would be a reactive power of 0.
        nothing = complex(np.nan, np.nan)
        found["fundamental_power"] = np.where(self._reactive, found["fundamental_power"], nothing)
        return Readings(wiring=self._wiring, **found)


@cache
def _squared() -> NDArray[np.bool_]:
    """Columns of the table of readings that are rms values."""
    found = np.zeros(width_of_all(), np.bool_)
    for name in _ROOT_MEAN_SQUARE:
        found[columns()[name].place] = True
    return found
