"""Points: lines of the InfluxDB protocol from snapshots, at whole multiples of an interval.

A measurement is a kind of quantity, a field a quantity by its id, in the unit of the table. What is
not available has no field: so there is a gap where the meter had nothing to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smartx96.meter.snapshot import Snapshot
from smartx96.quantities import HARMONICS, TABLE, Kind

MEASUREMENTS: Mapping[Kind, str] = {
    Kind.INSTANTANEOUS: "x96_readings",
    Kind.HARMONIC: "x96_harmonics",
    Kind.ENERGY: "x96_energies",
    Kind.EXACT: "x96_exact_energies",
    Kind.DEMAND: "x96_demands",
    Kind.COUNT: "x96_state",
    Kind.STATUS: "x96_state",
}
"""Where quantities of each kind are written."""

_STATE = MEASUREMENTS[Kind.STATUS]
_IDS = {
    kind: tuple(q.id for q in TABLE if q.kind is kind)
    for kind in (Kind.INSTANTANEOUS, Kind.ENERGY, Kind.EXACT, Kind.DEMAND)
}
_COUNTS = tuple(q.id for q in TABLE if q.kind in (Kind.COUNT, Kind.STATUS))
_DIGITS = 9
"""Significant ones of readings, which are good for five."""

_MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose lines they are: the tags of all of them.

    Parameters
    ----------
    meter, model : str
    serial_number : int
    """

    meter: str
    model: str
    serial_number: int

    @property
    def tags(self) -> str:
        """As they stand in a line, in the order that databases like best."""
        return (
            f"meter={_escaped(self.meter)},model={_escaped(self.model)},serial={self.serial_number}"
        )


class Points:
    """Lines of one meter.

    Parameters
    ----------
    subject : Subject
    interval : float
        Interval [s of the meter's clock].
    harmonics : bool
        Whether all orders are written.
    """

    def __init__(self, subject: Subject, interval: float, *, harmonics: bool) -> None:
        self._tags, self._harmonics = subject.tags, harmonics
        self._interval = round(interval * _MICROSECOND)
        self._written: int | None = None

    def of(self, snapshot: Snapshot) -> list[str]:
        """Lines of a snapshot; none where its interval has some already."""
        number = snapshot.clock // self._interval
        if number == self._written:
            return []
        self._written = number
        return self.lines(snapshot)

    def lines(self, snapshot: Snapshot) -> list[str]:
        """Every line of a snapshot; without power a meter says how it stands, and no more."""
        found = [self._line(_STATE, _state(snapshot), snapshot)]
        if snapshot.powered:
            for kind, ids in _IDS.items():
                fields = _fields(snapshot, ids, exact=kind is not Kind.INSTANTANEOUS)
                found.append(self._line(MEASUREMENTS[kind], fields, snapshot))
            if self._harmonics:
                found += self._orders(snapshot)
        return [line for line in found if line]

    def _orders(self, snapshot: Snapshot) -> list[str]:
        found = []
        for quantity, row in zip(HARMONICS, snapshot.harmonics, strict=True):
            fields = ",".join(
                f"h{order}={value:.{_DIGITS}g}"
                for order, value in enumerate(row.tolist(), 1)
                if not np.isnan(value)
            )
            measurement = f"{MEASUREMENTS[Kind.HARMONIC]},quantity={quantity.id}"
            found.append(self._line(measurement, fields, snapshot))
        return found

    def _line(self, measurement: str, fields: str, snapshot: Snapshot) -> str:
        if not fields:
            return ""
        return f"{measurement},{self._tags} {fields} {1000 * snapshot.clock}\n"


def _fields(snapshot: Snapshot, ids: tuple[str, ...], *, exact: bool) -> str:
    values = ((id, snapshot.shown(id)) for id in ids)
    return ",".join(f"{id}={_value(v, exact)}" for id, v in values if v is not None)


def _state(snapshot: Snapshot) -> str:
    said = _fields(snapshot, _COUNTS, exact=True)
    words = {
        "powered": str(snapshot.powered).lower(),
        "tariff": f"{snapshot.standing.tariff}i",
        "flags": f"{int(snapshot.flags)}i",
        "events": f"{snapshot.standing.event_count}i",
    }
    state = snapshot.input
    if state is not None:
        words |= {"dry": str(state.dry).lower(), "outages": f"{state.outages}i"}
        if state.age is None:
            words |= {"gaps": f"{state.gaps}i", "lost_samples": f"{state.lost_samples}i"}
        elif math.isfinite(state.age):
            words["age"] = f"{state.age:.3f}"
    return ",".join([*([said] if said else []), *(f"{k}={v}" for k, v in words.items())])


def _value(value: float | int, exact: bool) -> str:
    if isinstance(value, int):
        return f"{value}i"
    return repr(value) if exact else f"{value:.{_DIGITS}g}"


def _escaped(text: str) -> str:
    """The value of a tag: commas, equals signs and spaces are escaped, and nothing else can be."""
    for sign in (",", "=", " "):
        text = text.replace(sign, f"\\{sign}")
    return text.rstrip("\\")
