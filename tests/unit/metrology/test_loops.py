"""The compiled loops against what NumPy defines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import fields
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.metrology import (
    derived,
    kernels,
    loops,
    placement,
    readings,
    spectrum,
    sums,
    synchronisation,
    timeline,
)
from smartx96.metrology.conditions import ApparentPower, Conditions, Netting
from smartx96.metrology.engine import Engine
from smartx96.metrology.windows import Flag, Windows
from smartx96.models import Wiring
from support.signals import rich

needs_loops = pytest.mark.skipif(loops.COMPILED is None, reason="the loops are not built here")
on_every_processor = pytest.mark.parametrize("variant", loops.VARIANTS)
MODULES = (derived, placement, readings, spectrum, sums, synchronisation, timeline)
SEEDS = st.integers(0, 2**32 - 1)


def plain(function, *arguments, **named):
    """What a call gives where nothing is compiled."""
    with contextlib.ExitStack() as without:
        for module in MODULES:
            without.enter_context(mock.patch.object(module, "COMPILED", None))
        return function(*arguments, **named)


def directly(function, *arguments, **named):
    return function(*arguments, **named)


@pytest.fixture(autouse=True)
def the_best_again():
    yield
    if loops.COMPILED is not None:
        loops.COMPILED.choose(None)


def take(variant: str) -> None:
    """The loops for one kind of processor, if this is one."""
    if loops.COMPILED.choose(variant) != variant:
        pytest.skip(f"this processor does not run {variant}")


def samples_of(seed: int, channels: int, length: int, dtype=np.float32) -> np.ndarray:
    """Some columns of a larger array, as the engine's buffer gives them."""
    rng = np.random.default_rng(seed)
    larger = (rng.standard_normal((channels, length + 50)) * 300).astype(dtype)
    return larger[:, 17 : 17 + length]


@needs_loops
@on_every_processor
@given(SEEDS, st.integers(1, 300), st.integers(0, 20), st.sampled_from([6, 7]),
       st.sampled_from([0.0, 1e13, np.nan, -np.inf]),
       st.sampled_from([np.float64, np.float32]))  # fmt: skip
