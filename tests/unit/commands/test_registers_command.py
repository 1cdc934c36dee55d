import csv
import importlib.util
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartx96.commands.registers import COLUMNS, command
from smartx96.errors import OptionError
from smartx96.modbus.calendar.layout import RUNS
from smartx96.modbus.registers import HOLDING, INPUT

ROOT = Path(__file__).parents[3]
LISTED = (*INPUT, *sorted((*HOLDING, *(run.listed for run in RUNS)), key=lambda r: r.address))


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_csv_has_every_register():
    rows = list(csv.DictReader(run("--csv").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["space"], int(r["address"]), r["id"]) for r in rows] == [
        (r.space, r.address, r.id) for r in LISTED
    ]
    assert rows[0]["hex"] == "0x0000"
    assert {r["access"] for r in rows} == {"ro", "rw", "rw-locked", "wo-locked"}


@pytest.mark.parametrize(("space", "count"), [("input", 540), ("holding", 93), ("both", 633)])
def test_json_is_one_document(space, count):
    rows = json.loads(run("--json", "--space", space))
    assert len(rows) == count
    assert isinstance(rows[0]["address"], int)


def test_markdown_escapes_the_bar():
    text = run("--markdown", "--space", "holding")
    assert "60\\|100\\|200" in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if "|" in line}
    assert len(widths) == 1


def test_the_wide_table_shows_every_register_on_one_line():
    lines = [line.split() for line in run("--wide").splitlines()]
    for register in (*INPUT, *HOLDING):
        begin = [f"0x{register.address:04X}", str(register.words), register.format, register.id]
        (line,) = [words for words in lines if words[:4] == begin]
        assert " ".join(line[4:]).startswith(" ".join(register.description.name.split()))


def test_the_table_fits_on_a_terminal_of_80_columns():
    lines = run().splitlines()
    assert max(map(len, lines)) < 80
    ids = {r.id for r in (*INPUT, *HOLDING) if "[" not in r.id}
    shown = [word for line in lines for word in line.split() if word in ids]
    assert sorted(shown) == sorted(ids)
    (harmonics,) = [line for line in lines if "voltage_harmonic_l1[" in line]
    assert harmonics.split() == [
        "0x0192-0x020C", "float32", "voltage_harmonic_l1[2..63]", "%", "ro"
    ]  # fmt: skip
    (times,) = [line for line in lines if "calendar_draft_time[" in line]
    assert times.split() == [
        "0xC800-0xD7FE",
        "bcd",
        "calendar_draft_time[1..64,1..32]",
        "rw-locked",
    ]


def test_all_of_one_register():
    lines = run("status").splitlines()
    assert lines[:2] == ["address  8292", "hex      0x2064"]
    (name,) = [line for line in lines if line.startswith("name ")]
    assert "12 unlocked" in name


@pytest.mark.parametrize("address", ["52", "0x34", "0x0035"])
def test_an_address_may_be_in_both_spaces(address):
    told = run(address).split("\n\n")
    assert ["active_power" in text for text in told] == [True, False]
    assert ["ct_primary" in text for text in told] == [False, True]
    assert "ct_primary" not in run(address, "--space", "input")


def test_a_part_of_ids_chooses_in_every_form():
    wanted = [r.id for r in (*INPUT, *HOLDING) if "pulse1" in r.id]
    assert [r["id"] for r in json.loads(run("pulse1", "--json"))] == wanted
    assert [r["id"] for r in csv.DictReader(run("pulse1", "--csv").splitlines())] == wanted
    table = run("pulse1")
    assert all(id in table for id in wanted)
    assert "voltage_l1" not in table + run("pulse1", "--markdown") + run("pulse1", "--wide")


@pytest.mark.parametrize("address", ["0xC802", "51203"])
def test_one_parameter_of_the_calendar(address):
    assert "id       calendar_draft_time[1,2]\n" in run(address)


def test_an_id_is_itself_and_not_all_that_contain_it():
    assert run("active_power").count("address") == 1


@pytest.mark.parametrize("register", ["colour", "0x7000", "-1"])
def test_no_such_register_is_one_line(register):
    result = CliRunner().invoke(command, ["--", register])
    assert isinstance(result.exception, OptionError)
    assert str(result.exception).startswith(f"{register}: no register; ")


def test_an_id_that_is_nearly_one_is_told():
    result = CliRunner().invoke(command, ["active_pwer"])
    assert str(result.exception) == "active_pwer: no register; did you mean active_power?"


def test_help_has_examples():
    assert "x96 registers --space holding" in run("--help")


def test_wrong_space_is_wrong_use():
    assert CliRunner().invoke(command, ["--space", "coil"]).exit_code == 2


def load_generator():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_documentation_is_fresh():
    assert load_generator().main(["--check"]) == 0


def test_generator_tells_a_stale_page(tmp_path, monkeypatch, capsys):
    generate = load_generator()
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "reference")
    assert generate.main(["--check"]) == 1
    assert "registers.md is stale" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
