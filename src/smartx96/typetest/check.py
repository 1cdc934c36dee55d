"""Check: one requirement of the plan, the trials it is made of, and what they say of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartx96.typetest.limits import Row
from smartx96.typetest.point import Record, Trial

Records = Mapping[Trial, Record]
Parts = tuple[tuple[str, Trial], ...]


class Kind(StrEnum):
    """How a value comes of records."""

    ERROR = "error"
    VARIATION = "variation"
    COEFFICIENT = "coefficient"
    COMPOSITE = "composite error"
    NETTING = "netting"
    PULSES = "pulses"
    ENERGY = "energy"
    CONSTANT = "constant"
    START_UP = "start-up"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement.

    Parameters
    ----------
    clause : str
        By which it is chosen and summarised.
    kind : Kind
    parts : tuple of (str, Trial)
        What is tried, by its part in the value; `point` is what is judged.
    limit : float or None
        None is for information.
    unit : str
        Of value and limit.
    energy : {'active', 'reactive'}
        Which registers are read.
    row : Row or None
        Whence the limit is; None where it is a datasheet's or the project's own.
    basis : str
        Where the limit is from, in words.
    ids : tuple of str
        Readings that are judged, if any.
    scale : float
        From the difference of a reading to the unit; of pulses the energy of one [Wh, varh].
    output : {1, 2}
        Pulse output.
    at_least : bool
        Whether the value must reach the limit rather than stay within.
    """

    clause: str
    kind: Kind
    parts: Parts
    limit: float | None
    unit: str = "%"
    energy: str = "active"
    row: Row | None = None
    basis: str = ""
    ids: tuple[str, ...] = ()
    scale: float = 1.0
    output: int = 2
    at_least: bool = False

    @property
    def trial(self) -> Trial:
        """The one that is judged."""
        return next(trial for part, trial in self.parts if part == "point")

    def trials(self, part: str) -> list[Trial]:
        """All of one part."""
        return [trial for name, trial in self.parts if name == part]

    @property
    def standard(self) -> str:
        """Standard and edition, or whose promise it is."""
        return self.basis if self.row is None else f"{self.row.standard}:{self.row.edition}"

    @property
    def accuracy_class(self) -> str:
        """Of the standard; empty where there is none."""
        return "" if self.row is None else self.row.accuracy_class


def alone(trial: Trial) -> Parts:
    """Parts of a check of one trial."""
    return (("point", trial),)


def value_of(check: Check, records: Records) -> float | None:
    """What the records say of a check, in its unit; None where the meter gave no reading."""
    return _VALUES[check.kind](check, records)


def percent_error(record: Record, energy: str) -> float:
    """Error of the register into which the energy belongs [%]."""
    id = max(
        (f"{energy}_energy_{way}" for way in ("import", "export")), key=record.true.__getitem__
    )
    return 100 * (record.read[id] / record.true[id] - 1)


def _error(check: Check, records: Records) -> float:
    return percent_error(records[check.trial], check.energy)


def _variation(check: Check, records: Records) -> float:
    (reference,) = check.trials("reference")
    return _error(check, records) - percent_error(records[reference], check.energy)


def _coefficient(check: Check, records: Records) -> float:
    """Per kelvin, between two temperatures."""
    (reference,) = check.trials("reference")
    kelvin = check.trial.point.temperature - reference.point.temperature
    return _variation(check, records) / kelvin


def _composite(check: Check, records: Records) -> float:
    """Root of the sum of squares of the error and of the largest variation by each influence."""
    error = _error(check, records)
    squares = [error**2]
    for part in ("temperature", "voltage", "frequency"):
        found = [percent_error(records[t], check.energy) - error for t in check.trials(part)]
        squares.append(max(x * x for x in found))
    return math.sqrt(sum(squares))


def _netting(check: Check, records: Records) -> float:
    """The worst error of import and export by both nettings, over the energy by phases."""
    record = records[check.trial]
    whole = record.true["active_energy_import_per_phase"]
    ids = [f"active_energy_{way}_{b}" for way in ("import", "export") for b in ("per_phase", "sum")]
    return max((100 * (record.read[id] - record.true[id]) / whole for id in ids), key=abs)


def _pulses(check: Check, records: Records) -> float:
    return float(records[check.trial].pulses[check.output - 1])


def _energy(check: Check, records: Records) -> float:
    """All that was registered [mWh, mvarh]."""
    read = records[check.trial].read
    ids = [
        f"{kind}_energy_{way}" for kind in ("active", "reactive") for way in ("import", "export")
    ]
    return 1000 * sum(read[id] for id in ids)


def _constant(check: Check, records: Records) -> float:
    """Pulses beyond those that the growth of the registers is worth."""
    record = records[check.trial]
    energy = sum(record.read[id] for id in check.ids)
    return float(record.pulses[check.output - 1] - math.floor(energy / check.scale))


def _start_up(check: Check, records: Records) -> float:
    """Time whose energy is not registered [s]."""
    record, point = records[check.trial], check.trial.point
    true, read = (x["active_energy_import"] for x in (record.true, record.read))
    return (true - read) / true * point.seconds


def _reading(check: Check, records: Records) -> float | None:
    """The largest difference from the truth."""
    record = records[check.trial]
    if any(id not in record.read for id in check.ids):
        return None
    found = (record.read[id] - record.true[id] for id in check.ids)
    return max(found, key=abs) * check.scale


_VALUES: dict[Kind, Callable[[Check, Records], float | None]] = {
    Kind.ERROR: _error,
    Kind.VARIATION: _variation,
    Kind.COEFFICIENT: _coefficient,
    Kind.COMPOSITE: _composite,
    Kind.NETTING: _netting,
    Kind.PULSES: _pulses,
    Kind.ENERGY: _energy,
    Kind.CONSTANT: _constant,
    Kind.START_UP: _start_up,
    Kind.READING: _reading,
}
