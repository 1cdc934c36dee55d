"""Stream: blocks of any origin to pieces, over changes of rate and long gaps."""

from __future__ import annotations

from smartx96.block import Block
from smartx96.metrology.engine import LONGEST_GAP, Engine, Piece


class Stream:
    """Engines one after the other: a block at another rate, or after a long gap, begins a new one.

    Parameters
    ----------
    nominal : {50, 60}, optional
        Nominal frequency; None decides by the signal.

    Attributes
    ----------
    gaps : int
        Gaps between blocks, bridged or not.
    gap_time : float
        Their length together [s].
    """

    def __init__(self, nominal: int | None = None) -> None:
        self.gaps = 0
        self.gap_time = 0.0
        self._nominal = nominal
        self._engine: Engine | None = None
        self._first = self._end = 0

    def push(self, block: Block) -> list[Piece]:
        """Pieces that the block completes, in the order of time.

        Raises
        ------
        StreamError
            The engine cannot measure the block.
        """
        found: list[Piece] = []
        engine = self._engine
        gap = 0.0 if engine is None else (block.start - self._end) / block.rate
        if engine is None or block.rate != engine.rate or gap > LONGEST_GAP:
            found.extend(self.finish())
            engine = self._engine = Engine(block.rate, self._nominal)
            self._first = block.start
        if gap > 0:
            self.gaps += 1
            self.gap_time += gap
        self._end = block.end
        moved = Block(
            block.samples, block.rate, block.start - self._first, block.scale, block.quality
        )
        return found + engine.push(moved)

    def finish(self) -> list[Piece]:
        """What lies after the last window of the engine at work."""
        engine, self._engine = self._engine, None
        return [] if engine is None else [engine.finish()]
