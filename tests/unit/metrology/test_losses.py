"""What a stream lacks is counted and said, whatever the cutting."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from smartx96.block import Block
from smartx96.metrology.losses import LISTED, Losses
from smartx96.metrology.stream import Stream
from support.signals import balanced

RATE = 12_800.0


def lost(blocks: list[Block]) -> Losses:
    stream = Stream()
    for block in blocks:
        stream.push(block)
    stream.finish()
    return stream.losses


@pytest.mark.parametrize("size", [100_000, 12_800, 999, 64])
def test_gaps_are_the_same_in_any_blocks(size: int) -> None:
    x = balanced(50.0).samples(3.0)
    x[2, 10_000:10_640] = np.nan
    x[0, 20_000] = np.nan
    blocks = [Block(x[:, n : n + size], RATE, n) for n in range(0, x.shape[1], size)]
    found = lost(blocks)
    assert found.gaps == 2
    assert found.time == pytest.approx(641 / RATE, abs=1e-12)
    assert found.longest == pytest.approx(640 / RATE, abs=1e-12)
    starts = [gap.start for gap in found.listed]
    assert starts == pytest.approx([10_000 / RATE, 20_000 / RATE], abs=1e-12)


def test_gaps_between_blocks_short_and_long() -> None:
    x = balanced(50.0).samples(3.0)
    jump = 500
    long = round(20 * RATE)
    blocks = [
        Block(x[:, :12_800], RATE, 0),
        Block(x[:, 12_800:25_600], RATE, 12_800 + jump),
        Block(x[:, 25_600:], RATE, 25_600 + jump + long),
    ]
    found = lost(blocks)
    assert [gap.length for gap in found.listed] == pytest.approx([jump / RATE, 20.0])
    assert found.time == pytest.approx(20.0 + jump / RATE)


def test_missing_marks_beside_a_jump_are_one_gap() -> None:
    x = balanced(50.0).samples(2.0)
    x[:, 12_000:12_800] = np.nan
    blocks = [Block(x[:, :12_800], RATE, 0), Block(x[:, 12_800:], RATE, 13_000)]
    found = lost(blocks)
    assert found.gaps == 1
    assert found.time == pytest.approx(1_000 / RATE)


def test_more_gaps_than_are_listed() -> None:
    x = balanced(50.0).samples(4.0)
    x[:, ::256] = np.nan
    found = lost([Block(x, RATE, 0)])
    assert found.gaps == 200
    assert len(found.listed) == LISTED
    assert found.time == pytest.approx(200 / RATE)


def test_energy_not_measured_is_estimated_and_not_counted() -> None:
    wave = balanced(50.0)
    x = wave.samples(10.0)
    x[:, 51_200:64_000] = np.nan
    summary = smartx96.measure(x, RATE).summary
    power = wave.power.sum()
    assert summary.measured_time == pytest.approx(9.0, abs=1e-9)
    assert summary["active_energy_import"] * 3.6e6 == pytest.approx(9.0 * power, rel=1e-5)
    assert summary.energy_not_measured * 3.6e6 == pytest.approx(power, rel=1e-4)
    # What is measured counts in every register, in scarce windows too.
    assert summary["apparent_energy"] * 3.6e6 == pytest.approx(9.0 * wave.rms[:3] @ wave.rms[3:],
                                                               rel=1e-4)  # fmt: skip
    reactive = summary["reactive_energy_import"] * 3.6e6
    assert reactive == pytest.approx(9.0 * wave.fundamental_power.imag.sum(), rel=0.02)
    assert summary["charge"] * 3600 == pytest.approx(9.0 * wave.rms[3:].sum(), rel=1e-4)
