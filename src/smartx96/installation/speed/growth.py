"""Growth: how the cost grows with the length of a signal, its channels, the number of meters."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from typing import Any

from smartx96.installation.acquisition import Acquisition
from smartx96.installation.feeds import endless
from smartx96.installation.measurement import BLOCK_SECONDS
from smartx96.installation.speed import own_engine, whole_meter
from smartx96.installation.speed.signal import FREQUENCY, PERIOD, RATE, Signal
from smartx96.installation.speed.timing import Spread, interleaved, timed
from smartx96.meter.configuration import Configuration
from smartx96.models import CYCLES, ROLES, SYSTEM_TYPES, Wiring
from smartx96.samples.arrays import ArraySource
from smartx96.settings import Settings

LENGTHS = (10.0, 60.0, 600.0, 3600.0)
METERS = (1, 2, 4, 8, 16)
_CHANNELS_SECONDS, _METERS_SECONDS = 60.0, 4.0

_CHANNELS = (
    ("v1, i1", ("v1", "i1"), Wiring.ONE_PHASE),
    ("v1 to v3", ROLES[:3], Wiring.FOUR_WIRE),
    ("v1 to v3, i1 to i3", ROLES, Wiring.FOUR_WIRE),
    ("the same in a three-wire system: a seventh is the sum of currents", ROLES, Wiring.THREE_WIRE),
)


def growth(rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Processor time for a second of signal, by each of them.

    Parameters
    ----------
    rounds : int
        Times each is run; medians are given.
    """
    samples = Signal().samples(max(PERIOD, _CHANNELS_SECONDS))
    return {
        "length": _by_length(ArraySource(samples[:, : round(PERIOD * RATE)], RATE), rounds),
        "channels": _by_channels(ArraySource(samples, RATE), rounds),
        "meters": _by_meters(
            ArraySource(samples[:, : round(_METERS_SECONDS * RATE)], RATE), rounds
        ),
    }


def _by_length(source: ArraySource, rounds: int) -> list[dict[str, Any]]:
    """The same 50 s again and again, for they repeat without a seam."""
    runs = {seconds: timed(partial(_repeated, source, seconds)) for seconds in LENGTHS}
    return [
        {"seconds": seconds, "microseconds_per_second": _per(spent, 1e-6 * seconds)}
        for seconds, spent in interleaved(runs, rounds).items()
    ]


def _per(spent: list[float], unit: float) -> dict[str, float]:
    return Spread.of([each / unit for each in spent]).document()


def _repeated(source: ArraySource, seconds: float) -> int:
    end = round(seconds * RATE)
    blocks = endless(source, BLOCK_SECONDS, repeat=True)
    return own_engine.measured(takewhile(lambda block: block.start < end, blocks))


def _by_channels(source: ArraySource, rounds: int) -> list[dict[str, Any]]:
    runs = {}
    for text, roles, wiring in _CHANNELS:
        rows = [ROLES.index(role) for role in roles]
        part = ArraySource(source.samples[rows], RATE, roles=roles)
        runs[text, len(roles)] = timed(partial(_in_wiring, part, wiring))
    return [
        {"channels": count, "text": text,
         "microseconds_per_second": _per(spent, 1e-6 * _CHANNELS_SECONDS)}
        for (text, count), spent in interleaved(runs, rounds).items()
    ]  # fmt: skip


def _in_wiring(source: ArraySource, wiring: Wiring) -> int:
    configuration = Configuration(Settings({"system_type": SYSTEM_TYPES[wiring]}))
    acquisition = Acquisition(source, configuration)
    conditions = configuration.conditions(acquisition.present)
    return own_engine.measured(source.blocks(BLOCK_SECONDS), acquisition.take, conditions)


def _by_meters(source: ArraySource, rounds: int) -> list[dict[str, Any]]:
    windows = _METERS_SECONDS * FREQUENCY / CYCLES[50]
    runs = {count: partial(whole_meter.spent, source, count) for count in METERS}
    return [
        {"meters": count,
         "milliseconds_per_window": _per(spent, 1e-3 * windows * count)}
        for count, spent in interleaved(runs, rounds).items()
    ]  # fmt: skip
