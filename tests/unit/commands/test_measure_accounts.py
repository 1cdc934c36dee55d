"""`x96 measure`: demand, tariffs and pulses of a recording, against closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartx96.commands.measure import command

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
    assert "note: the recording does not tell the time of day: all is counted in tariff 1" in table
    assert "tariff  " not in table
    assert row(table, "active power", 4)[2] == "0:30:00.0"
    found = json.loads(x96(folder / "untimed.toml", *options, "--json"))
    assert found["maxima"]["active_power_demand_max"] == {"time": None, "after": 1800.0}
    assert found["quantities"]["active_energy_import_t1"] == pytest.approx(kilo(3000), rel=1e-4)


def test_what_is_not_there_is_not_shown(folder: Path) -> None:
    table = x96(folder / "brief.toml")
    assert "demand" not in table
    assert "tariff" not in table
    assert "output 1" not in table
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
