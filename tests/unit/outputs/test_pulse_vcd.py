"""Pulses as a value change dump, read by others' readers."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError
from smartx96.meter.pulse import PAUSE, Pulse
from smartx96.outputs.pulse_file import PulseFile
from smartx96.outputs.vcd_text import INITIAL, ORIGIN, head
from support.pulses import (
    T0,
    edges_of,
    files_up_to,
    read_by_pyvcd,
    read_by_vcdvcd,
    train,
)

pytest.importorskip("vcd.reader")

HEAD = head("heating")
ONE, TWO = train(1, 20, 123_456, 431_007, 200_000), train(2, 90, 0, 90_000)
BOTH = sorted([*ONE, *TWO], key=lambda pulse: pulse.time)


def emitted(path: Path, pulses: list[Pulse]) -> None:
    sink = PulseFile(path, "heating")
    for pulse in pulses:
        sink.emit(pulse)
    sink.close()


def test_every_edge_in_order_by_two_readers(tmp_path: Path) -> None:
    if find_spec("vcdvcd") is None:  # importing it would reset SIGPIPE
        pytest.skip("vcdvcd is not installed")
    path = tmp_path / "a.vcd"
    emitted(path, BOTH)
    origin, edges = read_by_pyvcd(path)
    assert origin == T0
    assert edges == edges_of(BOTH)
    told = [line for line in path.read_bytes().splitlines() if line.startswith(b"#")]
    assert len(told) == len(set(told)), "a time is told twice"
    wires = read_by_vcdvcd(path)
    for name, own in (("pulse1", ONE), ("pulse2", TWO)):
        truth = [(time - T0, value) for time, _, value in edges_of(own)]
        assert wires[name] == [(0, "0"), *truth]


def test_both_edges_are_there_as_soon_as_a_pulse_is_emitted(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    sink = PulseFile(path, "heating")
    for number, pulse in enumerate(BOTH, 1):
        sink.emit(pulse)
        assert read_by_pyvcd(path)[1] == edges_of(BOTH[:number])
    sink.close()


def test_batches_whose_pulses_interleave(tmp_path: Path) -> None:
    """A later batch begins with a pulse of the other output a second earlier."""
    batches = [ONE[:4], TWO[:18], ONE[4:6], TWO[18:]]
    emitted(tmp_path / "a.vcd", [pulse for batch in batches for pulse in batch])
    truth = edges_of([*ONE[:6], *TWO])
    assert read_by_pyvcd(tmp_path / "a.vcd")[1] == truth


gaps = st.lists(
    st.tuples(st.sampled_from((1, 2)), st.integers(0, 200_000), st.booleans()), max_size=120
)


@given(gaps, st.integers(0, 2_000_000))
@settings(max_examples=60, deadline=None)
def test_any_pulses_over_any_restarts(steps: list[tuple[int, int, bool]], start: int) -> None:
    """Pulses in order of time, with width and pause kept; the meter restarts in between."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.vcd"
        sink, truth = PulseFile(path, "heating"), []
        free, counts, now = {1: 0, 2: 0}, {1: 0, 2: 0}, T0 + start
        for output, gap, restart in steps:
            now = max(now + gap, free[output])
            counts[output] += 1
            truth.append(Pulse(output, counts[output], now, 60_000))
            free[output] = now + 60_000 + PAUSE
            sink.emit(truth[-1])
            if restart:
                sink.close()
                sink = PulseFile(path, "heating")
        sink.close()
        assert sorted(read_by_pyvcd(path)[1]) == edges_of(truth)


def test_no_pulse_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    for _ in range(2):
        PulseFile(path, "heating").close()
        assert read_by_pyvcd(path) == (None, [])
    emitted(path, BOTH)
    assert read_by_pyvcd(path)[1] == edges_of(BOTH)


def test_a_file_cut_anywhere_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    emitted(path, BOTH[:6])
    whole, begun = path.read_bytes(), path.read_bytes().index(INITIAL) + len(INITIAL)
    late = Pulse(1, 99, T0 + 3_000_000, 60_000)
    for size in range(begun, len(whole)):
        path.write_bytes(whole[:size])
        left = whole[: whole[:size].rfind(b"\n") + 1]
        emitted(path, [late])
        _, edges = read_by_pyvcd(path)
        assert path.read_bytes().startswith(left[: left.rfind(b"#")]), size
        assert edges[-2:] == edges_of([late]), size
        lasting = {wire: value for _, wire, value in edges}
        assert set(lasting.values()) == {"0"}, size
        rises = [edge for edge in edges if edge[2] == "1"]
        closings = left.count(b"\n1!") + left.count(b'\n1"')
        assert len(rises) == closings + 1, size


def test_a_cut_file_is_readable_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    emitted(path, BOTH[:6])
    whole = path.read_bytes()
    for line in range(whole.count(b"\n", 0, whole.index(b"#0")), whole.count(b"\n")):
        path.write_bytes(b"\n".join(whole.split(b"\n")[:line]) + b"\n")
        found = read_by_pyvcd(path)[1]
        assert found == edges_of(BOTH[:6])[: len(found)]


