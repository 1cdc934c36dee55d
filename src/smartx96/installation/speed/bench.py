"""Bench: the engine, the whole meter and engines of others on the same samples, in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from statistics import median
from typing import Any

from smartx96.block import Samples
from smartx96.comparison.catalogue import engines
from smartx96.comparison.engine import Engine
from smartx96.installation.measurement import BLOCK_SECONDS
from smartx96.installation.speed import own_engine, whole_meter
from smartx96.installation.speed.accuracy import largest_errors, rows
from smartx96.installation.speed.machine import machine
from smartx96.installation.speed.signal import FREQUENCY, ORDERS, RATE, Signal
from smartx96.installation.speed.timing import Run, Spread, interleaved, ratio, timed
from smartx96.models import CYCLES, ROLES, Wiring
from smartx96.samples.arrays import ArraySource

LIVE_SECONDS = 0.2
"""Blocks in which the engine is measured live [s]."""

OWN = "smartx96"
BATCH, LIVE, WHOLE_METER = "batch", "live", "whole_meter"

_WINDOW_SECONDS = CYCLES[50] / FREQUENCY
_ACCURACY_SECONDS = 10.0
_WHOLE_SECONDS = 20.0
"""Of the signal for the whole meter, at most: its commits wait for the disk [s]."""

TEXTS = {
    BATCH: f"engine, batch (blocks of {BLOCK_SECONDS:g} s)",
    LIVE: f"engine, live (blocks of {1e3 * LIVE_SECONDS:g} ms)",
    WHOLE_METER: "whole meter, live (with registers, store, Modbus image, panel)",
}


def bench(seconds: float, rounds: int, against: Iterable[str] = ()) -> dict[str, Any]:
    """Times real time of the engine, the whole meter and engines of others, interleaved.

    Engines make all instantaneous quantities and harmonics of the samples, and nothing else;
    accumulators and what follows them are the whole meter's alone.

    Parameters
    ----------
    seconds : float
        Length of the signal [s].
    rounds : int
        Times each is run; medians are given.
    against : iterable of str
        Engines of others by name.

    Raises
    ------
    OptionError
        There is no such engine.
    MissingExtraError
        One needs what is not installed.
    """
    others, signal = engines(against), Signal()
    samples = signal.samples(seconds)
    spent = interleaved(_runs(samples, others), rounds)
    lengths = {WHOLE_METER: min(seconds, _WHOLE_SECONDS)}
    texts = TEXTS | {other.name: other.text for other in others}
    return {
        "signal": {"seconds": seconds, "channels": len(ROLES), "sample_rate": RATE,
                   "frequency": FREQUENCY, "harmonics": list(ORDERS)},
        "rounds": rounds,
        "machine": machine() | {"versions": {other.name: other.version() for other in others}},
        "speed": {name: _speed(texts[name], lengths.get(name, seconds), times)
                  for name, times in spent.items()},
        "stages": _stages(ArraySource(samples, RATE), rounds),
        "ratios": {
            other.name: ratio(spent[other.name], spent[BATCH]).document() for other in others
        },
        "accuracy": _accuracy(signal, others),
    }  # fmt: skip


def _runs(samples: Samples, others: Iterable[type[Engine]]) -> Mapping[str, Run]:
    source = ArraySource(samples, RATE)
    part = ArraySource(samples[:, : round(_WHOLE_SECONDS * RATE)], RATE)
    own: dict[str, Run] = {
        BATCH: timed(lambda: own_engine.measured(source.blocks(BLOCK_SECONDS))),
        LIVE: timed(lambda: own_engine.measured(source.blocks(LIVE_SECONDS))),
        WHOLE_METER: partial(whole_meter.spent, part),
    }
    return own | {other.name: timed(partial(other.measure, samples, RATE)) for other in others}


def _speed(text: str, seconds: float, spent: list[float]) -> dict[str, Any]:
    windows = seconds / _WINDOW_SECONDS
    return {
        "text": text,
        "times_real_time": Spread.of([seconds / each for each in spent]).document(),
        "milliseconds_per_window": Spread.of([1e3 * each / windows for each in spent]).document(),
    }


def _stages(source: ArraySource, rounds: int) -> dict[str, dict[str, float]]:
    """Processor time of the engine's stages, medians [ms per window]."""
    windows = source.length / RATE / _WINDOW_SECONDS
    found = {}
    for name, length in ((BATCH, BLOCK_SECONDS), (LIVE, LIVE_SECONDS)):
        spent = [own_engine.stages(source.blocks(length)) for _ in range(rounds)]
        found[name] = {
            stage: 1e3 * median(each[stage] for each in spent) / windows
            for stage in own_engine.STAGES
        }
    return found


def _accuracy(signal: Signal, others: Iterable[type[Engine]]) -> list[dict[str, Any]]:
    """Largest errors of every engine, a row for each quantity."""
    samples = signal.samples(_ACCURACY_SECONDS)
    blocks = list(ArraySource(samples, RATE).blocks(LIVE_SECONDS))
    found = {OWN: largest_errors(signal, own_engine.readings(blocks))}
    for other in others:
        engine = other(RATE, Wiring.FOUR_WIRE)
        windows = (each for block in blocks for each in engine.windows(block))
        found[other.name] = largest_errors(signal, windows, other.highest_of_thd)
    return [
        {"quantity": row.id, "text": row.text, "unit": row.unit,
         "largest_error": {name: errors[row.id] for name, errors in found.items()}}
        for row in rows(signal)
    ]  # fmt: skip
