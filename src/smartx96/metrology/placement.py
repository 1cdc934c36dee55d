"""Placement: where windows and their cycles lie among the samples, and the sums over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.metrology.buffer import Columns, SampleBuffer
from smartx96.metrology.kernels import ResamplingKernel, Values
from smartx96.metrology.loops import COMPILED, fits
from smartx96.metrology.spectrum import BEYOND, FARTHEST, STEADY, Grid, node_phases
from smartx96.metrology.sums import STEP, boundary_sums, window_sums
from smartx96.metrology.timeline import CYCLE, Positions, Timeline


@dataclass(slots=True)
class Placement:
    """Consecutive windows.

    Parameters
    ----------
    edges : Positions, offset of shape (window + 1,)
        Where they begin, and where the last one ends.
    length : ndarray, shape (window,)
        [samples].
    group : ndarray of int64, shape (window + 1,)
    before : ndarray, shape (rows, window + 1)
        Of the edges, as `sums.boundary_sums` gives them.
    sums : ndarray, shape (rows, window)
    grid : Grid
    """

    edges: Positions
    length: Values
    group: NDArray[np.int64]
    before: Values
    sums: Values
    grid: Grid

    def first(self, count: int) -> Placement:
        """The first windows of it."""
        if count == len(self.length):
            return self
        origin, offset = self.edges.origin[: count + 1], self.edges.offset[: count + 1]
        return Placement(Positions(origin, offset), self.length[:count], self.group[: count + 1],
                         self.before[:, : count + 1], self.sums[:, :count],
                         self.grid[:count])  # fmt: skip


def place(timeline: Timeline, samples: SampleBuffer, groups: Columns, kernel: ResamplingKernel,
          start: int, cycles: int, count: int) -> Placement:  # fmt: skip
    """Windows from a phase on.

    Parameters
    ----------
    timeline : Timeline
    samples : SampleBuffer
    groups : Columns
        Sums of the samples of each tick.
    kernel : ResamplingKernel
    start : int
        Phase at which the first window begins [CYCLE].
    cycles : int
        Of each window.
    count : int
        Windows.
    """
    if COMPILED is not None and fits(samples.view(samples.base)):
        return _compiled(timeline, samples, groups, kernel, start, cycles, count)
    starts = start + np.arange(count + 1, dtype=np.int64) * (cycles * CYCLE)
    edges = timeline.positions(starts, starts)
    length = np.diff(edges.origin) + np.diff(edges.offset)
    size = timeline.plan.tick_samples
    group, before = boundary_sums(
        samples.view(samples.base), samples.base, size, edges.origin, edges.offset
    )
    sums = window_sums(groups.view(groups.base), groups.base, group, before)
    inner = np.arange(cycles)[:, np.newaxis] * CYCLE + node_phases()
    nodes = timeline.positions(starts[:-1, np.newaxis, np.newaxis] + inner, starts[:-1])
    return Placement(edges, length, group, before, sums, Grid.of(nodes, length / cycles, kernel))


def _compiled(timeline: Timeline, samples: SampleBuffer, groups: Columns, kernel: ResamplingKernel,
              start: int, cycles: int, count: int) -> Placement:  # fmt: skip
    assert COMPILED is not None
    edges, sums, plan = count + 1, groups.view(groups.base), timeline.plan
    origin, group = np.empty(edges, np.int64), np.empty(edges, np.int64)
    points, reach = np.empty(count, np.int64), np.empty(count, np.int64)
    offset, length, course = np.empty(edges), np.empty(count), np.empty(count)
    first, deviation = np.empty((count, cycles), np.int64), np.empty((count, cycles, 8))
    before, found = np.empty((len(sums), edges)), np.empty((len(sums), count))
    moving = COMPILED.locate(
        timeline.phase, node_phases(), samples.view(samples.base), sums, origin, offset, group,
        before, found, length, points, reach, first, deviation, course,
        (start, CYCLE, samples.base, timeline.first, groups.base, kernel.half_width,
         plan.tick_samples, plan.centre, BEYOND, FARTHEST, STEADY, STEP),
    )  # fmt: skip
    grid = Grid(points, reach, first, deviation, length / cycles, course, moving)
    return Placement(Positions(origin, offset), length, group, before, found, grid)