def test_group_sums(variant, seed, length, groups, channels, odd, dtype):
    take(variant)
    x = samples_of(seed, channels, groups * length + length // 2 + 1, dtype)
    if odd:
        x[seed % 6, seed % x.shape[1]] = odd
    found, wanted, size = (np.empty((sums.product_rows(channels), groups)) for _ in range(3))
    one, other = np.zeros((2, *x.shape), np.float32)
    assert sums.group_sums(x, length, found, one) is (odd == 0)
    assert plain(sums.group_sums, x, length, wanted, other) is (odd == 0)
    assert np.array_equal(one, other, equal_nan=True)
    if not odd:
        plain(sums.group_sums, np.abs(x), length, size, None)
        assert np.all(np.abs(found - wanted) <= 1e-13 * (size + 1))


@needs_loops
@on_every_processor
@given(SEEDS, st.sampled_from([400.0, 1000.0, 3200.0, 12800.0]), st.integers(3, 40),
       st.floats(38, 72), st.booleans(), st.booleans())  # fmt: skip
def test_followed(variant, seed, rate, ticks, frequency, by_lines, counting):
    """Noise and mains, dead wires and such as fall silent."""
    take(variant)
    rng = np.random.default_rng(seed)
    plan = synchronisation.tracking_plan(rate)
    length = (ticks - 1) * plan.tick_samples + plan.reach + 5
    x = samples_of(seed, 3, length, float) * rng.choice([1e-4, 1e-2, 1.0])
    turn = 2 * np.pi * (frequency / rate * np.arange(length) - np.arange(3)[:, np.newaxis] / 3)
    x += 325 * np.sin(turn) * rng.choice([0, 1e-3, 1], size=(3, 1))
    x[rng.integers(0, 3), rng.integers(0, length) :] *= 0.001
    x = x.astype(np.float32)
    counts = rng.integers(0, 2, ticks - 2).astype(bool) if counting else None
    one, other = synchronisation.Loudest(plan), synchronisation.Loudest(plan)
    found = synchronisation.follow(plan, x, ticks, one, counts, by_lines=by_lines)
    wanted = plain(synchronisation.follow, plan, x, ticks, other, counts, by_lines=by_lines)
    assert one.largest == pytest.approx(other.largest, rel=1e-9)
    assert np.array_equal(found[1], wanted[1])
    alive = found[1]
    np.testing.assert_allclose(found[0][alive], wanted[0][alive], rtol=1e-9, atol=1e-12)


@needs_loops
@given(SEEDS, st.lists(st.integers(1, 40), min_size=1, max_size=8), st.booleans())
def test_a_timeline_is_extended(seed, sizes, steady):
    rng = np.random.default_rng(seed)
    plan = synchronisation.tracking_plan(12800.0)
    one, other = timeline.Timeline(plan, 50), timeline.Timeline(plan, 50)
    for size in sizes:
        steps = rng.uniform(0.45, 0.65, size)
        live = np.ones(size, bool) if steady else rng.integers(0, 8, size) > 0
        if not steady and size > 3:
            steps[rng.integers(0, size)] = 0.9
        taken = one.extend_steadily(steps, live)
        assert taken or not steady or size < 15
        if not taken:
            one.extend(steps, live)
        plain(other.extend, steps, live)
    assert np.array_equal(one.phase, other.phase)
    for name in ("live", "carried", "bridged"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert (one.last, one.first, one.steady) == (other.last, other.first, other.steady)


@needs_loops
@on_every_processor
@given(SEEDS, st.integers(1, 7), st.integers(1, 4), st.integers(1, 12), st.integers(3, 700),
       st.sampled_from([0.2, 0.344, 0.4, 0.44]), st.integers(1, 8), st.booleans())  # fmt: skip
def test_folded(variant, seed, channels, windows, cycles, points, edge, farthest, turned):
    take(variant)
    rng = np.random.default_rng(seed)
    kernel = kernels.ResamplingKernel.design(edge)
    reach = kernel.half_width - 1 + farthest
    x = samples_of(seed, channels, points + 2 * reach + 200)
    first = rng.integers(reach, reach + 200, (windows, cycles))
    same, nothing = np.ones(windows, np.int64), np.zeros(windows)
    grid = spectrum.Grid(points * same, reach * same, first,
                         rng.uniform(-farthest, farthest, (windows, cycles, 8)), nothing,
                         nothing, False)  # fmt: skip
    turn = rng.standard_normal((cycles, points)) if turned else None
    one, other = (call(spectrum._folded, x, 0, grid, kernel, turn) for call in (directly, plain))
    # Lagrange polynomials of any nodes, and some thousand samples of 300, in float32.
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6 * (1 + np.abs(other).max()) * 10)


def windows_of(signal, rate: float, **more) -> list[Windows]:
    engine = Engine(rate, **more)
    pieces = engine.push(Block(signal, rate, 0))
    return [piece for piece in pieces if isinstance(piece, Windows)]


def alike(ones: list[Windows], others: list[Windows]) -> None:
    """To the rounding of the float32 in which cycles are added."""
    assert len(ones) > 0
    for one, other in zip(ones, others, strict=True):
        assert np.array_equal(one.start, other.start)
        assert np.array_equal(one.flags, other.flags)
        np.testing.assert_allclose(one.length, other.length, rtol=1e-12)
        np.testing.assert_allclose(one.offset, other.offset, rtol=0, atol=1e-7)
        np.testing.assert_allclose(one.sums, other.sums, rtol=1e-10, atol=1e-5)
        assert np.array_equal(np.isnan(one.phasors), np.isnan(other.phasors))
        first = np.nan_to_num(np.abs(other.phasors)).max(axis=2, keepdims=True)
        aside = np.nan_to_num(np.abs(one.phasors - other.phasors))
        assert np.max(aside / (first + 1e-6)) < 4e-7


@needs_loops
@on_every_processor
@pytest.mark.parametrize("rate", [1000.0, 3200.0, 6400.0, 12800.0, 51200.0, 102400.0])
@pytest.mark.parametrize("subgroups", [False, True])
def test_windows_are_those_of_numpy(variant, rate, subgroups):
    take(variant)
    x = rich(50.013, 7, rate=rate).samples(2.0)
    ones, others = (call(windows_of, x, rate, subgroups=subgroups) for call in (directly, plain))
    alike(ones, others)
    assert all((one.beside is None) is not subgroups for one in ones)


@pytest.mark.parametrize("call", [directly, plain])
def test_single_precision_gives_what_the_same_in_double_gives(call):
    x = rich(50.03, 7, rate=6400.0).samples(3.0).astype(np.float32)
    x[2, 9000:9004] = np.nan
    for one, other in zip(*(call(windows_of, y, 6400.0) for y in (x, x.astype(float))),
                          strict=True):  # fmt: skip
        for name in ("sums", "phasors", "length", "flags", "measured"):
            assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name


@needs_loops
@pytest.mark.parametrize("rate", [3000.0, 12800.0, 20000.0])
def test_processors_that_multiply_and_add_at_once_give_the_same_bits(rate):
    x = rich(49.93, 7, rate=rate).samples(2.0)
    found = []
    for variant in ("avx512", "avx2"):
        take(variant)
        found.append(windows_of(x, rate, subgroups=True))
    for one, other in zip(*found, strict=True):
        for name in ("length", "offset", "sums", "phasors", "beside"):
            assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name


@needs_loops
@pytest.mark.parametrize("channels", [6, 7])
@pytest.mark.parametrize(
    "course", ["steady", "ramp", "jump", "slow", "60 Hz", "silent", "by lines"]
)
def test_windows_of_whatever_the_mains_do(course, channels):
    rate, rng = 6400.0, np.random.default_rng(3)
    n = np.arange(round(4 * rate))
    frequency = {"slow": 41.0, "60 Hz": 60.2}.get(course, 50.02) + (
        {"ramp": 1.0, "jump": 0.0}.get(course, 0.0) * n / rate
    )
    frequency = frequency + (0.8 * (n > 2 * rate) if course == "jump" else 0.0)
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    shift = np.array([0, 2, 4, 0.5, 2.4, 4.4, 1.0])[:channels, np.newaxis]
    x = np.sin(phase - shift) * np.array([325] * 3 + [7] * 3 + [0.2])[:channels, np.newaxis]
    x += 0.05 * np.sin(5 * phase + shift) + 0.01 * rng.standard_normal(x.shape)
    if course == "silent":
        x[:, round(1.3 * rate) : round(2.9 * rate)] = 0.0
    more = {"channels": channels, "by_lines": course == "by lines"}
    ones, others = (call(windows_of, x, rate, **more) for call in (directly, plain))
    alike(ones, others)


@needs_loops
def test_windows_with_holes():
    rate = 12800.0
    x = rich(49.97, 5, rate=rate).samples(3.0)
    quality = np.zeros(x.shape[1], np.uint8)
    quality[15000:15400] = Quality.MISSING
    quality[24000] = Quality.CLIPPED
    x[2, 30000] = np.nan

    def windows() -> list[Windows]:
        pieces = Engine(rate).push(Block(x, rate, 0, quality=quality))
        return [piece for piece in pieces if isinstance(piece, Windows)]

    alike(windows(), plain(windows))


@needs_loops
def test_cutting_changes_no_bit():
    x = rich(49.98, 8, rate=12800.0).samples(3.0)

    def found(size: int) -> list[np.ndarray]:
        engine = Engine(12800.0)
        pieces = [piece for n in range(0, x.shape[1], size)
                  for piece in engine.push(Block(x[:, n : n + size], 12800.0, n))]  # fmt: skip
        windows = [piece for piece in pieces if isinstance(piece, Windows)]
        return [np.concatenate([one.sums for one in windows], axis=1),
                np.concatenate([one.phasors for one in windows])]  # fmt: skip

    whole = found(x.shape[1])
    for size in (701, 2560):
        assert all(np.array_equal(a, b) for a, b in zip(found(size), whole, strict=True))


def odd_windows(seed: int) -> Windows:
    """Seven, with voltages and currents that are missing, dead, scarce and not followed."""
    rng, count = np.random.default_rng(seed), 7
    phasors = rng.standard_normal((count, 6, 63)) + 1j * rng.standard_normal((count, 6, 63))
    phasors[:, :, 0] *= 100
    phasors[:, :3, 0] *= np.exp(-2j * np.pi / 3 * np.arange(3))
    phasors[1, :, 40:] = np.nan
    phasors[2, 4] = 0
    phasors[3] = np.nan
    phasors[4, 1, 0] *= 1e-3
    phasors[5, 3:] = 0
    length = np.full(count, 2559.3)
    measured = length * [1, 1, 1, 0.5, 1, 1, 0.95]
    x = rng.standard_normal((6, count, 300)) * 100
    x[3:, 5] = 0
    flags = np.zeros(count, np.int64)
    flags[2] = Flag.UNSYNCHRONISED
    return Windows(12800.0, 0.0, 50, 10, np.arange(count), np.zeros(count), length, measured,
                   sums.products(x) * 8, phasors, flags)  # fmt: skip


PRESENT = [[True] * 6, [True, True, False, True, True, True], [True, True, True, True, False, True]]


@needs_loops
@pytest.mark.parametrize("wiring", Wiring)
@pytest.mark.parametrize("method", ApparentPower)
@pytest.mark.parametrize("netting", Netting)
@pytest.mark.parametrize("present", PRESENT)
@pytest.mark.parametrize(("starting", "keep_dc"), [(0.0, False), (3.0, True)])
@pytest.mark.parametrize("harmonics", [True, False])
def test_readings_and_quantities(wiring, method, netting, present, starting, keep_dc, harmonics):
    conditions = Conditions(
        np.array(present), wiring, method, netting, starting, keep_dc, harmonics
    )
    windows = odd_windows(1)
    one, other = (call(readings.read, windows, conditions) for call in (directly, plain))
    assert hasattr(one, "table")
    assert not hasattr(other, "table")
    names = [f.name for f in fields(other) if f.name != "wiring"]
    for name in names:
        found, wanted = getattr(one, name), getattr(other, name)
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9, err_msg=name)
    found, wanted = derived.quantities(one), plain(derived.quantities, other)
    assert list(found) == list(wanted)
    for id, values in wanted.items():
        np.testing.assert_allclose(found[id], values, rtol=1e-9, atol=1e-8, err_msg=id)
        np.testing.assert_array_equal(derived.Derived(one)[id], found[id])


