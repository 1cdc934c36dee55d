"""`x96 measure`: demand, tariffs and pulses of a recording, against closed forms."""

from __future__ import annotations

import json
import math
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from smartx96.commands.measure import command
from smartx96.errors import OptionError, StreamError
from smartx96.outputs.pulse_file import PulseFile
from support.signals import ROLES, balanced

RECORDING = """
rate = 400
duration = 2400
[current]
angle = 50
[[event]]
type = "swell"
of = "current"
height = 100
at = 1500
duration = 600
"""
"""40 minutes of 5 A, twice as much of them from minute 25 to 35."""

SETTINGS = "demand_period = 5\ndemand_slide = 5\npulse1_rate = 1\n"
CALENDAR = 'weeks.all = "all"\n[days.all]\n"00:00" = 1\n"13:00" = 3\n'
WATTS = 3 * 230 * 5 * math.cos(math.radians(50))
VARS = 3 * 230 * 5 * math.sin(math.radians(50))


def kilo(seconds: float, power: float = WATTS) -> float:
    """Energy of so many seconds at 5 A [kWh, kvarh]."""
    return power * seconds / 3.6e6


def x96(*arguments: object) -> str:
    result = CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("standing")
    (path / "timed.toml").write_text("start = 2026-03-02T12:40:00Z\n" + RECORDING)
    (path / "untimed.toml").write_text(RECORDING)
    (path / "brief.toml").write_text("rate = 400\nduration = 2\n")
    (path / "settings.toml").write_text(SETTINGS)
    (path / "tariffs.toml").write_text(CALENDAR)
    return path


@pytest.fixture(scope="module")
def options(folder: Path) -> tuple[object, ...]:
    return "--settings", folder / "settings.toml", "--tariffs", folder / "tariffs.toml"


def row(table: str, name: str, columns: int) -> list[str]:
    """The one row of a table that begins so; cells stand two spaces apart."""
    found = [line.strip() for line in table.splitlines() if line.strip().startswith(f"{name}  ")]
    rows = [cells for line in found if len(cells := _cells(line)) == columns]
    assert len(rows) == 1, table
    return rows[0][1:]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def number(cell: str) -> float:
    value, unit = cell.split()
    return float(value) * (1000 if unit[0] == "k" and unit in ("kW", "kvar", "kVA") else 1)


def test_the_tables_tell_demand_tariffs_and_pulses(folder: Path, options: tuple) -> None:
    table = x96(folder / "timed.toml", *options)
    assert "demand, 5 min" in table
    present, most, reached = row(table, "active power", 4)
    assert number(present) == pytest.approx(WATTS, rel=1e-4)
    assert number(most) == pytest.approx(2 * WATTS, rel=1e-4)
    assert reached == "2026-03-02T13:10:00Z"
    assert number(row(table, "reactive power", 4)[1]) == pytest.approx(2 * VARS, rel=1e-4)
    assert number(row(table, "current L2", 4)[1]) == pytest.approx(10.0, rel=1e-4)
    assert not [line for line in table.splitlines() if line.strip().startswith("export")]
    one, three = (row(table, tariff, 5) for tariff in "13")
    assert number(one[0]) == pytest.approx(kilo(1200), rel=1e-4)
    assert number(three[0]) == pytest.approx(kilo(1200 + 600), rel=1e-4)
    assert number(three[1]) == pytest.approx(kilo(1800, VARS), rel=1e-4)
    assert number(one[2]) == pytest.approx(WATTS, rel=1e-4)
    assert (one[3], three[3]) == ("2026-03-02T12:45:00Z", "2026-03-02T13:10:00Z")
    assert row(table, "pulses on output 1", 2) == [str(int(kilo(3000) * 100))]
    assert row(table, "pulses on output 2", 2) == [str(int(kilo(3000) * 3200))]


def test_json_tells_when_a_maximum_was_reached(folder: Path, options: tuple) -> None:
    found = json.loads(x96(folder / "timed.toml", *options, "--json"))
    maxima, quantities = found["maxima"], found["quantities"]
    assert maxima["active_power_demand_max"] == {"time": "2026-03-02T13:10:00Z", "after": 1800.0}
    assert maxima["active_power_demand_max_t1"]["after"] == 300.0
    assert {id for id in maxima if quantities[id] is None} == set()
    known = {id for id in quantities if "_max" in id and quantities[id] is not None}
    assert set(maxima) == known
    assert quantities["active_energy_import_t3"] == pytest.approx(kilo(1800), rel=1e-4)


def test_without_a_time_of_day_there_is_one_tariff(folder: Path, options: tuple) -> None:
    table = x96(folder / "untimed.toml", *options)
    assert (
        "note: the recording has no time of day: all is counted in tariff 1; set `start`" in table
    )
    assert number(row(table, "1", 5)[0]) == pytest.approx(kilo(3000), rel=1e-4)
    assert row(table, "active power", 4)[2] == "0:30:00.0"
    found = json.loads(x96(folder / "untimed.toml", *options, "--json"))
    assert found["maxima"]["active_power_demand_max"] == {"time": None, "after": 1800.0}
    assert found["quantities"]["active_energy_import_t1"] == pytest.approx(kilo(3000), rel=1e-4)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 minutes of 5 A without a time, and tariff 3 from one o'clock to half past."""
    path = tmp_path_factory.mktemp("day")
    calendar = CALENDAR.replace('"13:00" = 3', '"13:00" = 3\n"13:30" = 1')
    (path / "tariffs.toml").write_text(calendar)
    samples = balanced(50.0, angle=50, rate=400.0).samples(2400.0)
    np.savez(path / "day.npz", rate=400.0, **dict(zip(ROLES, samples, strict=True)))
    return path


