"""`x96 config`: what it prints of files and variables."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartx96.commands.defaults.keys import shared
from smartx96.commands.defaults.unread import READ_ELSEWHERE
from smartx96.commands.main import x96


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """`x96 config` in a folder with a project's file."""
    for name in [name for name in os.environ if name.startswith("X96_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x96.toml").write_text(
        'unit = 3\ntcp = "meter.example"\n[log]\nevery = "1min"\nids = ["a", "b"]\n'
        '[run]\nonce = true\ntrace = true\nstate = "of \\"mine\\""\n'
    )

    def ask(*arguments, code=0):
        result = CliRunner().invoke(x96, ["config", *arguments], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return ask


def test_what_is_stated_is_a_file_of_its_own(asked, tmp_path, monkeypatch):
    monkeypatch.setenv("X96_TIMEOUT", "2.5")
    shown = asked("show", "--origin").stdout
    data = tomllib.loads(shown)
    assert data == {
        "unit": 3, "tcp": "meter.example", "timeout": 2.5,
        "log": {"every": "1min", "ids": ["a", "b"]},
        "run": {"once": True, "trace": "", "state": 'of "mine"'},
    }  # fmt: skip
    assert "unit = 3  # x96.toml: line 1\n" in shown
    assert "timeout = 2.5  # X96_TIMEOUT\n" in shown
    # What it prints says the same when it is the file.
    (tmp_path / "again.toml").write_text(shown)
    monkeypatch.delenv("X96_TIMEOUT")
    result = CliRunner().invoke(x96, ["--config", "again.toml", "config", "show"])
    assert tomllib.loads(result.stdout) == data


def test_of_a_command_everything_is_told(asked, monkeypatch):
    monkeypatch.setenv("X96_PASSWORD", "4711")
    rows = {row["key"]: row for row in json.loads(asked("show", "show", "--json").stdout)}
    assert rows["unit"] == {"table": "show", "key": "unit", "value": 3,
                            "origin": "x96.toml: line 1"}  # fmt: skip
    assert rows["retries"]["value"] == 2
    assert rows["retries"]["origin"] == "built in"
    assert rows["password"] == {"table": "show", "key": "password", "value": None,
                                "origin": "X96_PASSWORD, not shown"}  # fmt: skip
    text = asked("show", "show", "--origin").stdout
    assert "4711" not in text
    assert "# password =  # X96_PASSWORD, not shown" in text
    assert tomllib.loads(text)["show"]["unit"] == 3


@pytest.mark.parametrize(
    ("name", "url"),
    [("X96_RUN_MQTT", "mqtt://user:geheim@broker/x96"),
     ("X96_RUN_INFLUX", "http://db.example:8086?db=x&token=geheim"),
     ("X96_LOG_OUTPUT", "postgresql://user@db.example/site?password=geheim")],
)  # fmt: skip
def test_a_password_in_a_url_is_not_shown(asked, monkeypatch, name, url):
    monkeypatch.setenv(name, url)
    _, table, key = name.lower().split("_")
    for words in (("show",), ("show", table), ("show", "--json"), ("show", table, "--origin")):
        shown = asked(*words).stdout
        assert "geheim" not in shown
        assert f"{name}, has a password: not shown" in shown
    assert key not in tomllib.loads(asked("show").stdout)[table]


def test_variables_that_nobody_reads_are_told(asked, monkeypatch):
    monkeypatch.setenv("X96_UNTI", "3")
    monkeypatch.setenv("X96_LOG_EVERY", "2s")
    monkeypatch.setenv("X96_WEB", "off")
    monkeypatch.setenv("X96_STATE", "there")
    found = asked("show")
    assert found.stderr == "note: X96_UNTI: no command has such an option; did you mean X96_UNIT?\n"
    assert 'every = "2s"' in found.stdout


@pytest.mark.parametrize("command", ["path", "show"])
def test_whatever_command_runs_tells_of_them(asked, monkeypatch, command):
    monkeypatch.setenv("X96_RUN_TPC", "1")
    monkeypatch.setenv("X96_PASSWORD_ROOF", "1234")
    note = "note: X96_RUN_TPC: no command has such an option; did you mean X96_RUN_TCP?\n"
    assert asked(command).stderr == note
    monkeypatch.delenv("X96_RUN_TPC")
    assert asked(command).stderr == ""


def test_places(asked, tmp_path):
    found = json.loads(asked("path", "--json").stdout)
    assert found == [
        {"kind": "project", "path": str(tmp_path / "x96.toml"), "state": "taken"},
        {"kind": "user", "path": str(tmp_path / "home/smartx96/x96.toml"), "state": "not there"},
    ]
    (tmp_path / "x96.toml").write_text("[meter.a]\n")
    assert "of an installation or a project: not taken" in asked("path").stdout
    (tmp_path / "x96.toml").chmod(0o666)
    assert "can be written by everybody: not taken" in asked("path").stdout


def test_no_such_command(asked):
    result = CliRunner().invoke(x96, ["config", "show", "lgo"])
    assert "x96 lgo: no such command; did you mean log?" in str(result.exception)


def test_the_documentation_has_every_key_of_the_top_and_every_variable():
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs/reference/configuration.md").read_text("utf-8")
    told = set(re.findall(r"`(\w+)`", page))
    assert set(shared()) <= told
    sources = "".join(path.read_text("utf-8") for path in (root / "src").rglob("*.py"))
    assert set(re.findall(r'"(X96_[A-Z_]*[A-Z])"', sources)) <= told
    assert {f"X96_{name}" for name in READ_ELSEWHERE} <= told
