"""The shared cases: signals by their components, and real recordings in every format."""

from __future__ import annotations

import numpy as np
import pytest

import smartx96
from smartx96.installation.measurement import measure_source, wiring_of
from smartx96.meter.configuration import Configuration
from smartx96.models import SYSTEM_TYPES
from smartx96.samples.sources import open_source
from smartx96.settings import Settings
from support.shared import DATA, cases, needs_data

PHASES = (1, 2, 3)
IDS = {
    "f": "frequency",
    "f_mean": "frequency",
    "P": "active_power",
    "Q_fund": "reactive_power",
    "S_arith": "apparent_power",
    "PF_arith": "power_factor",
    "IN": "current_n",
    "V12": "voltage_l1_l2",
    "V23": "voltage_l2_l3",
    "V31": "voltage_l3_l1",
    "unbalance_neg": "voltage_unbalance_negative",
    "unbalance_zero": "voltage_unbalance_zero",
    "IN_computed": "current_n",
    **{f"I{n}_ac": f"current_l{n}" for n in PHASES},
    **{f"V{n}": f"voltage_l{n}" for n in PHASES},
    **{f"I{n}": f"current_l{n}" for n in PHASES},
    **{f"P{n}": f"active_power_l{n}" for n in PHASES},
    **{f"Q{n}_fund": f"reactive_power_l{n}" for n in PHASES},
    **{f"S{n}": f"apparent_power_l{n}" for n in PHASES},
    **{f"PF{n}": f"power_factor_l{n}" for n in PHASES},
    **{f"PF{n}_displacement": f"displacement_power_factor_l{n}" for n in PHASES},
    **{f"THD_V{n}": f"voltage_thd_l{n}" for n in PHASES},
    **{f"THD_I{n}": f"current_thd_l{n}" for n in PHASES},
    **{f"E{n}_active": f"active_energy_l{n}" for n in PHASES},
}
OTHER_DEFINITIONS = (
    "budeanu",
    "nonactive",
    "rel_rms",
    "P1_h",
    "S_vector",
    "PF_vector",
    "PF_effective",
)


def samples_of(case: dict) -> dict[str, np.ndarray]:
    """By the case's own convention: sum of sqrt(2) rms sin(2 pi h f0 t + phase)."""
    signal = case["signal"]
    t = np.arange(round(signal["duration_s"] * signal["fs_hz"])) / signal["fs_hz"]
    roles = ("v1", "v2", "v3", "i1", "i2", "i3") if case["wiring"] == "3P4W" else signal["channels"]
    found = {}
    for role in roles:
        row = np.zeros_like(t)
        for part in signal["channels"].get(role, []):
            angle = 2 * np.pi * part["h"] * signal["f0_hz"] * t + np.radians(part["phase_deg"])
            row += np.sqrt(2) * part["rms"] * np.sin(angle)
        found[role] = row
    return found


def found_for(name: str, summary) -> float | None:
    """What the meter reads for a case's quantity; KeyError where it is no quantity of ours."""
    if name.startswith("H_"):
        _, channel, order = name.split("_")
        kind = {"V": "voltage", "I": "current"}[channel[0]]
        return float(summary.harmonics[f"{kind}_harmonic_l{channel[1]}"][int(order) - 1])
    if name.endswith("_fund") and name[0] in "VI":
        phasors = summary.voltage_phasor if name[0] == "V" else summary.current_phasor
        return float(abs(phasors[int(name[1]) - 1]))
    if name == "E_import":
        return summary["active_energy_import"]
    if name.startswith("E") and name.endswith("_active"):
        n = name[1]
        net = summary[f"active_energy_import_l{n}"] - summary[f"active_energy_export_l{n}"]
        return 1000 * net
    if name in ("E_import_rate", "E_export_rate"):
        way = name.split("_")[1]
        return 1000 * summary[f"active_energy_{way}"] / summary.measured_time
    return summary[IDS[name]]


