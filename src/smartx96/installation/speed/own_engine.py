"""The engine alone: from samples to every instantaneous quantity, without the meter around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from smartx96.block import Block
from smartx96.comparison.engine import Windows as Measured
from smartx96.meter.configuration import Configuration
from smartx96.metrology.conditions import Conditions
from smartx96.metrology.derived import quantities
from smartx96.metrology.engine import Piece
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings, read
from smartx96.metrology.stream import Stream
from smartx96.metrology.windows import Windows
from smartx96.quantities import PHASES

Take = Callable[[Block], list[Piece]]

STAGES = ("windows", "readings", "quantities")
"""Samples to windows (tracking, sums, spectrum), windows to readings, readings to quantities."""


def measured(blocks: Iterable[Block], take: Take | None = None,
             conditions: Conditions | None = None) -> int:  # fmt: skip
    """Measure blocks; how many windows there were. Energies and demand are the meter's, not here.

    Parameters
    ----------
    blocks : iterable of Block
    take : callable, optional
        What cuts blocks into windows; None is a `Stream`.
    conditions : Conditions, optional
        None are those of a four-wire system with all channels.
    """
    take, windows = take or Stream().push, 0
    conditions = conditions or Configuration().conditions()
    for block in blocks:
        for piece in take(block):
            if isinstance(piece, Windows):
                quantities(read(piece, conditions))
                windows += piece.length.size
    return windows


def stages(blocks: Iterable[Block]) -> dict[str, float]:
    """Processor time of each stage [s]."""
    stream, conditions = Stream(), Configuration().conditions()
    spent = dict.fromkeys(STAGES, 0.0)
    for block in blocks:
        begun = time.process_time()
        pieces = stream.push(block)
        cut = time.process_time()
        found = [read(piece, conditions) for piece in pieces if isinstance(piece, Windows)]
        done = time.process_time()
        for readings in found:
            quantities(readings)
        for stage, seconds in zip(
            STAGES, (cut - begun, done - cut, time.process_time() - done), strict=True
        ):
            spent[stage] += seconds
    return spent


def readings(blocks: Iterable[Block]) -> Iterator[Measured]:
    """All that is measured of every window, by the ids of quantities."""
    stream, conditions = Stream(), Configuration().conditions()
    for block in blocks:
        for piece in stream.push(block):
            if isinstance(piece, Windows):
                found = read(piece, conditions)
                yield Measured(piece.length / piece.rate, quantities(found), _harmonics(found))


def _harmonics(found: Readings) -> dict[str, Values]:
    kinds = {"voltage": found.voltage_harmonics, "current": found.current_harmonics}
    return {f"{kind}_harmonic_{phase}": percent[:, n] for kind, percent in kinds.items()
            for n, phase in enumerate(PHASES)}  # fmt: skip
