"""Phasors of a meter that shows none, for the wiring check."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from smartx96.metrology.synchronisation import Phasors
from smartx96.quantities import LINES, PHASES


def phasors_of(values: Mapping[str, float]) -> tuple[Phasors, Phasors]:
    """Phasors from the readings of a meter in a four-wire system, which have no angles.

    Angles between voltages follow from the line voltages and the sequence, those of the currents
    from active and reactive power.

    Parameters
    ----------
    values : mapping of str to float
        By quantity id: `voltage_l1`.., `voltage_l1_l2`.., `current_l1`.., `active_power_l1`..,
        `reactive_power_l1`.., `voltage_sequence`.

    Returns
    -------
    voltage, current : ndarray of complex, shape (3,)
    """
    u, i, p, q = (
        np.array([values[f"{id}_{phase}"] for phase in PHASES])
        for id in ("voltage", "current", "active_power", "reactive_power")
    )
    between = [_angle_between(u[n], u[(n + 1) % 3], values[f"voltage_{LINES[n]}"]) for n in (0, 2)]
    forward = 1.0 if values["voltage_sequence"] != 2 else -1.0
    voltage = u * np.exp(-1j * forward * np.array([0.0, between[0], -between[1]]))
    current = i * np.exp(1j * (np.angle(voltage) - np.arctan2(q, p)))
    return voltage, current


def _angle_between(a: float, b: float, difference: float) -> float:
    """Angle of two phasors from their sizes and that of their difference (law of cosines)."""
    if not a * b > 0:
        return 2 * np.pi / 3
    return float(np.arccos(np.clip((a * a + b * b - difference * difference) / (2 * a * b), -1, 1)))
