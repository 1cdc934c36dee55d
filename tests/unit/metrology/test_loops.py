"""The compiled loops against what NumPy defines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.block import Block
from smartx96.metrology import kernels, loops, spectrum, sums, synchronisation
from smartx96.metrology.engine import Engine
from smartx96.metrology.windows import Windows
from support.signals import rich

needs_loops = pytest.mark.skipif(loops.COMPILED is None, reason="the loops are not built here")
MODULES = (kernels, spectrum, sums, synchronisation)
SEEDS = st.integers(0, 2**32 - 1)


def plain(function, *arguments):
    """What a call gives where nothing is compiled."""
    with contextlib.ExitStack() as without:
        for module in MODULES:
            without.enter_context(mock.patch.object(module, "COMPILED", None))
        return function(*arguments)


def directly(function, *arguments):
    return function(*arguments)


def samples_of(seed: int, channels: int, length: int) -> np.ndarray:
    """Some columns of a larger array, as the engine's buffer gives them."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((channels, length + 50)) * 300)[:, 17 : 17 + length]


@needs_loops
@given(SEEDS, st.integers(1, 300), st.integers(0, 5), st.sampled_from([6, 7]))
def test_group_sums(seed, length, groups, channels):
    x = samples_of(seed, channels, groups * length + length // 2)
    wanted = sums.products(x[:, : groups * length].reshape(channels, groups, length))
    size = sums.products(np.abs(x[:, : groups * length]).reshape(channels, groups, length))
    assert np.all(np.abs(sums.group_sums(x, length) - wanted) <= 1e-13 * (size + 1))


@needs_loops
@given(SEEDS, st.integers(1, 200), st.integers(1, 40), st.integers(0, 30), st.booleans())
def test_correlated(seed, width, step, count, choosing):
    rng = np.random.default_rng(seed)
    x = samples_of(seed, 3, width + max(count - 1, 0) * step + 3)
    kernel = rng.standard_normal((5, 2, width))
    chosen = rng.integers(0, 5, count) if choosing else None
    under = np.lib.stride_tricks.sliding_window_view(x, width, axis=1)[:, ::step][:, :count]
    sets = kernel[chosen] if choosing else np.repeat(kernel[:1], count, axis=0)
    wanted = np.einsum("cnw,nkw->kcn", under, sets)
    size = np.einsum("cnw,nkw->kcn", np.abs(under), np.abs(sets))
    found = kernels.correlated(x, kernel, step, count, chosen)
    assert np.all(np.abs(found - wanted) <= 1e-13 * (size + 1))


@needs_loops
@given(SEEDS, st.integers(1, 7), st.integers(1, 4), st.integers(1, 12), st.integers(8, 700),
       st.integers(0, 60), st.booleans())  # fmt: skip
def test_folded(seed, channels, windows, cycles, points, reach, turned):
    rng = np.random.default_rng(seed)
    x = samples_of(seed, channels, points + 2 * reach + 200)
    first = rng.integers(reach, reach + 200, (windows, cycles))
    grid = spectrum._Grid(points, reach, first, rng.uniform(-3, 3, (windows, cycles, 8)))
    turn = rng.standard_normal((cycles, points)) if turned else None
    kernel = kernels.ResamplingKernel.design(0.344)
    one, other = (call(spectrum._folded, x, 0, grid, kernel, turn) for call in (directly, plain))
    # Lagrange polynomials of any nodes, and some thousand samples of 300, in float32.
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6 * (1 + np.abs(other).max()) * 10)


@needs_loops
@pytest.mark.parametrize("rate", [3200.0, 6400.0, 12800.0, 51200.0])
@pytest.mark.parametrize("subgroups", [False, True])
def test_windows_are_those_of_numpy(rate, subgroups):
    """To the rounding of the float32 in which cycles are added."""

    def windows() -> list[Windows]:
        engine = Engine(rate, subgroups=subgroups)
        pieces = engine.push(Block(rich(50.013, 7, rate=rate).samples(2.0), rate, 0))
        return [piece for piece in pieces if isinstance(piece, Windows)]

    for one, other in zip(windows(), plain(windows), strict=True):
        assert np.array_equal(one.start, other.start)
        np.testing.assert_allclose(one.length, other.length, rtol=1e-12)
        np.testing.assert_allclose(one.sums, other.sums, rtol=1e-11, atol=1e-6)
        first = np.abs(other.phasors[:, :, :1])
        assert np.nanmax(np.abs(one.phasors - other.phasors) / first) < 3e-7
        assert (one.beside is None) is not subgroups


