"""Live PCM on a clock of the test's own: outages, backlogs, reconnections, places of blocks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.metrology.drift import Drift
from smartx96.samples.live_pcm.assembly import SETTLING_BYTES
from smartx96.samples.live_pcm.frames import FORMATS
from smartx96.samples.live_pcm.stream import PcmStream
from smartx96.samples.live_pcm.transport import Transport

RATE = 1000.0
NEW = "a new sender"


class Script(Transport):
    """What happens when, on a clock that `receive` turns."""

    name = "script"

    def __init__(self, events: Iterable[tuple[float, object]]) -> None:
        self.now = 0.0
        self._events = sorted(events, key=lambda event: event[0])
        self.closed = False

    def clock(self) -> float:
        return self.now

    def receive(self, seconds: float) -> bytes:
        self.missed = 0
        if not self._events:
            raise EOFError
        due, what = self._events[0]
        if due > self.now + seconds:
            self.now += seconds
            return b""
        self.now = max(self.now, due)
        del self._events[0]
        if what is NEW:
            self.connections += 1
            return b""
        if isinstance(what, tuple):
            self.missed, what = what
        assert isinstance(what, bytes)
        return what

    def close(self) -> None:
        self.closed = True


def counting(first: int, count: int) -> bytes:
    """Frames of one channel that number themselves."""
    return np.arange(first, first + count, dtype="<i4").tobytes()


def steady(begin: float, first: int, count: int, piece: int = 50) -> list[tuple[float, object]]:
    """Frames at their rate from a time on, each piece when its last frame is there."""
    return [
        (begin + (n + piece) / RATE, counting(first + n, piece)) for n in range(0, count, piece)
    ]


def taken(events: Iterable[tuple[float, object]], seconds: float = 0.1,
          **more: object) -> tuple[PcmStream, list[Block]]:  # fmt: skip
    script = Script(events)
    stream = PcmStream(script, FORMATS["s32le"], ["1"], RATE, clock=script.clock, **more)  # type: ignore[arg-type]
    blocks = list(stream.blocks([0], seconds))
    assert script.closed
    return stream, blocks


def places(blocks: list[Block]) -> np.ndarray:
    """Number of each frame and its place on the sample clock, shape (2, n)."""
    number = np.concatenate([b.samples[0] for b in blocks])
    place = np.concatenate([np.arange(b.start, b.end) for b in blocks])
    return np.vstack((number, place))


def test_a_steady_stream_comes_in_full_blocks() -> None:
    stream, blocks = taken(steady(5.0, 0, 2000))
    assert {b.length for b in blocks[:-1]} == {100}
    number, place = places(blocks)
    assert (number == place).all()
    assert len(number) == 2000
    assert stream.counters()["received"] == 2000
    assert stream.counters()["gaps"] == 0


def test_a_trickle_is_not_held_back() -> None:
    """A piece that fills no block comes after a short wait."""
    script = Script([(0.0, counting(0, 10)), (1.0, counting(10, 10))])
    stream = PcmStream(script, FORMATS["s32le"], ["1"], RATE, clock=script.clock)
    first = next(iter(stream.blocks([0], 0.1)))
    assert first.length == 10
    assert 0.15 <= script.now <= 0.3


def test_an_outage_is_a_gap_of_the_time_that_passed() -> None:
    events = [*steady(0, 0, 3000), *steady(7.0, 7000, 3000)]
    stream, blocks = taken(events)
    number, place = places(blocks)
    assert len(number) == 6000
    assert (place == number).all()  # the sample clock is on time to the sample
    assert stream.counters()["lost"] == 4000
    assert stream.counters()["gaps"] == 1


def test_with_jitter_the_gap_is_right_to_the_jitter() -> None:
    rng = np.random.default_rng(4)
    events = [*steady(0, 0, 3000), *steady(7.0, 7000, 3000)]
    late = [(due + rng.exponential(0.01), what) for due, what in events]
    late.sort(key=lambda event: int(np.frombuffer(event[1], "<i4")[0]))
    due = np.maximum.accumulate([d for d, _ in late])
    _, blocks = taken([(d, what) for d, (_, what) in zip(due, late, strict=True)])
    number, place = places(blocks)
    assert np.abs(place - number).max() <= 0.03 * RATE
    assert (np.diff(place) >= 1).all()


def test_what_was_only_late_is_no_loss() -> None:
    """A stalled network gives all of it at once; nothing has gone."""
    events = steady(0, 0, 10_000)
    stalled = [(max(due, 6.0) if due > 3 else due, what) for due, what in events]
    stream, blocks = taken(stalled)
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["gaps"] == 0


def test_a_backlog_of_which_a_part_has_gone() -> None:
    """Five seconds of silence; the last two of them were kept by somebody and come at once."""
    events = [*steady(0, 0, 3000), (8.0, counting(6000, 2000)), *steady(8.0, 8000, 2000)]
    stream, blocks = taken(events)
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["lost"] == 3000


def test_a_new_sender_begins_with_a_whole_frame() -> None:
    events: list[tuple[float, object]] = [
        *steady(0, 0, 1000), (1.01, b"\x01\x02\x03"), (1.02, NEW), *steady(1.3, 1300, 1000)
    ]  # fmt: skip
    stream, blocks = taken(events)
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["cut"] == 1
    assert stream.counters()["lost"] == 300
    assert stream.counters()["connections"] == 1


def test_a_new_sender_at_once_is_no_gap() -> None:
    events: list[tuple[float, object]] = [*steady(0, 0, 1000), (1.001, NEW)]
    stream, blocks = taken([*events, *steady(1.01, 1000, 1000)])
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["gaps"] == 0


def test_frames_known_to_be_missing_are_a_gap_of_their_own() -> None:
    events: list[tuple[float, object]] = steady(0, 0, 1000)
    events += [(due, (20, what) if n == 0 else what)
               for n, (due, what) in enumerate(steady(1.02, 1020, 1000))]  # fmt: skip
    stream, blocks = taken(events)
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["lost"] == 20


def test_a_recording_has_no_outages() -> None:
    events = [*steady(0, 0, 1000), *steady(60.0, 1000, 1000)]
    stream, blocks = taken(events, seconds=1.0, paced=False)
    number, place = places(blocks)
    assert (number == place).all()
    assert stream.counters()["gaps"] == 0


def test_a_sender_ahead_of_real_time_has_no_outages() -> None:
    """A file, then a pause, then more of it."""
    events = [(0.0, counting(0, 8000)), (3.0, counting(8000, 8000))]
    _, blocks = taken(events)
    number, place = places(blocks)
    assert (number == place).all()


@given(st.lists(st.integers(1, 900), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_however_it_is_cut_every_frame_comes_once(sizes: list[int], seconds: float) -> None:
    data = counting(0, 1000)
    cuts = np.minimum(np.cumsum([0, *sizes]), len(data)).tolist()
    pieces = [data[a:b] for a, b in zip(cuts, [*cuts[1:], len(data)], strict=True)]
    _, blocks = taken([(0.01 * n, piece) for n, piece in enumerate(pieces)], seconds)
    number, place = places(blocks)
    assert (number == np.arange(1000)).all()
    assert (place == number).all()
    assert max(b.length for b in blocks) < 2 * int(seconds * RATE)


def test_what_is_held_is_bounded() -> None:
    """A flood after an outage is given away before it has settled."""
    flood = counting(0, 1 << 14)
    events: list[tuple[float, object]] = [*steady(0, 0, 1000)]
    events += [(5.0, flood)] * (3 * SETTLING_BYTES // len(flood))
    script = Script(events)
    stream = PcmStream(script, FORMATS["s32le"], ["1"], RATE, clock=script.clock)
    most = 0
    for _ in stream.blocks([0], 1000.0):
        most = max(most, stream._assembly._frames.held)
    assert most <= SETTLING_BYTES + len(flood) + 4_000_000


def test_channels_are_picked_and_clipping_is_marked() -> None:
    frames = np.zeros((6400, 3), "<i2")
    turn = 2 * np.pi * 50 * np.arange(6400) / 6400
    frames[:, 2] = np.clip(1.3 * 32767 * np.sin(turn), -32768, 32767)
    script = Script([(0.0, frames.tobytes())])
    stream = PcmStream(script, FORMATS["s16le"], ["1", "2", "3"], 6400.0, clock=script.clock)
    (block,) = stream.blocks([2, 0], 1.0)
    assert (block.samples[0] == frames[:, 2]).all()
    assert not block.samples[1].any()
    assert block.clipped > 1000


def test_floats_that_are_none_are_missing() -> None:
    frames = np.array([[1.0], [np.nan], [2.0], [np.inf]], "<f4")
    script = Script([(0.0, frames.tobytes())])
    stream = PcmStream(script, FORMATS["f32le"], ["1"], 6400.0, clock=script.clock)
    (block,) = stream.blocks([0], 1.0)
    assert block.samples[0].tolist() == [1.0, 0.0, 2.0, 0.0]
    assert block.quality is not None
    assert block.quality.tolist() == [0, Quality.MISSING, 0, Quality.MISSING]


def test_closed_it_ends() -> None:
    script = Script([*steady(0, 0, 100_000)])
    stream = PcmStream(script, FORMATS["s32le"], ["1"], RATE, clock=script.clock)
    blocks = stream.blocks([0], 0.1)
    next(blocks)
    stream.close()
    begun = script.now
    assert len(list(blocks)) <= 1
    assert script.now - begun <= 0.2
    assert script.closed


def test_the_first_sample_has_a_time_of_day() -> None:
    stream, _ = taken(steady(0, 0, 200))
    assert stream.start is not None
    assert stream.start.tzinfo is not None


@pytest.mark.parametrize("piece", [11, 85, 100, 128, 333])
@pytest.mark.parametrize("ppm", [200, -35])
def test_the_drift_of_a_sender_whatever_its_pieces(piece: int, ppm: int) -> None:
    """Its pieces beat with the blocks and come late by 2 ms, exponentially distributed."""
    rng = np.random.default_rng(piece)
    ratios = []
    for _ in range(5):
        ends = np.arange(piece, 200_000, piece)
        due = ends / (RATE * (1 + 1e-6 * ppm)) + rng.exponential(0.002, len(ends))
        data = [counting(int(end) - piece, piece) for end in ends]
        script = Script(zip(np.maximum.accumulate(due).tolist(), data, strict=True))
        stream = PcmStream(script, FORMATS["s32le"], ["1"], RATE, clock=script.clock)
        drift = Drift()
        for block in stream.blocks([0], 0.1):
            drift.arrived(block.end / RATE, script.now)
        found = drift.estimate()
        assert found is not None
        assert found.uncertainty < 5
        ratios.append(abs(found.ppm - ppm) / found.uncertainty)
    assert np.median(ratios) < 1
    assert max(ratios) < 2
