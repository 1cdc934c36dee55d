"""The file of points: written, filled in as people and spreadsheets do, read, or refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import ConfigurationError, OptionError
from smartx96.typetest.external.external_test import Conditions, ExternalTest, external_test
from smartx96.typetest.external.listing import list_points
from smartx96.typetest.external.points_file import read
from smartx96.typetest.external.reference import reference_uncertainty
from smartx96.typetest.external.set_points import set_points
from smartx96.typetest.external.setting import command, numbers
from smartx96.typetest.external.trial_errors import Transformers
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import CLAUSES, Scope

SCOPE = Scope(classes=("0.5S",), clauses=("intrinsic", "starting", "datasheet")).quick()
UNITY = "3p4w In 5 A, 1.2 In, cos 1, balanced, import"
EXPORT = "3p4w In 5 A, 1.2 In, cos 1, balanced, export"
STATED = Conditions(reference=reference_uncertainty("0.05"), stated=True)

Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """The listed file with cells of one row filled in."""

    def filled(point: str = UNITY, read: str = "active energy", /, **cells: str) -> Path:
        path = tmp_path / "points.csv"
        if not path.exists():
            list_points(SCOPE, path)
        names, *rows = csv.reader(path.read_text().splitlines())
        for row in rows:
            if row[1:3] == [point, read]:
                for name, text in cells.items():
                    row[names.index(name)] = text
        text = io.StringIO()
        csv.writer(text).writerows([names, *rows])
        path.write_text(text.getvalue())
        return path

    return filled


def judged(path: Path, conditions: Conditions = STATED) -> ExternalTest:
    return external_test(SCOPE, path, conditions)


def only_error(test: ExternalTest) -> float:
    (found,) = test.taken.compared.values()
    return found.error


def test_registers_by_hand(fill: Fill) -> None:
    # 4140 W for 355 s are 408.25 Wh; the register gained 409 Wh.
    path = fill(register_before_kwh="12.0010", register_after_kwh="12.4100", true_seconds="355.00")
    test = judged(path)
    assert only_error(test) == pytest.approx(100 * (409.0 / 408.25 - 1), abs=1e-9)
    (parts,) = test.taken.uncertainties.values()
    assert parts.reference == 0.025
    assert parts.repeatability == 0
    # Both readings are off by a rectangle of 0.1 Wh, both times by one of 0.01 s.
    spread = np.hypot(*([0.1 / np.sqrt(12)] * 2))
    assert parts.resolution == pytest.approx(100 * spread / 409.0, rel=1e-6)
    assert parts.timing == pytest.approx(
        100 * np.hypot(*([0.01 / np.sqrt(12)] * 2)) / 355, rel=1e-6
    )
    said = test.document()["external"]["warnings"]
    assert any("read once" in text for text in said)


def test_a_spreadsheet_drops_zeros_and_writes_commas(fill: Fill) -> None:
    fill(EXPORT, register_before_kwh="7", register_after_kwh="7.4083", true_energy_wh="408.25")
    path = fill(register_before_kwh="12.5", register_after_kwh="12.909", true_energy_wh="408.25")
    rows = list(csv.reader(path.read_text().splitlines()))
    numeric = [n for n, name in enumerate(rows[0]) if name not in ("point", "read", "harmonics")]
    for row in rows[1:]:
        for n in numeric:
            row[n] = row[n].replace(".", ",")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)
    test = judged(path)
    errors = {str(trial): found.error for (trial, _), found in test.taken.compared.items()}
    assert errors[UNITY] == pytest.approx(100 * (409 / 408.25 - 1), abs=1e-9)
    # The finest digit of the column holds for all its rows.
    steps = {row.point: row.steps for row in read(path) if row.steps}
    assert steps[UNITY]["register_before_kwh"] == steps[EXPORT]["register_before_kwh"] == 0.1
    assert steps[UNITY]["register_after_kwh"] == steps[EXPORT]["register_after_kwh"] == 1e-4


def test_power_has_the_sign_that_the_meter_shows(fill: Fill) -> None:
    path = fill(EXPORT, power_w="-4152.42 -4152.42 -4152.42", true_power_w="4140")
    assert only_error(judged(path)) == pytest.approx(0.3, abs=1e-9)
    path = fill(EXPORT, power_w="4152.42")
    with pytest.raises(ConfigurationError, match=r"4152\.42 where the point makes -4140 W: the wr"):
        judged(path)


def test_a_poor_meter_is_no_mistake_of_units(fill: Fill) -> None:
    for watts in ("0", "41.4", "2070", "8280"):
        assert only_error(judged(fill(power_w=watts))) == pytest.approx(float(watts) / 41.4 - 100)


def test_pulses_and_ratios(fill: Fill) -> None:
    path = fill(pulses="1326", true_seconds="360")
    energy = 1326 / 3.2
    assert only_error(judged(path)) == pytest.approx(100 * (energy / 414 - 1), abs=1e-9)
    (parts,) = judged(path).taken.uncertainties.values()
    assert parts.resolution == pytest.approx(100 / np.sqrt(6) / 1326, rel=1e-9)
    path = fill(pulses="", register_before_kwh="0", register_after_kwh="16.5600")
    ratio = Conditions(Transformers(40.0), STATED.reference, stated=True)
    assert only_error(judged(path, ratio)) == pytest.approx(0, abs=1e-9)
    path = fill(current_ratio="20")
    assert only_error(judged(path, ratio)) == pytest.approx(100, abs=1e-9)


def test_readings_and_pulses_are_judged_as_in_the_program(fill: Fill) -> None:
    volts = "voltage_l1=231.38 voltage_l2=230 voltage_l3=230 frequency=50.2"
    fill(UNITY, "readings", readings=volts)
    starting = "3p4w In 5 A, 0.001 In, cos 1, balanced, import, 490 s"
    path = fill(starting, "pulses of output 2", pulses="0", true_seconds="490")
    test = judged(path)
    values = {v.check.standard: v.value for v in test.verdicts}
    assert values["datasheet: voltage"] == pytest.approx(0.5)  # of 276 V
    assert values["datasheet: frequency"] == pytest.approx(0.2)
    verdicts = {v.check.clause: v.passed for v in test.verdicts}
    assert verdicts == {"starting": False, "datasheet": False}
    reasons = dict(test.untested)
    assert reasons["intrinsic"] == "not measured"


def test_a_quoted_decimal_comma_is_taken_in_a_file_of_commas(fill: Fill) -> None:
    path = fill(power_w="4152,42 4152.42", true_power_w="4,14e3")
    assert '"4152,42 4152.42"' in path.read_text()
    with pytest.raises(ConfigurationError, match="'4,14e3' is no number"):
        judged(path)
    test = judged(fill(true_power_w="4140,0"))
    assert only_error(test) == pytest.approx(0.3, abs=1e-9)
    assert {row.steps["power_w"] for row in read(path) if row.steps} == {0.01}


def test_energies_that_power_told_are_called_so(fill: Fill) -> None:
    by_power = judged(fill(power_w="4141")).document()
    (summary,) = by_power["summary"]
    assert summary["title"] == "intrinsic error of active energy by power readings"
    assert [point["method"] for point in by_power["external"]["points"]] == ["power"]
    counted = judged(fill(power_w="", pulses="1326", true_seconds="360")).document()
    assert counted["summary"][0]["title"] == "intrinsic error of active energy"
    assert [point["method"] for point in counted["external"]["points"]] == ["pulses"]


def test_missing_rows_are_not_tested_and_said(fill: Fill) -> None:
    path = fill(power_w="4141")
    found = judged(path).document()
    assert found["passed"]
    assert sum(each["checks"] for each in found["external"]["untested"]) > 700
    untouched = judged(path).plan.checks
    assert [check.clause for check in untouched] == ["intrinsic"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"power_w": "4.15"}, "column power_w: 4.15 where the point makes 4140 W: kW?"),
        ({"register_before_kwh": "0", "register_after_kwh": "414", "true_seconds": "360"},
         "column register_after_kwh: 414 where the point makes 0.414 kWh: Wh?"),
        ({"power_w": "4140,5 kW"}, "column power_w: '4140,5 kW': leave the unit kW out"),
        ({"power_w": "4140.5W"}, "column power_w: '4140.5W': leave the unit W out"),
        ({"power_w": "4,140"}, "column power_w: '4,140': thousands or decimals?"),
        ({"power_w": "abc"}, "row 8, column power_w: 'abc' is no number"),
        ({"power_w": "nan"}, "row 8, column power_w: 'nan' is no number that a bench can read"),
        ({"power_w": "1 2", "true_power_w": "1 2 3"}, "column true_power_w: 3 values for 2"),
        ({"power_w": "4140", "pulses": "3"}, "column pulses: give power_w or pulses, not both"),
        ({"true_seconds": "5"}, "column power_w: no reading: registers, power or pulses are due"),
        ({"register_after_kwh": "5", "true_seconds": "9"}, "register_before_kwh: is missing"),
        ({"register_before_kwh": "5", "true_seconds": "9"}, "register_after_kwh: no reading"),
        ({"register_before_kwh": "5", "register_after_kwh": "4", "true_seconds": "9"}, "is below"),
        ({"register_before_kwh": "5", "register_after_kwh": "6"}, "true_seconds: is missing"),
        ({"power_w": "1", "true_power_w": "4.140"}, "4.14 where the point makes 4140"),
        ({"power_w": "1", "voltage_l1_v": "229"}, "voltage_l1_v: 229 where the point has 230"),
        ({"pulses": "-1"}, "column pulses: -1: 0 or more is due"),
        ({"resolution_wh": "1 2"}, "column resolution_wh: '1 2': one number is due"),
        ({"voltage_ratio": "0"}, "column voltage_ratio: 0: above 0 is due"),
        ({"readings": "voltage"}, "column readings: 'voltage': give ID=NUMBER"),
        ({"power_w": "1 " * 1001}, "1001 values: 1000 are the most"),
        ({"read": "everything"}, "column read: 'everything': use active energy"),
        ({"point": "1 W"}, "'1 W' with active energy is of no plan"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_one_line_with_row_and_column(fill: Fill, cells, said: str) -> None:
    path = fill(**cells)
    with pytest.raises(ConfigurationError) as caught:
        judged(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "row 1 lacks the column point"),
        (b"a,b\n", "row 1 lacks the column point"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'"', "row 1"),
        (b"\0" * 100, "row 1"),
        (b"x" * (1 << 24) + b"y", "is larger than 16 MB"),
        (b"x" * (1 << 20), "row"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        judged(path)


def test_rows_cut_off_doubled_and_too_long(fill: Fill) -> None:
    path = fill(power_w="4140")
    whole = path.read_text()
    path.write_text(whole[: whole.rindex(",3p4w")])
    judged(path)  # the last row has fewer cells, which are empty
    line = next(line for line in whole.splitlines() if UNITY in line and "active energy" in line)
    path.write_text(whole + line + "\n")
    with pytest.raises(ConfigurationError, match="the same point and reading as row 8"):
        judged(path)
    path.write_text(whole.replace(line, line + ",,,"))
    with pytest.raises(ConfigurationError, match=r"row 8: \d+ cells under \d+ headings"):
        judged(path)


def test_rows_of_two_meters_are_not_judged_together(fill: Fill) -> None:
    fill(power_w="4140", meter="one")
    path = fill(EXPORT, power_w="-4140", meter="two")
    with pytest.raises(ConfigurationError, match="column meter: 'two' where row 8 has 'one'"):
        judged(path)


def test_a_file_of_endless_rows_is_refused_early(fill: Fill) -> None:
    path = fill(power_w="4140")
    first = path.read_text().partition("\n")[0]
    rows = "".join(f",{n},active energy\n" for n in range(600_000))
    path.write_text(f"{first}\n{rows}")
    with pytest.raises(ConfigurationError, match="has more than 50000 rows"):
        judged(path)


def test_a_list_is_never_written_over(fill: Fill) -> None:
    path = fill(power_w="4140")
    before = path.read_bytes()
    with pytest.raises(OptionError, match="exists"):
        list_points(SCOPE, path)
    assert path.read_bytes() == before


def test_what_is_set_is_what_the_samples_would_be() -> None:
    """Phasors of the columns, and sampled lines of the command, have the power that is told."""
    points = set_points(planned(Scope(classes=("0.5S",), clauses=tuple(CLAUSES)).quick()))
    shapes = {point.trial.point.waveform for point in points}
    assert len(shapes) >= 5
    for point in points:
        x, told = numbers(point), command(point)
        for phase in ("l1", "l2", "l3"):
            assert -180 < x[f"current_angle_{phase}_deg"] <= 180
        waves = sampled(told["lines"], point.trial.point.frequency)
        mean = np.mean(sum(waves[f"v{n}"] * waves[f"i{n}"] for n in (1, 2, 3)))
        assert mean == pytest.approx(x["active_power_w"], rel=1e-9, abs=1e-6)
        # Four cycles are sampled: the fundamental is the fourth line.
        volts, amperes = ([np.fft.rfft(waves[f"{kind}{n}"])[4] / 2048 for n in (1, 2, 3)]
                          for kind in "vi")  # fmt: skip
        reactive = sum((u * i.conjugate()).imag / 2 for u, i in zip(volts, amperes, strict=True))
        assert reactive == pytest.approx(x["reactive_power_var"], rel=1e-9, abs=1e-6)
        if point.trial.point.waveform.value in ("sine", "5th harmonic"):
            for kind, unit, found in (("voltage", "v", volts), ("current", "a", amperes)):
                for phase, one in zip(("l1", "l2", "l3"), found, strict=True):
                    angle = np.radians(x[f"{kind}_angle_{phase}_deg"] - 90)
                    due = np.sqrt(2) * x[f"{kind}_{phase}_{unit}"] * np.exp(1j * angle)
                    assert one == pytest.approx(due, abs=1e-9)


def sampled(lines: dict, frequency: float) -> dict[str, np.ndarray]:
    """A whole number of periods of all lines; quarter orders are the lowest."""
    time = np.arange(4096) / 4096 * 4 / frequency
    found = {}
    for role, own in lines.items():
        found[role] = np.zeros(4096)
        for f, rms, phase in own:
            wave = np.sqrt(2) * np.sin(2 * np.pi * f * time + np.radians(phase)) if f else 0
            found[role] += rms * wave if f else 0.0
    return found
