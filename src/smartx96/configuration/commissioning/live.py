"""Live: what a meter shows, read several times over some seconds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from smartx96.modbus.registers import BY_ID as REGISTERS
from smartx96.models import Wiring
from smartx96.quantities import INSTANTANEOUS, LINES, PHASES

VALUES = tuple(id for id in INSTANTANEOUS if id in REGISTERS)
"""What is measured, as far as the map has it."""

COUNTERS = tuple(f"active_energy_{way}{form}" for way in ("import", "export")
                 for form in ("", "_exact"))  # fmt: skip
"""Registers whose growth tells in which direction they count."""

IDS = (*VALUES, *COUNTERS, "status")
"""What one reading asks for."""

_OF_LOAD = ("power_factor", "phase_angle", "displacement_power_factor", "current_thd")
"""Quantities that a phase without load has not."""
_OF_NEUTRAL = (
    "voltage", "active_power", "reactive_power", "apparent_power", "power_factor", "phase_angle",
    "displacement_power_factor",
)  # fmt: skip
"""Quantities that phases have only beside a neutral."""


@dataclass(frozen=True, slots=True)
class LiveReading:
    """What a meter showed at one time.

    Parameters
    ----------
    time : float
        When it had come [s].
    values : mapping of str to float
        By id.
    """

    time: float
    values: Mapping[str, float]


def available(values: Mapping[str, float], wiring: Wiring) -> dict[str, float]:
    """Values that mean something: registers of what is not available read 0.

    Parameters
    ----------
    values : mapping of str to float
        By id, as registers have them.
    wiring : Wiring
    """
    idle = {place for place in ("", *PHASES) if not values.get(_at("power_factor", place), 1.0)}
    lacking = {_at(id, place) for id in _OF_LOAD for place in idle} | _lacking(wiring)
    return {
        id: value for id, value in values.items() if id not in lacking and not math.isnan(value)
    }


def _at(id: str, place: str) -> str:
    return f"{id}_{place}" if place else id


def _lacking(wiring: Wiring) -> set[str]:
    """Ids that a wiring has not."""
    if wiring is Wiring.FOUR_WIRE:
        return set()
    if wiring is Wiring.THREE_WIRE:
        return {f"{id}_{phase}" for id in _OF_NEUTRAL for phase in PHASES} | {
            "voltage_ln_average", "voltage_thd_ln_average", "current_n"
        }  # fmt: skip
    gone = {id for id in VALUES if id.endswith((*PHASES[1:], *LINES)) or "_ll_" in id}
    return gone | {"voltage_sequence", "current_sequence", "current_n"}


@dataclass(frozen=True)
class Observation:
    """Readings one after the other.

    Parameters
    ----------
    readings : tuple of LiveReading
        One at least, the first one first.
    wiring : Wiring
        Which values there are.
    lost : int
        Readings without an answer of use.
    """

    readings: tuple[LiveReading, ...]
    wiring: Wiring
    lost: int = 0

    @property
    def duration(self) -> float:
        """From the first reading to the last [s]."""
        return self.readings[-1].time - self.readings[0].time

    @cached_property
    def values(self) -> tuple[dict[str, float], ...]:
        """What was available, of each reading."""
        return tuple(available(reading.values, self.wiring) for reading in self.readings)

    @cached_property
    def means(self) -> dict[str, float]:
        """Mean of what was available in all readings, by id; of a code the most frequent."""
        return {id: _mean(id, self.series(id)) for id in self._always()}

    def series(self, id: str) -> list[float]:
        """Values of an id in the readings that have it."""
        return [values[id] for values in self.values if id in values]

    def spread(self, id: str) -> float:
        """Largest less smallest."""
        series = self.series(id)
        return max(series) - min(series) if series else 0.0

    def growth(self, id: str) -> float | None:
        """Last less first of a register that counts; None where it is not read."""
        first, last = (reading.values.get(id) for reading in (self.readings[0], self.readings[-1]))
        return None if first is None or last is None else last - first

    def _always(self) -> Iterable[str]:
        return (id for id in self.values[0] if all(id in values for values in self.values))


_CODES = frozenset({"voltage_sequence", "current_sequence", "load_nature", "status"})


def _mean(id: str, series: list[float]) -> float:
    if id in _CODES:
        return Counter(series).most_common(1)[0][0]
    return math.fsum(series) / len(series)
