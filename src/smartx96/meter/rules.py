"""Rules: what the settings mean for what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from smartx96.meter.alarms import Limits
from smartx96.meter.portion import SECOND, Starting
from smartx96.meter.pulses import PulseRate, pulse_rate
from smartx96.models import NOMINAL_VOLTAGE, WIRINGS, Wiring
from smartx96.settings import Settings

STARTING_SHARE = 0.0005
"""Part of the rated power and current from which a phase registers: half of the starting current
of a class 0.5S meter (IEC 62053-22)."""


class Boundary(IntFlag):
    """What ends at a moment."""

    DEMAND = 1
    PROFILE = 2
    TARIFF = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that accounts need of the settings.

    Parameters
    ----------
    wiring : Wiring
    netted_by_sum : bool
        Which balance is shown as import and export, demanded and pulsed.
    starting : Starting
    limits : Limits
    pulses : tuple of PulseRate
        Of outputs 1 and 2.
    demand_period, demand_slide : int
        [min]
    profile_period : int
        [min]; 0 without a load profile.
    zone : str
        IANA time zone: periods count from midnight of its standard time.
    """

    wiring: Wiring
    netted_by_sum: bool
    starting: Starting
    limits: Limits
    pulses: tuple[PulseRate, PulseRate]
    demand_period: int
    demand_slide: int
    profile_period: int = 0
    zone: str = "UTC"

    @property
    def phases(self) -> bool:
        """Whether phases have energies of their own."""
        return self.wiring.has_neutral

    @property
    def places(self) -> slice:
        """Which of `PLACES` add up to the energies shown."""
        return slice(3, 4) if self.netted_by_sum else slice(0, 3)

    @property
    def grids(self) -> tuple[tuple[Boundary, int], ...]:
        """Boundaries that come again and again, and how often [us]."""
        found = []
        if self.demand_period:
            found.append((Boundary.DEMAND, self.demand_slide * 60 * SECOND))
        if self.profile_period:
            found.append((Boundary.PROFILE, self.profile_period * 60 * SECOND))
        return tuple(found)


def rules(settings: Settings, *, starting: bool = True, profile: bool = False) -> Rules:
    """The rules of settings.

    Parameters
    ----------
    settings : Settings
    starting : bool
        Whether what is below the starting threshold does not register.
    profile : bool
        Whether a load profile is kept.
    """
    wiring = WIRINGS[settings.number("system_type")]
    limits = rated(settings)
    return Rules(
        wiring,
        netted_by_sum=bool(settings.number("energy_balance")) or not wiring.has_neutral,
        starting=starting_threshold(settings) if starting else Starting(),
        limits=limits,
        pulses=(pulse_rate(1, settings), pulse_rate(2, settings)),
        demand_period=settings.number("demand_period"),
        demand_slide=settings.effective_demand_slide,
        profile_period=settings.number("load_profile_period") if profile else 0,
        zone=settings.name("time_zone"),
    )


def rated(settings: Settings) -> Limits:
    """Un and In on the primary side."""
    wiring = WIRINGS[settings.number("system_type")]
    return Limits(
        wiring.nominal_voltage * settings.number("vt_ratio"),
        float(settings.number("ct_primary")),
    )


def starting_threshold(settings: Settings) -> Starting:
    """What registers at least: 0.575 W of a phase on the secondary side at 5 A."""
    wiring = WIRINGS[settings.number("system_type")]
    current = STARTING_SHARE * settings.number("ct_primary")
    power = current * NOMINAL_VOLTAGE * settings.number("vt_ratio")
    return Starting(power, power if wiring is Wiring.ONE_PHASE else 3 * power, current)
