"""Derived: every instantaneous quantity, by its id, from readings of any shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np

from smartx96.metrology.kernels import Values
from smartx96.metrology.loops import COMPILED
from smartx96.metrology.readings import Readings
from smartx96.metrology.symmetry import LARGER
from smartx96.metrology.synchronisation import LIVE_SHARE, Phasors
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES

_CLEAR = 2.0 * LARGER
"""One sequence must exceed the other by this factor to be called the sequence; with a voltage
reversed it is exactly 2."""
_LEAST_POSITIVE = 0.01
"""Positive sequence over the largest component, below which nothing is told as a part of it."""
_RESISTIVE_DEGREES = 5.0

NORMAL, REVERSE = 1.0, 2.0
RESISTIVE, INDUCTIVE, CAPACITIVE = 1.0, 2.0, 3.0


def quantities(r: Readings) -> Mapping[str, Values]:
    """Values by quantity id; each has the readings' leading shape, NaN where not available.

    Parameters
    ----------
    r : Readings

    Returns
    -------
    mapping
        One entry for every id of `smartx96.quantities.INSTANTANEOUS`.
    """
    table = _compiled(r)
    return Derived(r).all() if table is None else table


class Derived(Mapping[str, Values]):
    """Quantities by id, reckoned in groups up to that which is asked for.

    Parameters
    ----------
    readings : Readings
    """

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._found: dict[str, Values] = {}
        self._left = iter(_GROUPS)

    def __getitem__(self, id: str) -> Values:
        if id not in self._found:
            self._reckon(until=id)
        return self._found[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> dict[str, Values]:
        """Every quantity."""
        self._reckon()
        return self._found

    def _reckon(self, until: str = "") -> None:
        if not self._found and (table := _compiled(self._readings)) is not None:
            self._found, self._left = dict(table), iter(())
            return
        with np.errstate(divide="ignore", invalid="ignore"):
            for group in self._left:
                self._found |= group(self._readings)
                if until in self._found:
                    return


class _Table(Mapping[str, Values]):
    """Quantities by id that are rows of an array."""

    def __init__(self, rows: Values) -> None:
        self._rows = rows

    def __getitem__(self, id: str) -> Values:
        row: Values = self._rows[_every_id()[id]]
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(_every_id())

    def __len__(self) -> int:
        return len(_every_id())


def _compiled(r: Readings) -> _Table | None:
    """Every quantity, by the compiled loop, where readings came from one."""
    if COMPILED is None or not hasattr(r, "table"):
        return None
    found = np.empty((len(_every_id()), len(r.table)))
    COMPILED.derive(
        r.table, found,
        (r.wiring.phases.stop, r.wiring.has_neutral, _CLEAR, _LEAST_POSITIVE, _RESISTIVE_DEGREES,
         LIVE_SHARE),
    )  # fmt: skip
    return _Table(found)


@cache
def _every_id() -> dict[str, int]:
    """Ids of the quantities, and their places in the order in which the groups have them."""
    rows, one, orders = np.empty((0, 3)), np.empty(0), np.empty((0, 3, 1))
    values: dict[str, Any] = {f.name: rows for f in fields(Readings) if f.name != "wiring"}
    values |= dict.fromkeys(("voltage_harmonics", "current_harmonics"), orders)
    values |= dict.fromkeys(("frequency", "neutral_current", "total_apparent_power"), one)
    values |= dict.fromkeys(("voltage_least", "current_least"), one)
    empty = Readings(Wiring.FOUR_WIRE, **values | {"fundamental_power": rows + 0j})
    return {id: n for n, id in enumerate(id for group in _GROUPS for id in group(empty))}


def _each(id: str, values: Values, places: tuple[str, ...] = PHASES) -> dict[str, Values]:
    return {full: values[..., n] for n, full in enumerate(_ids(id, places))}


@cache
def _ids(id: str, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(id.format(place) for place in places)


def _mean(phases: Values) -> Values:
    """Mean over the phases; quicker than ndarray.mean by half a live window's microseconds."""
    mean: Values = np.add.reduce(phases, axis=-1) / phases.shape[-1]
    return mean


def _levels(r: Readings) -> dict[str, Values]:
    own = r.wiring.phases
    return {
        "frequency": r.frequency,
        **_each("voltage_{}", r.voltage),
        **_each("current_{}", r.current),
        **_each("voltage_{}", r.line_voltage, LINES),
        "voltage_ln_average": _mean(r.voltage[..., own]),
        "voltage_ll_average": _mean(r.line_voltage),
        "current_average": _mean(r.current[..., own]),
        "current_sum": r.current[..., own].sum(axis=-1),
        "current_n": r.neutral_current,
    }


