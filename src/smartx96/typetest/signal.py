"""Signal: the samples that a front end gives of the points of a trial, block by block.

Lines go through the front end's transfer function in the frequency domain, exactly and without a
transient; offset, noise, rounding and clipping come on the samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Samples
from smartx96.frontend.digitiser import Digitiser
from smartx96.frontend.front_end import FrontEnd
from smartx96.models import ROLES
from smartx96.typetest.point import Point, Trial
from smartx96.typetest.series import RATE, Phasors, Series, series_of

_CURRENTS = range(3, len(ROLES))

BLOCK_SECONDS = 10.0
"""Length of the blocks that a meter gets [s]."""

_STRIDE = 256
"""Samples over which a rotation is computed once, to be turned on."""


def blocks(trial: Trial, front_end: FrontEnd, seed: int) -> Iterator[Block]:
    """Blocks of the six channels from the first point to the last, one sample clock.

    Parameters
    ----------
    trial : Trial
    front_end : FrontEnd
        Its temperature is that of each point.
    seed : int
        Of the noise.
    """
    digitiser = Digitiser(replace(front_end, seed=seed), ROLES)
    start = 0
    for point in trial.points:
        stop = start + samples_of(point)
        series = transferred(series_of(point), replace(front_end, temperature=point.temperature))
        while start < stop:
            count = min(round(BLOCK_SECONDS * RATE), stop - start)
            waves = synthesised(series, RATE * (1.0 + front_end.clock_error), start, count)
            yield digitiser(waves, RATE, start)
            start += count


def samples_of(point: Point) -> int:
    """How many samples of each channel the meter gets of a point."""
    return round(point.seconds * RATE)


def sample_seconds(front_end: FrontEnd) -> float:
    """How long a sample takes in truth: a quick clock takes it in less time [s]."""
    return 1.0 / (RATE * (1.0 + front_end.clock_error))


def true_seconds(point: Point, front_end: FrontEnd) -> float:
    """How long the samples of a point take in truth [s]."""
    return samples_of(point) * sample_seconds(front_end)


def transferred(series: Series, front_end: FrontEnd) -> Series:
    """The signal at the converter."""
    rms = np.sqrt((np.abs(series.phasors) ** 2).sum(axis=1))
    direct = series.frequencies == 0
    made = np.empty_like(series.phasors)
    for channel, role in enumerate(ROLES):
        passed = np.zeros(len(direct), np.complex128)
        passed[~direct] = front_end.transfer(role, series.frequencies[~direct], rms[channel])
        if direct.any() and not (front_end.transformers and channel in _CURRENTS):
            passed[direct] = front_end.linear(role, 0.0)
        made[channel] = series.phasors[channel] * passed
    return replace(series, phasors=made)


def synthesised(series: Series, rate: float, start: int, count: int) -> Samples:
    """Samples of a signal from an index on, shape (6, count)."""
    found: Samples = np.zeros((len(series.phasors), count))
    for frequency, line in zip(series.frequencies, series.phasors.T, strict=True):
        if frequency == 0:
            found += line.real[:, np.newaxis]
        else:
            _add(found, np.sqrt(2.0) * line, _rotation(frequency / rate, start, count))
    return found


def _add(samples: Samples, amplitude: Phasors, rotation: Phasors) -> None:
    """Add Im(amplitude * rotation) to the channels that have the line."""
    cosine, sine = np.ascontiguousarray(rotation.real), np.ascontiguousarray(rotation.imag)
    for row, x in zip(samples, amplitude, strict=True):
        if x:
            row += x.imag * cosine
            row += x.real * sine


def _rotation(turn: float, start: int, count: int) -> Phasors:
    """exp(2 pi j turn n) from an index on; the outer product of long and short strides."""
    strides = -(-count // _STRIDE)
    coarse = _unit(turn * (start + _STRIDE * np.arange(strides)))
    found: Phasors = np.outer(coarse, _unit(turn * np.arange(_STRIDE))).ravel()[:count]
    return found


def _unit(turns: NDArray[np.floating]) -> Phasors:
    found: Phasors = np.exp(2j * np.pi * np.mod(turns, 1.0))
    return found
