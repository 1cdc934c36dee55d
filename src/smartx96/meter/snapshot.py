"""Snapshot: everything a meter shows, frozen at the end of one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.windows import Flag
from smartx96.quantities import HARMONIC_INDEX, HARMONIC_ORDERS, INDEX

_PLACES = {
    f"{name}[{order}]": (row, order - 1)
    for name, row in HARMONIC_INDEX.items()
    for order in range(1, HARMONIC_ORDERS + 1)
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Values by quantity, for everything that shows them: Modbus, panel, files, web.

    Parameters
    ----------
    time : float
        End of the window on the stream's sample clock [s].
    values : ndarray, shape (quantities,)
        In the order of `smartx96.quantities.TABLE`; NaN where not available.
    harmonics : ndarray, shape (6, 63)
        Rows in the order of `smartx96.quantities.HARMONICS`, orders 1..63 in % of the fundamental.
    exact : mapping of str to int
        Quantities that are integers.
    flags : Flag
        Of the window.
    """

    time: float
    values: NDArray[np.float64]
    harmonics: NDArray[np.float64]
    exact: Mapping[str, int]
    flags: Flag

    def __getitem__(self, id: str) -> float | int | None:
        """Value of a quantity or, as `id[n]`, of one harmonic; None where not available.

        Raises
        ------
        KeyError
            There is no such quantity.
        """
        if id in self.exact:
            return self.exact[id]
        if id.endswith("]"):
            value = float(self.harmonics[_PLACES[id]])
        else:
            value = float(self.values[INDEX[id]])
        return None if np.isnan(value) else value
