"""Channels that were sampled one after the other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import smartx96
from smartx96.block import Block, Quality
from smartx96.errors import OptionError
from smartx96.samples import open_recording, write_recording
from smartx96.samples.channels.selection import select
from smartx96.samples.channels.skew import aligned
from smartx96.samples.channels.whole import WholeRecording
from smartx96.samples.sources import open_source

from .conftest import flags, joined, positions, three_phases

ORDERS = np.arange(1, 64)
SKEWS = (0.0, 13.0, 52.5, 428.0)
"""[us], the last of them more than a sample."""


def channel(number: int, skew: float, unit: str = "V") -> str:
    return f"{number},{unit}{number},,,{unit},1,0,{skew},-3e38,3e38,1,1,S"


@pytest.fixture
def write_record(write_cfg):
    """Writes float samples, shape (channel, n), whose channels have skews [us]."""

    def write(samples: np.ndarray, rate: float, skews, units="VVVIII"):
        channels = [channel(n, *each) for n, each in enumerate(zip(skews, units, strict=True), 1)]
        count = samples.shape[1]
        rows = np.zeros(count, [("row", "<u4", 2), ("values", "<f4", len(samples))])
        rows["row"][:, 0], rows["row"][:, 1] = np.arange(count) + 1, 0xFFFFFFFF
        rows["values"] = samples.T
        rates = [f"{rate},{count}"]
        return write_cfg(rows.tobytes(), channels=channels, rates=rates, kind="FLOAT32")

    return write


def roles(count: int) -> dict[str, str]:
    return {role: str(n) for n, role in enumerate(("v1", "v2", "v3", "i1", "i2", "i3")[:count], 1)}


@pytest.mark.parametrize(("rate", "frequency"), [(12800, 50), (12800, 65), (7000, 50)])
def test_orders_1_to_63_stand_at_their_true_angles(write_record, rate, frequency):
    angles = np.random.default_rng(7).uniform(-np.pi, np.pi, ORDERS.size)

    def wave(times):
        turns = 2 * np.pi * frequency * np.outer(times, ORDERS) + angles
        return np.cos(turns) @ (1 / np.sqrt(ORDERS))

    rows = np.arange(rate) / rate
    path = write_record(np.array([wave(rows + 1e-6 * skew) for skew in SKEWS]), rate, SKEWS, "VVVV")
    chosen = {"v1": "1", "v2": "2", "v3": "3", "v12": "4"}
    samples = joined(select(open_recording(path), channels=chosen).blocks())
    inner = slice(rate // 5, rate // 5 * 4)  # whole cycles
    kernel = np.exp(-2j * np.pi * frequency * np.outer(rows[inner], ORDERS))
    found = samples[:, inner] @ kernel * 2 / kernel.shape[0]
    truth = np.exp(1j * angles) / np.sqrt(ORDERS)
    assert np.degrees(np.abs(np.angle(found / truth))).max() < 0.001
    assert np.abs(np.abs(found / truth) - 1).max() < 1e-5


def test_the_angle_between_voltage_and_current_is_the_true_one(write_record):
    straight = three_phases(12800, 6400)
    lead = 2 * np.pi * 50 * 200e-6
    turned = np.fft.irfft(np.fft.rfft(straight[3:]) * np.exp(1j * lead), 12800)
    samples = np.vstack([straight[:3], turned])
    recording = open_recording(write_record(samples, 6400, (0, 0, 0, 200, 200, 200), "VVVAAA"))
    for keep_skew, angle in ((False, 30.0), (True, 30.0 - np.degrees(lead))):
        found = smartx96.measure(recording, channels=roles(6), keep_skew=keep_skew).summary
        assert found["phase_angle_l1"] == pytest.approx(angle, abs=1e-4)


def holed() -> Block:
    """Samples with two that are missing, far from the ends and near one."""
    samples = three_phases(900, 6400)[:4]
    quality = np.zeros(900, np.uint8)
    quality[[400, 893]] = Quality.MISSING
    quality[500] = Quality.CLIPPED
    return Block(samples, 6400.0, 0, quality=quality)


def cuts(block: Block, edges: list[int]) -> list[Block]:
    return [
        Block(block.samples[:, a:b], block.rate, block.start + a, quality=block.quality[a:b])
        for a, b in pairwise(edges)
    ]


@pytest.mark.parametrize("edges", [range(901), [0, 1, 43, 399, 400, 402, 880, 900], [0, 400, 900]])
def test_blocks_that_are_cut_elsewhere_give_the_same_bits(edges):
    skews = [1e-6 * skew for skew in SKEWS]
    whole = list(aligned([holed()], skews))
    parts = list(aligned(cuts(holed(), list(edges)), skews))
    assert np.array_equal(joined(iter(parts)), joined(iter(whole)))
    assert np.array_equal(positions(iter(parts)), np.arange(900))
    assert np.array_equal(flags(iter(parts)), holed().quality)


def test_ends_and_holes_are_as_good_as_a_sine_goes_on():
    block, skews = holed(), [0.0, 0.0, 0.0, 100e-6]
    truth = three_phases(900, 6400)[3]
    samples = joined(aligned([block], skews))
    assert np.array_equal(samples[:3], block.samples[:3])
    there = block.quality != Quality.MISSING
    before = np.sqrt(50) * np.sin(2 * np.pi * 50 * (np.arange(900) / 6400 - 100e-6) - np.pi / 6)
    assert np.abs(samples[3] - before)[there].max() < 0.02
    assert np.abs(samples[3] - before)[100:300].max() < 1e-5
    assert np.abs(truth - before).max() > 0.2


@pytest.mark.parametrize("count", [1, 2, 40, 41, 42, 80, 81])
def test_short_records_keep_their_samples(count):
    samples = three_phases(count, 6400)[:2]
    found = list(aligned([Block(samples, 6400.0, 5)], [0.0, 428e-6]))
    assert positions(iter(found)).tolist() == list(range(5, 5 + count))
    assert np.array_equal(joined(iter(found))[0], samples[0])
    assert np.isfinite(joined(iter(found))).all()


def test_a_gap_and_another_rate_begin_anew():
    one = three_phases(100, 6400)[:2]
    blocks = [Block(one, 6400.0, 0), Block(one, 6400.0, 300), Block(one, 3200.0, 0)]
    found = list(aligned(blocks, [0.0, 20e-6]))
    alone = [joined(aligned([block], [0.0, 20e-6])) for block in blocks]
    assert np.array_equal(joined(iter(found)), np.hstack(alone))
    assert positions(iter(found)).tolist() == [*range(100), *range(300, 400), *range(100)]


def test_absurd_values_become_missing_ones():
    samples = np.full((2, 200), 1e308)
    samples[:, ::2] *= -1
    found = list(aligned([Block(samples, 6400.0, 0)], [0.0, 77e-6]))
    assert np.isfinite(joined(iter(found))).all()
    assert np.any(flags(iter(found)) == Quality.MISSING)


def test_what_is_told_of_it(write_record):
    recording = open_recording(write_record(three_phases(100, 6400), 6400, (0, 26, 0, 0, 0, 0)))
    skewed = (
        "the channels are skewed by 0 to 26 us, against each other up to 0.468 degrees at 50 Hz"
    )
    assert f"{skewed}: brought to one moment" in select(recording, channels=roles(6)).notes
    kept = select(recording, channels=roles(6), keep_skew=True)
    assert f"{skewed}: left so" in kept.notes
    assert np.array_equal(joined(kept.blocks()), joined(recording.blocks(range(6))))
    alone = select(recording, channels={"v1": "1", "i1": "4"})
    assert alone.notes == recording.notes
    assert np.array_equal(joined(alone.blocks()), joined(recording.blocks([0, 3])))


def test_what_no_recorder_has_is_left(write_record):
    recording = open_recording(write_record(three_phases(100, 6400), 6400, (0, 1e9, 0, 0, 0, 0)))
    source = select(recording, channels=roles(6))
    assert source.notes[-1].endswith(": left so, since no row takes 10 ms")
    assert np.array_equal(joined(source.blocks()), joined(recording.blocks(range(6))))


def test_a_stretch_and_short_blocks(write_record):
    recording = open_recording(write_record(three_phases(900, 6400), 6400, (0, 26, 0, 0, 0, 0)))
    whole = joined(select(recording, channels=roles(6)).blocks())
    stretch = select(recording, channels=roles(6), start=0.05, stop=0.1)
    blocks = list(stretch.blocks(0.01))
    assert {block.length for block in blocks} <= {64, 63, 62, *range(62)}
    assert np.array_equal(joined(iter(blocks)), whole[:, 320:640])


def test_written_records_hold_it_as_far_as_they_are_skewed(write_record, tmp_path):
    recording = open_recording(write_record(three_phases(100, 6400), 6400, (0, 26.5, 0, 0, 0, 0)))

    def written(source) -> list[float]:
        write_recording(tmp_path / "out.cff", source)
        return [1e6 * channel.skew for channel in open_recording(tmp_path / "out.cff").channels]

    skewed = pytest.approx([0, 26.5, 0, 0, 0, 0])
    assert written(WholeRecording(recording)) == skewed
    assert written(select(recording, channels=roles(6), keep_skew=True)) == skewed
    assert written(select(recording, channels=roles(6))) == [0] * 6


@pytest.mark.parametrize("text", ["mains", "scenario.toml", "values:", "sv:eth0", "-"])
def test_only_recordings_have_it(text):
    with pytest.raises(OptionError, match=f"--keep-skew is for recordings, not for {text}"):
        open_source(text, keep_skew=True)
