"""`x96 log`: what is refused before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.commands.main import _run

METERS = "".join(f'[[meter]]\nname = "m{n}"\nunit = {n}\n' for n in range(1, 41))

LOG = ("log", "--tcp", "127.0.0.1:1", "--count", "1")


@pytest.fixture
def x96(tmp_path: Path, capsys, monkeypatch):
    """Runs a command that is wrong use: its line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.toml").write_text(f'[line.a]\ntcp = "127.0.0.1:1"\n{METERS}')

    def run(*arguments: str) -> str:
        assert _run(list(arguments)) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]
        return said.err

    return run


def test_a_second_output_is_refused_and_no_password_repeated(x96):
    told = "x96: -o: one output, not 2; run the command once for each\n"
    assert x96(*LOG, "-o", "two.db", "-o", "two.csv") == told
    assert x96(*LOG, "-o", "postgresql://me:sesame@h/d", "--output=a.csv") == told


@pytest.mark.parametrize(("option", "value"), [
    ("--unit", "3"), ("--unit", "1"), ("--baud", "9600"), ("--parity", "N1"), ("--timeout", "2"),
    ("--retries", "1"), ("--member", "SDM630"),
])  # fmt: skip
def test_what_a_project_says_is_not_said_beside_it(x96, option, value):
    said = x96("log", "--project", "site.toml", option, value, "-o", "a.csv", "--count", "1")
    assert said == f"x96: {option}: a project says it of each meter itself; --only NAME chooses\n"


@pytest.mark.parametrize("command", [("log", "-o", "a.csv", "--project", "site.toml", "--only"),
                                     ("push", "site.toml", "--only")])  # fmt: skip
def test_a_meter_that_is_not_in_the_project(x96, command):
    known = ", ".join(f"m{n}" for n in range(1, 11))
    assert x96(*command, "zz") == f"x96: site.toml: no meter 'zz'; known are {known} and 30 more\n"
    assert x96(*command, "m 40").endswith("no meter 'm 40'; did you mean m40?\n")
