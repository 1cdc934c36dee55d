"""`x96 typetest` of a meter outside: options that do not go together, files, exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartx96.commands.main import x96
from smartx96.commands.typetest_external import _transformers
from smartx96.typetest.external.trial_errors import Transformers

ONLY = "only with --points; without, the meter in this program is tested"
SCOPE = ("--quick", "--class", "0.5S", "--clauses", "sequence")


def typetest(*arguments: object) -> Result:
    return CliRunner().invoke(x96, ["typetest", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    assert typetest(*SCOPE, "--list", path).exit_code == 0
    names, *rows = csv.reader(path.read_text().splitlines())
    for row in rows:
        row[names.index("power_w")] = "345.5 345.5"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--meter", "tcp:127.0.0.1:1"), f"--meter: {ONLY}"),
        (("--set-command", "true"), f"--set-command: {ONLY}"),
        (("--by", "power"), f"--by: {ONLY}"),
        (("--device", "mine"), f"--device: {ONLY}"),
        (("--bench", "2"), f"--bench: {ONLY}"),
        (("--repeat", "3"), f"--repeat: {ONLY}"),
        (("--ct", "200/5"), f"--ct: {ONLY}"),
        (("--reference-uncertainty", "0.1"), f"--reference-uncertainty: {ONLY}"),
        (("--list", "a.csv", "--device", "mine"), "--device: only with --points; without, the poi"),
        (("--resolution", "1"), "--resolution: only with --list or --points"),
        (("--list", "a.csv", "--points", "a.csv"), "--list and --points: give one of them"),
        (("--points", "a.csv", "--seed", "1"), "--seed: is of the meter in this program"),
        (("--points", "a.csv", "--frontend", "x96"), "--frontend: is of the meter in this program"),
        (("--points", "a.csv", "--set-command", "true"), "--meter: say where the meter is read"),
        (("--points", "a.csv", "--reference", "tcp:a"), "--meter: say where the meter is read"),
        (("--points", "a.csv", "--ct", "5/0"), "--ct 5/0: give primary/secondary"),
        (("--points", "a.csv", "--reference-uncertainty", "x"), "--reference-uncertainty x: give"),
        (("--points", "{}", "--meter", "nowhere"), "--meter 'nowhere': give tcp:HOST:PORT"),
        (("--points", "{}", "--meter", "tcp:1.2.3.4:9", "--set-command", ""), "give a command"),
        (("--points", "{}", "--meter", "tcp:1.2.3.4:9", "--by", "pulses"), "give --pulses"),
        (("--points", "{}", "--pulses", "p.csv"), "--by registers: give --meter"),
        (("--points", "{}", "--pulses", "p.txt", "--by", "pulses"), "p.txt: give FILE.csv"),
        (("--points", "{}", "--pulses", "p.csv", "--by", "pulses", "--reference-pulses", "r.csv"),
         "--reference-constant: say its pulses"),
        (("--list", "{}"), "exists; give the name of a new file"),
        (("--list", "/nowhere/a.csv"), "cannot be written"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together(points: Path, arguments, said: str) -> None:
    before = points.read_bytes()
    found = typetest(*SCOPE, *(str(points) if text == "{}" else text for text in arguments))
    assert found.exit_code != 0
    assert said in str(found.exception)
    assert points.read_bytes() == before


def test_scope_that_a_bench_cannot_do(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    found = typetest("--quick", "--clauses", "start-up,netting", "--list", path)
    assert "a bench can do nothing of start-up, netting" in str(found.exception)
    assert not path.exists()


def test_judged_as_json_with_exit_codes(points: Path) -> None:
    good = typetest(*SCOPE, "--points", points, "--json")
    assert good.exception is None
    found = json.loads(good.stdout)
    assert found["passed"] is True
    (check,) = found["checks"]
    assert check["value"] == pytest.approx(0, abs=1e-9)
    points.write_text(points.read_text().replace("345.5 345.5", "345 346", 1))
    worse = typetest(*SCOPE, "--points", points, "--json")
    (check,) = json.loads(worse.stdout)["checks"]
    assert check["value"] == pytest.approx(0, abs=1e-9)  # the mean is the same
    assert check["uncertainty"] > 0.1
    points.write_text(points.read_text().replace("345 346", "347 347", 1))
    assert typetest(*SCOPE, "--points", points).return_value == 1


def test_another_part_of_the_plan_takes_the_same_file(points: Path) -> None:
    found = typetest("--quick", "--clauses", "voltage", "--points", points)
    told = "1 filled row was not judged: it belongs to the clause sequence: add it to --clauses"
    assert f"nothing of this part of the plan was measured: {told}" in str(found.exception)
    both = typetest("--quick", "--clauses", "intrinsic", "--points", points, "--json")
    external = json.loads(both.stdout)["external"]
    assert external["not_judged"] == [told]
    assert not any("filled row" in text for text in external["warnings"])
    shown = typetest("--quick", "--clauses", "intrinsic", "--points", points).stdout
    assert shown.splitlines()[-1] == f"note: {told}"


def test_rows_of_another_class_wiring_or_plan_are_told_as_such(points: Path) -> None:
    whole = typetest("--class", "0.5S", "--clauses", "sequence", "--wiring", "3p3w",
                     "--points", points)  # fmt: skip
    assert "another class, wiring or rated current, or not to --quick" in str(whole.exception)


def test_a_part_that_was_measured_is_incomplete_and_no_pass(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    scope = ("--quick", "--class", "0.5S", "--clauses", "intrinsic")
    listed = typetest(*scope, "--list", path, "--resolution", "1").stdout
    table = csv.DictReader(path.read_text().splitlines())
    hours = sum(float(row["seconds"]) for row in table) / 3600
    assert listed == (
        f"written: {path}: 100 rows, {hours:.3g} h in all (resolution 1 Wh); "
        "--by power is quicker\n"
    )
    names, *rows = csv.reader(path.read_text().splitlines())
    power, read = (names.index(id) for id in ("active_power_w", "power_w"))
    for row in rows[:5]:
        row[read] = row[power]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    some = typetest(*scope, "--points", path)
    assert some.return_value == 1
    assert (
        "Incomplete: 5 of 100 checks made, all within limits; 95 not measured."
        in some.stdout.splitlines()
    )
    assert "Pass" not in some.stdout
    assert "pass so far (1 of 12 clauses)" in some.stdout
    rows[0][read] = str(1.05 * float(rows[0][power]))
    for row in rows[5:]:
        row[read] = row[power]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    bad = typetest(*scope, "--points", path)
    assert bad.return_value == 1
    assert "Fail: 1 of 44 checks outside limits." in bad.stdout
    rows[0][read] = rows[0][power]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    whole = typetest(*scope, "--points", path)
    assert whole.return_value == 0
    assert "Pass: 44 checks within limits." in whole.stdout


def test_a_command_that_cannot_be_run(points: Path) -> None:
    text = points.read_text().replace("345.5 345.5", "")
    points.write_text(text)
    found = typetest(*SCOPE, "--points", points, "--meter", "tcp:127.0.0.1:1", "--set-command",
                     "/nowhere/set")  # fmt: skip
    assert "cannot be run: No such file" in str(found.exception)
    assert points.read_text() == text


def test_meters_of_others_may_have_any_ratio() -> None:
    assert _transformers({"ct": "12.5/5", "vt": None}) == Transformers(2.5, 1.0)
    assert _transformers({"ct": "20000/5", "vt": 100.0}) == Transformers(4000.0, 100.0)
