"""Errors of a row: repeated comparisons of what was read with what was true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from smartx96.errors import ConfigurationError
from smartx96.models import PULSE2_CONSTANT
from smartx96.typetest.external.filled import Filled
from smartx96.typetest.external.points_file import Row
from smartx96.typetest.external.set_points import SetPoint

_HOUR = 3600.0
_ENDS = math.sqrt(6.0)
"""Two rectangular distributions of a step's width: its standard deviation is the step over this
(JCGM 100, 4.3.7: a rectangle's is its width over the root of 12)."""
_ONCE = math.sqrt(12.0)
_MISTAKES = {
    "kW": (1e-3, "power"),
    "the wrong sign": (-1.0, "power"),
    "Wh": (1e3, "register"),
    "MWh": (1e-3, "register"),
}
"""What makes readings so many times what is true, and in which columns."""
_FAR = 0.2
"""A truth that is farther from the set point than this share is of another point, or another
unit."""


@dataclass(frozen=True, slots=True)
class Transformers:
    """Ratios that the meter multiplies by.

    Parameters
    ----------
    current, voltage : float
        Primary over secondary.
    """

    current: float = 1.0
    voltage: float = 1.0

    @property
    def power(self) -> float:
        """Of power and energy."""
        return self.current * self.voltage


UNITY = Transformers()
"""The meter shows what is at its terminals."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a row says.

    Parameters
    ----------
    id : str
        Register into which the energy goes.
    true, read : tuple of float
        Energies at the meter's terminals, one for each repetition [Wh, varh].
    seconds : float
        Mean time of one.
    resolution, timing : float
        Standard uncertainties of the mean by the steps of what was read, and by its times [%].
    """

    id: str
    true: tuple[float, ...]
    read: tuple[float, ...]
    seconds: float
    resolution: float
    timing: float

    @property
    def errors(self) -> tuple[float, ...]:
        """Of each repetition [%]."""
        pairs = zip(self.read, self.true, strict=True)
        return tuple(100 * (read / true - 1) for read, true in pairs)

    @property
    def error(self) -> float:
        """Mean [%]."""
        return fmean(self.errors)

    @property
    def repeatability(self) -> float | None:
        """Standard deviation of the errors [%]; None of a single one."""
        return stdev(self.errors) if len(self.errors) > 1 else None


def compared(path: Path, row: Row, point: SetPoint, transformers: Transformers,
             constant: float = PULSE2_CONSTANT) -> Compared:  # fmt: skip
    """What a row of energy says.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    row : Row
        With something filled in.
    point : SetPoint
    transformers : Transformers
        Of the meter.
    constant : float
        Its pulses for 1 kWh (kvarh) at its terminals.

    Raises
    ------
    ConfigurationError
        Something is missing, does not fit together or cannot be true; names row and column.
    """
    filled = row.filled
    id, power = point.energy(row.asked)
    column, read, step = _read(path, row, transformers, constant, reversed_=id.endswith("export"))
    count = len(read)
    seconds = _several(path, row, "true_seconds", count)
    true = _true(path, row, count, seconds, power)
    shown = _shown(filled, column)
    if column == "power_w":
        # A power is compared with a power: over an hour where nobody said how long.
        hours = [s / _HOUR for s in seconds] if seconds else [1.0] * count
        read = [watts * h for watts, h in zip(read, hours, strict=True)]
        step *= fmean(hours)
    _likely(path, row, column, shown, [r / t for r, t in zip(read, true, strict=True)])
    mean = fmean(abs(x) for x in read) or fmean(true)
    width = _ONCE if column == "power_w" else _ENDS
    timed = bool(seconds) and not filled.true_energy_wh and column != "power_w"
    timing = filled.timing_s
    if timing is None:
        timing = row.steps.get("true_seconds", 0.0) if timed else 0.0
    long = fmean(seconds) if seconds else 0.0
    resolution = step if filled.resolution_wh is None else filled.resolution_wh
    share = 100 / math.sqrt(count)
    return Compared(
        id, tuple(true), tuple(read), long, share * resolution / width / mean,
        share * timing / _ENDS / long if long else 0.0,
    )  # fmt: skip


def _read(path: Path, row: Row, transformers: Transformers, constant: float, *,
          reversed_: bool) -> tuple[str, list[float], float]:  # fmt: skip
    """The column, energies or powers at the terminals, and the step of one."""
    filled, ratio = row.filled, transformers.power
    used = [id for id in ("register_after_kwh", "power_w", "pulses") if getattr(filled, id)]
    if len(used) > 1:
        raise _refused(path, row, used[1], f"give {used[0]} or {used[1]}, not both")
    if not used:
        missing = "register_after_kwh" if filled.register_before_kwh else "power_w"
        raise _refused(path, row, missing, "no reading: registers, power or pulses are due")
    column = used[0]
    values = list(getattr(filled, column))
    if column == "power_w":
        sign = -1.0 if reversed_ else 1.0
        return column, [sign * x / ratio for x in values], row.steps.get(column, 0.0) / ratio
    if column == "pulses":
        one = 1000.0 / constant
        return column, [one * x for x in values], one
    before = _several(path, row, "register_before_kwh", len(values))
    if not before:
        raise _refused(path, row, "register_before_kwh", "is missing")
    gained = [1000.0 * (b - a) / ratio for a, b in zip(before, values, strict=True)]
    if any(x < 0 for x in gained):
        raise _refused(path, row, column, "is below register_before_kwh")
    steps = [row.steps.get(id, 0.0) for id in ("register_before_kwh", column)]
    return column, gained, 1000.0 * max(steps) / ratio


def _true(path: Path, row: Row, count: int, seconds: Sequence[float], power: float) -> list[float]:
    """Energies that were applied; of what was set where nothing else is said."""
    filled = row.filled
    energies = [abs(x) for x in _several(path, row, "true_energy_wh", count)]
    powers = [abs(x) for x in _several(path, row, "true_power_w", count)]
    for x in powers:
        _near(path, row, "true_power_w", x, power)
    if not seconds and (not filled.power_w or energies):
        if not energies or filled.power_w:
            raise _refused(path, row, "true_seconds", "is missing")
    elif not energies:
        hours = [s / _HOUR for s in seconds] or [1.0] * count
        powers = powers or [power] * count
        energies = [watts * h for watts, h in zip(powers, hours, strict=True)]
    else:
        for x, s in zip(energies, seconds, strict=True):
            _near(path, row, "true_energy_wh", x, power * s / _HOUR)
    if any(x == 0 for x in energies):
        raise _refused(path, row, "true_energy_wh", "0: no error can be told")
    return energies


def _shown(filled: Filled, column: str) -> list[float]:
    """What the cells say, as it is compared."""
    values = list(getattr(filled, column))
    if column != "register_after_kwh":
        return values
    before = [*filled.register_before_kwh]
    before = before * len(values) if len(before) == 1 else before
    return [b - a for a, b in zip(before, values, strict=True)]


def _likely(path: Path, row: Row, column: str, shown: Sequence[float],
            ratios: Sequence[float]) -> None:  # fmt: skip
    """Refuse what is of another unit or sign rather than in error."""
    for value, ratio in zip(shown, ratios, strict=True):
        for mistake, (factor, kind) in _MISTAKES.items():
            if column.startswith(kind) and abs(ratio / factor - 1) < _FAR:
                unit = "W" if kind == "power" else "kWh"
                reactive = row.asked.kind == "reactive"
                due = f"{value / ratio:.6g} {unit.replace('W', 'var') if reactive else unit}"
                word = mistake.replace("W", "var") if reactive else mistake
                raise _refused(path, row, column, f"{value:g} where the point makes {due}: {word}?")


def _near(path: Path, row: Row, column: str, value: float, due: float) -> None:
    if abs(value - due) > _FAR * due:
        raise _refused(
            path, row, column,
            f"{value:g} where the point makes {due:.6g}: another unit, or the point was not set",
        )  # fmt: skip


def _several(path: Path, row: Row, column: str, count: int) -> list[float]:
    """Values of a column, one for each repetition; a single one holds for all."""
    values = list(getattr(row.filled, column))
    if len(values) == 1:
        return values * count
    if values and len(values) != count:
        raise _refused(path, row, column, f"{len(values)} values for {count} readings")
    return values


def _refused(path: Path, row: Row, column: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: row {row.line}, column {column}: {reason}")
