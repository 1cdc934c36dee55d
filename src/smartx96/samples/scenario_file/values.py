"""How the values of a scenario file are written: levels, power factors, rows, three phases."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import PlainValidator

from smartx96.samples.scenario import Harmonic, Interharmonic, Wander, lag

T = TypeVar("T")
Triple = tuple[T, T, T]
"""A value for L1, L2, L3; one value in the file stands for all three."""

_ROWS = 100
_ORDER = 500
_PERCENT = 1000.0
_HERTZ = 500_000.0
_LEVEL = 1e6
_LEVEL_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
_FACTOR_TEXT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(lag|lead)\s*")
_HERTZ_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*Hz\s*")


@dataclass(frozen=True, slots=True)
class Level:
    """An rms: in volt or ampere, or as a part of the nominal value."""

    value: float
    of_nominal: bool = False

    def resolved(self, nominal: float) -> float:
        """In volt or ampere."""
        return self.value * nominal if self.of_nominal else self.value


def _number(value: Any, low: float, high: float) -> float:
    """A number within limits; booleans, texts and nan are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if not low <= value <= high:
        raise ValueError(f"must be from {low:g} to {high:g}")
    return float(value)


def _level(value: Any) -> Level:
    if isinstance(value, str):
        match = _LEVEL_TEXT.fullmatch(value)
        if match is None:
            raise ValueError('must be a number or a percentage of nominal like "95 %"')
        return Level(_number(float(match[1]), 0.0, _PERCENT) / 100.0, of_nominal=True)
    return Level(_number(value, 0.0, _LEVEL))


def _angle(value: Any) -> float:
    return _number(value, -360.0, 360.0)


def _power_factor(value: Any) -> float:
    """As the lag in degrees."""
    if isinstance(value, str):
        match = _FACTOR_TEXT.fullmatch(value)
        if match is None:
            raise ValueError('must be a number or a text like "0.9 lag" or "0.9 lead"')
        return lag(_number(float(match[1]), -1.0, 1.0), leading=match[2] == "lead")
    return lag(_number(value, -1.0, 1.0))


def _offset(value: Any) -> float:
    return _number(value, -_LEVEL, _LEVEL)


def _noise(value: Any) -> float:
    return _number(value, 0.0, 100.0)


def _tripled(parse: Callable[[Any], T]) -> Callable[[Any], Triple[T]]:
    def read(value: Any) -> Triple[T]:
        values = value if isinstance(value, list) else [value] * 3
        if len(values) != 3:
            raise ValueError("must be one value or three, for L1, L2, L3")
        return (parse(values[0]), parse(values[1]), parse(values[2]))

    return read


def _rows(parse: Callable[[list[Any]], T], form: str, sizes: tuple[int, ...]) -> Any:
    def read(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
            raise ValueError(f"must be a list of rows {form}")
        if len(value) > _ROWS:
            raise ValueError(f"must be at most {_ROWS} rows")
        return tuple(map(one, value, range(1, len(value) + 1)))

    def one(row: list[Any], number: int) -> T:
        if len(row) not in sizes:
            raise ValueError(f"row {number} must be {form}")
        try:
            return parse(row)
        except ValueError as error:
            raise ValueError(f"row {number}, {form}: {error}") from None

    return read


def _phased(read: Callable[[Any], tuple[T, ...]]) -> Callable[[Any], Triple[tuple[T, ...]]]:
    """Rows for all phases, or a table with rows under l1, l2, l3."""

    def phased(value: Any) -> Triple[tuple[T, ...]]:
        if isinstance(value, dict):
            if not value.keys() <= {"l1", "l2", "l3"}:
                raise ValueError("must have the keys l1, l2, l3 only")
            rows = [read(value.get(phase, [])) for phase in ("l1", "l2", "l3")]
            return (rows[0], rows[1], rows[2])
        rows_of_all = read(value)
        return (rows_of_all, rows_of_all, rows_of_all)

    return phased


def _harmonic(row: list[Any]) -> Harmonic:
    order = row[0]
    if isinstance(order, bool) or not isinstance(order, int) or not 2 <= order <= _ORDER:
        raise ValueError(f"order {order} must be a whole number from 2 to {_ORDER}")
    return Harmonic(order, _percent(row[1]), _angle(row[2]) if len(row) > 2 else 0.0)


def _interharmonic(row: list[Any]) -> Interharmonic:
    percent, angle = _percent(row[1]), _angle(row[2]) if len(row) > 2 else 0.0
    if isinstance(row[0], str):
        match = _HERTZ_TEXT.fullmatch(row[0])
        if match is None:
            raise ValueError('frequency must be a text like "175 Hz"')
        return Interharmonic(percent, hertz=_number(float(match[1]), 0.0, _HERTZ), angle=angle)
    return Interharmonic(percent, order=_number(row[0], 0.01, _ORDER), angle=angle)


def _percent(value: Any) -> float:
    return _number(value, 0.0, _PERCENT)


def _wander(row: list[Any]) -> Wander:
    period = _number(row[1], 0.1, 1e6)
    return Wander(_number(row[0], 0.0, 10.0), period, _angle(row[2]) if len(row) > 2 else 0.0)


def _component(value: Any) -> complex:
    """Percent, or percent and degrees, of a sequence component."""
    row = value if isinstance(value, list) else [value]
    if not 1 <= len(row) <= 2:
        raise ValueError("must be a percentage or [percent, degrees]")
    angle = math.radians(_angle(row[1])) if len(row) > 1 else 0.0
    size = _number(row[0], 0.0, 100.0) / 100.0
    return complex(size * math.cos(angle), size * math.sin(angle))


_read_harmonics = _rows(_harmonic, "[order, percent, degrees]", (2, 3))
_read_interharmonics = _rows(_interharmonic, '[order or "... Hz", percent, degrees]', (2, 3))

Levels = Annotated[Triple[Level], PlainValidator(_tripled(_level))]
Angles = Annotated[Triple[float], PlainValidator(_tripled(_angle))]
Lags = Annotated[Triple[float], PlainValidator(_tripled(_power_factor))]
Offsets = Annotated[Triple[float], PlainValidator(_tripled(_offset))]
Noises = Annotated[Triple[float], PlainValidator(_tripled(_noise))]
Harmonics = Annotated[tuple[Harmonic, ...], PlainValidator(_read_harmonics)]
HarmonicsByPhase = Annotated[Triple[tuple[Harmonic, ...]], PlainValidator(_phased(_read_harmonics))]
InterharmonicsByPhase = Annotated[
    Triple[tuple[Interharmonic, ...]], PlainValidator(_phased(_read_interharmonics))
]
Wanders = Annotated[
    tuple[Wander, ...], PlainValidator(_rows(_wander, "[hertz, seconds, degrees]", (2, 3)))
]
Component = Annotated[complex, PlainValidator(_component)]
