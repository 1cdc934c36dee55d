"""Calibrations: what settings mean, two together, and a change of them while samples come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.errors import OptionError
from smartx96.frontend import correction as correction_module
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.correction import Correction
from smartx96.models import ROLES
from smartx96.settings import Settings
from support.signals import rich

RATE = 12_800.0
MINUTE = np.pi / 10_800

PLAIN = Calibration.neutral()
GAINS = Calibration((1, 0, -2), (0, 3, 0), (0, 0, 0))
SLIGHT = Calibration((0.1, 0, 0), (0, 0, 0.2), (5, -3, 0))
LARGE = Calibration((0, 0, 0.5), (-1, 0, 0), (60, 0, -60))
"""Its delay needs more taps than the others."""

SETTINGS = {"voltage_gain_l1": 500, "current_gain_l2": -250, "phase_correction_l3": -1234}


def test_settings_are_thousandths_of_a_percent_and_hundredths_of_a_minute() -> None:
    found = Calibration.of(Settings(SETTINGS))
    assert found.voltage_gain == pytest.approx((0.5, 0, 0))
    assert found.current_gain == pytest.approx((0, -0.25, 0))
    assert found.phase == pytest.approx((0, 0, -12.34))
    assert Calibration.of(Settings()) == PLAIN


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frequency", [50.0, 60.0, 1250.0])
def test_two_together_do_what_both_do(role: str, frequency: float) -> None:
    both = GAINS.joined(SLIGHT)
    expected = GAINS.transfer(role, frequency) * SLIGHT.transfer(role, frequency)
    assert complex(both.transfer(role, frequency)) == pytest.approx(complex(expected), abs=1e-15)


def test_two_that_are_too_much_together() -> None:
    huge = Calibration((1000, 0, 0), (0, 0, 0), (0, 0, 0))
    with pytest.raises(OptionError, match="voltage_gain = "):
        huge.joined(GAINS)


def test_without_correction_blocks_pass_untouched() -> None:
    block = Block(np.ones((6, 100)), RATE, 0)
    correction = Correction(PLAIN, ROLES)
    assert correction(block) is block
    assert correction.rest() is None


def test_a_filter_is_designed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    block = Block(np.ones((6, 100)), RATE, 0)
    own = Calibration((0, 0, 0), (0, 0, 0), (7.77, 0, 0))
    Correction(own, ROLES)(block)
    monkeypatch.setattr(correction_module, "designed", None)
    Correction(own, ROLES)(block)


def corrected(samples: np.ndarray, sizes: list[int], ways: list[Calibration]) -> list[Block]:
    """Pieces of a signal, before each of which another calibration is set."""
    correction, found, start = Correction(PLAIN, ROLES), list[Block](), 0
    for size, way in zip(sizes, ways, strict=True):
        correction = correction.changed(way)
        piece = samples[:, start : start + size]
        quality = np.full(size, Quality.QUESTIONABLE, np.uint8)
        quality[::2] = 0
        found.append(correction(Block(piece, RATE, start, None, quality)))
        start += size
    rest = correction.rest()
    return found if rest is None else [*found, rest]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), st.sampled_from([PLAIN, GAINS, SLIGHT, LARGE])),
                min_size=1, max_size=12))  # fmt: skip
def test_a_change_loses_and_doubles_no_sample(
    steps: list[tuple[int, Calibration]],
) -> None:
    sizes, ways = map(list, zip(*steps, strict=True))
    total = sum(sizes)
    # A ramp, of which a delay of less than a sample and gains change little.
    samples = np.broadcast_to(1000.0 + np.arange(total), (6, total)).copy()
    blocks = corrected(samples, sizes, ways)
    assert [b.start for b in blocks] == [0, *(b.end for b in blocks[:-1])]
    assert blocks[-1].end == total
    marks = np.concatenate(
        [np.zeros(b.length, np.uint8) if b.quality is None else b.quality for b in blocks]
    )
    starts = np.cumsum([0, *sizes])[:-1]
    expected = np.concatenate([np.arange(n) % 2 * Quality.QUESTIONABLE for n in sizes])
    assert np.array_equal(marks, expected), starts


@pytest.mark.parametrize(
    ("before", "after"), [(SLIGHT, LARGE), (LARGE, SLIGHT), (SLIGHT, GAINS), (LARGE, PLAIN),
                          (PLAIN, SLIGHT), (GAINS, LARGE)],
)  # fmt: skip
def test_after_a_change_samples_are_those_of_the_new_calibration(
    before: Calibration, after: Calibration
) -> None:
    """Also the ones that the old filter kept back; further back its own taps cannot look."""
    samples = rich(50.3, 3, rate=RATE).samples(1.0)
    old, new = (
        np.hstack([b.physical() for b in corrected(samples, [4000, 8800], [way, way])])
        for way in (before, after)
    )
    blocks = corrected(samples, [4000, 8800], [before, after])
    found, change = np.hstack([b.physical() for b in blocks]), blocks[0].end
    assert change in range(4000 - 128, 4001)
    assert np.array_equal(found[:, :change], old[:, :change])
    settled = 4000 + 128
    assert np.array_equal(found[:, settled:], new[:, settled:])
    # In between the filter knows less of the past than it would: some taps see a still signal.
    scale = np.abs(samples).max(axis=1, keepdims=True)
    assert (np.abs(found - new)[:, change:settled] / scale).max() < 0.1
    if before is LARGE:
        assert np.array_equal(found[:, change:], new[:, change:])


def test_a_change_before_the_first_sample() -> None:
    samples = rich(50.0, 5, rate=RATE).samples(0.1)
    changed = Correction(GAINS, ROLES).changed(SLIGHT)
    block = Block(samples, RATE, 0)
    assert np.array_equal(changed(block).samples, Correction(SLIGHT, ROLES)(block).samples)


def test_a_gap_with_the_change_begins_anew() -> None:
    samples = rich(50.0, 5, rate=RATE).samples(0.1)
    correction = Correction(SLIGHT, ROLES)
    correction(Block(samples, RATE, 0))
    after = correction.changed(PLAIN)(Block(samples, RATE, 5000))
    assert (after.start, after.length) == (5000, 1280)


def test_delays_that_are_too_long_are_refused_before_anything_changes() -> None:
    samples = np.ones((6, 1000))
    fast = 20_000_000.0
    correction = Correction(GAINS, ROLES)
    correction(Block(samples, fast, 0))
    with pytest.raises(OptionError, match="samples at"):
        correction.changed(LARGE)
    assert correction(Block(samples, fast, 1000)).samples[0, 0] == pytest.approx(1.01)
