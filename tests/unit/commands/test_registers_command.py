import csv
import importlib.util
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartx96.commands.registers import COLUMNS, command
from smartx96.modbus.registers import HOLDING, INPUT

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_csv_has_every_register():
    rows = list(csv.DictReader(run("--csv").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["space"], int(r["address"]), r["id"]) for r in rows] == [
        (r.space, r.address, r.id) for r in (*INPUT, *HOLDING)
    ]
    assert rows[0]["hex"] == "0x0000"
    assert {r["access"] for r in rows} == {"ro", "rw", "rw-locked", "wo-locked"}


@pytest.mark.parametrize(("space", "count"), [("input", 540), ("holding", 50), ("both", 590)])
def test_json_is_one_document(space, count):
    rows = json.loads(run("--json", "--space", space))
    assert len(rows) == count
    assert isinstance(rows[0]["address"], int)


def test_markdown_escapes_the_bar():
    text = run("--markdown", "--space", "holding")
    assert "60\\|100\\|200" in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if "|" in line}
    assert len(widths) == 1


def test_table_shows_every_register():
    text = run()
    assert "voltage_harmonic_l1[2]" in text
    assert all(r.id in text for r in (*INPUT, *HOLDING))


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
