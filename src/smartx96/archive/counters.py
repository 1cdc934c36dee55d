"""Counters: energy registers as they stood at the end of every window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.amounts import BITS, PLACES, ROW, amounts
from smartx96.meter.meter import Meter
from smartx96.meter.pieces import of_windows
from smartx96.meter.reckoning import MEMBERS
from smartx96.meter.registers import quanta_of
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Windows

ENERGIES: tuple[str, ...] = (*MEMBERS, "apparent_energy", "charge")
"""Registers of which every row has the counter: active and reactive import and export, as the
setting `energy_balance` nets them, apparent energy and charge."""

_PARTS = (1 << BITS) - 1

Counts = NDArray[np.int64]
"""Of `ENERGIES`, shape (energy, window) [quanta: uWh, uvarh, uVAh, uAh]."""


class Counters:
    """Splits what a meter has counted over the windows that it took last.

    The meter counts many windows at once; its registers are known before and after. What each of
    the windows gave is worked out again by the same rules, in the same integers, and taken from
    the end backwards, so that the last one is what the registers say.

    Parameters
    ----------
    meter : Meter
    """

    def __init__(self, meter: Meter) -> None:
        self._meter, rules = meter, meter.accounts.rules
        places = PLACES[rules.places]
        flows = [
            [f"{flow}_{place}" for flow in members for place in places]
            for members in MEMBERS.values()
        ]
        self._rows = [ROW[id] for ids in [*flows, ["apparent_energy"], ["charge"]] for id in ids]
        self._first = np.cumsum([0, *map(len, flows), 1])

    def at(self, windows: Windows, readings: Readings) -> Counts:
        """Registers at the end of each of the windows that the meter has just taken."""
        accounts, conditions = self._meter.accounts, self._meter.conditions
        portion = of_windows(windows, readings, conditions, self._meter.clock)
        rules = accounts.rules
        found = amounts(portion, rules.starting, phases=rules.phases, strict=False)
        fine = found.fine[:, self._rows]
        # What flows out is negative there, and counted as positive.
        fine = np.where(fine[0] < 0, -fine, fine)
        till = np.cumsum(fine, axis=2)
        standing = [accounts.registers.amounts[row] for row in self._rows]
        end = np.array([[a >> BITS for a in standing], [a & _PARTS for a in standing]], np.int64)
        whole, parts = end[:, :, np.newaxis] - (till[:, :, -1:] - till)
        quanta = quanta_of(whole + (parts >> BITS), parts & _PARTS)
        counts: Counts = np.add.reduceat(quanta, self._first, axis=0)
        return counts
