"""The generated references hold what the program, and the list of registers, say there is."""

from __future__ import annotations

import csv
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import smartx96
from support.in_process import x96
from support.shared import SHARED

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"
REGISTERS = SHARED / "spec/input_registers.csv"


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def section(command: str) -> str:
    """What the page says of a command."""
    found = re.search(rf"^#+ {command}\n(.*?)(?=^##|\Z)", page("commands.md"), re.M | re.S)
    assert found, f"{command} is not on the page"
    return found[1]


def helped(*command: str) -> str:
    done = x96(*command, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


def listed(help: str) -> list[str]:
    """Commands that a help lists."""
    commands = help.partition("\nCommands:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\w[\w-]*)", commands, re.M)


def test_every_command_is_there_with_every_option_of_its_help() -> None:
    commands = listed(helped())
    assert len(commands) > 20
    for name in commands:
        told, help = section(f"x96 {name}"), helped(name)
        options = set(re.findall(r"^  (?:-\w, )?(--[a-z][\w-]*)", help, re.M))
        assert options
        rows = re.findall(r"^\| `(?:-\w, )?(--[a-z][\w-]*)", told, re.M)
        assert options - {"--help"} == set(rows), name
        for below in listed(help):
            section(f"x96 {name} {below}")


def keys(document: dict[str, Any]) -> set[str]:
    """Keys of an installation file, but for ids of settings and names of meters."""
    meters = document.get("meter", [])
    tables = [document, *(meters.values() if isinstance(meters, dict) else meters)]
    tables += [table[name] for table in tables for name in table if name in ("service", "profile")]
    return {key for table in tables for key in table}


def test_keys_of_installation_files_are_there() -> None:
    files = sorted((ROOT / "examples/installations").glob("*.toml"))
    assert files
    for path in files:
        used = keys(tomllib.loads(path.read_text("utf-8")))
        told = set(re.findall(r"^\| `(\w+)` \|", page("installation-file.md"), re.M))
        assert len(used) > 5
        assert used <= told, path.name


def test_keys_that_are_the_option_of_their_table_are_told_as_that_is() -> None:
    influx = page("installation-file.md").partition("`[influx]`")[2]
    (told,) = re.findall(r"^\| `to` \| text `FILE.*", influx, re.M)
    assert "InfluxDB line protocol" in told


@pytest.mark.skipif(
    not REGISTERS.is_file(), reason="the list of registers is not beside the project"
)
def test_quantities_are_those_of_the_list_of_registers_at_their_addresses() -> None:
    told = dict(re.findall(r"^\| `([\w\[\]]+)` \|.*\| (0x\w{4}|) \|$", page("quantities.md"), re.M))
    with REGISTERS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] == "float32"]
    found = 0
    for row in rows:
        if row["id"] in told:
            found += 1
            assert told[row["id"]] == row["hex"], row["id"]
    assert found > 100


def test_the_python_interface_reads_without_a_site() -> None:
    """Every name of the package, every parameter, and nothing that only a site would fill in."""
    told = page("python.md")
    assert "eval-rst" not in told
    for name in smartx96.__all__:
        assert f"### smartx96.{name}\n" in told
        made = getattr(smartx96, name)
        if inspect.isfunction(made):
            start = told.index(f"### smartx96.{name}\n")
            text = told[start : told.index("\n### ", start + 5)]
            parameters = set(inspect.signature(made).parameters)
            assert parameters <= set(re.findall(r"`(?:\*\*)?(\w+)`", text)), name
    members = [name for name in vars(smartx96.SimulatedMeter) if not name.startswith("_")]
    assert set(members) <= set(re.findall(r"^- `(\w+)", told, re.M))