def check(case: dict, summary, alternatives: dict | None = None) -> int:
    """Compare every expected quantity; how many there were."""
    compared = 0
    for expected in case["expected"]:
        name = expected["quantity"]
        if name in ("sv_frames", "first_frame_raw", "last_frame_raw"):
            continue  # in test_sampled_values_case.py
        if any(part in name for part in OTHER_DEFINITIONS) or name.startswith("f_10s"):
            if not alternatives or name not in alternatives:
                continue
            found = alternatives[name]
        elif name.startswith("THD_") and expected.get("basis") == "asserted" and "rel" in name:
            continue
        elif "mean over the whole file" in expected.get("note", ""):
            energy = found_for(f"E{name[1]}_active", summary)
            found = 3600 * energy / summary.measured_time
        else:
            found = found_for(name, summary)
        assert found is not None, f"{case['id']}: {name} is not available"
        value = expected["value"]
        limit = expected.get("tol_abs", 0) + expected.get("tol_rel", 0) * abs(value)
        assert abs(found - value) <= limit, f"{case['id']}: {name} reads {found}, not {value}"
        compared += 1
    return compared


@needs_data
@pytest.mark.parametrize("case", cases("synthetic"), ids=lambda case: case["id"])
def test_synthetic(case: dict) -> None:
    x, rate = samples_of(case), case["signal"]["fs_hz"]
    summary = smartx96.measure(x, rate).summary
    alternatives = {}
    for method in ("vector", "effective"):
        other = smartx96.measure(x, rate, apparent=method).summary
        alternatives[f"S_{method}"] = other["apparent_power"]
        alternatives[f"PF_{method}"] = other["power_factor"]
    assert check(case, summary, alternatives) > (20 if case["wiring"] == "3P4W" else 2)


def recorded(case: dict):
    """A case's recording as the command line would open it with what the case tells."""
    record = case["record"]
    path = DATA / case["files"][0]["path"]
    full = record.get("scale")
    scaled = isinstance(full, dict) and "volts_full_scale" in full
    order = record["columns"] if record.get("columns") else scaled and full["channel_order"]
    channels = ",".join(f"{role}={n}" for n, role in enumerate(order, 1)) if order else None
    return open_source(
        str(path),
        rate=record["fs_hz"] if path.suffix == ".npy" else None,
        channels="v1=1" if "voltage only" in case["wiring"] else channels,
        scale=f"v={full['volts_full_scale']},i={full['amps_full_scale']}" if scaled else None,
    )


def configuration_of(source) -> Configuration:
    wiring = SYSTEM_TYPES[wiring_of(source)]
    return Configuration(Settings({"system_type": wiring}))


@needs_data
@pytest.mark.parametrize("case", cases("record"), ids=lambda case: case["id"])
def test_record(case: dict) -> None:
    source = recorded(case)
    by_window = []
    summary = measure_source(
        source,
        configuration_of(source),
        (lambda w, r: by_window.append(np.stack([w.time - w.duration / 2, r.frequency])),),
    )
    middle, frequency = np.concatenate(by_window, axis=1)
    seconds = {
        f"f_10s_window_{n}": float(frequency[(middle >= 10 * n) & (middle < 10 * n + 10)].mean())
        for n in range(int(middle[-1] // 10))
    }
    assert check(case, summary, seconds) > 7
    assert summary.measured_time == pytest.approx(source.length / source.rate, abs=1e-6)


@needs_data
def test_a_real_busbar_record() -> None:
    """wisp_2: 110 kV, 1200 S/s, asynchronous running at 49.8 to 49.9 Hz."""
    source = open_source(
        str(DATA / "comtrade" / "wisp_2.cfg"),
        channels="v1=1,v2=2,v3=3,i1=12,i2=13,i3=14",
    )
    summary = measure_source(source, Configuration())
    assert 49.75 < summary["frequency"] < 49.95
    assert 30e3 < summary["voltage_l1"] < 75e3
    assert summary["voltage_sequence"] == 1
    assert summary.windows > 70


@needs_data
def test_frequency_ramps_of_a_published_signal() -> None:
    """One column, 4000 S/s: noisy; within 6 mHz of the peak of a long windowed spectrum."""
    path = DATA / "csv_misc" / "epm_simulated_ROCOF_fs4000_f49.9-50.csv"
    column = np.loadtxt(path)
    result = smartx96.measure(np.tile(column, (6, 1)), 4000.0)
    line = np.polyfit(result["time"] - 5 / result["frequency"], result["frequency"], 1)
    for begin in range(0, len(column) - 4000, 1000):
        t = (begin + np.arange(4000)) / 4000
        wave = column[begin : begin + 4000] * np.hanning(4000)
        grid = np.arange(49.8, 50.4, 0.001)
        peak = grid[np.argmax(np.abs(np.exp(-2j * np.pi * np.outer(grid, t)) @ wave))]
        assert np.polyval(line, t.mean()) == pytest.approx(peak, abs=6e-3)
