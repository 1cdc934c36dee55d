"""Rows: one row a window, one column a quantity."""

from __future__ import annotations

import numpy as np

from smartx96.metrology.derived import quantities
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Windows
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS, INSTANTANEOUS

COLUMNS: tuple[str, ...] = (
    "time",
    "flags",
    *INSTANTANEOUS,
    *(f"{q.id}[{n}]" for q in HARMONICS for n in range(2, HARMONIC_ORDERS + 1)),
)
"""`time` is the window's end after the recording's first sample [s]; `flags` are the bits of
`smartx96.metrology.windows.Flag`; then quantity ids in their table's order."""


def rows(windows: Windows, readings: Readings) -> Values:
    """Rows of a batch of windows, shape (window, columns); NaN where not available."""
    values = quantities(readings)
    harmonics = np.concatenate([readings.voltage_harmonics, readings.current_harmonics], axis=1)
    return np.column_stack(
        [
            windows.time,
            windows.flags,
            *(values[id] for id in INSTANTANEOUS),
            harmonics[:, :, 1:].reshape(len(windows), -1),
        ]
    )
