"""Where a scenario's stream is cut, and in which order it is asked for, changes no bit."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.samples.mains import mains
from smartx96.samples.scenario import (
    Change,
    Distortion,
    Export,
    FrequencyChange,
    Harmonic,
    Interharmonic,
    Reversal,
    Scale,
    Scenario,
    Shift,
    Wander,
    Wave,
)
from smartx96.samples.scenario.formula import Formula

LENGTH = 20_000

BUSY = Scenario(
    voltages=(
        Wave(230, noise=1.0, harmonics=(Harmonic(5, 3, 20), Harmonic(40, 1, 7))),
        Wave(231, 3.0, dc=0.3, interharmonics=(Interharmonic(2, order=2.5),)),
        Wave(228, interharmonics=(Interharmonic(1, hertz=183.3, angle=9),)),
    ),
    currents=(Wave(5, 25, noise=0.3), Wave(4, 200, (Harmonic(3, 30, 180),)), Wave(0.5, -30)),
    frequency=50.02,
    wander=(Wander(0.03, 7.0),),
    events=(
        Scale(at=0.2, duration=0.3, ramp=0.033, factor=0.4, phases=(1, 2)),
        Change(at=0.5, ramp=0.4, quantity="current", value=1.0),
        Change(at=0.7, quantity="angle", value=-120.0, phases=(2,)),
        Export(at=0.301, duration=0.5, ramp=0.1),
        Shift(at=0.9, ramp=0.2, degrees=30.0),
        Reversal(at=1.0),
        Distortion(at=0.4, duration=0.4, ramp=0.1, of="voltage", harmonics=(Harmonic(7, 2, 1),)),
        FrequencyChange(at=0.25, ramp=0.5, value=52.0),
        FrequencyChange(at=1.1, value=48.0),
    ),
    seed=11,
)
SOURCES: dict[str, Formula] = {"scenario": BUSY, "mains": mains(seed=2), "slow": mains(rate=4000.3)}
WHOLE = {name: source.block(0, LENGTH).samples for name, source in SOURCES.items()}


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, LENGTH), max_size=12), order=st.randoms())
def test_any_cutting_in_any_order_gives_the_same_bits(name: str, cuts: list[int], order) -> None:  # type: ignore[no-untyped-def]
    spans = list(pairwise(sorted({0, LENGTH, *cuts})))
    order.shuffle(spans)
    for begin, end in spans:
        block = SOURCES[name].block(begin, end - begin)
        assert (block.start, block.end) == (begin, end)
        assert np.array_equal(block.samples, WHOLE[name][:, begin:end])


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, 10**11), n=st.integers(1, 3000), cut=st.integers(0, 3000))
def test_far_from_the_start_as_well(name: str, start: int, n: int, cut: int) -> None:
    whole = SOURCES[name].block(start, n).samples
    cut = min(cut, n)
    parts = [SOURCES[name].block(start, cut), SOURCES[name].block(start + cut, n - cut)]
    assert np.array_equal(np.hstack([part.samples for part in parts]), whole)
    assert np.isfinite(whole).all()


@settings(max_examples=20, deadline=None)
@given(seconds=st.floats(1e-4, 1.0))
def test_blocks_in_sequence_are_the_same_samples(seconds: float) -> None:
    finite = dataclasses.replace(BUSY, duration=LENGTH / BUSY.rate)
    blocks = list(finite.blocks(max(seconds, 0.01)))
    assert [block.start for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    assert np.array_equal(np.hstack([block.samples for block in blocks]), WHOLE["scenario"])


@settings(max_examples=40, deadline=None)
@given(
    order=st.integers(1, 63),
    percent=st.floats(0.1, 100),
    angle=st.floats(-180, 180),
    lag=st.floats(-180, 180),
    start=st.integers(0, 10**10),
)
def test_phasors_are_the_fourier_lines(
    order: int, percent: float, angle: float, lag: float, start: int
) -> None:
    harmonics = (Harmonic(order, percent, angle),) if order > 1 else ()
    scenario = Scenario(currents=(Wave(5, lag, harmonics), Wave(4), Wave(3)), frequency=50)
    start -= start % 256
    lines = np.fft.rfft(scenario.block(start, 256).samples)[:, 1:64] * 2j / 256 / np.sqrt(2)
    assert np.abs(lines - scenario.phasors([start / 12800], 63)[0]).max() < 230e-10
