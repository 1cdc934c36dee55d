"""Engines of others against closed forms, each as well as it can: on samples that we make, with the
truth by arithmetic."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from smartx96.block import Block
from smartx96.comparison.catalogue import ENGINES, engines
from smartx96.comparison.engine import Engine
from smartx96.comparison.numpy_script import NumpyScript
from smartx96.errors import MissingExtraError, OptionError, StreamError
from smartx96.models import Wiring
from smartx96.quantities import BY_ID, PHASES
from support.signals import Wave

RATE = 12_800.0
KWH = 3600.0
LAG = np.pi / 3

BOTH = pytest.mark.parametrize("name", ["numpy", "pqopen"])


def wave(frequency: float, *, lag: float = LAG, volts: float = 230.0, export: int = 0) -> Wave:
    """Three equal phases with 5 and 10 % of the 5th, 3 % of the 11th, 2 % of the 37th; the first
    `export` phases deliver."""
    phasors = np.zeros((6, 63), complex)
    for n in range(3):
        turn = np.exp(-2j * np.pi * n / 3)
        phasors[n, 0], phasors[3 + n, 0] = volts * turn, 5.0 * turn * np.exp(-1j * lag)
        phasors[n, 4], phasors[3 + n, 4] = 0.05 * volts, 0.5 * np.exp(0.3j)
        phasors[n, 10], phasors[n, 36] = 0.03 * volts, 0.02 * volts
        phasors[3 + n] *= -1 if n < export else 1
    return Wave(frequency, phasors, RATE)


def measured(name: str, samples: np.ndarray, wiring: Wiring = Wiring.FOUR_WIRE,
             nominal: int = 50, size: int = 7001) -> Engine:  # fmt: skip
    pytest.importorskip(ENGINES[name].module)
    (kind,) = engines([name])
    engine = kind(RATE, wiring, nominal)
    for start in range(0, samples.shape[1], size):
        engine.take(Block(samples[:, start : start + size], RATE, start))
    return engine


@BOTH
@pytest.mark.parametrize(("frequency", "nominal"), [(50.0, 50), (50.3, 50), (60.0, 60), (46.0, 50)])
def test_readings_are_those_of_the_signal(name: str, frequency: float, nominal: int) -> None:
    """Windows of whole samples cost both up to 2e-4 off 50 and 60 Hz; linear interpolation costs
    pqopen a little of every order and a tenth of the 37th."""
    signal = wave(frequency)
    found = measured(name, signal.samples(2.0), nominal=nominal)
    readings, near = found.readings(), {"rel": 2e-4}
    assert readings["frequency"] == pytest.approx(frequency, abs=2e-4)
    for n, phase in enumerate(PHASES):
        power = signal.fundamental_power[n]
        assert readings[f"voltage_{phase}"] == pytest.approx(signal.rms[n], **near)
        assert readings[f"current_{phase}"] == pytest.approx(signal.rms[3 + n], **near)
        assert readings[f"active_power_{phase}"] == pytest.approx(signal.power[n], **near)
        assert readings[f"reactive_power_{phase}"] == pytest.approx(power.imag, rel=5e-4)
        thd = np.sqrt(np.sum(signal.percent[n, 1:] ** 2))
        assert readings[f"voltage_thd_{phase}"] == pytest.approx(thd, abs=0.1)
    assert readings["active_power"] == pytest.approx(signal.power.sum(), **near)
    assert readings["reactive_power"] == pytest.approx(
        signal.fundamental_power.imag.sum(), rel=5e-4
    )


@BOTH
@pytest.mark.parametrize("frequency", [50.0, 50.3])
def test_harmonics_are_those_of_the_signal(name: str, frequency: float) -> None:
    signal = wave(frequency)
    found = measured(name, signal.samples(2.0)).harmonics()
    for n, phase in enumerate(PHASES):
        percent = found[f"voltage_harmonic_{phase}"]
        assert percent.shape == (63,)
        assert percent[0] == pytest.approx(100.0)
        assert percent[[4, 10]] == pytest.approx(signal.percent[n, [4, 10]], rel=0.01)
        assert percent[36] == pytest.approx(signal.percent[n, 36], rel=0.12)
        nothing = signal.percent[n] == 0
        assert percent[nothing].max() < 0.2
        assert found[f"current_harmonic_{phase}"][4] == pytest.approx(10.0, rel=0.01)


@BOTH
@pytest.mark.parametrize("frequency", [50.0, 50.3])
def test_energies_are_power_by_time(name: str, frequency: float) -> None:
    signal = wave(frequency)
    found = measured(name, signal.samples(2.0))
    energies, hours = found.energies(), found.seconds / KWH
    assert energies["active_energy_import"] == pytest.approx(signal.power.sum() * hours, rel=2e-5)
    reactive = signal.fundamental_power.imag.sum() * hours
    assert energies["reactive_energy_import"] == pytest.approx(reactive, rel=5e-4)
    assert energies["active_energy_export"] == energies["reactive_energy_export"] == 0.0


@BOTH
def test_time_that_counts_is_whole_bursts(name: str) -> None:
    """Of 2 s at 50 Hz 80 cycles: twenty bursts of two cycles on and two off, so that the test by
    bursts tells nothing of where windows begin."""
    assert measured(name, wave(50.0).samples(2.0)).seconds == pytest.approx(1.6, abs=1e-9)


@BOTH
def test_delivered_energy_is_export(name: str) -> None:
    signal = wave(50.0, export=3)
    found = measured(name, signal.samples(1.0))
    exported = -signal.power.sum() * found.seconds / KWH
    assert found.energies()["active_energy_export"] == pytest.approx(exported, rel=1e-5)
    assert found.energies()["active_energy_import"] == 0.0


def test_the_script_nets_both_ways_and_the_library_over_the_sum() -> None:
    signal = wave(50.0, export=1)
    samples = signal.samples(1.0)
    script = measured("numpy", samples)
    energies, hours = script.energies(), script.seconds / KWH
    assert energies["active_energy_export_per_phase"] == pytest.approx(-signal.power[0] * hours)
    assert energies["active_energy_import_per_phase"] == pytest.approx(
        signal.power[1:].sum() * hours
    )
    assert energies["active_energy_import"] == energies["active_energy_import_per_phase"]
    assert energies["active_energy_import_sum"] == pytest.approx(signal.power.sum() * hours)
    assert energies["active_energy_export_sum"] == 0.0
    library = measured("pqopen", samples)
    assert library.energies()["active_energy_import"] == pytest.approx(
        signal.power.sum() * library.seconds / KWH, rel=1e-5
    )
    assert not any("per_phase" in id for id in library.offered(Wiring.FOUR_WIRE))


@BOTH
@pytest.mark.parametrize("wiring", list(Wiring))
def test_what_is_offered_is_what_is_given(name: str, wiring: Wiring) -> None:
    samples = wave(50.0).samples(1.0)
    samples[[n for n in range(3) if n not in range(3)[wiring.phases]]] = 0.0
    found = measured(name, samples, wiring)
    given = {*found.readings(), *found.harmonics(), *found.energies()}
    assert given == ENGINES[name].offered(wiring)
    registers = {id for id in given if "_energy_" in id}
    assert {id if id in BY_ID else f"{id}_exact" for id in given} <= set(BY_ID)
    assert registers >= {"active_energy_import", "reactive_energy_export"}
    lines = {"voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1"}
    assert ("voltage_l1" in given) is wiring.has_neutral
    assert ("current_l3" in given) is (wiring is not Wiring.ONE_PHASE)
    assert bool(lines & given) is (name == "numpy" and wiring is not Wiring.ONE_PHASE)


def test_the_library_offers_no_power_factor_and_no_apparent_power() -> None:
    offered = ENGINES["pqopen"].offered(Wiring.FOUR_WIRE)
    assert not {id for id in offered if id.startswith(("power_factor", "apparent"))}


@BOTH
def test_blocks_carry_no_meaning(name: str) -> None:
    samples = wave(50.3).samples(2.0)
    one, other = (measured(name, samples, size=size) for size in (997, samples.shape[1]))
    assert one.seconds == other.seconds
    assert one.readings() == pytest.approx(other.readings(), rel=1e-6)
    assert one.energies() == pytest.approx(other.energies(), rel=1e-6)


def test_windows_of_the_script_do_not_depend_on_blocks_at_all() -> None:
    samples = wave(50.3).samples(2.0)
    one, other = (measured("numpy", samples, size=size) for size in (17, samples.shape[1]))
    assert one.readings() == pytest.approx(other.readings(), rel=1e-13)


def test_without_l1_the_script_reads_nothing_and_the_library_goes_on() -> None:
    signal = wave(50.0)
    signal.phasors[0] = 0.0
    samples = signal.samples(2.0)
    samples[0] += np.random.default_rng(1).normal(0.0, 0.01, samples.shape[1])
    script = measured("numpy", samples)
    assert (script.seconds, script.readings(), script.energies()) == (0.0, {}, {})
    library = measured("pqopen", samples).readings()
    assert library["active_power"] == pytest.approx(signal.power.sum(), rel=2e-4)


def test_the_script_keeps_no_more_than_a_window() -> None:
    samples = wave(50.0).samples(2.0)
    samples[0, samples.shape[1] // 2 :] = 0.0
    found = NumpyScript(RATE, Wiring.FOUR_WIRE)
    for n in range(20):
        found.take(Block(samples, RATE, n * samples.shape[1]))
        assert found._rest.shape[1] <= 10 * RATE / 40.0


def test_the_library_is_read_before_its_buffers_run_over() -> None:
    """They hold 5000 cycles, of 100 s."""
    pytest.importorskip("pqopen")
    signal = wave(50.3)
    samples = signal.samples(10.0)[[0, 3]]
    padded = np.zeros((6, samples.shape[1]))
    padded[[0, 3]] = samples
    found = ENGINES["pqopen"](RATE, Wiring.ONE_PHASE)
    for n in range(11):
        found.take(Block(padded, RATE, n * padded.shape[1]))
    assert found.seconds == pytest.approx(110.0, abs=0.5)
    assert found.readings()["frequency"] == pytest.approx(50.3, abs=2e-4)
    power = signal.power[0] * found.seconds / KWH
    assert found.energies()["active_energy_import"] == pytest.approx(power, rel=1e-5)


@BOTH
def test_a_gap_is_refused_in_one_line(name: str) -> None:
    found = measured(name, wave(50.0).samples(1.0))
    with pytest.raises(StreamError, match=f"^engine {name}: samples 12800 .* without gaps$"):
        found.take(Block(np.zeros((6, 100)), RATE, 12_900))
    with pytest.raises(StreamError, match="not 12800 at 6400 S/s"):
        found.take(Block(np.zeros((6, 100)), 6400.0, 12_800))


@BOTH
def test_a_low_rate_leaves_out_what_it_cannot_carry(name: str) -> None:
    pytest.importorskip(ENGINES[name].module)
    signal = Wave(50.0, wave(50.0).phasors[:, :20], 3200.0)
    found = ENGINES[name](3200.0, Wiring.FOUR_WIRE)
    found.take(Block(signal.samples(2.0), 3200.0, 0))
    percent = found.harmonics()["voltage_harmonic_l1"]
    assert percent[4] == pytest.approx(5.0, rel=0.05)
    assert np.isnan(percent[32:]).all()
    assert found.readings()["active_power"] == pytest.approx(signal.power.sum(), rel=1e-4)


def test_the_library_failing_is_told_in_one_line() -> None:
    """At 65 Hz as a 50 Hz system it runs out of orders."""
    with pytest.raises(StreamError, match=r"^engine pqopen failed on these samples at 12800 S/s: "):
        measured("pqopen", wave(65.0).samples(1.0))
    assert measured("pqopen", wave(65.0).samples(1.0), nominal=60).seconds > 0.5


def test_names_are_checked() -> None:
    with pytest.raises(OptionError, match=r"^--against matlab: use numpy, pqopen$"):
        engines(["matlab"])
    assert engines([]) == ()
    assert engines(["numpy", "numpy"]) == (NumpyScript,)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pqopen.powersystem", None)
    with pytest.raises(
        MissingExtraError, match=r"^engine pqopen needs .*: pip install pqopen-lib$"
    ):
        engines(["pqopen"])


def test_the_catalogue_loads_no_library_of_others() -> None:
    code = "import sys, smartx96.comparison.catalogue as c; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
