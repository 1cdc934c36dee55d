"""Steps: a source's blocks on their way through the engine, by one thread or several."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from smartx96.block import Block
from smartx96.installation.ahead import ahead
from smartx96.metrology.engine import Piece
from smartx96.metrology.stream import Stream


class Taking(Protocol):
    """What makes the engine's blocks of a source's, as `Intake` does."""

    def __call__(self, block: Block) -> Block:
        """A block as the engine takes it."""

    def rest(self) -> Block | None:
        """What was kept back, when no more blocks come."""


_TURN = 1e-4
"""Time after which a thread lets another work, where that waits [s]."""


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one block of a source.

    Parameters
    ----------
    seconds : float
        Length of the source's block [s]; 0 of what its end completes.
    clipped : int
        Samples at a converter's limit.
    block : Block or None
        As the engine took it.
    pieces : sequence of Piece
        What it completed.
    """

    seconds: float
    clipped: int
    block: Block | None
    pieces: Sequence[Piece]


@contextmanager
def in_threads(
    blocks: Iterator[Block], intake: Taking, stream: Stream, jobs: int
) -> Iterator[Iterator[Step]]:
    """The steps of a source's blocks, the same whatever the number of threads.

    Parameters
    ----------
    blocks : iterator of Block
    intake : Intake
    stream : Stream
    jobs : int
        1 does everything where the steps are taken. With more a thread reads and decodes ahead and
        another measures, while what comes of it is counted.
    """
    with ExitStack() as threads:
        if jobs > 1:
            threads.enter_context(_quick_turns())
            blocks = threads.enter_context(ahead(blocks))
        steps = _steps(blocks, intake, stream)
        yield threads.enter_context(ahead(steps)) if jobs > 1 else steps


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Threads that come back from a compiled loop wait less for the others."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _steps(blocks: Iterator[Block], intake: Taking, stream: Stream) -> Iterator[Step]:
    for block in blocks:
        taken = intake(block)
        yield Step(block.length / block.rate, block.clipped, taken, stream.push(taken))
    rest = intake.rest()
    if rest is not None:
        yield Step(0.0, 0, rest, stream.push(rest))
    yield Step(0.0, 0, None, stream.finish())
