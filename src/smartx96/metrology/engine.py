"""Engine: a stream of blocks in, windows out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Quality, Samples
from smartx96.errors import StreamError
from smartx96.metrology.buffer import Kept, SampleBuffer
from smartx96.metrology.holes import doubtful, mend, part_before, sample_after
from smartx96.metrology.kernels import ResamplingKernel, Values
from smartx96.metrology.loops import NEW, fits
from smartx96.metrology.losses import Losses
from smartx96.metrology.placement import Placement, place
from smartx96.metrology.short import measure_short
from smartx96.metrology.spectrum import (
    CARRIED,
    harmonic_phasors,
    neighbouring_phasors,
)
from smartx96.metrology.sums import LARGEST, GroupSums, has_residual
from smartx96.metrology.synchronisation import (
    HIGHEST,
    LOWEST,
    tracking_plan,
)
from smartx96.metrology.timeline import CYCLE
from smartx96.metrology.tracker import Tracker
from smartx96.metrology.waveform import last_cycle
from smartx96.metrology.windows import (
    BORDER,
    OTHER,
    Flag,
    Rest,
    Windows,
    calls_for_other,
    well_within,
)
from smartx96.models import CYCLES
from smartx96.quantities import HARMONIC_ORDERS

LONGEST_GAP = 10.0
"""Gap that is bridged by missing samples [s]; after a longer one a new engine begins."""

_BATCH = 64
"""Windows measured at once, most: enough to make the cost of a call small."""
_PIECE_TICKS, _PIECE_SAMPLES = 512, 1 << 18
"""Ticks, and samples per channel, of a large block that are taken at once."""
_CHANNELS = 6
_MARGIN = 32
"""Samples kept before a window beside the kernel's and the slowest cycle: a first cycle shorter
than its window's mean is resampled from up to so much earlier."""
_STRETCH = 10
"""Samples by which a cycle may lie aside beyond the kernel's own reach."""
_FARTHEST = 1 << 60
"""Phase up to which is counted before it begins anew [CYCLE]: some 20 min."""
_NOMINAL = {cycles: nominal for nominal, cycles in CYCLES.items()}

Piece = Windows | Rest
"""What the engine gives: windows, and the samples that lie outside every window."""


@dataclass(frozen=True, slots=True)
class _Boundary:
    """The end of the last window: `before` are the sums from its first group to it, it lies `part`
    of a sample before `sample`, after tick number `tick`."""

    tick: int
    group: int
    before: Values
    sample: int
    part: float


