"""Pulses, a journal in memory, a clock that is told the time, and readers of dumps by others."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from smartx96.errors import StoreError
from smartx96.meter.pulse import Pulse

T0 = 1_793_404_800_000_000
"""2026-10-31T00:00:00Z [us]."""

Edge = tuple[int, str, str]
"""Time [us], wire, value."""


def train(output: int, number: int, start: int, period: int, width: int = 60_000) -> list[Pulse]:
    """Pulses 1 to `number` of an output, the first `start` us after T0."""
    return [Pulse(output, n + 1, T0 + start + n * period, width) for n in range(number)]


def edges_of(pulses: Iterable[Pulse]) -> list[Edge]:
    """Every edge in order of time."""
    edges = []
    for output, _, time, width in pulses:
        edges += [(time, f"pulse{output}", "1"), (time + width, f"pulse{output}", "0")]
    return sorted(edges)


class Journal:
    """Counts in memory; refuses while `refusing`."""

    def __init__(self, log: list | None = None) -> None:
        self.counts: dict[int, int] = {}
        self.refusing = False
        self.log = [] if log is None else log

    def advance(self, output: int, count: int) -> None:
        if self.refusing:
            raise StoreError("pulse journal: cannot be written: No space left on device")
        self.log.append(("journal", output, count))
        self.counts[output] = count


class Sink:
    """Keeps what it is given; fails while `failing`."""

    name = "sink"

    def __init__(self, log: list | None = None) -> None:
        self.log = [] if log is None else log
        self.failing: Exception | None = None
        self.closed = False

    def emit(self, pulse: Pulse) -> None:
        if self.failing:
            raise self.failing
        self.log.append(("sink", pulse.output, pulse.number))

    def close(self) -> None:
        self.closed = True


class Time:
    """A clock that is told the time [us]."""

    def __init__(self, now: int = 5_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Wire:
    """Contacts that keep when they were closed and opened: (time, output, closed)."""

    name = "wire"

    def __init__(self, clock) -> None:
        self.clock = clock
        self.edges: list[tuple[int, int, bool]] = []
        self.numbers: list[tuple[int, int]] = []
        self.stuck = False
        self.closed = False

    def emit(self, pulse: Pulse) -> None:
        self.numbers.append((pulse.output, pulse.number))
        self.edges.append((self.clock(), pulse.output, True))

    def open(self, output: int) -> None:
        if self.stuck:
            raise OSError(5, "Input/output error")
        self.edges.append((self.clock(), output, False))

    def close(self) -> None:
        self.closed = True

    def rises(self, output: int) -> list[int]:
        return [time for time, o, closed in self.edges if o == output and closed]

    def falls(self, output: int) -> list[int]:
        return [time for time, o, closed in self.edges if o == output and not closed]


def read_by_pyvcd(path: Path) -> tuple[int | None, list[Edge]]:
    """Origin [us] and edges, without the initial values, by pyvcd. Where the origin is told anew,
    times are of the last one told."""
    from datetime import datetime

    from vcd.reader import TokenKind, tokenize

    edges: list[Edge] = []
    names: dict[str, str] = {}
    time, origin, initial, scale = 0, None, False, None
    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.VAR:
                names[token.var.id_code] = token.var.reference
            elif token.kind is TokenKind.TIMESCALE:
                scale = token.data
            elif token.kind is TokenKind.COMMENT and token.data.startswith("time 0 is "):
                told = datetime.fromisoformat(token.data.removeprefix("time 0 is "))
                origin = round(told.timestamp() * 1e6)
            elif token.kind is TokenKind.CHANGE_TIME:
                assert token.data >= time, "time runs back"
                time = token.data
            elif token.kind in (TokenKind.DUMPVARS, TokenKind.END):
                initial = token.kind is TokenKind.DUMPVARS
            elif token.kind is TokenKind.CHANGE_SCALAR and not initial:
                change = token.data
                edges.append(((origin or 0) + time, names[change.id_code], change.value))
    assert str(scale) == "1 us"
    return origin, edges


def read_by_vcdvcd(path: Path) -> dict[str, list[tuple[int, str]]]:
    """Times since the origin and values of every wire, the initial one first, by vcdvcd."""
    before = signal.getsignal(signal.SIGPIPE)
    from vcdvcd import VCDVCD  # sets SIGPIPE for the whole process

    signal.signal(signal.SIGPIPE, before)
    dump = VCDVCD(str(path))
    return {name.removeprefix("smartx96."): dump[name].tv for name in dump.signals}


@contextlib.contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
