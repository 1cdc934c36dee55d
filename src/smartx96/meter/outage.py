"""What a meter shows while no samples come: its registers, and no reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartx96.meter.meter import Meter, energies, integers
from smartx96.meter.snapshot import Snapshot
from smartx96.metrology.windows import Flag
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS, INDEX, INSTANTANEOUS, TABLE

SAMPLES_LOST = 1 << 5
"""Bit of the status register: samples are missing."""

_OF_A_WINDOW = 0b1110_0110
"""Bits of the status register that follow from the last window."""

_READINGS = np.array([INDEX[id] for id in INSTANTANEOUS])


def with_samples_lost(snapshot: Snapshot) -> Snapshot:
    """The snapshot, with the bit and the flag that samples are missing."""
    status = snapshot.exact["status"] | SAMPLES_LOST
    return replace(
        snapshot, exact={**snapshot.exact, "status": status}, flags=snapshot.flags | Flag.MISSING
    )


def without_readings(meter: Meter) -> Snapshot:
    """A meter's snapshot with every reading of a window not available."""
    last = meter.snapshot() or _blank(meter)
    values = last.values.copy()
    values[_READINGS] = np.nan
    status = last.exact["status"] & ~_OF_A_WINDOW | SAMPLES_LOST
    return replace(
        last,
        values=values,
        harmonics=np.full_like(last.harmonics, np.nan),
        exact={**last.exact, "status": status},
        flags=Flag.MISSING,
    )


def _blank(meter: Meter) -> Snapshot:
    """Before the first window."""
    exact = meter.energy.exact()
    values = np.full(len(TABLE), np.nan)
    for id, energy in energies(exact).items():
        values[INDEX[id]] = energy
    harmonics = np.full((len(HARMONICS), HARMONIC_ORDERS), np.nan)
    return Snapshot(0.0, values, harmonics, {**integers(exact), "status": 0}, Flag.MISSING)