class Engine:
    """Cuts one stream into synchronous windows and measures them.

    The windows tile the stream from about 0.1 s on; what lies before and after them comes as a
    `Rest`, so that the sums of all pieces are the sum over every sample. Pieces come in the order
    of time.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    nominal : {50, 60}, optional
        10 or 12 cycles a window. None: the fundamental decides, 55 Hz being the border; it decides
        anew where it settles 1 Hz beyond.
    begin : float
        Time of sample 0 [s].
    channels : {6, 7}
        A seventh is the sum of currents that ought to be nothing.
    losses : Losses, optional
        Where missing samples are noted.
    subgroups : bool
        Also measure the lines beside each order (IEC 61000-4-7); takes twice the time.
    by_lines : bool
        Follow the line voltages: without a neutral the loss of one line leaves one of them as it
        was, and none of those against the star point.

    Raises
    ------
    StreamError
        The rate is outside what is measured.
    """

    def __init__(self, rate: float, nominal: int | None = None, begin: float = 0.0,
                 channels: int = _CHANNELS, losses: Losses | None = None,
                 subgroups: bool = False, by_lines: bool = False) -> None:  # fmt: skip
        self.begin = begin
        self.losses = Losses() if losses is None else losses
        self._channels, self._subgroups = channels, subgroups
        self.plan = tracking_plan(rate)
        self.rate = rate
        highest = HARMONIC_ORDERS * HIGHEST / rate
        self._carries_all = highest < CARRIED
        self._kernel = ResamplingKernel.design(min(highest, CARRIED))
        # Where samples are few, the resampling kernel reaches farther than the tracking's.
        room = self._kernel.half_width + _STRETCH - self.plan.centre
        self._room = max(0, math.ceil(room / self.plan.tick_samples))
        self._tracker = Tracker(self.plan, nominal or 50, by_lines=by_lines)
        self._timeline = self._tracker.timeline
        self._cycles = None if nominal is None else CYCLES[nominal]
        self._fixed = nominal is not None
        self._samples = SampleBuffer(channels)
        self._groups = GroupSums(channels, self.plan.tick_samples)
        self._early: list[Samples | Kept] | None = []
        self._next: int | None = None
        self._boundary: _Boundary | None = None

    def push(self, block: Block) -> list[Piece]:
        """Take the next block and give the pieces that it completes, oldest first.

        Raises
        ------
        StreamError
            The block has another rate or number of channels, begins before the last one ended, or
            after a gap of more than 10 s.
        """
        self._check(block)
        missing = block.start - self._samples.end
        found = self._bridge(missing) if missing else []
        values = block.as_given()
        # As the loops take them, so that they take all or none.
        values = values if fits(values, *NEW) else values.copy("C")
        return found + self._take(values, block.quality)

    def _bridge(self, count: int) -> list[Piece]:
        """Take missing samples."""
        found: list[Piece] = []
        for n in range(0, count, _PIECE_SAMPLES):
            size = min(_PIECE_SAMPLES, count - n)
            missing = np.full(size, Quality.MISSING, np.uint8)
            found.extend(self._take(np.zeros((self._channels, size)), missing))
        return found

    def _take(self, values: Samples | Kept, quality: NDArray[np.uint8] | None) -> list[Piece]:
        length = self.plan.tick_samples
        size = min(_PIECE_TICKS, _PIECE_SAMPLES // length + 1) * length
        found: list[Piece] = []
        for n in range(0, values.shape[-1], size):
            part = None if quality is None else quality[n : n + size]
            kept = self._keep(values[:, n : n + size], part)
            self._tracker.follow(self._samples)
            found.extend(self._measure())
            if self._early is not None:
                self._early.append(kept.copy())
            self._forget()
        return found

    def _keep(self, values: Samples | Kept, quality: NDArray[np.uint8] | None) -> Samples | Kept:
        """Sum samples up, and keep them; gives what stands for them, missing ones being 0."""
        samples, first = self._samples, self._samples.end
        if quality is not None and (missing := quality & Quality.MISSING > 0).any():
            values = np.where(missing, 0.0, values)
        if not self._groups.take(values, kept := samples.add(values.shape[1], quality)):
            # What is no number of volts is a missing sample.
            bad = ~(np.abs(values) < LARGEST).all(axis=0)
            values = np.where(bad, 0.0, values)
            samples.doubt(first, np.where(bad, Quality.MISSING, 0).astype(np.uint8))
            self._groups.take(values, kept, sound=True)
        if samples.doubtful:
            self.losses.samples(self.begin, self.rate, first, samples.quality(first, samples.end))
        return values

    def finish(self) -> list[Piece]:
        """What lies after the last window; with no window yet, what a short recording gives."""
        if self._boundary is None:
            return self._finish_short()
        return [self._tail(self._boundary)]

    def _finish_short(self) -> list[Piece]:
        end, none = self._samples.end, np.zeros((self._channels, 0))
        return list(
            measure_short(
                np.concatenate([none, *(self._early or ())], axis=1),
                self._samples.quality(0, end),
                self.rate,
                self.begin,
                _NOMINAL[self._cycles] if self._fixed and self._cycles else None,
                self.plan.tick_samples,
            )
        )

    def _tail(self, last: _Boundary) -> Rest:
        since = self._groups.columns.view(last.group).sum(axis=1) + self._groups.remainder()
        return self._rest(since - last.before, last.sample, self._samples.end, last.part)

    def _check(self, block: Block) -> None:
        end = self._samples.end
        if block.rate != self.rate or len(block.samples) != self._channels:
            raise StreamError(
                f"block of {len(block.samples)} channels at {block.rate:g} 1/s in a stream of "
                f"{self._channels} at {self.rate:g} 1/s: begin a new engine"
            )
        if block.start < end:
            raise StreamError(
                f"block begins at sample {block.start}, before the last one ended at {end}: "
                "remove the doubled samples"
            )
        if block.start - end > LONGEST_GAP * self.rate:
            raise StreamError(
                f"gap of {(block.start - end) / self.rate:g} s before sample {block.start}, above "
                f"{LONGEST_GAP:g} s: begin a new engine"
            )

    def _measure(self) -> list[Piece]:
        found: list[Piece] = []
        if self._next is None:
            if self._timeline.last < 2 + self._room:
                return found
            self._next = int(self._timeline.phase[1 + self._room])
        while count := self._complete():
            cycles = self._cycles
            found.extend(self._batch(count))
            if cycles and cycles == self._cycles and count < _BATCH:
                break
        return found

    def _complete(self) -> int:
        """Windows that can be measured now, with one number of cycles."""
        line, start = self._timeline, self._next or 0
        phase = line.phase
        known = len(phase) - self._room
        if known < 4:
            return 0
        if self._cycles is None:
            tick = int(phase.searchsorted(start, side="left")) + 1
            if tick >= known:
                return 0
            if line.carried[tick]:
                step = (phase[tick] - phase[tick - 1]) / CYCLE
                self._cycles = 10 if step < BORDER * self.plan.tick_seconds else 12
        span = int(phase[known - 2]) - 1 - start
        complete = max(0, span // ((self._cycles or 10) * CYCLE))
        return min(complete, _BATCH if self._cycles else 1)

    def _batch(self, count: int) -> list[Piece]:
        cycles, start = self._cycles or 10, self._next or 0
        samples, kernel = self._samples, self._kernel
        placed = place(self._timeline, samples, self._groups.columns, kernel, start, cycles, count)
        flags, count = self._judge(start, cycles, cycles * self.rate / placed.length)
        placed = placed.first(count)
        self._next = start + count * cycles * CYCLE
        head = self._pass(placed)
        edges, length, sums = placed.edges, placed.length, placed.sums
        spectrum = samples.view(samples.base)[:_CHANNELS], samples.base, placed.grid, kernel
        phasors = harmonic_phasors(*spectrum)
        beside = neighbouring_phasors(*spectrum) if self._subgroups else None
        measured = length
        if not self._carries_all:
            flags[np.isnan(phasors[:, 0, -1])] |= Flag.ORDERS_LIMITED
        if samples.doubtful:
            missing, doubts = doubtful(samples, edges)
            measured, flags = length - missing, flags | doubts
            mend(phasors, missing, length)
        if not self._timeline.steady:
            phasors[flags & Flag.UNSYNCHRONISED > 0] = np.nan
        if self._channels > _CHANNELS:
            flags[has_residual(sums, measured)] |= Flag.CURRENT_SUM
        windows = Windows(
            rate=self.rate,
            begin=self.begin,
            nominal=_NOMINAL[cycles],
            cycles=cycles,
            start=edges.origin[:-1],
            offset=edges.offset[:-1],
            length=length,
            measured=measured,
            sums=sums,
            phasors=phasors,
            flags=flags,
            beside=beside,
            waveform=last_cycle(
                spectrum[0], samples.base, float(edges.origin[-2] + edges.offset[-2]),
                float(length[-1]), cycles, self.rate, phasors[-1, :, 0],
            ),
        )  # fmt: skip
        return [windows] if head is None else [head, windows]

    def _judge(self, start: int, cycles: int, frequency: Values) -> tuple[NDArray[np.int64], int]:
        """Flags of windows up to and with the first whose frequency calls for the other number of
        cycles, and how many those are."""
        nominal, count = _NOMINAL[cycles], len(frequency)
        if self._timeline.steady and well_within(frequency, nominal):
            return np.zeros(count, np.int64), count
        flags = self._tracker.flags(start, cycles, frequency)
        if self._fixed or self._cycles is None:
            return flags, count
        wrong = calls_for_other(frequency, nominal) & (flags & Flag.UNSYNCHRONISED == 0)
        if wrong.any():
            self._cycles = CYCLES[OTHER[nominal]]
            count = int(np.argmax(wrong)) + 1
        return flags[:count], count

    def _pass(self, placed: Placement) -> Rest | None:
        """Go on behind the last of these windows; gives what lies before the first of all."""
        edges, head = placed.edges, None
        if self._boundary is None:
            self._early = None
            groups = self._groups.columns.view(0, int(placed.group[0]))
            first = groups.sum(axis=1) + placed.before[:, 0]
            after, part = sample_after(edges, 0), part_before(edges, 0)
            head = self._rest(first, 0, after, -part, leads=True)
        centre, length = math.floor(self.plan.centre), self.plan.tick_samples
        self._boundary = _Boundary(
            tick=(int(edges.origin[-1]) - centre) // length,
            group=int(placed.group[-1]),
            before=placed.before[:, -1],
            sample=sample_after(edges, -1),
            part=part_before(edges, -1),
        )
        return head

    def _rest(
        self, sums: Values, start: int, end: int, more: float, *, leads: bool = False
    ) -> Rest:
        """Samples `start` to before `end`, and `more` of one."""
        quality = self._samples.quality(start, end)
        missing = np.count_nonzero(quality & Quality.MISSING)
        flags = Flag(int(np.bitwise_or.reduce(quality))) if len(quality) else Flag(0)
        return Rest(
            self.rate,
            end - start - missing + more,
            sums,
            flags,
            leads,
            start=self.begin + (start - max(more, 0.0)) / self.rate,
            end=self.begin + (end + min(more, 0.0)) / self.rate,
        )

    def _forget(self) -> None:
        line = self._timeline
        if self._boundary is None:
            return
        last = self._boundary
        self._groups.columns.drop_before(last.group)
        line.drop_before(last.tick)
        if self._next is not None and self._next > _FARTHEST:
            line.count_from(self._next)
            self._next = 0
        length = self.plan.tick_samples
        margin = _MARGIN + self._kernel.half_width + math.ceil(self.rate / LOWEST)
        self._samples.drop_before(
            min(last.group * length, (line.last - 1) * length, last.sample - margin)
        )
