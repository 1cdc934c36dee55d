"""Stream: blocks of any origin to pieces, over changes of rate and long gaps."""

from __future__ import annotations

from smartx96.block import Block
from smartx96.metrology.engine import LONGEST_GAP, Engine, Piece
from smartx96.metrology.losses import Losses


class Stream:
    """Engines one after the other: a block at another rate, or after a long gap, begins a new one.

    At another rate the sample clock begins again at 0 where the last block ended.

    Parameters
    ----------
    nominal : {50, 60}, optional
        Nominal frequency; None decides by the signal.
    subgroups : bool
        Also measure the lines beside each order.
    by_lines : bool
        Follow the line voltages.

    Attributes
    ----------
    losses : Losses
        Stretches without samples.
    """

    def __init__(self, nominal: int | None = None, *, subgroups: bool = False,
                 by_lines: bool = False) -> None:  # fmt: skip
        self.losses = Losses()
        self._nominal, self._subgroups, self._by_lines = nominal, subgroups, by_lines
        self._engine: Engine | None = None
        self._first = self._end = 0
        self._time = 0.0

    def push(self, block: Block) -> list[Piece]:
        """Pieces that the block completes, in the order of time.

        Raises
        ------
        StreamError
            The engine cannot measure the block.
        """
        found: list[Piece] = []
        engine = self._engine
        gap = 0.0 if engine is None else (block.start - self._end) / engine.rate
        if engine is None or block.rate != engine.rate:
            found.extend(self._begin(block, self._time + block.start / block.rate))
        elif gap > LONGEST_GAP:
            self.losses.gap(self._time, gap, 0.5 / engine.rate)
            found.extend(self._begin(block, self._time + gap))
        return found + self._push(block)

    def _begin(self, block: Block, begin: float) -> list[Piece]:
        found = self.finish()
        self._engine = Engine(
            block.rate,
            self._nominal,
            begin,
            channels=len(block.samples),
            losses=self.losses,
            subgroups=self._subgroups,
            by_lines=self._by_lines,
        )
        self._first = block.start
        return found

    def _push(self, block: Block) -> list[Piece]:
        engine = self._engine
        assert engine is not None
        start = block.start - self._first
        self._end = block.end
        self._time = engine.begin + (start + block.length) / block.rate
        if self._first:
            block = Block(block.samples, block.rate, start, block.scale, block.quality)
        return engine.push(block)

    def finish(self) -> list[Piece]:
        """What lies after the last window of the engine at work."""
        engine, self._engine = self._engine, None
        return [] if engine is None else engine.finish()