@needs_loops
def test_cutting_changes_no_bit():
    x = rich(49.98, 8, rate=12800.0).samples(3.0)

    def sums_of(size: int) -> np.ndarray:
        engine = Engine(12800.0)
        pieces = [piece for n in range(0, x.shape[1], size)
                  for piece in engine.push(Block(x[:, n : n + size], 12800.0, n))]  # fmt: skip
        return np.concatenate([p.sums for p in pieces if isinstance(p, Windows)], axis=1)

    whole = sums_of(x.shape[1])
    assert np.array_equal(sums_of(701), whole)
    assert np.array_equal(sums_of(2560), whole)


X = np.zeros((6, 1000))
NODES = np.zeros((1, 2, 8))
TABLE = np.zeros(100)
LINES = np.zeros((8, 100), np.float32)
TOTAL = np.zeros((1, 6, 100), np.float32)
BEGINS = np.zeros((1, 2), np.int64)


def folding(samples=X, first=BEGINS, nodes=NODES, taps=9, turn=None, total=TOTAL):
    return samples, first, nodes, TABLE, 10.0, taps, LINES, turn, total


@needs_loops
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("fold", folding(first=BEGINS + 893), "beyond the samples"),
        ("fold", folding(first=BEGINS - 1), "beyond the samples"),
        ("fold", folding(X.astype(np.float32)), "samples: must be"),
        ("fold", folding(X[:, ::2]), "samples: must be"),
        ("fold", folding(nodes=NODES[:, :1]), "go together"),
        ("fold", folding(total=TOTAL[:, :5]), "go together"),
        ("fold", folding(taps=129), "go together"),
        ("fold", folding(taps=8), "go together"),
        ("fold", folding(np.zeros((8, 1000)), total=np.zeros((1, 8, 100), np.float32)),
         "go together"),
        ("fold", folding(turn=LINES), "go together"),
        ("loudest", (TABLE, None, 0.5, 1.0, TABLE[:9].copy()), "go together"),
        ("loudest", (TABLE, TABLE > 0, 0.5, 1.0, X[:1]), "found: must be"),
        ("products", (X, BEGINS[0], 100, None, np.zeros((21, 3))), "go together"),
        ("products", (X, BEGINS[0], 0, None, np.zeros((21, 2))), "go together"),
        ("products", (X[:5], BEGINS[0], 100, None, np.zeros((21, 2))), "go together"),
        ("products", (X, BEGINS[0] + 901, 100, None, np.zeros((21, 2))), "beyond the samples"),
        ("products", (X, BEGINS[0], 100, np.zeros((2, 99)), np.zeros((21, 2))), "go together"),
        ("correlate", (X, np.zeros((1, 1, 1001)), 1, None, np.zeros((1, 6, 1))), "go together"),
        ("correlate", (X, np.zeros((1, 1, 901)), 10, None, np.zeros((1, 6, 11))), "go together"),
        ("correlate", (X, np.zeros((2, 1, 9)), 1, np.array([2]), np.zeros((1, 6, 1))),
         "no such kernel"),
        ("correlate", (X, np.zeros((1, 1, 9)), 0, None, np.zeros((1, 6, 1))), "go together"),
    ],
)  # fmt: skip
def test_nothing_beyond_an_array_is_touched(name, arguments, said):
    with pytest.raises(ValueError, match=said):
        getattr(loops.COMPILED, name)(*arguments)


@pytest.mark.parametrize(("said", "wanted"), [("off", True), ("", loops.COMPILED is None)])
def test_a_variable_leaves_them_aside(said, wanted):
    code = "from smartx96.metrology.loops import COMPILED; print(COMPILED is None)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, loops.VARIABLE: said}, timeout=60)  # fmt: skip
    assert told.stdout.strip() == str(wanted)