def test_who_does_not_know_when_a_recording_began_is_told_how_to_say_so(day: Path) -> None:
    told = x96(day / "day.npz", "--tariffs", day / "tariffs.toml")
    assert "all is counted in tariff 1; give --start 2026-11-03T17:00" in told


@pytest.mark.parametrize(("start", "zone", "three"), [
    ("2026-11-03T12:30", "UTC", 600),
    ("2026-11-03T12:30", "Europe/Berlin", 600),
    ("2026-11-03T12:30:00Z", "Europe/Berlin", 0),
])  # fmt: skip
def test_who_knows_when_a_recording_began_says_so(
    start: str, zone: str, three: int, day: Path, tmp_path: Path
) -> None:
    """From half past twelve on."""
    (tmp_path / "settings.toml").write_text(f'time_zone = "{zone}"\n')
    options = "--tariffs", day / "tariffs.toml", "--settings", tmp_path / "settings.toml"
    told = x96(day / "day.npz", *options, "--start", start)
    assert "no time of day" not in told
    rows = {n: row(told, n, 3) for n in "13"[: 1 + bool(three)]}
    assert number(rows["1"][0]) == pytest.approx(kilo(2400 - three), rel=1e-4)
    if three:
        assert number(rows["3"][0]) == pytest.approx(kilo(three), rel=1e-4)


@pytest.mark.parametrize("time", ["now", "1999-12-31T23:59", "0001-01-01T00:00+14:00"])
def test_a_start_that_is_none_is_refused(folder: Path, tmp_path: Path, time: str) -> None:
    np.savez(tmp_path / "some.npz", rate=400.0, v1=np.ones(400), i1=np.ones(400))
    for recording, part in ((tmp_path / "some.npz", "give date and time"),
                            (folder / "brief.toml", "--start")):  # fmt: skip
        with pytest.raises(OptionError, match=part):
            CliRunner().invoke(
                command, [str(recording), "--start", time], catch_exceptions=False
            )  # fmt: skip
    with pytest.raises(OptionError, match="set `start` in"):
        CliRunner().invoke(
            command, [str(folder / "brief.toml"), "--start", "2026-11-03"], catch_exceptions=False
        )


def test_pulses_that_cannot_follow_ask_for_the_transformers(folder: Path) -> None:
    """1 MW: 889 pulses in a second of 3200 for a kWh, of which 16 can be given."""
    scenario = folder / "high.toml"
    scenario.write_text("rate = 400\nduration = 2\nside = \"primary\"\n"
                        "[voltage]\nrms = 63500\n[current]\nrms = 100\n")  # fmt: skip
    table = x96(scenario)
    assert "waiting" not in table
    assert "too much for the pulses of output 2: are --ct and --vt those of the transf" in table
    assert row(table, "pulses on output 2", 2)[0].endswith(", overflow")
    assert "too much" not in x96(scenario, "--ct", "1000/5", "--vt", "1100")


def test_what_is_not_there_is_not_shown(folder: Path) -> None:
    table = x96(folder / "brief.toml")
    assert "demand" not in table
    assert "tariff" not in table
    assert "output 1" not in table
    assert "sequence" in table
    assert json.loads(x96(folder / "brief.toml", "--json"))["maxima"] == {}


def test_an_option_beats_the_file_of_settings(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "ratio.toml"
    path.write_text("ct_primary = 100\nvt_ratio = 20\n")
    ct = [
        json.loads(x96(folder / "brief.toml", "--json", "--settings", path, *more))["meter"]
        for more in ((), ("--ct", "200/5"))
    ]
    assert [(meter["ct"], meter["vt_ratio"]) for meter in ct] == [([100, 5], 20), ([200, 5], 20)]


def test_the_report_has_them_too(folder: Path, options: tuple, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    table = x96(folder / "timed.toml", *options, "--report", page)
    html = page.read_text()
    assert "demand, 5 min" in html
    for cell in (*row(table, "active power", 4), *row(table, "3", 5), row(table, "1", 5)[0]):
        assert f"<td>{cell}</td>" in html
    assert "pulses on output 2" in html
    x96(folder / "brief.toml", "--report", tmp_path / "brief.html")
    assert "demand" not in (tmp_path / "brief.html").read_text().partition("<h2>Channels")[0]


BRIEF = ("--starting", "--ct", "1000/5")
"""With which two seconds have pulses."""


@pytest.mark.parametrize("suffix", [".csv", ".vcd"])
def test_pulses_are_measured_again_into_the_same_file(folder, tmp_path, suffix: str) -> None:
    path = tmp_path / f"pulses{suffix}"
    x96(folder / "brief.toml", "--pulses", path, *BRIEF)
    once = path.read_bytes()
    assert once.count(b"\n") > 5
    x96(folder / "brief.toml", "--pulses", path, *BRIEF)
    assert path.read_bytes() == once
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_pulses_of_a_measurement_that_fails_leave_those_that_are_there(folder, tmp_path) -> None:
    path = tmp_path / "pulses.csv"
    x96(folder / "brief.toml", "--pulses", path, *BRIEF)
    before = path.read_bytes()
    np.savez(tmp_path / "slow.npz", rate=100.0, v1=np.ones(6400), i1=np.ones(6400))
    with pytest.raises(StreamError):
        x96(tmp_path / "slow.npz", "--pulses", path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_pulses_replace_nothing_else(folder: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    x96(folder / "brief.toml", "--readings", rows)
    before = rows.read_bytes()
    with pytest.raises(OptionError, match=r"rows\.csv"):
        x96(folder / "brief.toml", "--pulses", rows)
    with closing(PulseFile(tmp_path / "run.csv", "meter")), pytest.raises(OptionError):
        x96(folder / "brief.toml", "--pulses", tmp_path / "run.csv")
    assert rows.read_bytes() == before
