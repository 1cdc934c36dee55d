"""A front end on samples: against transfer functions, closed forms, and itself cut elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.errors import OptionError
from smartx96.frontend.anti_alias import AntiAliasFilter
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.conversion import Conversion
from smartx96.frontend.converter import Converter
from smartx96.frontend.correction import Correction
from smartx96.frontend.current_transformer import CurrentTransformer, InstallationTransformer
from smartx96.frontend.front_end import ELEMENTS, X96, FrontEnd
from smartx96.models import ROLES
from support.signals import balanced, rich

RATE = 12_800.0
WORST = replace(X96, installation_transformer=InstallationTransformer(), temperature=-25.0)


def converted(front_end: FrontEnd, samples: np.ndarray, rate: float = RATE,
              sizes: tuple[int, ...] = ()) -> list[Block]:  # fmt: skip
    conversion, found, start = Conversion(front_end, ROLES, rate), [], 0
    for size in (*sizes, samples.shape[1]):
        piece = samples[:, start : start + size]
        if piece.shape[1]:
            found += conversion.push(Block(piece, rate, start))
        start += piece.shape[1]
    return found + conversion.finish()


def joined(blocks: list[Block]) -> np.ndarray:
    return np.hstack([block.physical() for block in blocks])


def phasors(samples: np.ndarray, frequency: float, rate: float, order: int) -> np.ndarray:
    turn = np.exp(-2j * np.pi * order * frequency / rate * np.arange(samples.shape[1]))
    return samples @ (turn * np.hanning(samples.shape[1]))


@pytest.mark.parametrize("element", [*ELEMENTS, "all"])
@pytest.mark.parametrize(("rate", "frequency"), [(12_800.0, 50.0), (12_800.0, 60.3), (4000.0, 49.7),
                                                 (55_554.0, 50.0)])  # fmt: skip
def test_samples_agree_with_the_transfer_function(
    element: str, rate: float, frequency: float
) -> None:
    front_end = WORST if element == "all" else WORST.only(element)
    wave = rich(frequency, 7, orders=25, rate=rate)
    samples = wave.samples(6.0)
    found = joined(converted(front_end, samples, rate))
    assert found.shape == samples.shape
    part = slice(round(2 * rate), round(5 * rate))
    scale = np.abs(phasors(samples[:, part], frequency, rate, 1))
    for order in (1, 5, 25):
        transfer = np.array([
            complex(front_end.transfer(role, order * frequency, rms))
            for role, rms in zip(ROLES, wave.rms, strict=True)
        ])  # fmt: skip
        expected = transfer * phasors(samples[:, part], frequency, rate, order)
        measured = phasors(found[:, part], frequency, rate, order)
        assert np.abs((measured - expected) / scale).max() < 1.5e-6, order


def test_a_wrong_phase_would_be_seen() -> None:
    """The test above trips at a hundredth of a minute, 2.9e-6."""
    samples = balanced(rate=RATE).samples(3.0)
    shifted = replace(WORST.only("divider"),
                      divider=replace(WORST.divider, phase_error=(-0.31, -0.2, -0.4)))  # fmt: skip
    found = phasors(joined(converted(shifted, samples)), 50.0, RATE, 1)
    expected = WORST.only("divider").transfer("v1", 50.0, 230.0)
    measured = found[0] / phasors(samples, 50.0, RATE, 1)[0]
    assert abs(measured - complex(expected)) > 1.5e-6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12))
def test_cutting_elsewhere_changes_no_bit(sizes: list[int]) -> None:
    samples = rich(50.3, 3).samples(1.0)
    whole = converted(WORST, samples)
    pieces = converted(WORST, samples, sizes=tuple(sizes))
    assert np.array_equal(np.hstack([b.samples for b in whole]),
                          np.hstack([b.samples for b in pieces]))  # fmt: skip
    assert [b.start for b in pieces] == np.cumsum([0, *(b.length for b in pieces)])[:-1].tolist()


def test_seeds() -> None:
    samples = np.zeros((6, 20_000))
    first, again, other = (
        np.hstack([b.samples for b in converted(replace(X96, seed=seed), samples)])
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_noise_is_white_normal_and_of_its_size() -> None:
    noisy = FrontEnd(converter=replace(Converter.neutral(), noise=1000.0))
    found = joined(converted(noisy, np.zeros((6, 100_000))))
    size = 1e-3 * np.array([651.0] * 3 + [14.2] * 3)
    scaled = found / size[:, np.newaxis]
    assert scaled.mean(axis=1) == pytest.approx(np.zeros(6), abs=0.015)
    assert scaled.std(axis=1) == pytest.approx(np.ones(6), rel=0.01)
    # Of a normal distribution 4.55 % lie beyond two deviations, 0.27 % beyond three.
    assert (np.abs(scaled) > 2).mean() == pytest.approx(0.0455, abs=0.003)
    assert (np.abs(scaled) > 3).mean() == pytest.approx(0.0027, abs=0.001)
    between = np.corrcoef(np.vstack([scaled, np.roll(scaled, 1, axis=1)]))
    assert np.abs(between - np.eye(12)).max() < 0.015


def test_rounding() -> None:
    coarse = FrontEnd(converter=replace(Converter.neutral(), bits=12))
    samples = balanced(50.13, rate=RATE).samples(4.0)
    block = converted(coarse, samples)[0]
    assert block.samples.dtype == np.int32
    assert block.scale == pytest.approx(2 * np.array([651.0] * 3 + [14.2] * 3) / 4096)
    error = joined(converted(coarse, samples)) - samples
    assert (np.abs(error).max(axis=1) <= block.scale / 2 * (1 + 1e-9)).all()
    assert error.std(axis=1) == pytest.approx(block.scale / np.sqrt(12), rel=0.05)


def test_offset() -> None:
    shifted = FrontEnd(converter=replace(Converter.neutral(), voltage_offset=(0, 200, 0)))
    found = joined(converted(shifted, np.zeros((6, 100))))
    assert found.mean(axis=1) == pytest.approx([0, 200e-6 * 651, 0, 0, 0, 0])


@pytest.mark.parametrize("bits", [0, 16])
def test_clipping_cuts_and_flags(bits: int) -> None:
    converter = replace(Converter.neutral(), bits=bits, clipping=True)
    samples = balanced(current=20.0, rate=RATE).samples(0.5)
    blocks = converted(FrontEnd(converter=converter), samples)
    found, beyond = joined(blocks), np.abs(samples[3:]) > 14.2
    assert np.abs(found[3:]).max() <= 14.2
    assert found[:3] == pytest.approx(samples[:3], abs=0.02)
    quality = np.hstack([block.quality for block in blocks])
    assert ((quality & Quality.CLIPPED != 0) >= beyond.any(axis=0)).all()
    assert (quality & Quality.CLIPPED != 0).mean() == pytest.approx(beyond.any(axis=0).mean(), 0.02)
    open_end = replace(converter, clipping=False)
    assert joined(converted(FrontEnd(converter=open_end), samples))[3:].max() > 20


def test_the_clock() -> None:
    """Samples of a quicker clock are told at the rate that it should have."""
    quick = FrontEnd(converter=replace(Converter.neutral(), clock=100.0))
    (block,) = converted(quick, np.zeros((6, 100)))
    assert block.rate == pytest.approx(RATE / 1.0001, rel=1e-12)


@pytest.mark.parametrize("corner", [0.05, 0.02])
def test_a_transformer_passes_no_direct_current(corner: float) -> None:
    transformer = replace(CurrentTransformer(), corner=corner)
    wave = balanced(rate=RATE)
    wave.dc[4] = 1.0
    found = joined(converted(FrontEnd(current_transformer=transformer), wave.samples(40.0)))
    end = found[:, -round(2 * RATE) :]
    assert np.abs(end.mean(axis=1)[3:]).max() < 2 * np.exp(-2 * np.pi * corner * 38)
    second, first = (phasors(end, 50, RATE, 1)[channel] for channel in (4, 3))
    assert second == pytest.approx(first * np.exp(-2j * np.pi / 3), rel=2e-3)


def test_errors_follow_the_current() -> None:
    """After a step the ratio is that of the new current."""
    front_end = FrontEnd(current_transformer=CurrentTransformer(accuracy_class="1", share=1.0))
    samples = balanced(rate=RATE).samples(8.0)
    samples[3:, round(4 * RATE) :] *= 0.05
    found = joined(converted(front_end, samples))
    for part, ratio in ((slice(25_600, 51_200), 0.99), (slice(76_800, 102_400), 0.97)):
        measured = np.abs(phasors(found[:, part], 50, RATE, 1))[3:]
        assert measured / np.abs(phasors(samples[:, part], 50, RATE, 1))[3:] == pytest.approx(
            [ratio] * 3, abs=2e-5
        )


def test_gaps_and_missing_samples() -> None:
    samples = balanced(rate=RATE).samples(1.0)
    quality = np.zeros(3000, np.uint8)
    quality[100:110] = Quality.MISSING
    broken = samples[:, :3000].copy()
    broken[:, 100:110] = np.nan
    conversion = Conversion(X96, ROLES, RATE)
    found = conversion.push(Block(broken, RATE, 0, None, quality))
    found += conversion.push(Block(samples[:, 5000:], RATE, 5000))
    found += conversion.finish()
    covered = np.concatenate([np.arange(b.start, b.end) for b in found])
    assert np.array_equal(covered, [*range(3000), *range(5000, 12_800)])
    assert np.isfinite(joined(found)).all()
    marks = np.concatenate(
        [np.zeros(b.length, np.uint8) if b.quality is None else b.quality for b in found]
    )
    assert np.flatnonzero(marks & Quality.MISSING).tolist() == list(range(100, 110))


def test_some_channels_alone() -> None:
    wave = rich(50.0, 5)
    samples = wave.samples(1.0)
    whole = joined(converted(X96, samples))
    conversion = Conversion(X96, ("i3", "v1"), RATE)
    found = conversion.push(Block(samples[[5, 0]], RATE, 0)) + conversion.finish()
    assert joined(found) == pytest.approx(whole[[5, 0]], abs=1e-12)


def test_a_filter_that_rings_too_long() -> None:
    slow = FrontEnd(filter=AntiAliasFilter(order=8, corner=1000))
    with pytest.raises(
        OptionError, match=r"front end: filter or skew last more than 257 samples at"
    ):
        Conversion(slow, ROLES, 1_000_000.0)


@pytest.mark.parametrize("size", [3, 1280, 100_000])
def test_a_correction_is_its_transfer_function(size: int) -> None:
    calibration = Calibration(voltage_gain=(1, 0, 0), current_gain=(0, -2, 0), phase=(0, 30, -7))
    samples = balanced(rate=RATE).samples(0.5 if size == 3 else 3.0)
    correction = Correction(calibration, ROLES)
    blocks = [
        correction(Block(samples[:, n : n + size], RATE, n))
        for n in range(0, samples.shape[1], size)
    ]
    rest = correction.rest()
    assert rest is not None
    found = joined([*blocks, rest])
    assert found.shape == samples.shape
    assert rest.end == samples.shape[1]
    starts = [block.start for block in (*blocks, rest)]
    assert starts == np.cumsum([0, *(b.length for b in blocks)]).tolist()
    inner = slice(1280, -1280)
    measured = phasors(found[:, inner], 50, RATE, 1) / phasors(samples[:, inner], 50, RATE, 1)
    expected = [1.01, 1, 1, 1, 0.98 * np.exp(-1j * np.pi / 360), np.exp(7j * np.pi / 10_800)]
    assert measured == pytest.approx(expected, abs=2e-7)


def test_a_calibrated_front_end_gives_what_went_in() -> None:
    bare = replace(X96, converter=replace(X96.converter, noise=0, clock=0))
    samples = balanced(rate=RATE, angle=60.0).samples(4.0)
    correction = Correction(bare.calibration, ROLES)
    found = joined([correction(block) for block in converted(bare, samples)])
    inner = slice(round(RATE), round(3 * RATE))
    measured = phasors(found[:, inner], 50, RATE, 1) / phasors(samples[:, inner], 50, RATE, 1)
    power = measured[:3] * measured[3:].conj()
    assert power == pytest.approx(np.ones(3), abs=5e-7)
