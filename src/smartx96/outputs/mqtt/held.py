"""Held: which quantities a meter has, by its wiring and model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from smartx96.meter.configuration import Configuration
from smartx96.meter.demand import Demand
from smartx96.meter.reckoning import reckoning
from smartx96.meter.standing import energies
from smartx96.metrology.derived import quantities
from smartx96.metrology.phasor_readings import readings_of_phasors
from smartx96.metrology.synchronisation import Phasors
from smartx96.models import ROLES, SYSTEM_TYPES, Model, Wiring
from smartx96.quantities import HARMONICS, INSTANTANEOUS, TABLE
from smartx96.settings import Settings


@dataclass(frozen=True, slots=True)
class Held:
    """Ids of quantities, in the order of the table.

    Parameters
    ----------
    readings, energies, demands, harmonics : tuple of str
    """

    readings: tuple[str, ...]
    energies: tuple[str, ...]
    demands: tuple[str, ...]
    harmonics: tuple[str, ...]


def held(configuration: Configuration) -> Held:
    """What a meter so configured has."""
    return _held(configuration.wiring, configuration.model)


@cache
def _held(wiring: Wiring, model: Model) -> Held:
    settings = Settings({"system_type": SYSTEM_TYPES[wiring]})
    conditions = Configuration(settings, model=model).conditions()
    # What a loaded meter cannot say, none of the kind ever says.
    readings = readings_of_phasors(_loaded(), np.array([50.0]), conditions)
    known = {id for id, values in quantities(readings).items() if np.isfinite(values[0])}
    counted = energies(dict.fromkeys(reckoning(wiring, False, True, True).ids, 0))
    demands = Demand.ids(wiring)
    channels = np.concatenate([readings.voltage_harmonics[0], readings.current_harmonics[0]])
    return Held(
        tuple(id for id in INSTANTANEOUS if id in known),
        tuple(q.id for q in TABLE if q.id in counted),
        tuple(q.id for q in TABLE if q.id in demands),
        tuple(q.id for q, orders in zip(HARMONICS, channels, strict=True)
              if model.harmonics and np.isfinite(orders[0])),
    )  # fmt: skip


def _loaded() -> Phasors:
    """Phasors of a loaded meter, shape (1, 6, 1)."""
    turns = np.exp(-2j * np.pi / 3 * np.arange(3))
    voltages, currents = 230.0 * turns, 5.0 * turns * np.exp(-0.5j)
    return np.concatenate([voltages, currents]).reshape(1, len(ROLES), 1)
