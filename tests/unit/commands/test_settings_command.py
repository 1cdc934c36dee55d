"""`x96 settings`: the table, a template and the check of a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartx96.commands.main import _run, x96
from smartx96.commands.settings import command
from smartx96.configuration.settings_file import read_settings
from smartx96.settings import BY_ID, KEPT, TABLE, Settings

SPECIFICATION = Path(__file__).parents[4] / "shared" / "spec" / "holding_registers.csv"


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == code, result.output
    return result.stdout


def test_table_shows_every_setting():
    lines = run().splitlines()
    for setting in TABLE:
        (line,) = [line for line in lines if line.strip().startswith(f"{setting.id} ")]
        assert setting.choices in line
        assert line.rstrip().endswith("yes") is setting.protected


def test_json_is_the_specification():
    if not SPECIFICATION.is_file():
        pytest.skip(f"the specification is not beside this checkout: {SPECIFICATION}")
    with SPECIFICATION.open(newline="", encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    found = json.loads(run("--json"))
    assert {one["id"] for one in found} == {s.id for s in TABLE}
    # The specification has no calibration: its settings are this meter's own.
    assert {one["group"] for one in found if one["id"] not in rows} == {"Calibration"}
    for one in found:
        if one["id"] not in rows:
            continue
        row = rows[one["id"]]
        assert one["protected"] is (row["access"] == "rw-locked")
        if one["id"] != "word_order":
            assert (one["text"], one["unit"]) == (row["name"], row["unit"])
            assert str(one["default"]) == row["default"]
    by_id = {one["id"]: one for one in found}
    assert by_id["ct_primary"]["range"] == [1, 9999]
    assert by_id["ct_primary"]["values"] is None
    assert by_id["pulse1_width"]["range"] is None
    assert by_id["pulse1_width"]["values"] == [60, 100, 200]
    assert by_id["baud_rate"]["codes"]["2"] == "9600"
    assert by_id["time_zone"]["values"] is None
    assert [one["id"] for one in found if one["secret"]] == ["password"]


def test_markdown_escapes_the_bar():
    text = run("--markdown")
    assert "60\\|100\\|200 ms" in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if "|" in line}
    assert widths == {6}


def test_template_is_read_as_the_defaults(tmp_path):
    path = tmp_path / "feeder.toml"
    assert run("template", "-o", str(path)) == ""
    assert read_settings(path) == dict(Settings())
    assert run("template") == path.read_text(encoding="utf-8")


def test_template_replaces_nothing_unless_forced(tmp_path):
    path = tmp_path / "feeder.toml"
    path.write_text("ct_primary = 200\n")
    result = CliRunner().invoke(command, ["template", "-o", str(path)])
    assert "is there already" in str(result.exception)
    assert path.read_text() == "ct_primary = 200\n"
    run("template", "-o", str(path), "--force")
    assert len(read_settings(path)) == len(KEPT)


def test_check_tells_what_differs_and_what_comes_of_it(tmp_path):
    path = tmp_path / "feeder.toml"
    path.write_text('ct_primary = 400\npulse1_rate = "0.01 kWh (kvarh)"\nvt_ratio = 1\n')
    lines = run("check", str(path)).splitlines()
    assert lines[0] == f"{path}: 3 settings, 2 other than the default"
    assert "  ct_primary = 400 A  (default 5)" in lines
    assert "  pulse1_rate = 0.01 kWh (kvarh)  (default 1 kWh (kvarh))" in lines
    assert lines[3].startswith("warning: pulse1_rate 0.01 kWh (kvarh): full load (331.2 kW) makes")
    assert len(lines) == 4


def test_check_as_json(tmp_path):
    path = tmp_path / "feeder.toml"
    path.write_text('system_type = "3p3w"\ndemand_slide = 7\n')
    found = json.loads(run("check", str(path), "--json"))
    assert found["settings"] == {"system_type": 2, "demand_slide": 7}
    assert found["model"] == "X96-5A"
    assert [w.partition(" ")[0] for w in found["warnings"]] == ["demand_slide"]


@pytest.mark.parametrize(
    ("text", "arguments", "line"),
    [
        ("ct_primary = 0", [], "line 1: ct_primary: 0 A is not allowed; allowed: 1..9999 A"),
        ("password = 4711", [], "line 1: password: is secret"),
        ('system_type = "3P3W"', ["--model", "X96-5E"],
         "system_type: model X96-5E has no wiring 3p3w: use 1p2w or 3p4w"),
    ],
)  # fmt: skip
def test_check_refuses_with_one_line(tmp_path, capsys, text, arguments, line):
    path = tmp_path / "feeder.toml"
    path.write_text(text)
    assert _run(["settings", "check", str(path), *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"x96: {path}: ")
    assert line in err
    assert "4711" not in err


def test_form_stands_with_what_it_forms(tmp_path, capsys):
    assert _run(["settings", "--json", "template"]) == 2
    assert "--json: give it behind template, or alone" in capsys.readouterr().err


def test_help_has_examples():
    assert "x96 settings check feeder.toml" in run("--help")
    assert "settings" in CliRunner().invoke(x96, ["--help"]).stdout


def test_default_of_each_setting_is_shown_as_people_write_it():
    found = {one["id"]: one for one in json.loads(run("--json"))}
    for setting in KEPT:
        assert BY_ID[setting.id].coded(setting.shown(found[setting.id]["default"])) == (
            setting.default
        )
