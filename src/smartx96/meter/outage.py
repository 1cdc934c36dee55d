"""What a meter shows while no samples come: its registers, and no reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import NO_PHASORS, READINGS, Snapshot
from smartx96.meter.standing import Standing
from smartx96.metrology.windows import Flag
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS
from smartx96.status import Status

_OF_A_WINDOW = (
    Status.PHASE_MISSING | Status.SEQUENCE_REVERSED | Status.SAMPLES_LOST | Status.CLIPPING
    | Status.FREQUENCY_OUT_OF_RANGE
)  # fmt: skip
"""Bits of the status register that follow from the last window."""


def with_samples_lost(snapshot: Snapshot) -> Snapshot:
    """The snapshot, with the bit and the flag that samples are missing."""
    status = snapshot.exact["status"] | Status.SAMPLES_LOST
    return replace(
        snapshot, exact={**snapshot.exact, "status": status}, flags=snapshot.flags | Flag.MISSING
    )


def without_readings(
    meter: Meter, shown: Standing | None = None, now: float = 0.0, *, lost: bool = True
) -> Snapshot:
    """A meter's snapshot with every reading of a window not available.

    Parameters
    ----------
    meter : Meter
    shown : Standing, optional
        What may be shown of registers; None is as they stand.
    now : float
        Time of a steady clock, by which sessions are unlocked [s].
    lost : bool
        Whether samples are missing, and not only still to come.
    """
    last = meter.snapshot(shown, now) or _blank(meter, shown, now)
    values = last.values.copy()
    values[READINGS] = np.nan
    status = last.exact["status"] & ~_OF_A_WINDOW | (Status.SAMPLES_LOST if lost else 0)
    return replace(
        last,
        values=values,
        harmonics=np.full_like(last.harmonics, np.nan),
        exact={**last.exact, "status": status},
        flags=Flag.MISSING,
        phasors=NO_PHASORS,
        waveform=None,
    )


def _blank(meter: Meter, shown: Standing | None, now: float) -> Snapshot:
    """Before the first window."""
    standing = shown or meter.standing()
    harmonics = np.full((len(HARMONICS), HARMONIC_ORDERS), np.nan)
    exact = {**standing.exact, "status": meter.status(now)}
    return Snapshot(
        0.0, standing.values, harmonics, exact, Flag.MISSING, clock=meter.now, standing=standing
    )
