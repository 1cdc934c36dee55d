"""Symmetry: symmetrical components of the fundamentals, and a common angle for them."""

from __future__ import annotations

import numpy as np

from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors

_ROTATION = np.exp(2j * np.pi / 3 * np.arange(3))
_COMPONENTS = np.stack([_ROTATION, _ROTATION.conj(), np.ones(3)]).conj() / 3
"""Fortescue: positive, negative and zero sequence from the three phases."""


LARGER = 1 + 1e-6
"""Ratio from which a component is the larger one: with a voltage reversed two are the same, and
rounding must not choose between them from window to window."""


def sequences(fundamental: Phasors) -> Phasors:
    """Positive, negative and zero sequence of three phases, shape (..., 3).

    Row by row, so that a window stands for itself.
    """
    found: Phasors = np.vecdot(_COMPONENTS, fundamental[..., np.newaxis, :])
    return found


def common_turn(fundamental: Phasors, components: Phasors) -> Phasors:
    """Factor that turns a window's phasors to a common angle, shape (window,).

    Angles count from L1 of the largest component of the voltages, without voltages of the
    currents, so that they stay while any phase comes and goes.

    Parameters
    ----------
    fundamental, components : ndarray of complex, shape (window, 2, 3)
        Phases, and their symmetrical components, of voltages and currents.
    """
    if np.isnan(components).any():
        components = sequences(np.nan_to_num(fundamental))
    size = np.abs(components)
    largest, most = components[..., 0], size[..., 0]
    for n in (1, 2):
        larger = size[..., n] > most * LARGER
        largest = np.where(larger, components[..., n], largest)
        most = np.where(larger, size[..., n], most)
    leading = np.where(most[:, 0] > 0, largest[:, 0], largest[:, 1])
    turn: Phasors = np.exp(-1j * np.angle(leading))
    return turn


def least_share(size: Values) -> Values:
    """Smallest fundamental of some phases over the largest, of sizes of shape (..., phase)."""
    least: Values = size.min(axis=-1) / size.max(axis=-1)
    return least
