"""Setting: what a source is set to for a point, in numbers and words."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from smartx96.models import NOMINAL_VOLTAGE, ROLES
from smartx96.typetest.external.set_points import SetPoint
from smartx96.typetest.truth import active, reactive
from smartx96.typetest.waveform import Shape, Waveform

PHASES = ("l1", "l2", "l3")

_DECIMALS = 9
"""Of powers and angles: what is smaller is rounding."""

_WORDS = {
    Waveform.PHASE_FIRED: "the current flows from 90 to 180 and from 270 to 360 degrees",
    Waveform.BURST: "the current flows for 2 cycles and pauses for 2, from zero to zero",
    Waveform.HALF_WAVE: "the current flows in its upper half waves",
    Waveform.EVERY_ORDER: "orders 2 to 63 falling with the order, THD 8 % of voltage and 30 % of "
    "current",
}


def numbers(point: SetPoint) -> dict[str, float]:
    """What is set, by column: rms of the sine from which the waveform is made, and its angles.

    Angles are against the voltage of L1, positive where the sine leads; a phase without voltage or
    current has none.
    """
    set_to, sign = point.trial.point, (1 if point.trial.point.reverse else -1)
    found: dict[str, float] = {}
    lag = math.degrees(set_to.factor.lag) + (180.0 if set_to.export else 0.0)
    for n, phase in enumerate(PHASES):
        volts, amperes = _sizes(point, n)
        turn = 120.0 * n * sign
        found[f"voltage_{phase}_v"] = volts
        found[f"voltage_angle_{phase}_deg"] = _within(turn) if volts else 0.0
        found[f"current_{phase}_a"] = abs(amperes)
        back = 180.0 if amperes < 0 else 0.0
        found[f"current_angle_{phase}_deg"] = _within(turn - lag + back) if amperes else 0.0
    series = point.series
    powers = {"active_power_w": active(series), "reactive_power_var": reactive(series)}
    return {
        **found,
        "frequency_hz": set_to.frequency,
        "temperature_degc": set_to.temperature,
        **{id: round(float(x.sum()), _DECIMALS) + 0.0 for id, x in powers.items()},
    }


def harmonics(point: SetPoint) -> str:
    """What else the waveform holds, in words; empty for a sine."""
    waveform = point.trial.point.waveform
    if waveform in _WORDS:
        return _WORDS[waveform]
    parts = (("U", waveform.voltage), ("I", waveform.current))
    return "; ".join(text for name, shape in parts for text in _orders(name, shape))


def described(point: SetPoint) -> list[str]:
    """What a person sets, line by line."""
    x, set_to = numbers(point), point.trial.point
    lines = [
        f"{phase.upper()}  {x[f'voltage_{phase}_v']:8.3f} V {x[f'voltage_angle_{phase}_deg']:7.2f} "
        f"deg  {x[f'current_{phase}_a']:8.4f} A {x[f'current_angle_{phase}_deg']:7.2f} deg"
        for phase in PHASES
    ]
    more = harmonics(point)
    return [
        *lines,
        f"{set_to.frequency:g} Hz, {set_to.temperature:g} degC, {set_to.waveform}"
        f"{f' ({more})' if more else ''}; {x['active_power_w']:.6g} W, "
        f"{x['reactive_power_var']:.6g} var",
    ]


def command(point: SetPoint) -> dict[str, Any]:
    """What a programmable source needs to know, as JSON has it.

    `lines` are frequency [Hz], rms [V, A] and phase [degrees] of every line of each channel; a
    line at 0 Hz is direct.
    """
    set_to, series, values = point.trial.point, point.series, numbers(point)
    lines = {
        role: [
            [float(f), abs(complex(x)), math.degrees(cmath.phase(complex(x)))]
            for f, x in zip(series.frequencies, series.phasors[channel], strict=True)
            if abs(x) > 0
        ]
        for channel, role in enumerate(ROLES)
    }
    return {
        "action": "set", "number": point.number, "point": str(point.trial),
        "wiring": str(set_to.wiring), "rated_current": set_to.rated_current,
        "waveform": str(set_to.waveform), **values, "lines": lines,
    }  # fmt: skip


OFF = {"action": "off"}
"""What a programmable source gets at the end."""


def _sizes(point: SetPoint, phase: int) -> tuple[float, float]:
    """Voltage and current of a phase [V, A]; a current below 0 flows the other way."""
    set_to = point.trial.point
    if not np.any(np.abs(point.series.phasors[[phase, phase + 3]]) > 0):
        return 0.0, 0.0
    there = phase + 1 not in set_to.interrupted
    volts = NOMINAL_VOLTAGE * set_to.voltage if there else 0.0
    return volts, set_to.multiple * set_to.rated_current * set_to.load.signs[phase]


def _orders(name: str, shape: Shape) -> list[str]:
    return [
        f"{name}{float(order):g} {100 * abs(line):g} %, {math.degrees(cmath.phase(line)):g} degrees"
        for order, line in shape.items()
        if order != 1
    ]


def _within(degrees: float) -> float:
    """The same angle, above -180 and up to 180."""
    turned = round(degrees, _DECIMALS) % 360.0
    return turned - 360.0 if turned > 180.0 else turned
