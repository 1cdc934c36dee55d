"""Conditions: what readings depend on beside the samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from smartx96.models import Wiring


class ApparentPower(Enum):
    """Ways to add apparent power over the phases (setting `apparent_power_method`)."""

    ARITHMETIC = 0
    """Sum of the phases' apparent powers."""
    VECTOR = 1
    """Root of active and fundamental reactive power squared."""
    EFFECTIVE = 2
    """3 Ve Ie (IEEE 1459-2010, 3.2.2.8)."""


class Netting(Enum):
    """Which powers and energies are shown as import and export (setting `energy_balance`)."""

    PER_PHASE = 0
    """Each phase adds to import or export by the sign of its own power."""
    SUM = 1
    """All phases together, by the sign of the total."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a reading depends on beside the samples.

    Parameters
    ----------
    present : ndarray of bool, shape (6,)
        Which of v1, v2, v3, i1, i2, i3 are connected.
    wiring : Wiring
        Without a neutral the voltages stand against the lines' own star point.
    apparent_power : ApparentPower
    netting : Netting
    starting_current : float
        Current [A] at and below which a phase has no angle, power factor and current harmonics.
    keep_dc : bool
        Whether the mean of a window counts; a transformer meter removes it.
    harmonics : bool
        Whether the model has THD and harmonics.
    """

    present: NDArray[np.bool_]
    wiring: Wiring = Wiring.FOUR_WIRE
    apparent_power: ApparentPower = ApparentPower.ARITHMETIC
    netting: Netting = Netting.PER_PHASE
    starting_current: float = 0.0
    keep_dc: bool = False
    harmonics: bool = True

    @property
    def netted_by_sum(self) -> bool:
        """Whether import and export go by the total; without a neutral there is nothing else."""
        return self.netting is Netting.SUM or not self.wiring.has_neutral
