"""Calibrating: from the errors of single-phase points to the settings that take them away.

What a meter makes of the power of a phase is one complex number T = (1 + a) exp(j d): a is the
error of its gain, d by how much too far it takes the current to lag. Of S at a lag phi it registers

    P = S Re(T exp(j phi)),    e(phi) = (1 + a) (cos d - tan(phi) sin d) - 1

With x = Re T and y = Im T that is linear: P / S = x cos(phi) - y sin(phi). Least squares over the
points of a phase weigh every watt alike, and so half as much an error at cos 0.5, whose noise is
twice as large in percent. Of cos 1 and cos 0.5 ind alone comes

    tan d = (e(0) - e(60 deg)) / (sqrt(3) (1 + e(0)))

which for small errors is the arcsin(error / sqrt 3) of metering circuits calibrated at a power
factor of 0.5 (Analog Devices, ADE7758 data sheet, phase calibration). The gains are 1 / |T|
together, and the delay is -d. Readings tell how the gain is shared between voltage and current:
what their two errors leave of that of the energy is halved.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from smartx96.errors import OptionError
from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.calibration import STEPS
from smartx96.frontend.current_transformer import RATED_FREQUENCY
from smartx96.models import Wiring
from smartx96.quantities import PHASES
from smartx96.settings import BY_ID, Settings
from smartx96.typetest.check import Records
from smartx96.typetest.factor import HALF, UNITY, Factor
from smartx96.typetest.point import SINGLE, Load, Point, Record, Trial
from smartx96.typetest.waveform import Waveform

FACTORS = (UNITY, HALF, Factor("cos", 0.5, "cap"))
"""Power factors that are measured to calibrate."""

_READINGS = ("voltage", "current")
"""Kinds of readings that share the gain between them."""

_UNAMBIGUOUS = 1e-3
"""Differences of lag that tell a gain from a phase [rad]."""

_LARGEST = 1e30
"""Readings beyond it, over the true ones, are no readings; gains of all within are finite."""


def calibration_trials(rated_current: int) -> tuple[Trial, ...]:
    """Points at In that tell gain and phase of each terminal, each loaded by itself in 3P4W."""
    return tuple(
        Trial((Point(Wiring.FOUR_WIRE, rated_current, 1.0, factor, load),))
        for load in SINGLE
        for factor in FACTORS
    )


def calibrated(records: Records, present: Settings | None = None) -> dict[str, int]:
    """The settings that take away the errors of the meter that the records are of.

    Parameters
    ----------
    records : mapping of Trial to Record
        Points with one phase loaded, or of 1P2W, sine, of active energy: cos 1 and at least one
        other factor; cos 1 alone leaves the phase as it is. All others are passed over. Of the
        records the active energies count, and where they are there `voltage_l1`, `current_l1` ...:
        without the one the other takes its own part only, without both the current takes all.
    present : Settings, optional
        What the meter was set to meanwhile; None is nothing.

    Returns
    -------
    dict of str to int
        Three settings for every phase that there are points of.

    Raises
    ------
    OptionError
        A phase whose points do not tell, or whose errors are beyond what may be set; a reading that
        is not finite; no phase.
    """
    present = Settings() if present is None else present
    found: dict[str, int] = {}
    for phase in PHASES:
        shots = list(_shots(records, phase))
        if shots:
            found |= _settings(phase, _deviation(phase, shots), present)
    if not found:
        raise OptionError("no points of a single phase to calibrate by")
    return {id: found[id] for id in Settings() if id in found}


@dataclass(frozen=True, slots=True)
class _Shot:
    """One point: lag [rad], power, voltage and current read over the true ones."""

    point: Point
    power: float
    voltage: float | None
    current: float | None


@dataclass(frozen=True, slots=True)
class _Deviation:
    """What a meter makes of a phase: gains read, 1 being true, and T; at a frequency [Hz]."""

    voltage: float | None
    current: float | None
    power: complex
    frequency: float


def _shots(records: Records, phase: str) -> Iterator[_Shot]:
    for trial, record in records.items():
        if len(trial.points) != 1 or _loaded(trial.point) != phase:
            continue
        power = _energy(trial.point, record)
        if power is not None:
            voltage, current = (_gain(trial.point, record, f"{kind}_{phase}") for kind in _READINGS)
            yield _Shot(trial.point, power, voltage, current)


def _loaded(point: Point) -> str | None:
    """The one phase that carries current, of a point that a calibration can go by."""
    if point.waveform is not Waveform.SINE or point.factor.reactive:
        return None
    if point.wiring is Wiring.ONE_PHASE and point.load is Load.BALANCED:
        return PHASES[0]
    return PHASES[SINGLE.index(point.load)] if point.load in SINGLE else None


def _energy(point: Point, record: Record) -> float | None:
    ways = ("active_energy_import", "active_energy_export")
    return _ratio(point, record, max(ways, key=lambda way: record.true.get(way, 0.0)))


def _gain(point: Point, record: Record, id: str) -> float | None:
    found = _ratio(point, record, id)
    return found if found and found > 0 else None


def _ratio(point: Point, record: Record, id: str) -> float | None:
    """What was read over what is true, where there is both.

    Raises
    ------
    OptionError
        It is not finite, or none that a meter could make of it.
    """
    true, read = record.true.get(id), record.read.get(id)
    if not true or read is None:
        return None
    ratio = read / true
    # Zero is what a meter reads that is not connected; NaN is within no range.
    if ratio and not 1.0 / _LARGEST < abs(ratio) < _LARGEST:
        raise OptionError(
            f"{point}: {id} reads {read:g} where {true:g} is true: no number to calibrate by"
        )
    return ratio


def _deviation(phase: str, shots: Sequence[_Shot]) -> _Deviation:
    lags = np.array([shot.point.factor.lag for shot in shots])
    power = np.array([shot.power for shot in shots]) * np.cos(lags)
    if np.ptp(lags) > _UNAMBIGUOUS:
        x, y = np.linalg.lstsq(np.column_stack([np.cos(lags), -np.sin(lags)]), power)[0]
    elif not np.abs(lags).max() > _UNAMBIGUOUS:
        x, y = power.mean(), 0.0
    else:
        raise OptionError(f"{phase.upper()}: no point at cos 1, or none at another factor")
    if not x > 0:
        raise OptionError(f"{phase.upper()}: no energy was registered, or with the wrong sign")
    return _Deviation(
        _mean([shot.voltage for shot in shots]), _mean([shot.current for shot in shots]),
        complex(x, y), float(np.mean([shot.point.frequency for shot in shots])),
    )  # fmt: skip


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _settings(phase: str, found: _Deviation, present: Settings) -> dict[str, int]:
    now = {id: step * present.number(f"{id}_{phase}") for id, step in STEPS.items()}
    volts, amps = (1.0 + 1e-2 * now[f"{kind}_gain"] for kind in _READINGS)
    whole = volts * amps / abs(found.power)
    voltage = _set(phase, "voltage_gain", 100 * (volts / _voltage_part(found) - 1.0))
    # Takes along what rounding has left of the voltage's: the power is the nearest there is.
    left = whole / (1.0 + 1e-2 * STEPS["voltage_gain"] * voltage)
    turn = cmath.phase(found.power) * RATED_FREQUENCY / found.frequency
    return {
        f"voltage_gain_{phase}": voltage,
        f"current_gain_{phase}": _set(phase, "current_gain", 100 * (left - 1.0)),
        f"phase_correction_{phase}": _set(
            phase, "phase_correction", now["phase_correction"] - turn / MINUTE
        ),
    }


def _voltage_part(found: _Deviation) -> float:
    """The voltage's part of the gain of the power."""
    whole = abs(found.power)
    if found.voltage is None:
        return 1.0 if found.current is None else whole / found.current
    if found.current is None:
        return found.voltage
    return found.voltage * math.sqrt(whole / (found.voltage * found.current))


def _set(phase: str, id: str, value: float) -> int:
    """The nearest number of a setting.

    Raises
    ------
    OptionError
        It is beyond its range.
    """
    setting, step = BY_ID[f"{id}_{phase}"], STEPS[id]
    allowed = setting.allowed or ()
    number = round(value / step)
    if number not in allowed:
        low, high = (step * end for end in (min(allowed), max(allowed)))
        raise OptionError(
            f"{setting.label} of {value:+.3f} {setting.unit.split()[-1]} would be needed, beyond "
            f"{low:+g} to {high:+g} {setting.unit.split()[-1]}: a fault of wiring, ratio or parts, "
            "no error to be calibrated away"
        )
    return number


def stated(settings: Mapping[str, int]) -> dict[str, tuple[float, ...]]:
    """Settings of a calibration in % and min, by their id before the phase."""
    return {
        id: tuple(step * settings.get(f"{id}_{phase}", 0) for phase in PHASES)
        for id, step in STEPS.items()
    }
