"""Spectrum: orders 1..63 of each window, from samples resampled to whole points per cycle.

Each window is resampled to N points per cycle, N the nearest whole number of samples, its cycles
are added up, and one DFT over N points gives the lines at the harmonics (IEC 61000-4-7, 4.4.1,
with the lines between them left out). Resampling is a Kaiser-Bessel kernel whose transform is
divided out afterwards. Positions and kernel are evaluated at a few Chebyshev points of each cycle
and carried to all samples by a small matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.buffer import Kept
from smartx96.metrology.kernels import ResamplingKernel, Values, under_window
from smartx96.metrology.loops import COMPILED, MOST_TAPS, fits
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.timeline import CYCLE, Positions
from smartx96.quantities import HARMONIC_ORDERS

CARRIED = 0.45
"""Highest frequency that a sampling rate carries, as a share of it."""
BEYOND = CARRIED * (1 + 1e-6)
"""From where an order is not carried: one that lies at the limit must not come and go with the
rounding of the frequency."""


_CHANNELS = 6
_MOST_POINTS = 1024
"""Points of a cycle up to which the compiled loops take its lines one by one."""
_NODES = 8
"""Points of a cycle: polynomials of degree 7 carry a kernel over a drift of one sample to 1e-5."""


@lru_cache(maxsize=1)
def node_phases() -> NDArray[np.int64]:
    """Chebyshev points of a cycle [CYCLE], shape (nodes,)."""
    k = np.arange(_NODES)
    points = 0.5 - 0.5 * np.cos((2 * k + 1) * np.pi / (2 * _NODES))
    return np.rint(points * CYCLE).astype(np.int64)


@lru_cache(maxsize=64)
def _interpolation(points: int) -> NDArray[np.float32]:
    """Lagrange polynomials of the nodes at k / points, shape (nodes, points)."""
    return _lagrange(np.arange(points) / points).astype(np.float32)


def _lagrange(u: Values) -> Values:
    """Polynomials of the nodes at points of a cycle, shape (nodes, *shape of u)."""
    nodes = node_phases() / CYCLE
    rows = []
    for r, node in enumerate(nodes):
        others = np.delete(nodes, r)
        rows.append(np.prod((u[..., np.newaxis] - others) / (node - others), axis=-1))
    return np.stack(rows)


@lru_cache(maxsize=64)
def _opposites(points: int) -> NDArray[np.float32]:
    """The same for the compiled loops, of which one half of a cycle gives the other.

    Sums and differences of the first four polynomials at k / points and at the point as far from
    the end, shape (8, points // 2 + 1 and up to 15 more).
    """
    k = np.arange(-(-(points // 2 + 1) // 16) * 16)
    near, far = _lagrange(k / points)[:4], _lagrange((points - k) / points)[:4]
    return np.concatenate([near + far, near - far]).astype(np.float32)


def _points(samples_per_cycle: Values) -> NDArray[np.int64]:
    """Points per cycle: of the two whole numbers around, the one with the quicker DFT.

    At few samples per cycle the larger, where the smaller has no line for an order carried.
    """
    low = np.floor(samples_per_cycle).astype(np.int64)
    orders = np.minimum(np.floor(BEYOND * samples_per_cycle), HARMONIC_ORDERS)
    tight = ((low - 1) // 2 < orders).tolist()
    quicker = [min(n, n + 1, key=_largest_factor) for n in low.tolist()]
    return np.where(tight, low + 1, quicker)


@lru_cache(maxsize=1024)
def _largest_factor(n: int) -> int:
    factor = 2
    while factor * factor <= n:
        if n % factor:
            factor += 1
        else:
            n //= factor
    return n


_TOGETHER = 8 if COMPILED is None else 64
"""Windows that are folded at once: for NumPy as many as its caches hold."""

FARTHEST = 8.0
"""Samples by which a cycle may stretch against its window's mean: a phase step within the window
goes beyond it, and has no spectrum to be true to."""

STEADY = 1e-5
"""Relative gain of frequency per cycle up to which a window counts as steady (25 mHz/s)."""


_ALL = slice(None)


@dataclass(slots=True)
class Grid:
    """Where the points of each cycle of some windows lie among the samples.

    The point k of a cycle lies `deviation` after sample `first + k`, told at the cycle's nodes; the
    kernel reaches `reach` samples to either side.

    Parameters
    ----------
    points, reach : ndarray of int64, shape (window,)
    first : ndarray of int64, shape (window, cycle)
    deviation : ndarray, shape (window, cycle, node)
    per_cycle : ndarray, shape (window,)
        Samples, not whole.
    course : ndarray, shape (window,)
        Relative gain of frequency from cycle to cycle; 0 where it is steady.
    moving : bool
        Whether any is not steady.
    """

    points: NDArray[np.int64]
    reach: NDArray[np.int64]
    first: NDArray[np.int64]
    deviation: Values
    per_cycle: Values
    course: Values
    moving: bool

    @classmethod
    def of(cls, at: Positions, per_cycle: Values, kernel: ResamplingKernel) -> Grid:
        """From where the nodes lie, offset of shape (window, cycle, node)."""
        points = _points(per_cycle)
        even = node_phases() * (points[:, np.newaxis, np.newaxis] / CYCLE)
        deviation = at.offset - even
        start = np.rint((deviation[..., 0] + deviation[..., -1]) / 2)
        deviation = np.clip(deviation - start[..., np.newaxis], -FARTHEST, FARTHEST)
        farthest = np.maximum(np.abs(deviation).max(axis=(1, 2)), 1.0)
        reach = kernel.half_width - 1 + np.ceil(farthest).astype(np.int64)
        first = at.origin[:, np.newaxis] + start.astype(np.int64)
        course = _course(at)
        return cls(points, reach, first, deviation, per_cycle, course, bool(course.any()))

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, some: slice | NDArray[np.intp]) -> Grid:
        return Grid(self.points[some], self.reach[some], self.first[some], self.deviation[some],
                    self.per_cycle[some], self.course[some], self.moving)  # fmt: skip

    def alike(self) -> Iterator[tuple[slice | NDArray[np.intp], Grid]]:
        """Windows of the same points and reach, a few at a time, and which those are.

        So the arithmetic of a window depends on nothing but itself.
        """
        if len(self) == 1:
            yield _ALL, self
            return
        kinds = set(zip(self.points.tolist(), self.reach.tolist(), strict=True))
        if len(kinds) == 1 and len(self) <= _TOGETHER:
            yield _ALL, self
            return
        for points, reach in sorted(kinds):
            same = np.flatnonzero((self.points == points) & (self.reach == reach))
            for k in range(0, len(same), _TOGETHER):
                chosen = same[k : k + _TOGETHER]
                yield chosen, self[chosen]


def harmonic_phasors(
    samples: Samples | Kept, base: int, grid: Grid, kernel: ResamplingKernel
) -> Phasors:
    """Complex rms of orders 1..63 of every channel and window.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
        Sample 0 is number `base` of the stream.
    grid : Grid
    kernel : ResamplingKernel

    Returns
    -------
    ndarray of complex, shape (window, channel, 63)
        Phase is relative to the start of the window; orders that the rate does not carry are NaN.
    """
    found = np.empty((len(grid), len(samples), HARMONIC_ORDERS), np.complex128)
    for chosen, some in grid.alike():
        if _compiles(samples, some):
            phasors = _compiled(samples, base, some, kernel)
            if chosen is _ALL:
                return phasors
            found[chosen] = phasors
        else:
            folded = _folded(samples, base, some, kernel)
            found[chosen] = _lines(folded, some.per_cycle, some.course, kernel)
            found[chosen] /= grid.first.shape[1]
    return found


def _compiles(samples: Samples | Kept, grid: Grid) -> bool:
    """Whether windows that are alike go through the compiled loops."""
    taps, points = 2 * int(grid.reach[0]) + 1, int(grid.points[0])
    return (
        COMPILED is not None
        and fits(samples)
        and len(samples) == _CHANNELS
        and taps <= MOST_TAPS
        and points <= _MOST_POINTS
    )


def _compiled(samples: Samples | Kept, base: int, grid: Grid, kernel: ResamplingKernel) -> Phasors:
    assert COMPILED is not None
    points, reach = int(grid.points[0]), int(grid.reach[0])
    found = np.empty((len(grid), _CHANNELS, HARMONIC_ORDERS), np.complex128)
    folded = np.empty((len(grid), _CHANNELS, points), np.float32)
    COMPILED.spectra(
        samples, grid.first, grid.deviation, grid.per_cycle,
        _opposites(points), _halves(points), kernel.rows, kernel.gain, folded, found,
        CARRIED, BEYOND, 2 * reach + 1, base,
    )  # fmt: skip
    if grid.moving:
        moving = np.flatnonzero(grid.course)
        found[moving] = _lines(folded[moving], grid.per_cycle[moving], grid.course[moving], kernel)
        found[moving] /= grid.first.shape[1]
    return found


@lru_cache(maxsize=32)
def _halves(points: int) -> NDArray[np.float32]:
    """Cosines and sines of orders 1..64 over half a cycle, shape (2, 4, points // 2 + 1, 16)."""
    n, orders = np.arange(points // 2 + 1), np.arange(1, 65)
    angle = 2 * np.pi / points * (np.outer(n, orders) % points)
    parts = np.stack([np.cos(angle), np.sin(angle)]).reshape(2, len(n), 4, 16)
    return np.ascontiguousarray(parts.swapaxes(1, 2), np.float32)


def neighbouring_phasors(samples: Samples | Kept, base: int, grid: Grid, kernel: ResamplingKernel
                         ) -> Phasors:  # fmt: skip
    """Complex rms of the lines one below and one above orders 1..63 (IEC 61000-4-7, 5.5.2).

    With the line of the order itself they make the harmonic subgroup. The samples are turned by
    one line before the cycles are added: what stood beside an order then stands on it.

    Parameters
    ----------
    samples, base, grid, kernel
        As `harmonic_phasors` takes them.

    Returns
    -------
    ndarray of complex, shape (window, 2, channel, 63)
        NaN where the rate does not carry the order.
    """
    cycles = grid.first.shape[1]
    orders = np.arange(1, HARMONIC_ORDERS + 1)
    found = np.full((len(grid), 2, len(samples), HARMONIC_ORDERS), np.nan, np.complex128)
    for chosen, some in grid.alike():
        points = int(some.points[0])
        angle = np.arange(cycles * points).reshape(cycles, -1) * (2 * np.pi / cycles)
        real, imaginary = (
            _folded(samples, base, some, kernel, part(angle / points)) for part in (np.cos, np.sin)
        )
        lines = np.fft.fft(real - 1j * imaginary) * (np.sqrt(2) / (points * cycles))
        reached = min((points - 1) // 2, HARMONIC_ORDERS)
        per_cycle = some.per_cycle[:, np.newaxis, np.newaxis]
        frequency, line = orders[:reached] / per_cycle, 1 / (cycles * per_cycle)
        sides = (lines[..., : -reached - 1 : -1].conj(), lines[..., 1 : reached + 1])
        for n, (side, beside) in enumerate(
            zip(sides, (frequency - line, frequency + line), strict=True)
        ):
            carried = side / kernel.transform(np.minimum(beside, CARRIED))
            found[chosen, n, :, :reached] = np.where(frequency > BEYOND, np.nan, carried)
    return found


def _lines(folded: NDArray[np.float32], samples_per_cycle: Values, course: Values,
           kernel: ResamplingKernel) -> Phasors:  # fmt: skip
    """Complex rms of orders 1..63 times the number of cycles, from the sum of the cycles."""
    points = folded.shape[-1]
    orders = np.arange(1, HARMONIC_ORDERS + 1)
    frequency = orders / samples_per_cycle[:, np.newaxis, np.newaxis]
    within = np.minimum(frequency, CARRIED)
    # Without the line at half the points, which holds two orders at once.
    reached = min((points - 1) // 2, HARMONIC_ORDERS)
    lines = np.fft.rfft(folded)
    if course.any():
        lines -= _spread(lines, course, kernel.slope(within), points)
    found = np.full((*lines.shape[:-1], HARMONIC_ORDERS), np.nan, np.complex128)
    found[..., :reached] = np.sqrt(2) / points * lines[..., 1 : reached + 1]
    return np.where(frequency > BEYOND, np.nan, found / kernel.transform(within))


def _course(at: Positions) -> Values:
    """Relative gain of frequency from cycle to cycle, shape (window,); 0 where it is steady."""
    length = at.offset[..., -1] - at.offset[..., 0]
    course = (length[:, 0] / length[:, -1] - 1) / (length.shape[1] - 1)
    return np.where(np.abs(course) > STEADY, course, 0.0)


def _spread(lines: Phasors, course: Values, slope: Values, points: int) -> Phasors:
    """What a moving frequency spreads from each order to the others, of the shape of `lines`.

    The kernel passes an order less where it is quicker: each order carries a modulation by its own
    slope, which after the cycles are added runs linearly through one cycle.
    """
    reached = min(lines.shape[-1] - 1, slope.shape[-1])
    modulated = np.zeros_like(lines)
    modulated[..., 1 : reached + 1] = lines[..., 1 : reached + 1] * slope[..., :reached]
    along = course[:, np.newaxis, np.newaxis] * (np.arange(points) / points - 0.5)
    return np.fft.rfft(np.fft.irfft(modulated, points) * along)


def _folded(samples: Samples | Kept, base: int, grid: Grid, kernel: ResamplingKernel,
            turn: Values | None = None) -> NDArray[np.float32]:  # fmt: skip
    """Sum of the cycles of windows that are alike, resampled: shape (window, channel, points).

    Before they are added, points are multiplied by `turn`, shape (cycle, points).
    """
    points, reach = int(grid.points[0]), int(grid.reach[0])
    first = grid.first - (reach + base)
    if first.min() < 0:
        raise IndexError(f"a window reaches {-first.min()} samples before what is kept")
    taps, polynomials = 2 * reach + 1, _interpolation(points)
    turned = None if turn is None else turn.astype(np.float32)
    total = np.zeros((len(first), len(samples), points), np.float32)
    if COMPILED is not None and fits(samples) and taps <= MOST_TAPS:
        COMPILED.fold(samples, first, grid.deviation, kernel.rows, taps, _opposites(points),
                      total, turned)  # fmt: skip
        return total
    beside = np.arange(-reach, reach + 1)
    at_nodes = kernel(grid.deviation[:, np.newaxis] - beside[:, np.newaxis, np.newaxis])
    _fold(samples, first, at_nodes.astype(np.float32), polynomials, turned, total)
    return total


def _fold(samples: Samples | Kept, first: NDArray[np.int64], nodes: NDArray[np.float32],
          polynomials: NDArray[np.float32], turn: NDArray[np.float32] | None,
          total: NDArray[np.float32]) -> None:  # fmt: skip
    """Add the cycles that begin at samples `first`, shape (window, cycle), to `total`.

    Parameters
    ----------
    nodes : ndarray, shape (window, tap, cycle, node)
        Kernel at the nodes of each cycle, which `polynomials` carry to its points.
    """
    taps, points = nodes.shape[1], polynomials.shape[1]
    width = points + taps - 1
    every = under_window(samples, width, 1, samples.shape[-1] - width + 1)
    stretches = every[:, first]
    # Window, channel, cycle: in this order the sums below run through the cache once.
    cycles = np.ascontiguousarray(stretches.swapaxes(0, 1), np.float32)
    rows = nodes.reshape(len(first), -1, _NODES)
    weights = (rows @ polynomials).reshape(*nodes.shape[:-1], points)
    if turn is not None:
        weights *= turn
    for tap in range(taps):
        stretch = cycles[..., tap : tap + points]
        total += np.einsum("wck,wack->wak", weights[:, tap], stretch)
