"""Duration: how long a point is to last, so that it can be read finely enough."""

from __future__ import annotations

import math

from smartx96.typetest.external.set_points import Asked, SetPoint

RESOLUTION = 0.1
"""Step of a register where nobody says another: 0.0001 kWh at the meter's terminals [Wh]."""

LEAST = 10.0
"""No point is shorter [s]."""

_SHARE = 0.1
"""Of the limit, for what the steps of the register bring to U."""
_WITHOUT_LIMIT = 1.0
"""Taken as limit where there is none [%]."""
_OF_READINGS = 2.0


def proposed_seconds(
    point: SetPoint, asked: Asked, resolution: float = RESOLUTION, timing: float = 0.0
) -> float:
    """Time after which the steps of a register bring a tenth of the limit to U.

    Both readings are off by up to half a step: U = 2 step / sqrt(6) of the energy. What the plan
    itself fixes stays.

    Parameters
    ----------
    point : SetPoint
    asked : Asked
    resolution : float
        Step of the register, at the meter's terminals [Wh, varh].
    timing : float
        How well the time of each reading is known [s].
    """
    if asked is Asked.PULSES:
        return point.trial.seconds
    if asked is Asked.READINGS:
        return _OF_READINGS
    _, power = point.energy(asked)
    limit = point.limit(asked) or _WITHOUT_LIMIT
    step = 3600.0 * resolution / power + timing
    return max(LEAST, math.ceil(2 * step / math.sqrt(6.0) / (_SHARE * limit / 100)))
