"""A second program, where it is good: pqopen-lib on V, I, P and frequency."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from support.signals import rich

pq = pytest.importorskip("pqopen.powersystem")
buffers = pytest.importorskip("daqopen.channelbuffer")


def second_opinion(x: np.ndarray, rate: float) -> dict[str, np.ndarray]:
    """What pqopen-lib makes of the same samples, by its own names."""
    channels = [buffers.AcqBuffer(size=x.shape[1] + 1000) for _ in range(6)]
    system = pq.PowerSystem(
        zcd_channel=channels[0], input_samplerate=rate, zcd_cutoff_freq=50, zcd_threshold=10
    )
    for n in range(3):
        system.add_phase(channels[n], channels[n + 3])
    system.enable_harmonic_calculation(50)
    for start in range(0, x.shape[1], 2560):
        for channel, row in zip(channels, x, strict=True):
            channel.put_data(row[start : start + 2560])
        system.process()
    found = {}
    for name, channel in system.output_channels.items():
        found[name] = np.asarray(channel.read_data_by_acq_sidx(0, x.shape[1])[0])
    return found


@pytest.mark.parametrize("frequency", [49.9, 50.0, 50.02, 50.3])
def test_both_read_the_same(frequency: float) -> None:
    wave = rich(frequency, seed=4, orders=25)
    x = wave.samples(4.0)
    ours, theirs = smartx96.measure(x, wave.rate), second_opinion(x, wave.rate)
    for n in (1, 2, 3):
        for id, name in (
            (f"voltage_l{n}", f"U{n}_rms"),
            (f"current_l{n}", f"I{n}_rms"),
            (f"active_power_l{n}", f"P{n}"),
        ):
            assert len(theirs[name]) > 10
            assert np.median(ours[id]) == pytest.approx(np.median(theirs[name]), rel=3e-4), name
    assert np.median(ours["frequency"]) == pytest.approx(np.median(theirs["Freq"]), abs=2e-3)
