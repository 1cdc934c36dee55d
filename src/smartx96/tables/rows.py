"""Rows: one row a window, one column a quantity."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.derived import quantities
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS, INSTANTANEOUS

COLUMNS: tuple[str, ...] = (
    "time",
    "flags",
    *INSTANTANEOUS,
    *(f"{q.id}[{n}]" for q in HARMONICS for n in range(2, HARMONIC_ORDERS + 1)),
)
"""`time` is the end of the window or interval after the recording's first sample [s]; `flags` are
the bits of `smartx96.metrology.windows.Flag`; then quantity ids in their table's order."""


class Stamps(Protocol):
    """Windows or intervals: when each ended, and its flags."""

    @property
    def time(self) -> Values:
        """End of each [s]."""

    @property
    def flags(self) -> NDArray[np.int64]:
        """`Flag` bits of each."""

    def __len__(self) -> int: ...


def rows(windows: Stamps, readings: Readings) -> Values:
    """Rows of a batch of windows or intervals, shape (window, columns); NaN where not available."""
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
