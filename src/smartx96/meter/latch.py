"""Latch: a condition with hysteresis over windows, and when it changed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Change(NamedTuple):
    """A row of conditions that changed at a window."""

    window: int
    row: int
    on: bool


def latched(
    setting: NDArray[np.bool_], clearing: NDArray[np.bool_], before: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Conditions that begin where they are set and last until they are cleared.

    Parameters
    ----------
    setting, clearing : ndarray of bool, shape (row, window)
        Where both hold, it begins.
    before : ndarray of bool, shape (row,)
        As it stood before the first window.

    Returns
    -------
    ndarray of bool, shape (row, window)
    """
    moved = setting | clearing
    if moved.all():
        return setting
    last = np.maximum.accumulate(np.where(moved, np.arange(moved.shape[1]), -1), axis=1)
    held = np.take_along_axis(setting, np.maximum(last, 0), axis=1)
    found: NDArray[np.bool_] = np.where(last < 0, before[:, np.newaxis], held)
    return found


def changes(states: NDArray[np.bool_], before: NDArray[np.bool_]) -> list[Change]:
    """What changed from window to window, in the order of time."""
    earlier = np.concatenate([before[:, np.newaxis], states[:, :-1]], axis=1)
    turned = states != earlier
    if not turned.any():
        return []
    window, row = np.nonzero(turned.T)
    return [
        Change(w, r, bool(states[r, w])) for w, r in zip(window.tolist(), row.tolist(), strict=True)
    ]