def test_cut_within_the_first_write(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    emitted(path, BOTH[:1])
    begun = path.read_bytes()
    for size in range(len(HEAD), begun.index(INITIAL) + len(INITIAL)):
        path.write_bytes(begun[:size])
        emitted(path, BOTH)
        assert read_by_pyvcd(path)[1] == edges_of(BOTH), size


def test_the_clock_set_back_goes_on_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    hour = 3_600_000_000
    back = [pulse._replace(time=pulse.time - hour) for pulse in train(2, 5, 9_000_000, 100_001)]
    forth = train(2, 3, 20_000_000, 90_000)
    emitted(path, [*BOTH, *back[:3]])
    emitted(path, [*back[3:], *forth])
    origin, edges = read_by_pyvcd(path)
    # Origins are told where they change: times come out true again.
    assert edges == [*edges_of(BOTH), *edges_of([*back, *forth])]
    assert origin < T0
    wires = read_by_vcdvcd(path)["pulse2"]
    times = [time for time, _ in wires]
    assert times == sorted(times)
    rises = [time for time, value in wires if value == "1"]
    assert rises[90] - (edges_of(BOTH)[-1][0] - T0) == PAUSE
    assert [b - a for a, b in pairwise(rises[90:95])] == [100_001] * 4


@pytest.mark.parametrize("by", [50_000, 95_000, 300_000])
@pytest.mark.parametrize("before", [3, 60])
def test_the_clock_set_back_by_little(tmp_path: Path, by: int, before: int) -> None:
    path = tmp_path / "a.vcd"
    first = train(2, before, 0, 90_000)
    second = [
        pulse._replace(time=pulse.time - by) for pulse in train(2, 3, before * 90_000, 90_000)
    ]
    emitted(path, [*first, *second])
    assert read_by_pyvcd(path)[1] == [*edges_of(first), *edges_of(second)]
    values = [value for _, value in read_by_vcdvcd(path)["pulse2"]]
    assert values == ["0", *["1", "0"] * (before + 3)]


@pytest.mark.parametrize("restart", [True, False])
def test_the_other_output_far_behind(tmp_path: Path, restart: bool) -> None:
    path = tmp_path / "a.vcd"
    one = train(1, 2, 500_000, 300_000)
    if restart:
        emitted(path, TWO)
        emitted(path, one)
    else:
        emitted(path, [*TWO, *one])
    assert read_by_pyvcd(path)[1] == [*edges_of(TWO), *edges_of(one)]
    times = [time for time, _ in read_by_vcdvcd(path)["pulse1"]]
    assert times[1] == edges_of(TWO)[-1][0] - T0 + PAUSE


def test_an_end_out_of_order_is_dropped(tmp_path: Path) -> None:
    """As where a power cut mixes blocks of the disk."""
    path = tmp_path / "a.vcd"
    emitted(path, TWO)
    whole = path.read_bytes()
    path.write_bytes(whole + b'#77\n1!\n#5000000\n1"\n')
    late = train(1, 1, 20_000_000, 1)
    emitted(path, late)
    assert read_by_pyvcd(path)[1] == edges_of([*TWO, *late])
    assert path.read_bytes().startswith(whole)


def test_cut_within_a_later_origin(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    back = [pulse._replace(time=pulse.time - 10**9) for pulse in train(2, 1, 0, 1)]
    emitted(path, [*TWO, *back])
    whole = path.read_bytes()
    place = whole.rindex(ORIGIN)
    late = train(1, 1, 20_000_000, 1)
    for size in range(place, whole.index(b"\n", place)):
        path.write_bytes(whole[:size])
        emitted(path, late)
        assert read_by_pyvcd(path) == (T0, edges_of([*TWO, *late])), size


def test_a_recording_that_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    for _ in range(3):
        emitted(path, BOTH)
    _, edges = read_by_pyvcd(path)
    assert edges == 3 * edges_of(BOTH)


def test_long_files_are_read_at_their_end_only(tmp_path: Path) -> None:
    """What lies behind the head and before the end may be anything."""
    path = tmp_path / "a.vcd"
    many = train(2, 10_000, 0, 90_000)
    emitted(path, many)
    content = path.read_bytes()
    assert len(content) > 3 << 16
    place = content.index(b"#9000000\n")
    path.write_bytes(content[:place] + b"\0" * 100 + content[place:])
    emitted(path, train(1, 1, 10_000 * 90_000, 1, 60_000))
    assert path.read_bytes().endswith(b"#900000000\n1!\n#900060000\n0!\n")
    assert path.read_bytes().startswith(content[:place])


@pytest.mark.parametrize(
    "content",
    [
        b"$date today $end\n",
        HEAD + b"x" * 500,
        HEAD + b"x",
        HEAD[:-1],
        HEAD + ORIGIN + b"x" * 60 + INITIAL + b"#0\n",
    ],
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.vcd"
    path.write_bytes(content)
    with pytest.raises(OptionError, match="give a name that is free"):
        PulseFile(path, "heating")
    assert path.read_bytes() == content


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    sink = PulseFile(path, "heating")
    for pulse in BOTH[:10]:
        sink.emit(pulse)
    for room in (0, 3, 17, 21):
        before = path.read_bytes()
        with files_up_to(len(before) + room), pytest.raises(OSError, match="File too large"):
            sink.emit(BOTH[10])
        assert path.read_bytes() == before
        sink._unwritten.clear()
    with files_up_to(path.stat().st_size):
        for pulse in BOTH[10:40]:
            with pytest.raises(OSError, match="File too large"):
                sink.emit(pulse)
    for pulse in BOTH[40:]:
        sink.emit(pulse)
    sink.close()
    assert read_by_pyvcd(path)[1] == edges_of(BOTH)


def test_deleted_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    sink = PulseFile(path, "heating")
    for pulse in BOTH[:20]:
        sink.emit(pulse)
    path.unlink()
    for pulse in BOTH[20:]:
        sink.emit(pulse)
    sink.close()
    assert read_by_pyvcd(path)[1] == edges_of(BOTH[20:])


def test_the_dump_tells_whose_it_is_and_is_gone_on_with_by_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    emitted(path, ONE[:2])
    before = path.read_bytes()
    assert b"Pulses of heating, " in before
    with pytest.raises(OptionError, match="holds something else"):
        PulseFile(path, "cooling")
    assert path.read_bytes() == before
