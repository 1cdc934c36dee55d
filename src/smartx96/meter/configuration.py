"""Configuration: what a meter in place is set to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.calendar import Calendars, Tariffs
from smartx96.meter.rules import Rules, rules, starting_threshold
from smartx96.metrology.conditions import ApparentPower, Conditions, Netting
from smartx96.models import MODELS, ROLES, WIRINGS, Model, Wiring
from smartx96.settings import Settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a meter in place is set to.

    Parameters
    ----------
    settings : Settings
    keep_dc : bool
        Whether the mean of a window counts.
    starting : bool
        Whether what is below the starting threshold registers nothing, and a phase without current
        has no power factor and angle; else everything registers.
    model : Model
    subgroups : bool
        Whether harmonics and THD are those of subgroups (IEC 61000-4-7) and not of single lines.

    Raises
    ------
    OptionError
        The model cannot be connected in this wiring.
    """

    settings: Settings = field(default_factory=Settings)
    keep_dc: bool = False
    starting: bool = False
    model: Model = MODELS["X96-5A"]
    subgroups: bool = False

    def __post_init__(self) -> None:
        self.model.check(self.wiring)

    @property
    def wiring(self) -> Wiring:
        """How the meter is connected."""
        return WIRINGS[self.settings.number("system_type")]

    @property
    def nominal(self) -> int | None:
        """Nominal frequency [Hz]; None is to be chosen by the signal."""
        return self.settings.number("nominal_frequency") or None

    def conditions(self, present: NDArray[np.bool_] | None = None) -> Conditions:
        """What the readings of this meter depend on.

        Parameters
        ----------
        present : ndarray of bool, shape (6,), optional
            Which channels are connected; None is all.
        """
        channels = np.ones(len(ROLES), bool) if present is None else present.copy()
        if self.wiring is Wiring.ONE_PHASE:
            channels[[1, 2, 4, 5]] = False
        return Conditions(
            present=channels,
            wiring=self.wiring,
            apparent_power=ApparentPower(self.settings.number("apparent_power_method")),
            netting=Netting(self.settings.number("energy_balance")),
            starting_current=starting_threshold(self.settings).current if self.starting else 0.0,
            keep_dc=self.keep_dc,
            harmonics=self.model.harmonics,
        )

    def tariffs(self, calendars: Calendars) -> Tariffs:
        """What rules when, by tariff calendars or fixed."""
        zone, control = self.settings.name("time_zone"), self.settings.number("tariff_control")
        return Tariffs(calendars, zone, control)

    def rules(self, *, profile: bool = False) -> Rules:
        """What is counted, and how."""
        return rules(self.settings, starting=self.starting, profile=profile)