@needs_loops
def test_readings_are_taken_from_their_table():
    one = readings.read(odd_windows(2), Conditions(np.ones(6, bool)))
    assert one.voltage is one.voltage
    with pytest.raises(AttributeError, match="voltages"):
        getattr(one, "voltages")  # noqa: B009 - mypy knows that there is none


X = np.zeros((6, 1000), np.float32)
NEW = np.zeros((6, 1000))
BEGINS = np.zeros((1, 2), np.int64)
NODES = np.zeros((1, 2, 8))
ROWS = np.zeros((100, 8), np.float32)
GAIN = np.zeros((2, 100))
POLYNOMIALS = np.zeros((8, 64), np.float32)
TOTAL = np.zeros((1, 6, 100), np.float32)
HALVES = np.zeros((2, 4, 51, 16), np.float32)
FOUND = np.zeros((1, 6, 63), complex)
ONE = np.ones(1)
PLAN = synchronisation.tracking_plan(1000.0)
ROW = np.zeros((1, readings.width_of_all()))


def folding(samples=X, first=BEGINS, nodes=NODES, taps=9, turn=None, total=TOTAL, rows=ROWS,
            polynomials=POLYNOMIALS):  # fmt: skip
    return samples, first, nodes, rows, taps, polynomials, total, turn


