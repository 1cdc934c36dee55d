"""Current and voltage transformers: from the samples' side to the primary side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.quantities import PHASES
from smartx96.settings import Settings

SIDES = ("primary", "secondary")


def primary_factors(settings: Settings, side: str) -> NDArray[np.float64]:
    """Factors of v1, v2, v3, i1, i2, i3 to the primary side, with the currents' directions.

    Parameters
    ----------
    settings : Settings
        `ct_primary`, `ct_secondary`, `vt_ratio`, `current_direction_l1` ...
    side : {'primary', 'secondary'}
        Where the samples stand; primary samples are taken as they are.

    Returns
    -------
    ndarray, shape (6,)

    Raises
    ------
    OptionError
        The side is neither.
    """
    if side not in SIDES:
        raise OptionError(f"side {side}: use {' or '.join(SIDES)}")
    direction = [1 - 2 * settings.number(f"current_direction_{p}") for p in PHASES]
    voltage, current = 1.0, 1.0
    if side == "secondary":
        voltage = settings.number("vt_ratio")
        current = settings.number("ct_primary") / settings.number("ct_secondary")
    return np.array([voltage] * 3 + [current * d for d in direction])


def scaled(block: Block, factors: NDArray[np.float64]) -> Block:
    """The block with the factors of its channels applied; its samples are not touched."""
    if (factors == 1).all():
        return block
    return replace(block, scale=factors if block.scale is None else block.scale * factors)
