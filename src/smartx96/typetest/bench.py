"""Bench: applies a trial to a meter and reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from smartx96.frontend.front_end import FrontEnd
from smartx96.typetest.meter_under_test import Maker, MeterUnderTest
from smartx96.typetest.point import Record, Trial
from smartx96.typetest.series import series_of
from smartx96.typetest.signal import blocks, sample_seconds, true_seconds
from smartx96.typetest.truth import true_energies, true_values

_MICRO = 1e-6

_PRIMARY = ("current_l", "active_power", "reactive_power", "apparent_power")
"""Readings that the transformer ratio multiplies."""


def tried(trial: Trial, front_end: FrontEnd, seed: int, make: Maker = MeterUnderTest) -> Record:
    """Apply a trial to a new meter.

    Parameters
    ----------
    trial : Trial
    front_end : FrontEnd
        With the calibration by which the meter corrects it.
    seed : int
        Of all noise of the run.
    make : callable
        Makes the meter.
    """
    meter = make(trial, front_end.calibration)
    for block in blocks(trial, front_end, trial.seed(seed)):
        meter.take(block)
    meter.finish()
    stages = [(series_of(point), true_seconds(point, front_end)) for point in trial.points]
    # A sample stands for the time from half a sample before it to half a sample after.
    true = true_energies(stages, trial.point.wiring, begin=-0.5 * sample_seconds(front_end))
    registers = meter.registers()
    read = {
        id: registers[exact] * _MICRO / trial.primary
        for id in true
        if (exact := f"{id}_exact") in registers
    }
    if len(stages) == 1:
        true |= true_values(stages[0][0], trial.point.wiring)
        read |= _secondary(meter.values(), trial.primary)
    return Record(true, {id: read[id] for id in true if id in read}, meter.pulses())


def _secondary(values: Mapping[str, float], ratio: int) -> dict[str, float]:
    """Readings at the meter's terminals, of those that there are."""
    return {
        id: value / ratio if id.startswith(_PRIMARY) else value
        for id, value in values.items()
        if not math.isnan(value)
    }