def lines(samples=X, first=BEGINS, taps=9, halves=HALVES, found=FOUND, gain=GAIN):
    return (samples, first, NODES, ONE, POLYNOMIALS, halves, ROWS, gain, TOTAL, found, 0.45, 0.45,
            taps, 0)  # fmt: skip


def advancing(samples, live=9, coarse=PLAN.coarse):
    return (samples, PLAN.averaging, coarse, PLAN.window, PLAN.fine, PLAN.grid, np.zeros(9),
            np.zeros(live, bool), None, PLAN.decimation, PLAN.tick, False, (0.01,) * 8,
            0.0)  # fmt: skip


def locating(phase=None, samples=X, start=1 << 45, sums_=21, base=0, first_group=0):
    phase = np.arange(40) * (1 << 43) if phase is None else phase
    whole, found = (lambda n: np.zeros(n, np.int64)), np.zeros((21, 1))
    return (phase, whole(8), samples, np.zeros((sums_, 30)), whole(2), np.zeros(2), whole(2),
            np.zeros((21, 2)), found, np.zeros(1), whole(1), whole(1), whole((1, 10)),
            np.zeros((1, 10, 8)), np.zeros(1),
            (start, 1 << 44, base, 1, first_group, 4, 10, 30.5, 0.45, 8.0, 1e-5, 16))  # fmt: skip


def reading(present=6, table=ROW, phasors=FOUND):
    return (np.ones((21, 1)), ONE, ONE, np.zeros(1, np.int64), phasors, np.ones(present, bool),
            table,
            (1.0, 0.0, 0.9, 0.02, 1e-14, 1.0, True, False, 3, True, False, 0, 16))  # fmt: skip


