"""Records: what a filled-in file says of the trials of a plan, in the form that `run` makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from smartx96.errors import ConfigurationError
from smartx96.models import PULSE2_CONSTANT
from smartx96.typetest.check import Check, Kind, Records
from smartx96.typetest.external.matching import Matched
from smartx96.typetest.external.points_file import Row
from smartx96.typetest.external.reference import ReferenceUncertainty
from smartx96.typetest.external.set_points import ENERGIES, Asked, SetPoint
from smartx96.typetest.external.trial_errors import Compared, Transformers, compared
from smartx96.typetest.external.uncertainty import Uncertainty, uncertainty
from smartx96.typetest.point import Record, Trial

_OF_CURRENT = ("current_l",)
_OF_VOLTAGE = ("voltage_l",)
_OF_POWER = ("active_power", "reactive_power", "apparent_power", *ENERGIES)


@dataclass(frozen=True)
class Taken:
    """All that a file says.

    Parameters
    ----------
    records : mapping of Trial to Record
    compared : dict
        Repeated errors by trial and kind of energy.
    uncertainties : dict
        By trial and kind of energy.
    rows : dict
        Rows with something filled in, by trial and what was read.
    """

    records: Records
    compared: dict[tuple[Trial, str], Compared]
    uncertainties: dict[tuple[Trial, str], Uncertainty]
    rows: dict[tuple[Trial, Asked], Row]

    def missing(self, check: Check) -> str | None:
        """What a check lacks; None where it can be judged."""
        for _, trial in check.parts:
            lack = self._lack(check, trial)
            if lack:
                return lack
        return None

    def _lack(self, check: Check, trial: Trial) -> str | None:
        if check.kind is Kind.PULSES:
            return None if self._has(trial, Asked.PULSES, "pulses") else "no pulses were counted"
        if check.kind is Kind.ENERGY:
            record = self.records.get(trial)
            whole = record is not None and all(id in record.read for id in ENERGIES)
            return None if whole else "no readings of all four energies"
        if check.kind is Kind.READING:
            read = self.records[trial].read if trial in self.records else {}
            return None if all(id in read for id in check.ids) else "not measured"
        return None if (trial, check.energy) in self.compared else "not measured"

    def _has(self, trial: Trial, asked: Asked, column: str) -> bool:
        row = self.rows.get((trial, asked))
        return row is not None and bool(getattr(row.filled, column))


@dataclass
class _Gathered:
    true: dict[str, float] = field(default_factory=dict)
    read: dict[str, float] = field(default_factory=dict)
    pulses: tuple[int, ...] = ()


def taken(matched: Matched, transformers: Transformers, reference: ReferenceUncertainty,
          constant: float = PULSE2_CONSTANT) -> Taken:  # fmt: skip
    """Records of all rows that are filled in.

    Parameters
    ----------
    matched : Matched
    transformers : Transformers
        Ratios that the meter multiplies by, where a row does not say them.
    reference : ReferenceUncertainty
    constant : float
        Pulses of the meter for 1 kWh at its terminals.

    Raises
    ------
    ConfigurationError
        A row cannot be taken as it is, or rows are of different meters.
    """
    _one_meter(matched)
    gathered: dict[Trial, _Gathered] = {}
    found: dict[tuple[Trial, str], Compared] = {}
    spread: dict[tuple[Trial, str], Uncertainty] = {}
    rows = {}
    for row in matched.rows:
        point = matched.points.get(row.key)
        if point is None or row.filled.empty:
            continue
        rows[point.trial, row.asked] = row
        ratios = ratios_of(row, transformers)
        record = gathered.setdefault(point.trial, _Gathered())
        if row.asked in (Asked.ACTIVE, Asked.REACTIVE):
            key = (point.trial, row.asked.kind)
            found[key] = compared(matched.path, row, point, ratios, constant)
            spread[key] = uncertainty(found[key], reference.at(point.trial.point))
            _energy(record, point, found[key])
        elif row.asked is Asked.PULSES:
            _pulses(matched.path, record, row, point, ratios)
        else:
            _readings(matched.path, record, row, point, ratios)
    records = {trial: Record(each.true, each.read, each.pulses) for trial, each in gathered.items()}
    return Taken(records, found, spread, rows)


def ratios_of(row: Row, stated: Transformers) -> Transformers:
    """Transformer ratios of a row, and where it has none those that were stated."""
    own = row.filled
    return Transformers(
        stated.current if own.current_ratio is None else own.current_ratio,
        stated.voltage if own.voltage_ratio is None else own.voltage_ratio,
    )


def _energy(record: _Gathered, point: SetPoint, found: Compared) -> None:
    """The mean energies, such that their error is the mean of the errors."""
    true = fmean(found.true)
    _, power = point.energy(Asked.REACTIVE if found.id.startswith("reactive") else Asked.ACTIVE)
    own = found.id.partition("_")[0]
    closed = point.energies(3600.0 * true / power)
    record.true |= {id: x for id, x in closed.items() if id.startswith(own)}
    record.true[found.id] = true
    record.read[found.id] = true * (1 + found.error / 100)


def _pulses(path: Path, record: _Gathered, row: Row, point: SetPoint,
            transformers: Transformers) -> None:  # fmt: skip
    filled, due = row.filled, point.trial.seconds
    if filled.pulses:
        seconds = sum(filled.true_seconds) or due
        if not 0.99 * due <= seconds <= 1.5 * due:
            raise ConfigurationError(
                f"{path}: row {row.line}, column true_seconds: {seconds:g} where the test lasts "
                f"{due:g} s"
            )
        if any(x != int(x) for x in filled.pulses):
            raise ConfigurationError(f"{path}: row {row.line}, column pulses: whole pulses are due")
        record.pulses = (0, int(sum(filled.pulses)))
    closed = point.energies(due)
    for id, x in secondary(filled.readings, transformers).items():
        if id in ENERGIES:
            record.true.setdefault(id, closed[id])
            record.read.setdefault(id, x)


def _readings(path: Path, record: _Gathered, row: Row, point: SetPoint,
              transformers: Transformers) -> None:  # fmt: skip
    known = point.ids()
    strange = [id for id in (*row.filled.readings, *row.filled.true_readings) if id not in known]
    if strange:
        raise ConfigurationError(
            f"{path}: row {row.line}, column readings: {strange[0]}: use {', '.join(known)}"
        )
    true = {**point.values(), **row.filled.true_readings}
    for id, x in secondary(row.filled.readings, transformers).items():
        record.true[id], record.read[id] = true[id], x


def secondary(readings: Mapping[str, float], transformers: Transformers) -> dict[str, float]:
    """Readings at the meter's terminals."""
    ratios = (
        (_OF_CURRENT, transformers.current),
        (_OF_VOLTAGE, transformers.voltage),
        (_OF_POWER, transformers.power),
    )
    return {
        id: x / next((ratio for ids, ratio in ratios if id.startswith(ids)), 1.0)
        for id, x in readings.items()
    }


def _one_meter(matched: Matched) -> None:
    """All rows that name a meter name the same."""
    named = [row for row in matched.rows if row.filled.meter and not row.filled.empty]
    others = [row for row in named if row.filled.meter != named[0].filled.meter]
    if others:
        raise ConfigurationError(
            f"{matched.path}: row {others[0].line}, column meter: {others[0].filled.meter!r} where "
            f"row {named[0].line} has {named[0].filled.meter!r}: use a file for each meter"
        )


def counted_reasons(reasons: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Clauses and reasons with how many checks they are of, in their order."""
    return [(clause, reason, n) for (clause, reason), n in Counter(reasons).items()]
