"""`--project` of commands that else ask one meter: what it goes with, what records are called."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from smartx96.commands import clock, commission
from smartx96.commands.commission_project import commission_project, expected_of, stems
from smartx96.configuration.commissioning.subject import Expected
from smartx96.configuration.project.project_file import read_project
from smartx96.errors import OptionError
from smartx96.models import Wiring
from support.ports import free_port

METER = '[[meter]]\nname = "{}"\ntcp = "127.0.0.1:{}"\n'


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.toml"
    port = free_port()
    path.write_text("".join(METER.format(name, port) + f"unit = {n}\n"
                            for n, name in enumerate(("a", "b"), 1)))  # fmt: skip
    return str(path)


def run(command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        (clock, ["--tcp", "h"], "--tcp: a project says it of each meter itself"),
        (clock, ["--unit", "3"], "--unit: a project says it"),
        (clock, ["--set", "2026-11-23T10:00:00"], "--set TIME: is for one meter"),
        (clock, ["--dry-run"], "--dry-run: only with --set"),
        (clock, ["--only", "c"], "no meter 'c'"),
        (commission, ["--baud", "2400"], "--baud: a project says it"),
        (commission, ["--watch"], "--watch: is for one meter"),
        (commission, ["--format", "pdf"], "give their folder with -o"),
        (commission, ["-o", "x", "-o", "y"], "it is one folder"),
        (commission, ["-o", "record.html"], "it is a folder; --format says"),
        (commission, ["-o", "site.toml"], "site.toml: File exists"),
        (commission, ["--only", "c"], "no meter 'c'"),
    ],
)
def test_options_that_mean_nothing_for_a_project(command, arguments, words, site, monkeypatch):
    monkeypatch.chdir(Path(site).parent)
    found = run(command.command, "--project", site, *arguments)
    assert isinstance(found.exception, OptionError)
    assert words in str(found.exception)
    assert [each.name for each in Path(site).parent.iterdir()] == ["site.toml"]


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        (clock, ["--only", "a"], "--only: is for the meters of a --project"),
        (commission, ["--only", "a"], "--only: is for the meters of a --project"),
        (commission, ["--format", "pdf"], "--format: is for the records of a --project"),
    ],
)
def test_options_that_mean_nothing_for_one_meter(command, arguments, words):
    found = run(command.command, "--tcp", "127.0.0.1:1", *arguments)
    assert isinstance(found.exception, OptionError)
    assert words in str(found.exception)


@pytest.mark.parametrize("command", [clock, commission])
def test_where_nobody_answers_each_is_named(command, site):
    found = CliRunner().invoke(command.command, ["--project", site], standalone_mode=False)
    assert found.return_value == 1
    lines = found.stdout.splitlines()
    assert [line.split(" (")[0] for line in lines[:2]] == ["not reached  a", "not reached  b"]
    assert lines[2] == f"{site}: 2 meters: 2 not reached"


def test_what_records_are_called():
    names = ["supply", "a/b", "a:b", "A-B", "..", "Küche 1.2", "COM3", "nul.x", "ä" * 150, "-"]
    assert list(stems(names).values()) == [
        "supply", "a-b", "a-b-2", "A-B-3", "meter", "Küche 1.2", "meter-COM3", "meter-nul.x",
        "ä" * 100, "meter-2",
    ]  # fmt: skip
    assert list(stems(names)) == names


def test_stopped_while_a_record_is_written_it_is_told_of_and_no_other_begun(
    site, tmp_path, monkeypatch, capsys
):
    async def found(meter, *_):
        return SimpleNamespace(target=meter.target)

    async def look(link, expected, advance):
        return {"passed": True, "checks": []}

    def write(path, document):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        path.write_text("{}")

    monkeypatch.setattr("smartx96.configuration.project.visiting.found", found)
    monkeypatch.setattr("smartx96.report.commissioning.file.write_record", write)
    options = {"only": (), "formats": ("json",), "as_json": False}
    folder = tmp_path / "records"
    assert commission_project(read_project(site), look, Expected(), 1.0, [folder], options) == 1
    assert [each.name for each in folder.iterdir()] == ["a.json"]
    said = capsys.readouterr().out
    assert "2 meters: 1 pass, 1 not asked; stopped before the end\nwritten: 1 record" in said


def test_what_the_project_states_is_looked_for(tmp_path):
    (tmp_path / "p.toml").write_text('ct_primary = 100\nsystem_type = "1P2W"\n')
    path = tmp_path / "site.toml"
    path.write_text(
        '[[meter]]\nname = "a"\ntcp = "h"\nprofile = "p.toml"\nsettings = { ct_secondary = 5, '
        'system_type = "3P4W", vt_ratio = 20 }\n[[meter]]\nname = "b"\ntcp = "i"\n'
        "settings = { ct_primary = 60 }\n"
    )
    first, second = read_project(path).meters
    assert expected_of(first, Expected()) == Expected((100, 5), 20, Wiring.FOUR_WIRE)
    # One of both says nothing of the transformers.
    assert expected_of(second, Expected()) == Expected()
    given = Expected((200, 1), 1, Wiring.THREE_WIRE)
    assert expected_of(first, given) == given