@needs_loops
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("fold", folding(first=BEGINS + 893), "beyond the samples"),
        ("fold", folding(first=BEGINS - 1), "beyond the samples"),
        ("fold", folding(NEW), "samples: must be"),
        ("fold", folding(X[:, ::2]), "samples: must be"),
        ("fold", folding(nodes=NODES[:, :1]), "go together"),
        ("fold", folding(total=TOTAL[:, :5].copy()), "go together"),
        ("fold", folding(taps=129), "go together"),
        ("fold", folding(taps=8), "go together"),
        ("fold", folding(taps=7), "go together"),
        ("fold", folding(rows=ROWS[:1].copy()), "go together"),
        ("fold", folding(rows=ROWS[:, :7].copy()), "go together"),
        ("fold", folding(polynomials=POLYNOMIALS[:, :48].copy()), "go together"),
        ("fold", folding(polynomials=POLYNOMIALS[:, :56].copy()), "go together"),
        ("fold", folding(np.zeros((8, 1000), np.float32), total=np.zeros((1, 8, 100), np.float32)),
         "go together"),
        ("fold", folding(turn=np.zeros((8, 100), np.float32)), "go together"),
        ("spectra", lines(first=BEGINS + 897), "beyond the samples"),
        ("spectra", lines(first=BEGINS + 3), "beyond the samples"),
        ("spectra", lines(X[:5]), "go together"),
        ("spectra", lines(taps=8), "go together"),
        ("spectra", lines(halves=HALVES[:, :, :50].copy()), "go together"),
        ("spectra", lines(gain=GAIN[:1].copy()), "go together"),
        ("spectra", lines(found=FOUND.real.copy()), "found: must be"),
        ("spectra", lines(found=None), "missing"),
        ("products", (NEW, 100, 1.0, np.zeros((21, 11)), None), "go together"),
        ("products", (NEW, 0, 1.0, np.zeros((21, 2)), None), "go together"),
        ("products", (NEW[:5], 100, 1.0, np.zeros((21, 2)), None), "go together"),
        ("products", (NEW, 100, 1.0, np.zeros((21, 2)), X[:, :999].copy()), "go together"),
        ("products", (NEW, 100, 1.0, np.zeros((23, 2)), None), "go together"),
        ("advance", advancing(X[:3, :100]), "beyond the samples"),
        ("advance", advancing(X[:4]), "go together"),
        ("advance", advancing(X[:3], live=8), "go together"),
        ("advance", advancing(X[:3], coarse=PLAN.coarse[:, :-1].copy()), "go together"),
        ("extend", (np.ones(3), np.ones(3, bool), np.zeros(3, np.int64), np.zeros((3, 3), bool),
                    0.0, 2.0, 16.0), "go together"),
        ("extend", (np.ones(3), np.ones(3, bool), np.zeros(4, np.int64), np.zeros((2, 3), bool),
                    0.0, 2.0, 16.0), "go together"),
        ("locate", locating(start=0), "beyond the ticks"),
        ("locate", locating(start=30 << 43), "beyond the ticks"),
        ("locate", locating(samples=X[:, :200]), "beyond the samples"),
        ("locate", locating(base=500), "beyond the samples"),
        ("locate", locating(first_group=20), "beyond the groups"),
        ("locate", locating(sums_=23), "go together"),
        ("read", reading(present=5), "go together"),
        ("read", reading(table=ROW[:, 1:].copy()), "go together"),
        ("read", reading(phasors=FOUND[:, :5].copy()), "go together"),
        ("derive", (ROW, np.zeros((58, 1)), (3, True, 2.0, 0.01, 5.0, 0.02)), "go together"),
        ("derive", (ROW, np.zeros((59, 2)), (3, True, 2.0, 0.01, 5.0, 0.02)), "go together"),
        ("derive", (ROW, np.zeros((59, 1)), (4, True, 2.0, 0.01, 5.0, 0.02)), "go together"),
    ],
)  # fmt: skip
def test_nothing_beyond_an_array_is_touched(name, arguments, said):
    with pytest.raises(ValueError, match=said):
        getattr(loops.COMPILED, name)(*arguments)


@needs_loops
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("fold", folding()), ("fold", folding(nodes=NODES + 1e300)),
     ("fold", folding(nodes=NODES * np.nan)), ("spectra", lines(first=BEGINS + 4)),
     ("locate", locating()), ("read", reading()),
     ("products", (NEW, 100, 1.0, np.zeros((21, 10)), X.copy())), ("advance", advancing(X[:3])),
     ("derive", (ROW, np.zeros((59, 1)), (3, True, 2.0, 0.01, 5.0, 0.02)))],
)  # fmt: skip
def test_what_goes_together_is_taken(name, arguments):
    getattr(loops.COMPILED, name)(*arguments)


