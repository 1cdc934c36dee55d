"""Small recordings for the tests of readers and writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.samples.recording import Recording

ROLES = ("v1", "v2", "v3", "i1", "i2", "i3")


def three_phases(count: int, rate: float, frequency: float = 50.0) -> np.ndarray:
    """230 V and 5 A lagging by 30 degrees, shape (6, count)."""
    angle = 2 * np.pi * frequency * np.arange(count) / rate
    shifts = 2 * np.pi / 3 * np.arange(3)[:, np.newaxis]
    voltages = 230 * np.sqrt(2) * np.sin(angle - shifts)
    return np.vstack((voltages, 5 * np.sqrt(2) * np.sin(angle - shifts - np.pi / 6)))


@dataclass
class ArraySource:
    """A source over an array, in blocks of a length that is no second."""

    samples: np.ndarray
    rate: float = 12800.0
    roles: tuple[str, ...] = ROLES
    start: datetime | None = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    side: str = "secondary"
    step: int = 999
    gaps: dict[int, int] = field(default_factory=dict)
    quality: np.ndarray | None = None

    @property
    def length(self) -> int:
        return self.samples.shape[1]

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        shift = 0
        edges = sorted({*range(0, self.length, self.step), *self.gaps, self.length})
        for first, stop in pairwise(edges):
            shift += self.gaps.get(first, 0)
            flags = None if self.quality is None else self.quality[first:stop]
            part = self.samples[:, first:stop]
            yield Block(part, self.rate, first + shift, quality=flags)


def joined(blocks: Iterator[Block]) -> np.ndarray:
    return np.concatenate([block.physical() for block in blocks], axis=1)


def flags(blocks: Iterator[Block]) -> np.ndarray:
    parts = [
        np.zeros(block.length, np.uint8) if block.quality is None else block.quality
        for block in blocks
    ]
    return np.concatenate(parts)


def positions(blocks: Iterator[Block]) -> np.ndarray:
    return np.concatenate([np.arange(block.start, block.end) for block in blocks])


def everything(recording: Recording) -> np.ndarray:
    return joined(recording.blocks(range(len(recording.channels))))


CHANNELS = ("1,UA,A,,V,0.5,0,0,-32767,32767,1,1,S", "2,IA,A,,A,0.01,1,0,-32767,32767,1,1,S")


@pytest.fixture
def write_cfg(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration, and data if given; any line can be replaced."""

    def write(
        data: bytes | str | None = None,
        *,
        identity: str = "station,recorder,1999",
        channels: Sequence[str] = CHANNELS,
        digital: int = 0,
        counts: str | None = None,
        rates: Sequence[str] = ("1000,4",),
        nrates: int | None = None,
        times: Sequence[str] = ("01/02/2020,10:20:30.5", "01/02/2020,10:20:30.5"),
        kind: str = "ASCII",
        rest: Sequence[str] = ("1",),
        name: str = "record.cfg",
        encoding: str = "utf-8",
    ) -> Path:
        total = len(channels) + digital
        lines = [
            identity,
            counts or f"{total},{len(channels)}A,{digital}D",
            *channels,
            *(f"{n},D{n},,,0" for n in range(1, digital + 1)),
            "50",
            str(len(rates) if nrates is None else nrates),
            *rates,
            *times,
            kind,
            *rest,
        ]
        path = tmp_path / name
        path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
        if data is not None:
            content = data.encode() if isinstance(data, str) else data
            path.with_suffix(".dat").write_bytes(content)
        return path

    return write
