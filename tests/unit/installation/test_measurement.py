"""A source measured from end to end: energy over every sample, constant memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import smartx96
from smartx96.errors import ChannelError, OptionError, RateError, StreamError
from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.samples.scenario import Scenario
from support.signals import Wave, balanced, rich


@pytest.mark.parametrize("ct", ["200/5", "12", 200, (1, 5, 5), None])
def test_transformers_that_are_none(ct: object) -> None:
    with pytest.raises(OptionError, match=r"^ct .*: give primary and secondary .* \(200, 5\)$"):
        smartx96.measure(balanced().samples(0.2), 12_800.0, ct=ct)


def test_an_unknown_quantity_is_told_with_the_nearest(tmp_path: Path) -> None:
    result = smartx96.measure(balanced().samples(0.4), 12_800.0)
    for shown, id in ((result, "voltag_l1"), (result.summary, "activepower")):
        near = {"voltag_l1": "voltage_l1", "activepower": "active_power"}[id]
        with pytest.raises(KeyError, match=rf"{id}: no quantity.*; did you mean {near}\?"):
            shown[id]


def test_errors_name_keywords_of_python(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1000, 6)))
    with pytest.raises(RateError, match=r'give rate=HZ and .*, such as channels=\{"v1": "1"'):
        smartx96.open(tmp_path / "x.npy")
    recording = smartx96.open(tmp_path / "x.npy", rate=5000.0)
    with pytest.raises(OptionError, match=r"^start=9: the recording ends after 0\.2 s"):
        smartx96.measure(recording, channels={"v1": 1, "i1": 4}, start=9.0)


def test_counts_that_nobody_scales_are_told_where_they_are_too_many(tmp_path: Path) -> None:
    wave = balanced(50.0, voltage=1.0, current=1.0).samples(0.5)[[0, 3]] / np.sqrt(2)
    path = tmp_path / "counts.npz"
    np.savez(path, samples=np.rint(wave * (2**31 - 1)).astype(np.int32), rate=12_800.0)
    recording = smartx96.open(path)
    with pytest.raises(StreamError) as told:
        smartx96.measure(recording, channels={"v1": 1, "i1": 2})
    assert str(told.value).startswith(f"{path}: a window of ")
    advice = 'samples are 32 bit counts; give their full scale: scale={"v": 500, "i": 20}'
    assert str(told.value).endswith(f"; {advice}")
    with pytest.raises(StreamError, match=r"are the samples in V and A\?$"):
        smartx96.measure(wave * (2**31 - 1), 12_800.0)


@pytest.mark.parametrize("angle", [30.0, 150.0, -150.0, -30.0])
@pytest.mark.parametrize("seconds", [0.05, 0.31, 1.0, 2.345])
def test_energy_covers_every_sample(angle: float, seconds: float) -> None:
    """Import less export is the sum of u*i over all samples, to 0.0001 %."""
    wave = rich(50.37, seed=9, angle=angle)
    x = wave.samples(seconds)
    summary = smartx96.measure(x, wave.rate).summary
    truth = np.sum(x[:3] * x[3:]) / wave.rate * 1e6 / 3600
    found = (
        summary.exact["active_energy_import_exact"] - summary.exact["active_energy_export_exact"]
    )
    assert found == pytest.approx(truth, rel=1e-6, abs=8)
    assert summary.measured_time == pytest.approx(x.shape[1] / wave.rate, abs=1e-9)


@pytest.mark.parametrize("angle", [30.0, 150.0, -150.0, -30.0])
def test_reactive_energy_by_closed_form(angle: float) -> None:
    wave = balanced(50.0, angle=angle)
    summary = smartx96.measure(wave.samples(3.0), wave.rate).summary
    truth = wave.fundamental_power.imag.sum() * 3.0 * 1e6 / 3600
    way = "import" if truth > 0 else "export"
    other = "export" if truth > 0 else "import"
    assert summary.exact[f"reactive_energy_{way}_exact"] == pytest.approx(abs(truth), rel=2e-5)
    assert summary.exact[f"reactive_energy_{other}_exact"] == 0


def test_direct_current_brings_no_energy_unless_kept() -> None:
    wave = balanced(50.0, dc=np.array([10.0, 0, 0, 2.0, 0, 0]))
    x = wave.samples(2.0)
    joule = wave.power.sum() * 2.0 * 1e6 / 3600
    removed = smartx96.measure(x, wave.rate).summary.exact["active_energy_import_exact"]
    kept = smartx96.measure(x, wave.rate, dc=True).summary.exact["active_energy_import_exact"]
    assert removed == pytest.approx(joule, rel=1e-6)
    assert kept == pytest.approx(joule + 20 * 2.0 * 1e6 / 3600, rel=1e-6)


def test_memory_does_not_grow_with_the_recording() -> None:
    def peak(seconds: float) -> int:
        tracemalloc.start()
        measure_source(Scenario(duration=seconds), Configuration())
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(20.0)
    short, long = peak(20.0), peak(120.0)
    assert long < 1.1 * short
    assert long < 80e6


def test_no_samples_is_an_error() -> None:
    with pytest.raises(StreamError, match="no samples"):
        smartx96.measure(np.zeros((6, 0)), 12_800.0)


def test_a_missing_channel_is_named() -> None:
    source = Scenario(duration=1.0)

    class Fewer:
        def __getattr__(self, name: str) -> object:
            return ("v1", "i1") if name == "roles" else getattr(source, name)

    with pytest.raises(ChannelError, match="v2, v3, i2, i3 not found"):
        measure_source(Fewer(), Configuration())


def test_reprs_are_short_and_honest() -> None:
    wave: Wave = balanced(50.0)
    result = smartx96.measure(wave.samples(1.0), wave.rate)
    assert "4 windows" in repr(result)
    assert "230.00 V" in repr(result)
    assert "<table>" in result._repr_html_()


def test_a_torn_window_lends_no_mean_to_what_lies_beside_it() -> None:
    """Half a cycle lost in the last window: its mean is no direct voltage of the tail."""
    wave = balanced(50.0, angle=0.0)
    x = wave.samples(2.0)
    x[:, 24_100:24_228] = np.nan
    good = np.where(np.isnan(x), 0.0, x)
    truth = np.sum(good[:3] * good[3:]) / wave.rate * 1e6 / 3600
    found = smartx96.measure(x, wave.rate).summary.exact["active_energy_import_exact"]
    assert found == pytest.approx(truth, rel=1e-6)


def test_one_phase_has_nothing_of_the_others() -> None:
    """Not 0, which would be a value: also of what is averaged as a complex number."""
    wave = balanced(50.0)
    found = smartx96.measure(
        {"v1": wave.samples(1.0)[0], "i1": wave.samples(1.0)[3]}, wave.rate, wiring="1p2w"
    ).summary
    for phase in ("l2", "l3"):
        for id in ("voltage", "active_power", "reactive_power", "apparent_power", "power_factor"):
            assert found[f"{id}_{phase}"] is None, id
    assert found["reactive_power_l1"] is not None
