"""Accuracy of current transformers: error curves over current, and the limits of the classes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.frontend.parameter import Points

MINUTE = math.radians(1 / 60)
"""One minute of arc [rad]."""

_TO_120: tuple[float, ...] = (5.0, 20.0, 100.0, 120.0)
_FROM_1: tuple[float, ...] = (1.0, *_TO_120)

_LIMITS: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "0.1": (_TO_120, (0.4, 0.2, 0.1, 0.1), (15, 8, 5, 5)),
    "0.2S": (_FROM_1, (0.75, 0.35, 0.2, 0.2, 0.2), (30, 15, 10, 10, 10)),
    "0.5S": (_FROM_1, (1.5, 0.75, 0.5, 0.5, 0.5), (90, 45, 30, 30, 30)),
    "0.5": (_TO_120, (1.5, 0.75, 0.5, 0.5), (90, 45, 30, 30)),
    "1": (_TO_120, (3.0, 1.5, 1.0, 1.0), (180, 90, 60, 60)),
}
"""Currents [% of rated], ratio error [%] and phase displacement [min] (IEC 61869-2:2012, tables
201 and 202)."""

CLASSES = tuple(_LIMITS)


def limits(accuracy_class: str) -> tuple[Points, Points]:
    """Limits of a class: ratio error [%] and phase displacement [min] over current [% of rated].

    Both hold with either sign (IEC 61869-2:2012, 5.6.201.3).
    """
    currents, ratio, phase = _LIMITS[accuracy_class]
    return (
        tuple(zip(currents, ratio, strict=True)),
        tuple(zip(currents, map(float, phase), strict=True)),
    )


def interpolated(points: Points, percent: ArrayLike) -> NDArray[np.float64]:
    """Value of a curve: linear over the logarithm of the current, beyond its ends as at them.

    Parameters
    ----------
    points : Points
    percent : array_like
        Current [% of rated].
    """
    currents, values = np.array(points).T
    least = np.maximum(np.asarray(percent, dtype=float), currents[0])
    found: NDArray[np.float64] = np.interp(np.log(least), np.log(currents), values)
    return found
