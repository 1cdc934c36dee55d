"""`x96 measure` from the outside: exit codes, one clear line, table, JSON, rows."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from smartx96.quantities import TABLE
from support import in_process
from support.signals import ROLES, balanced


def x96(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "wave.npz"
    wave = balanced(50.02)
    samples = dict(zip(ROLES, wave.samples(3.0), strict=True))
    np.savez(path, rate=wave.rate, **samples)
    return path


def test_the_table_is_for_people(recording: Path) -> None:
    done = x96("measure", recording)
    assert done.returncode == 0, done.stderr
    for text in ("230 V", "5 A", "50.0200 Hz", "L1-L2-L3", "1150 VA"):
        assert text in done.stdout
    assert done.stderr == ""


def test_a_voltage_ratio_may_be_typed_as_it_stands_on_the_plate(recording: Path) -> None:
    for typed, ratio in (("110000/100", 1100), ("20", 20), ("20.0", 20)):
        document = json.loads(x96("measure", recording, "--json", "--vt", typed).stdout)
        assert document["meter"]["vt_ratio"] == ratio


def test_what_stands_beside_the_phases_is_a_mean_or_a_total(recording: Path) -> None:
    """As in `x96 show`: the mean of voltages, currents and THD, the total of powers."""
    lines = [line.split() for line in x96("measure", recording).stdout.splitlines()]
    assert ["L1", "L2", "L3", "mean,", "total"] in lines
    assert ["current", *(4 * ["5", "A"])] in lines
    assert ["apparent", "power", *(3 * ["1150", "VA"]), "3450", "VA"] in lines


@pytest.mark.parametrize("volts", [0.0, 0.0145, 3.0])
def test_what_voltages_near_nothing_say(volts: float, tmp_path: Path) -> None:
    wave = balanced(50.02)
    wave.phasors[:3] *= volts / 230 * np.array([1, -1, 1])[:, np.newaxis]
    samples = dict(zip(ROLES, wave.samples(1.0), strict=True))
    np.savez(tmp_path / "wave.npz", rate=wave.rate, **samples)
    said = x96("measure", tmp_path / "wave.npz").stdout
    assert ("voltage phase sequence" in said) is (volts > 0)
    assert ("but for its wiring: below 1 % of Un" in said) is (volts < 2.3)
    assert ("wiring: " in said.partition("reactive energy")[2]) is (volts > 2.3)


def test_the_json_document(recording: Path) -> None:
    done = x96("measure", recording, "--json", "--ct", "200/5")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert list(document) == ["recording", "meter", "windows", "measured_time", "quantities",
                              "harmonics", "thd_order", "flags", "harmonic_method",
                              "not_measured", "wiring_findings", "maxima"]  # fmt: skip
    assert document["harmonic_method"] == "lines"
    assert document["wiring_findings"] == []
    assert document["not_measured"]["gaps"] == []
    assert document["recording"]["format"] == "npz"
    assert document["recording"]["channels"] == {role: role for role in ROLES}
    assert document["recording"]["sample_rate"] == 12800.0
    assert document["recording"]["duration"] == pytest.approx(3.0)
    assert document["meter"] == {"model": "X96-5A", "wiring": "3p4w", "nominal_frequency": 50,
                                 "ct": [200, 5], "vt_ratio": 1}  # fmt: skip
    assert set(document["quantities"]) == {q.id for q in TABLE}
    quantities = document["quantities"]
    assert quantities["current_l1"] == pytest.approx(200.0, rel=1e-6)
    truth = 3 * 230 * 200 * np.cos(np.radians(30))
    assert quantities["active_power"] == pytest.approx(truth, rel=1e-6)
    samples = balanced(50.02).samples(3.0)
    energy = 40 * np.sum(samples[:3] * samples[3:]) / 12800.0 / 3.6e6
    assert quantities["active_energy_import"] == pytest.approx(energy, rel=1e-6)
    assert quantities["active_power_demand"] is None
    assert document["measured_time"] == pytest.approx(3.0, abs=1e-9)
    assert len(document["harmonics"]["voltage_l1"]) == 63
    assert document["harmonics"]["voltage_l1"][0] == pytest.approx(100.0)
    assert document["thd_order"] == 63
    assert document["flags"] == []


def test_rows_to_csv_and_npz_agree(recording: Path, tmp_path: Path) -> None:
    for name in ("rows.csv", "rows.npz"):
        done = x96("measure", recording, "--readings", tmp_path / name)
        assert done.returncode == 0, done.stderr
    with (tmp_path / "rows.csv").open() as file:
        table = list(csv.DictReader(file))
    with np.load(tmp_path / "rows.npz") as arrays:
        assert list(arrays) == list(table[0])
        for id in ("time", "voltage_l1", "power_factor", "current_harmonic_l3[63]"):
            column = [float(row[id]) for row in table]
            np.testing.assert_array_equal(arrays[id], column)
    assert len(table) == 14
    assert not list(tmp_path.glob(".*"))


def test_a_scenario_is_a_recording_too(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text("duration = 1\nfrequency = 60\n")
    document = json.loads(x96("measure", path, "--json").stdout)
    assert document["meter"]["nominal_frequency"] == 60
    assert document["quantities"]["frequency"] == pytest.approx(60.0, abs=1e-5)


BAD = (
    (("measure", "absent.cfg"), 1, "absent.cfg"),
    (("measure", "{}", "--rate", "-3"), 2, "--rate"),
    (("measure", "{}", "--ct", "200"), 2, "--ct"),
    (("measure", "{}", "--ct", "200/7"), 2, "ct_secondary"),
    (("measure", "{}", "--vt", "0"), 2, "vt_ratio"),
    (("measure", "{}", "--vt", "2.5"), 2, "such as 1100 for 110 kV / 100 V"),
    (("measure", "{}", "--vt", "100/3"), 2, "give the ratio as a whole number"),
    (("measure", "{}", "--vt", "1/0"), 2, "give the ratio as a whole number"),
    (("measure", "{}", "--readings", "rows.xlsx"), 2, ".csv, .npz"),
    (("measure", "{}", "--readings", "no/such/folder/rows.csv"), 2, "no/such/folder"),
    (("measure", "{}", "--channels", "v1=nobody"), 2, "nobody"),
    (("measure", "{}", "--from", "9"), 2, "9"),
    (("measure", "mains"), 2, "never ends"),
    (("measure",), 2, "RECORDING"),
    (("measure", "{}", "--nominal", "55"), 2, "--nominal"),
    (("nothing",), 2, "nothing"),
)


@pytest.mark.parametrize(("arguments", "code", "part"), BAD, ids=lambda x: str(x)[:40])
def test_bad_input_gets_one_clear_line(recording, tmp_path, arguments, code, part) -> None:
    filled = [str(recording) if a == "{}" else a for a in arguments]
    done = in_process.x96(*filled, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("x96: ")
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [0, 10, 200, 5000])
def test_a_damaged_file_leaves_nothing_behind(recording: Path, tmp_path: Path, cut: int) -> None:
    damaged = tmp_path / "wave.npz"
    damaged.write_bytes(recording.read_bytes()[:cut])
    done = x96("measure", damaged, "--readings", tmp_path / "rows.csv")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "wave.npz" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["wave.npz"]


def test_damage_met_on_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    """A row near the end is broken: readings of what came before are no result."""
    path = tmp_path / "wave.csv"
    rows = balanced(50.0, rate=6400.0).samples(12.0).T
    lines = [",".join(ROLES), *(",".join(f"{x:.6g}" for x in row) for row in rows), "1,2,broken"]
    path.write_text("\n".join([*lines, *lines[1:100]]))
    done = x96("measure", path, "--rate", 6400, "--readings", tmp_path / "rows.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "76802" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["wave.csv"]


def test_a_recording_without_a_whole_window_says_so(tmp_path: Path) -> None:
    path = tmp_path / "brief.npz"
    wave = balanced(50.0)
    np.savez(path, rate=wave.rate, **dict(zip(ROLES, wave.samples(0.03), strict=True)))
    done = x96("measure", path)
    assert done.returncode == 0, done.stderr
    assert "two cycles" in done.stdout
    document = json.loads(x96("measure", path, "--json").stdout)
    assert document["windows"] == 0
    assert document["quantities"]["voltage_l1"] is None
    x = wave.samples(0.03)
    energy = (x[:3] * x[3:]).sum() / wave.rate / 3.6e6
    assert document["quantities"]["active_energy_import"] == pytest.approx(energy, rel=1e-4)


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_readings_never_replace_the_recording(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"wave{suffix}"
    wave = balanced(50.0, rate=6400.0)
    if suffix == ".npz":
        np.savez(path, rate=wave.rate, **dict(zip(ROLES, wave.samples(1.0), strict=True)))
    else:
        np.savetxt(path, wave.samples(1.0).T, delimiter=",", header=",".join(ROLES), comments="")
    before = path.read_bytes()
    rate = ("--rate", 6400) if suffix == ".csv" else ()
    done = x96("measure", path, *rate, "--readings", path)
    assert done.returncode == 2
    assert "that is the recording" in done.stderr
    assert path.read_bytes() == before


def test_a_folder_is_no_file_for_readings(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").mkdir()
    done = x96("measure", recording, "--readings", tmp_path / "rows.csv")
    assert done.returncode == 2
    assert "folder" in done.stderr


def test_names_with_brackets_are_shown_as_they_are(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "[bold]d[x].npz"
    path.write_bytes(recording.read_bytes())
    done = x96("measure", path.name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "[bold]d[x].npz" in done.stdout


def test_a_hole_in_one_channel_reads_the_same_from_file_and_array(tmp_path: Path) -> None:
    import smartx96

    wave = balanced(50.0)
    x = wave.samples(2.0)
    x[0, 13_000:14_500] = np.nan
    path = tmp_path / "hole.npz"
    np.savez(path, rate=wave.rate, **dict(zip(ROLES, x, strict=True)))
    document = json.loads(x96("measure", path, "--json").stdout)
    summary = smartx96.measure(x, wave.rate).summary
    for id in ("current_l2", "voltage_l2", "active_power_l2", "active_energy_import_l2"):
        assert document["quantities"][id] == summary[id], id
    assert summary["active_power_l2"] == pytest.approx(wave.power[1], rel=1e-3)
    assert summary.measured_time == pytest.approx(2.0 - 1500 / wave.rate, abs=1e-9)


def test_channels_that_were_sampled_one_after_the_other(recording: Path, tmp_path: Path) -> None:
    """A configuration that says so of the currents turns them; `--keep-skew` does not."""
    x96("convert", recording, tmp_path / "wave.cfg")
    lines = (tmp_path / "wave.cfg").read_text().splitlines(keepends=True)
    late = [line.replace(",0,0,-", ",0,100,-") if ",i" in line else line for line in lines]
    (tmp_path / "wave.cfg").write_text("".join(late))

    def angle(*options: str) -> float:
        found = json.loads(x96("measure", tmp_path / "wave.cfg", "--json", *options).stdout)
        return found["quantities"]["phase_angle_l1"]

    assert angle() - angle("--keep-skew") == pytest.approx(100e-6 * 50.02 * 360, abs=1e-3)


def test_a_wrong_rate_is_suspected(recording: Path) -> None:
    done = x96("measure", recording, "--rate", 20_000)
    assert done.returncode == 0
    assert "is the sampling rate right" in done.stdout
    assert "50.0000 Hz" not in done.stdout


def test_without_arguments_there_is_help() -> None:
    done = x96()
    assert done.returncode == 0
    assert "Commands:" in done.stdout


def test_asked_to_end_it_leaves_nothing_half_written(tmp_path: Path) -> None:
    scenario = tmp_path / "long.toml"
    scenario.write_text("duration = 100000\n")
    command = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
    process = subprocess.Popen(
        [*command, "measure", str(scenario), "--readings", str(tmp_path / "rows.csv")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 143
    assert errors == ""
    assert [p.name for p in tmp_path.iterdir()] == ["long.toml"]


def test_the_wiring_follows_the_channels(tmp_path: Path) -> None:
    wave = balanced(50.0)
    x = dict(zip(ROLES, wave.samples(1.0), strict=True))
    lines = {"U12": x["v1"] - x["v2"], "U23": x["v2"] - x["v3"]}
    np.savez(tmp_path / "one.npz", rate=wave.rate, v1=x["v1"], i1=x["i1"])
    np.savez(tmp_path / "three.npz", rate=wave.rate, **lines, I1=x["i1"], I3=x["i3"])
    power = 230 * 5 * np.cos(np.radians(30))
    for name, wiring, truth in (("one", "1p2w", power), ("three", "3p3w", 3 * power)):
        document = json.loads(x96("measure", tmp_path / f"{name}.npz", "--json").stdout)
        assert document["meter"]["wiring"] == wiring
        assert document["quantities"]["active_power"] == pytest.approx(truth, rel=1e-6)
        assert document["quantities"]["voltage_l2"] is None
    table = x96("measure", tmp_path / "three.npz").stdout
    assert "3p3w" in table
    assert "398.37 V" in table


def test_a_wiring_that_the_channels_or_the_model_lack(recording: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", rate=12_800.0, v1=np.zeros(9000), v2=np.zeros(9000))
    for arguments, part in (
        ((recording, "--model", "X96-5E", "--wiring", "3p3w"), "1p2w or 3p4w"),
        ((tmp_path / "two.npz",), "v3"),
    ):
        done = x96("measure", *arguments)
        assert done.returncode in (1, 2)
        assert done.stdout == ""
        assert len(done.stderr.strip().splitlines()) == 1
        assert part in done.stderr


def test_the_small_model_shows_no_distortion(recording: Path) -> None:
    document = json.loads(x96("measure", recording, "--json", "--model", "X96-5E").stdout)
    assert document["meter"]["model"] == "X96-5E"
    assert document["thd_order"] == 0
    assert document["quantities"]["voltage_thd_l1"] is None
    assert set(document["harmonics"]["voltage_l1"][1:]) == {None}
    assert "THD" not in x96("measure", recording, "--model", "X96-5E").stdout


def test_mistakes_in_the_wiring_are_told(tmp_path: Path) -> None:
    wave = balanced(50.0)
    x = wave.samples(1.0)
    x[5] *= -1
    np.savez(tmp_path / "wave.npz", rate=wave.rate, **dict(zip(ROLES, x, strict=True)))
    done = x96("measure", tmp_path / "wave.npz")
    assert "wiring: current L3 is reversed" in done.stdout
    document = json.loads(x96("measure", tmp_path / "wave.npz", "--json").stdout)
    assert document["flags"] == ["wiring_suspect"]
    (finding,) = document["wiring_findings"]
    assert (finding["kind"], finding["phases"]) == ("current_reversed", ["l3"])


def test_what_was_lost_is_told(tmp_path: Path) -> None:
    wave = balanced(50.0)
    x = wave.samples(5.0)
    x[:, 20_000:32_800] = np.nan
    x[:, 50_000:50_128] = np.nan
    np.savez(tmp_path / "wave.npz", rate=wave.rate, **dict(zip(ROLES, x, strict=True)))
    table = x96("measure", tmp_path / "wave.npz").stdout
    assert "not measured: 1.01 s in 2 gaps, from 1.5625 s, the longest 1 s" in table
    document = json.loads(x96("measure", tmp_path / "wave.npz", "--json").stdout)
    assert document["recording"]["gaps"] == 2
    lost = document["not_measured"]
    assert lost["time"] == pytest.approx(1.01)
    assert [gap["start"] for gap in lost["gaps"]] == pytest.approx([1.5625, 3.90625])
    assert lost["active_energy_estimate"] * 3.6e6 == pytest.approx(
        1.01 * wave.power.sum(), rel=1e-3
    )
    assert document["measured_time"] == pytest.approx(5.0 - 1.01)


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_intervals_take_the_place_of_windows(tmp_path: Path, suffix: str) -> None:
    wave = balanced(50.0, rate=1600.0)
    np.savez(tmp_path / "wave.npz", rate=1600.0, **dict(zip(ROLES, wave.samples(8.0), strict=True)))
    target = tmp_path / f"rows.{suffix}"
    done = x96(
        "measure", tmp_path / "wave.npz", "--aggregate", "3s", "--readings", target, "--json"
    )
    assert done.returncode == 0, done.stderr
    aggregate = json.loads(done.stdout)["aggregate"]
    assert aggregate["interval"] == "3s"
    assert len(aggregate["intervals"]) == 3
    first, _, last = aggregate["intervals"]
    assert first["flags"] == ["orders_limited"]
    assert "incomplete" in last["flags"]
    assert first["quantities"]["voltage_l1"] == pytest.approx(230.0)
    if suffix == "csv":
        times = [float(row["time"]) for row in csv.DictReader(target.read_text().splitlines())]
    else:
        times = np.load(target)["time"].tolist()
    assert times == pytest.approx([interval["time"] for interval in aggregate["intervals"]])
    table = x96("measure", tmp_path / "wave.npz", "--aggregate", "3s").stdout
    assert "3s intervals" in table


def test_subgroups_on_request(tmp_path: Path) -> None:
    wave = balanced(50.0)
    x = wave.samples(1.0)
    x[0] += np.sqrt(2) * 23.0 * np.sin(2 * np.pi * 255.0 * np.arange(x.shape[1]) / wave.rate)
    np.savez(tmp_path / "wave.npz", rate=wave.rate, **dict(zip(ROLES, x, strict=True)))
    found = json.loads(x96("measure", tmp_path / "wave.npz", "--json", "--subgroups").stdout)
    assert found["harmonic_method"] == "subgroups"
    assert found["harmonics"]["voltage_l1"][4] == pytest.approx(10.0, rel=1e-3)


def test_a_few_cycles_give_one_reading(tmp_path: Path) -> None:
    wave = balanced(50.0)
    np.savez(tmp_path / "wave.npz", rate=wave.rate,
             **dict(zip(ROLES, wave.samples(0.16), strict=True)))  # fmt: skip
    document = json.loads(x96("measure", tmp_path / "wave.npz", "--json").stdout)
    assert document["windows"] == 1
    assert document["flags"] == ["short"]
    assert document["quantities"]["frequency"] == pytest.approx(50.0, abs=1e-4)
    cut = x96("measure", tmp_path / "wave.npz", "--json", "--from", "0.02", "--to", "0.08")
    assert json.loads(cut.stdout)["windows"] == 1
