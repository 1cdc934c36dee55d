"""Current and voltage transformers: from the samples' side to the primary side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.models import LINE_ROLES, ROLES
from smartx96.quantities import PHASES
from smartx96.settings import Settings

SIDES = ("primary", "secondary")


def primary_factors(
    settings: Settings, side: str, roles: Sequence[str] = ROLES
) -> NDArray[np.float64]:
    """Factors of a source's channels to the primary side, with the currents' directions.

    Parameters
    ----------
    settings : Settings
        `ct_primary`, `ct_secondary`, `vt_ratio`, `current_direction_l1` ...
    side : {'primary', 'secondary'}
        Where the samples stand; primary samples are taken as they are.
    roles : sequence of str
        Roles of the channels.

    Returns
    -------
    ndarray, shape (channel,)

    Raises
    ------
    OptionError
        The side is neither.
    """
    if side not in SIDES:
        raise OptionError(f"side {side}: use {' or '.join(SIDES)}")
    voltage, current = 1.0, 1.0
    if side == "secondary":
        voltage = float(settings.number("vt_ratio"))
        current = settings.number("ct_primary") / settings.number("ct_secondary")
    factors = dict.fromkeys((*ROLES[:3], *LINE_ROLES), voltage)
    for role, phase in zip(ROLES[3:], PHASES, strict=True):
        factors[role] = current * (1 - 2 * settings.number(f"current_direction_{phase}"))
    return np.array([factors[role] for role in roles])


def scaled(block: Block, factors: NDArray[np.float64]) -> Block:
    """The block with the factors of its channels applied; its samples are not touched."""
    if (factors == 1).all():
        return block
    return replace(block, scale=factors if block.scale is None else block.scale * factors)