def _distortion(r: Readings) -> dict[str, Values]:
    own = r.wiring.phases
    return {
        **_each("voltage_thd_{}", r.voltage_thd),
        **_each("current_thd_{}", r.current_thd),
        **_each("voltage_thd_{}", r.line_thd, LINES),
        "voltage_thd_ln_average": _mean(r.voltage_thd[..., own]),
        "current_thd_average": _mean(r.current_thd[..., own]),
        "voltage_thd_ll_average": _mean(r.line_thd),
    }


def _powers(r: Readings) -> dict[str, Values]:
    own, p, q = r.wiring.phases, r.active_power, r.fundamental_power.imag
    total = p[..., own].sum(axis=-1)
    factor = total / r.total_apparent_power
    idle = np.isnan(r.current_harmonics[..., 0])
    at_rest = idle[..., own].all(axis=-1)
    factors = np.where(idle, np.nan, p / r.apparent_power)
    return {
        **_each("active_power_{}", _of_phases(p, r)),
        **_each("apparent_power_{}", r.apparent_power),
        **_each("reactive_power_{}", _of_phases(q, r)),
        **_each("power_factor_{}", factors),
        "active_power": total,
        "apparent_power": r.total_apparent_power,
        "reactive_power": q[..., own].sum(axis=-1),
        "power_factor": np.where(at_rest, np.nan, factor),
        "power_factor_inverted": np.where(at_rest, np.nan, -factor),
        "active_power_import": r.exchanged_power[..., 0],
        "active_power_export": r.exchanged_power[..., 1],
    }


def _of_phases(values: Values, r: Readings) -> Values:
    """What belongs to phases; without a neutral there is none of it."""
    return values if r.wiring.has_neutral else np.full_like(values, np.nan)


def _angles(r: Readings) -> dict[str, Values]:
    own = r.wiring.phases
    idle = np.isnan(r.current_harmonics[..., 0])
    angle = _of_phases(np.where(idle, np.nan, _degrees(r.fundamental_power)), r)
    total = _degrees(r.fundamental_power[..., own].sum(axis=-1))
    together = np.where(idle[..., own].all(axis=-1), np.nan, total)
    return {
        **_each("phase_angle_{}", angle),
        **_each("displacement_power_factor_{}", np.cos(np.radians(angle))),
        "phase_angle": together,
        "displacement_power_factor": np.cos(np.radians(together)),
        "load_nature": _nature(together),
    }


def _degrees(power: Phasors) -> Values:
    """Angle in (-180, 180]; NaN without power."""
    angle = np.degrees(np.angle(power))
    angle = np.where(angle == -180.0, 180.0, angle)
    return np.where(power == 0, np.nan, angle)


def _nature(angle: Values) -> Values:
    off_axis = np.minimum(np.abs(angle), 180.0 - np.abs(angle))
    reactive = np.where(angle > 0, INDUCTIVE, CAPACITIVE)
    nature = np.where(off_axis <= _RESISTIVE_DEGREES, RESISTIVE, reactive)
    return np.where(np.isnan(angle), np.nan, nature)


def _symmetry(r: Readings) -> dict[str, Values]:
    voltage = r.voltage_sequence
    found = {
        "voltage_sequence": rotation(r.voltage_sequence, r.voltage_least),
        "current_sequence": rotation(r.current_sequence, r.current_least),
        "voltage_unbalance_negative": unbalance(voltage, 1),
        "voltage_unbalance_zero": unbalance(voltage, 2),
    }
    if r.wiring is Wiring.ONE_PHASE:
        return {id: np.full_like(values, np.nan) for id, values in found.items()}
    if not r.wiring.has_neutral:
        found["voltage_unbalance_zero"] = np.full_like(voltage[..., 2], np.nan)
    return found


def unbalance(sequence: Values, component: int) -> Values:
    """Negative (1) or zero (2) over positive sequence [%]; NaN where the supply has none to speak
    of, as where it turns the other way.
    """
    positive = sequence[..., 0]
    there = positive > _LEAST_POSITIVE * sequence.max(axis=-1)
    return np.where(there, 100 * sequence[..., component] / positive, np.nan)


_GROUPS = (_levels, _powers, _distortion, _angles, _symmetry)
"""In the order in which they are most often asked for."""


def rotation(sequence: Values, least: Values) -> Values:
    """1 normal, 2 reverse, 0 undetermined: a phase missing or neither sequence clear."""
    positive, negative = sequence[..., 0], sequence[..., 1]
    normal = np.where(positive > _CLEAR * negative, NORMAL, 0.0)
    clear = np.where(negative > _CLEAR * positive, REVERSE, normal)
    return np.where(least > LIVE_SHARE, clear, 0.0)
