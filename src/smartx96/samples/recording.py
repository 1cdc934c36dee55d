"""What every recording format gives: channels with names, a sample clock, blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smartx96.block import Block
from smartx96.wording import counted

BLOCK_SECONDS = 1.0
"""Length of the blocks that readers yield by default [s]: large enough to be quick, small enough
that a recording of any length is measured in constant memory."""

LONGEST_TEXT = 250
"""Letters of a channel's name, phase or unit; further ones are left out."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of a recording as its file describes it.

    `unit` is the SI unit after the reader's conversion (`V`, `A`) or the file's own text where
    that is neither. `side` is None where the file does not say. `skew` is by how much later than
    its row the channel was sampled [s].
    """

    name: str
    phase: str = ""
    unit: str = ""
    side: str | None = None
    primary: float = 1.0
    secondary: float = 1.0
    skew: float = 0.0

    def __post_init__(self) -> None:
        # Damaged texts are of any length, and hold halves of surrogate pairs, which no file takes.
        for field in ("name", "phase", "unit"):
            text = getattr(self, field)[:LONGEST_TEXT].encode("utf-8", "replace").decode()
            object.__setattr__(self, field, text)


class Recording(ABC):
    """An opened recording: what its header says; samples are read when `blocks` is iterated.

    Attributes
    ----------
    path : Path
    format : str
        Lower-case name of the format, as in the JSON of `measure`.
    channels : tuple of Channel
    rate : float
        Sampling rate [1/s] of the sample clock on which `blocks` deliver.
    length : int or None
        Samples per channel on the sample clock, those lacking in gaps included; None where only
        reading on tells.
    start : datetime or None
        Time of sample 0, timezone-aware UTC; None where the file has none.
    notes : tuple of str
        One line each for what the reader had to decide or mend (several rates, a declared length
        that the content does not reach).
    full_scale : float or None
        Counts of a full-scale sample where the samples are raw integers of a converter, to which
        a `--scale` in volt or ampere refers; None where they are values, or where channels have
        several (see `full_scale_of`).
    """

    path: Path
    format: str
    channels: tuple[Channel, ...]
    rate: float
    length: int | None
    start: datetime | None
    notes: tuple[str, ...] = ()
    full_scale: float | None = None

    def __repr__(self) -> str:
        length = "" if self.length is None else f", {self.length / self.rate:g} s"
        channels = counted(len(self.channels), "channel")
        return f"<Recording {self.path.name}: {self.format}, {channels}, {self.rate:g} S/s{length}>"

    def full_scale_of(self, channel: int) -> float | None:
        """Counts of a full-scale sample of a channel (0-based), as `full_scale` is of all."""
        return self.full_scale

    @abstractmethod
    def blocks(self, channels: Sequence[int], seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Samples of the chosen channels (0-based, in this order), in V and A, from the start.

        Every call begins anew. Blocks are consecutive, hold at most `seconds`, and memory does
        not grow with the length of the recording.

        Raises
        ------
        RecordingError
            The content is not what the header promised.
        """
