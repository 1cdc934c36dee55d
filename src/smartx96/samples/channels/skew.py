"""Skew: channels that a recorder sampled one after the other, brought to the moment of their row.

Between samples stands a sinc under a Kaiser window, flat to 2e-6 up to 0.45 of the rate: order 63
of 140 samples a cycle is turned right to 0.0002 degrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality, Samples
from smartx96.samples.cutting import flag_missing, part

LONGEST = 0.01
"""Skew that is believed [s]: a recorder is through its channels before the next row."""

NOMINAL = 50.0
"""Frequency at which it is told what a skew comes to [Hz]."""

HALF_WIDTH, BETA = 40, 12.2
"""Of the windowed sinc: samples to each side of the middle one, and the window's shape."""


def believed(skews: Sequence[float]) -> bool:
    """Whether channels were sampled at several moments, and so near to each other as can be.

    Parameters
    ----------
    skews : sequence of float
        By how much later than its row each channel was sampled [s].
    """
    return 0 < _spread(skews) <= LONGEST


def skew_notes(skews: Sequence[float], *, aligned: bool) -> tuple[str, ...]:
    """That channels were not sampled at one moment, what it comes to, and what becomes of it."""
    between = _spread(skews)
    if not between:
        return ()
    turn = f"{360 * NOMINAL * between:.3g} degrees at {NOMINAL:g} Hz"
    kept = "left so" if believed(skews) else f"left so, since no row takes {1e3 * LONGEST:g} ms"
    return (
        f"the channels are skewed by {1e6 * min(skews):g} to {1e6 * max(skews):g} us, against each "
        f"other up to {turn}: {'brought to one moment' if aligned else kept}",
    )


def _spread(skews: Sequence[float]) -> float:
    return max(skews, default=0.0) - min(skews, default=0.0)


def aligned(blocks: Iterable[Block], skews: Sequence[float]) -> Iterator[Block]:
    """The same samples with all channels at one moment, that of the earliest.

    Blocks may come later and cut elsewhere; samples and their number stay. Where samples are
    missing, those before and after go on as they would on the other side of a point.

    Parameters
    ----------
    blocks : iterable of Block
    skews : sequence of float
        By how much later than its row each channel was sampled [s].
    """
    late = np.array(skews) - min(skews)
    run: _Run | None = None
    for piece in (piece for block in blocks for piece in _unbroken(block)):
        missing = _is_missing(piece)
        if run is not None and (missing or not run.goes_on_with(piece)):
            yield run.finish()
            run = None
        if missing:
            yield piece
            continue
        if run is None:
            run = _Run(late * piece.rate, piece)
        made = run.push(piece)
        if made.length:
            yield made
    if run is not None:
        yield run.finish()


def _unbroken(block: Block) -> Iterator[Block]:
    """Parts of a block that are there, and parts that are missing, in their order."""
    if block.quality is None:
        edges = [0, block.length]
    else:
        changes = np.flatnonzero(np.diff(block.quality & Quality.MISSING)) + 1
        edges = [0, *changes.tolist(), block.length]
    for first, stop in pairwise(edges):
        if first < stop:
            yield part(block, first, stop)


def _is_missing(piece: Block) -> bool:
    return piece.quality is not None and bool(piece.quality[0] & Quality.MISSING)


class _Run:
    """Consecutive samples, none of them missing.

    Parameters
    ----------
    late : ndarray, shape (channel,)
        Lateness of each channel [samples], 0 and more.
    first : Block
        With which they begin.
    """

    def __init__(self, late: NDArray[np.float64], first: Block) -> None:
        whole = np.rint(late)
        self._shifts = whole.astype(int).tolist()
        self._taps = [_between(place) for place in (late - whole).tolist()]
        self._before = max(self._shifts) + HALF_WIDTH
        self._rate, self._next, self._end = first.rate, first.start, first.start
        self._held: Samples = np.empty((len(late), 0))
        self._marks = np.empty(0, np.uint8)
        self._begun = False

    def goes_on_with(self, piece: Block) -> bool:
        """Whether a piece follows on what was there."""
        return piece.rate == self._rate and piece.start == self._end

    def push(self, piece: Block) -> Block:
        """What more samples complete; at first nothing."""
        self._end = piece.end
        marks = np.zeros(piece.length, np.uint8) if piece.quality is None else piece.quality
        self._marks = np.concatenate([self._marks, marks])
        self._held = np.concatenate([self._held, piece.physical()], axis=1)
        if not self._begun and self._held.shape[1] > self._before:
            self._extend(self._before, 0)
        return self._made()

    def finish(self) -> Block:
        """The rest, when no more follow."""
        self._extend(0 if self._begun else self._before, HALF_WIDTH)
        return self._made()

    def _extend(self, before: int, after: int) -> None:
        """Go on beyond the ends as a sine does at its zeros: neither value nor slope jumps."""
        sides = ((0, 0), (before, after))
        with _overflowing():
            self._held = np.pad(self._held, sides, mode="reflect", reflect_type="odd")
        self._begun = True

    def _made(self) -> Block:
        count = max(0, self._held.shape[1] - self._before - HALF_WIDTH) if self._begun else 0
        made = np.empty((len(self._held), count))
        if count:
            with _overflowing():
                for channel, row in enumerate(self._held):
                    made[channel] = self._moved(channel, row, count)
            self._held = self._held[:, count:].copy()
        marks, self._marks = self._marks[:count], self._marks[count:]
        start, self._next = self._next, self._next + count
        samples, quality = flag_missing(made, marks if marks.any() else None)
        return Block(samples, self._rate, start, quality=quality)

    def _moved(self, channel: int, row: Samples, count: int) -> Samples:
        taps, first = self._taps[channel], self._before - self._shifts[channel]
        if taps is None:
            return row[first : first + count]
        around = row[first - HALF_WIDTH : first + HALF_WIDTH + count]
        return np.convolve(around, taps, "valid")


def _overflowing() -> np.errstate:
    """Absurd values become missing ones."""
    return np.errstate(over="ignore", invalid="ignore")


def _between(place: float) -> NDArray[np.float64] | None:
    """Weights of the samples around one, for the value that stands `place` samples before it; None
    for the sample itself.
    """
    if not place:
        return None
    x = np.arange(-HALF_WIDTH, HALF_WIDTH + 1) - place
    inside = np.sqrt(np.maximum(1 - (x / (HALF_WIDTH + 0.5)) ** 2, 0.0))
    weights: NDArray[np.float64] = np.sinc(x) * np.i0(BETA * inside)
    weights /= weights.sum()
    return weights
