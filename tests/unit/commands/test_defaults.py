"""Defaults of options: files, variables and the command line, and which of them rules."""

from __future__ import annotations

import os
from contextlib import suppress

import click
import pytest
from click.testing import CliRunner

from smartx96.commands.defaults.keys import (
    ONCE,
    SECRET,
    CommandKeys,
    every_command,
    key_of,
    shared,
    variables,
)
from smartx96.commands.defaults.places import places
from smartx96.commands.main import x96
from smartx96.errors import ConfigurationError, OptionError, X96Error


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder below that of a project, with a home of its own."""
    for name in [name for name in os.environ if name.startswith("X96_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project" / "below"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return tmp_path


def project(here, text):
    (here / "project" / "x96.toml").write_text(text)


def user(here, text):
    folder = here / "home" / "smartx96"
    folder.mkdir(parents=True)
    (folder / "x96.toml").write_text(text)


def options_of(monkeypatch, *arguments):
    """What a command is called with."""
    called = {}
    names = list(arguments)
    while names[0].startswith("--"):
        names = names[2:]
    command = x96
    for name in names:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), name)
        command = command if found is None else found
    monkeypatch.setattr(command, "callback", lambda **options: called.update(options))
    x96.main(list(arguments), prog_name="x96", standalone_mode=False)
    return called


def refused(text, here, *arguments):
    """The one line that is said of a project's file."""
    project(here, text)
    with pytest.raises(X96Error) as caught:
        x96.main(list(arguments or ("show",)), prog_name="x96", standalone_mode=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_layer_rules_over_those_below(here, monkeypatch):
    user(here, "unit = 1\ntimeout = 1.5\nbaud = 19200\nretries = 7\nparity = 'E1'")
    project(here, "unit = 2\ntimeout = 2.5\nbaud = 38400\nretries = 8")
    monkeypatch.setenv("X96_UNIT", "3")
    monkeypatch.setenv("X96_TIMEOUT", "3.5")
    monkeypatch.setenv("X96_BAUD", "57600")
    stated = here / "stated.toml"
    stated.write_text("unit = 4\ntimeout = 4.5")
    found = options_of(monkeypatch, "--config", str(stated), "show", "--unit", "5")
    picked = {key: found[key] for key in ("unit", "timeout", "baud", "retries", "parity")}
    assert picked == {"unit": 5, "timeout": 4.5, "baud": 57600, "retries": 8, "parity": "E1"}


def test_a_table_of_a_command_rules_over_the_top_of_its_own_layer_only(here, monkeypatch):
    user(here, "[log]\ntimeout = 9\nretries = 9")
    project(here, "timeout = 2\nunit = 3\n[log]\nunit = '1-4'")
    found = options_of(monkeypatch, "log")
    assert (found["timeout"], found["retries"], found["unit"]) == (2.0, 9, "1-4")
    assert options_of(monkeypatch, "show")["unit"] == 3


def test_the_top_speaks_of_the_meter_that_is_asked_and_not_of_what_listens(here, monkeypatch):
    project(here, 'tcp = "meter.example"\nrtu_tcp = "a:1"\nbaud = 19200\n[run]\nrtu = "pty:line"')
    found = options_of(monkeypatch, "run")
    assert (found["tcp"], found["rtu_tcp"], found["rtu"]) == ("127.0.0.1:5020", "off", "pty:line")
    assert options_of(monkeypatch, "scan")["tcp"] == ()
    assert options_of(monkeypatch, "typetest")["baud"] != 19200


@pytest.mark.parametrize("name", ["log", "show", "get", "set", "pull", "push", "diff", "reset",
                                  "clock", "password", "commission", "tariffs.show",
                                  "tariffs.push"])  # fmt: skip
def test_every_command_that_asks_a_meter_knows_where_it_is(name):
    (keys,) = [keys for keys in every_command(x96) if keys.path == name]
    assert {"tcp", "port", "rtu_tcp", "unit", "baud", "timeout"} <= keys.common.keys()


def test_what_is_typed_leaves_no_room_for_another_place(here, monkeypatch):
    project(here, 'tcp = "meter.example"')
    found = options_of(monkeypatch, "show", "--port", "/dev/ttyUSB0")
    assert (found["tcp"], found["port"]) == (None, "/dev/ttyUSB0")
    assert options_of(monkeypatch, "log", "--project", "a.toml")["tcp"] is None
    assert options_of(monkeypatch, "show")["tcp"] == "meter.example"


def test_a_place_of_a_higher_layer_leaves_no_room_for_another_of_a_lower(here, monkeypatch):
    user(here, 'port = "/dev/ttyUSB0"')
    project(here, 'tcp = "meter.example"')
    found = options_of(monkeypatch, "show")
    assert (found["tcp"], found["port"]) == ("meter.example", None)
    monkeypatch.setenv("X96_LOG_PROJECT", "site.toml")
    assert options_of(monkeypatch, "log")["tcp"] is None


def test_an_installation_file_stands_for_files_of_defaults(here, monkeypatch):
    project(here, 'state = "there"\n[run]\nct = "200/5"\ntcp = "127.0.0.1:1"')
    monkeypatch.setenv("X96_RUN_MAX_READ", "80")
    found = options_of(monkeypatch, "run", "building.toml")
    assert (found["ct"], found["tcp"], found["state"]) == ("5/5", "127.0.0.1:5020", None)
    assert found["max_read"] == 80
    found = options_of(monkeypatch, "run")
    assert (found["ct"], found["tcp"], found["state"]) == ("200/5", "127.0.0.1:1", "there")


def test_a_setting_of_a_file_counts_as_given(here, monkeypatch):
    project(here, '[run]\nct = "200/5"')
    plans = []
    monkeypatch.setattr(
        "smartx96.assembly.assembly.assemble", lambda plan, *_, **__: plans.append(plan)
    )
    monkeypatch.setattr("asyncio.run", lambda work: work.close())
    x96.main(["run", "--state", "off"], standalone_mode=False)
    assert dict(plans[0].meters[0].changes) == {"ct_primary": 200, "ct_secondary": 5}


def test_a_default_of_one_meter_is_no_objection_to_a_project_or_to_two_files(here, monkeypatch):
    project(here, 'tcp = "meter.example"\nunit = 3')
    for name in ("site.toml", "a.toml", "b.toml"):
        (here / name).write_text("[[meter]]\n" if name == "site.toml" else "")
    seen = []
    monkeypatch.setattr("smartx96.commands.push_project.push_project", lambda *_: seen.append(1))
    x96.main(["push", str(here / "site.toml")], standalone_mode=False)
    assert seen == [1]
    two = ["diff", str(here / "a.toml"), str(here / "b.toml")]
    assert x96.main(two, standalone_mode=False) == 0
    with pytest.raises(OptionError, match="without a meter"):
        x96.main([*two, "--unit", "3"], standalone_mode=False)


def test_the_stores_own_variable_rules_over_files_below_the_installation(here, monkeypatch):
    user(here, 'state = "of-the-user"')
    monkeypatch.setenv("X96_STATE", "of-the-variable")
    assert options_of(monkeypatch, "run")["state"] is None
    monkeypatch.setenv("X96_RUN_STATE", "of-the-run")
    assert options_of(monkeypatch, "run")["state"] == "of-the-run"
    monkeypatch.setenv("X96_WEB", "127.0.0.1:1")
    assert options_of(monkeypatch, "run")["web"] == "127.0.0.1:1"
    stated = here / "stated.toml"
    stated.write_text('state = "stated"\n[run]\nweb = "127.0.0.1:2"')
    found = options_of(monkeypatch, "--config", str(stated), "run")
    assert (found["state"], found["web"]) == ("stated", "127.0.0.1:2")


def test_values_are_of_their_kinds(here, monkeypatch):
    project(here, '[log]\nids = ["a", "b"]\ngroups = "main"\n[run]\nonce = true\ntrace = true\n'
            'stale_after = 12\n[registers]\ncsv = true\n[tariffs.show]\njson = true')  # fmt: skip
    found = options_of(monkeypatch, "log")
    assert (found["ids"], found["groups"]) == (("a", "b"), ("main",))
    found = options_of(monkeypatch, "run")
    assert (found["once"], found["trace"], found["stale_after"]) == (True, "", 12.0)
    assert options_of(monkeypatch, "registers")["form"] == "csv"
    assert options_of(monkeypatch, "registers", "--json")["form"] == "json"
    assert options_of(monkeypatch, "tariffs", "show")["as_json"] is True
    monkeypatch.setenv("X96_RUN_ONCE", "no")
    monkeypatch.setenv("X96_LOG_IDS", "c d")
    assert options_of(monkeypatch, "run")["once"] is False
    assert options_of(monkeypatch, "log")["ids"] == ("c", "d")


def test_paths_with_a_dot_start_from_the_file(here, monkeypatch):
    project(here, '[log]\noutput = "./a.csv"\n[run]\ntls = "./c.pem,../k.pem"\nsource = "mains"')
    above = here / "project"
    assert options_of(monkeypatch, "log")["output"] == str(above / "a.csv")
    found = options_of(monkeypatch, "run")
    assert found["tls"] == f"{above / 'c.pem'},{above}/../k.pem"
    assert found["source"] == "mains"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unit = 300", "x96.toml: line 1: unit = 300: 300 is not in the range"),
        ("\nunt = 3", "line 2: unt: unknown key; did you mean unit?"),
        ("[log]\nevry = '1s'", "line 2: log.evry: unknown key; did you mean every?"),
        ("[lgo]\nevery = '1s'", "lgo: unknown key; did you mean log?"),
        ("[tariffs.shwo]\n", "tariffs.shwo: unknown key; did you mean show?"),
        ("rtu-tcp = 'a:1'", "rtu-tcp: unknown key; did you mean rtu_tcp?"),
        ("log = 3", "log: must be a table: [log]"),
        ("password = '1234'", "password: stands in no file; the variable X96_PASSWORD has it"),
        ("[show]\npassword = 12", "line 2: show.password: stands in no file; the variable X96_P"),
        ("[panel]\ntoken = 'a'", "panel.token: stands in no file; the variable X96_WEB_TOKEN"),
        ("[reset]\nyes = true", "reset.yes: is meant anew each time"),
        ("[clock]\nset = ''", "clock.set: is meant anew each time"),
        ("[run]\nonce = 'yes'", "run.once = 'yes': must be true or false"),
        ("[run]\ntcp = true", "run.tcp = True: must be a text or a number"),
        ("[run]\nmqtt = 'mqtt://u:pw@host'", "has a password or token in it"),
        ("[log]\noutput = 'postgresql://u:pw@host/d'", "has a password or token in it"),
        ("[run]\ninflux = 'http://h:8086?db=x&token=pw'", "has a password or token in it"),
        ("[log]\noutput = 'postgresql://u@host/d?password=pw'", "has a password or token in it"),
        ("unit = 1979-05-27", "must be a text or a number"),
        ("tcp = '''a\nb'''", "must be a text of printable characters"),
        ("unit = [1, 2]", "must be a text or a number"),
        ("unit = ", "not TOML"),
        ("[run]\nspeed = max", "not TOML: Invalid value (at line 2, column 9); texts need quotes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(here, text, said):
    assert said in refused(text, here)


def test_a_password_in_a_url_is_not_repeated(here):
    for stated in ("'mqtt://u:secret@host'", "['mqtt://u:secret@host']",
                   "'http://host?bucket=b&token=secret'", "'https://host?p=secret'"):  # fmt: skip
        assert "secret" not in refused(f"[run]\nmqtt = {stated}", here)


def test_a_wrong_table_is_found_whatever_command_runs(here):
    assert "log.evry" in refused("[log]\nevry = '1s'", here, "registers")


def test_what_a_variable_states_wrongly_is_one_line(here, monkeypatch):
    monkeypatch.setenv("X96_UNIT", "300")
    with pytest.raises(OptionError, match=r"^X96_UNIT=300: 300 is not in the range"):
        x96.main(["show"], standalone_mode=False)


def test_a_file_that_is_named_must_be_there(here):
    with pytest.raises(ConfigurationError, match=r"none\.toml: No such file"):
        x96.main(["--config", "none.toml", "show"], standalone_mode=False)


def test_off_takes_no_file(here, monkeypatch):
    user(here, "unit = 300")
    monkeypatch.setenv("X96_TIMEOUT", "3")
    found = options_of(monkeypatch, "--config", "off", "show")
    assert (found["unit"], found["timeout"]) == (1, 3.0)


def test_an_installation_of_that_name_is_left_alone_unless_named(here, monkeypatch):
    project(here, '[meter.main]\nsource = "mains"')
    assert options_of(monkeypatch, "show")["unit"] == 1
    with pytest.raises(ConfigurationError, match=r"use `x96 run .*x96\.toml`"):
        x96.main(["--config", "../x96.toml", "show"], standalone_mode=False)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_others_can_write_is_not_taken(here, monkeypatch, capsys):
    project(here, 'tcp = "elsewhere.example"')
    path = here / "project" / "x96.toml"
    path.chmod(0o666)
    assert options_of(monkeypatch, "show")["tcp"] is None
    assert "can be written by everybody: nothing is taken" in capsys.readouterr().err
    assert options_of(monkeypatch, "--config", str(path), "show")["tcp"] == "elsewhere.example"
    path.chmod(0o644)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    if os.stat(path).st_uid != 0:
        assert "another user" in places(None)[0].fault


def test_the_nearest_file_above_is_the_projects(here, monkeypatch):
    project(here, "unit = 2")
    (here / "x96.toml").write_text("unit = 1")
    assert options_of(monkeypatch, "show")["unit"] == 2
    (here / "project" / "below" / "x96.toml").write_text("unit = 3")
    assert options_of(monkeypatch, "show")["unit"] == 3


def test_keys_and_variables_tell_options_apart():
    """No two options of a command have one key, no two keys one variable."""
    names = {}
    tables = [("", shared()), *((keys.path, keys.own) for keys in every_command(x96))]
    for path, own in tables:
        for key in own:
            for name in variables(path, key):
                assert names.setdefault(name, (path, key)) == (path, key), name
    for keys in every_command(x96):
        options = [p for p in keys.command.params if isinstance(p, click.Option) and not p.is_eager]
        assert len({key_of(option) for option in options}) == len(options), keys.path


def test_no_option_that_click_fills_from_a_variable_stands_in_a_file():
    """Otherwise that variable would rule over --config."""
    for keys in every_command(x96):
        own = {key for key, option in keys.own.items() if option.envvar}
        assert own <= set(SECRET), keys.path


def test_what_is_meant_once_is_known_by_some_command():
    known = {key for keys in every_command(x96) for key in keys.own}
    assert set(ONCE) - {"help"} <= known
    assert set(SECRET) <= known


def test_help_shows_what_rules(here):
    project(here, '[log]\nevery = "1min"')
    result = CliRunner().invoke(x96, ["log", "--help"])
    assert "[default: 1min]" in result.output


def test_a_command_alone_asks_nobody(here):
    """Without the group there are no defaults, and nothing breaks."""
    (keys,) = [keys for keys in every_command(x96) if keys.path == "registers"]
    assert isinstance(keys, CommandKeys)
    with suppress(SystemExit):
        assert CliRunner().invoke(keys.command, ["--csv"]).exit_code == 0