@needs_loops
def test_loops_of_another_version_are_left_aside(monkeypatch):
    monkeypatch.setattr(loops.COMPILED, "FORM", loops.FORM - 1)
    assert loops._found() is None


@needs_loops
@on_every_processor
def test_a_variable_takes_those_of_a_processor(variant, monkeypatch):
    take(variant)
    loops.COMPILED.choose(None)
    monkeypatch.setenv(loops.VARIABLE, variant)
    assert loops._chosen(loops.COMPILED) == variant


@needs_loops
def test_the_best_is_taken_unless_another_is_asked_for():
    best = loops.COMPILED.choose(None)
    assert best == next(v for v in loops.VARIANTS if loops.COMPILED.choose(v) == v)
    assert loops.COMPILED.choose("baseline") == "baseline"
    assert loops.COMPILED.choose("mmx") is None


@pytest.mark.parametrize(("said", "wanted"), [("off", True), ("", loops.COMPILED is None)])
def test_a_variable_leaves_them_aside(said, wanted):
    code = "from smartx96.metrology.loops import COMPILED; print(COMPILED is None)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, loops.VARIABLE: said}, timeout=60)  # fmt: skip
    assert told.stdout.strip() == str(wanted)


@needs_loops
@given(SEEDS, st.lists(st.integers(1, 900), min_size=1, max_size=6), st.booleans())
def test_groups_are_the_same_however_samples_come(seed, sizes, odd):
    """Also where some of them are no voltages, and are said to be sound in the end."""
    length, total = 128, sum(sizes)
    x = samples_of(seed, 6, total, float)
    if odd:
        x[seed % 6, seed % total] = 2e12
    groups, kept = sums.GroupSums(6, length), np.zeros((6, total), np.float32)
    at = 0
    for size in sizes:
        part, place = x[:, at : at + size], kept[:, at : at + size]
        before = groups.columns.end, groups.remainder()
        taken = groups.take(part, place)
        # A group that began with such a sample is not sure either.
        sure = not odd or not at - at % length <= seed % total < at + size
        assert taken or not sure
        assert not (taken and odd and at <= seed % total < at + size)
        if not taken:
            assert groups.columns.end == before[0]
            assert np.array_equal(groups.remainder(), before[1])
            assert groups.take(part, place, sound=True)
        at += size
    whole = np.empty((sums.PRODUCTS, total // length))
    sums.group_sums(x, length, whole, None)
    assert np.array_equal(groups.columns.view(0), whole)
    assert np.array_equal(kept, x.astype(np.float32))
    left = plain(sums.products, x[:, np.newaxis, total // length * length :])[:, 0]
    np.testing.assert_allclose(groups.remainder(), left, rtol=1e-12)


LAID = {
    "as columns": lambda x: np.ascontiguousarray(x.T).T,
    "backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "every other": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "not aligned": lambda x: np.frombuffer(b"?" + x.tobytes(), np.uint8)[1:].view(float)
    .reshape(x.shape),
}  # fmt: skip


@pytest.mark.parametrize("how", LAID)
def test_samples_may_lie_in_memory_as_they_like(how):
    """And any cutting gives the same bits."""
    x = rich(50.02, 4, rate=6400.0).samples(1.0)
    laid = LAID[how](x)
    assert np.array_equal(laid, x)

    def found(samples: np.ndarray, size: int) -> np.ndarray:
        engine = Engine(6400.0)
        pieces = [piece for n in range(0, x.shape[1], size)
                  for piece in engine.push(Block(samples[:, n : n + size], 6400.0, n))]  # fmt: skip
        return np.concatenate([p.sums for p in pieces if isinstance(p, Windows)], axis=1)

    whole = found(x, x.shape[1])
    for size in (640, 777, x.shape[1]):
        assert np.array_equal(found(laid, size), whole)


@pytest.mark.parametrize("size", [7, 20000])
def test_a_seventh_channel_is_looked_at_too(size):
    x = np.zeros((7, 12800))
    x[:6] = rich(50.0, 3, rate=6400.0).samples(2.0)
    x[6, 3000] = np.nan
    engine = Engine(6400.0, channels=7)
    pieces = [piece for n in range(0, x.shape[1], size)
              for piece in engine.push(Block(x[:, n : n + size], 6400.0, n))]  # fmt: skip
    windows = [piece for piece in pieces if isinstance(piece, Windows)]
    assert any((one.flags & Flag.MISSING).any() for one in windows)
    assert all(np.isfinite(one.sums).all() for one in windows)
