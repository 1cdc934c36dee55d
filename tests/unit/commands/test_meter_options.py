"""Options of the commands that ask meters."""

from __future__ import annotations

import json

import pytest

from smartx96.commands.given_password import needed_password, password_of
from smartx96.commands.json_document import write_json
from smartx96.commands.main import COMMANDS, x96
from smartx96.commands.meter_options import family_options, member_of_options, policy_of, target_of
from smartx96.configuration.family import FAMILY
from smartx96.errors import OptionError

DEFAULTS = {
    "tcp": None, "port": None, "rtu_tcp": None, "unit": 1, "baud": 9600, "parity": "N1",
    "timeout": 1.0, "retries": 2, "member": None, "unverified": False, "password": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tcp": "192.168.1.20"}, "192.168.1.20:502 unit 1"),
        ({"tcp": "gateway:1502", "unit": 7}, "gateway:1502 unit 7"),
        ({"tcp": "[fe80::1]"}, "[fe80::1]:502 unit 1"),
        ({"port": "/dev/ttyUSB0"}, "/dev/ttyUSB0 9600 N1 unit 1"),
        ({"port": "COM3", "baud": 19200, "parity": "e1"}, "COM3 19200 E1 unit 1"),
        ({"port": "COM3", "parity": "N2"}, "COM3 9600 N2 unit 1"),
        ({"rtu_tcp": "server:4001"}, "server:4001 9600 N1 unit 1"),
    ],
)
def test_place_is_what_the_options_say(given, told):
    assert str(target_of(DEFAULTS | given)) == told


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "where is the meter? give --tcp HOST, --port DEVICE or --rtu-tcp HOST:PORT"),
        ({"tcp": "a", "port": "b"}, "--tcp and --port: give one of them"),
        ({"tcp": "a:b"}, "--tcp 'a:b': must be HOST:PORT"),
        ({"rtu_tcp": "server"}, "--rtu-tcp 'server': must be HOST:PORT"),
    ],
)
def test_no_place_or_two_are_told(given, line):
    with pytest.raises(OptionError) as told:
        target_of(DEFAULTS | given)
    assert str(told.value).startswith(line)


def test_policy_is_what_the_options_say():
    policy = policy_of(DEFAULTS | {"timeout": 0.25, "retries": 5})
    assert (policy.timeout, policy.retries) == (0.25, 5)


def test_members_of_the_help_are_those_of_the_family():
    @family_options
    def command() -> None: ...

    options = {option.name: option for option in command.__click_params__}
    assert options["member"].metavar.split("|") == [member.name for member in FAMILY]
    assert member_of_options(DEFAULTS) is None
    assert member_of_options(DEFAULTS | {"member": "sdm630"}) is FAMILY[2]


@pytest.mark.parametrize("text", ["12345", "-1", "1e3", "sesame", "", "١٢٣"])
def test_no_error_repeats_a_password(text):
    with pytest.raises(OptionError) as told:
        password_of(DEFAULTS | {"password": text})
    assert str(told.value) == "--password (X96_PASSWORD): a password is a number 0 to 9999"


def test_password_is_asked_for_where_none_is_given(monkeypatch):
    assert password_of(DEFAULTS) is None
    assert needed_password(DEFAULTS | {"password": "0042"}, "a reset") == 42
    with pytest.raises(OptionError, match="a reset: needs the password of the meter; give --pass"):
        needed_password(DEFAULTS, "a reset")
    asked = []
    monkeypatch.setattr("smartx96.commands.given_password.interactive", lambda: True)
    monkeypatch.setattr("click.prompt", lambda text, **how: asked.append((text, how)) or "1234")
    assert needed_password(DEFAULTS, "a reset") == 1234
    assert asked == [("password of the meter (not shown)", {"hide_input": True, "err": True})]


def test_what_is_no_number_is_null_in_json(capsys):
    write_json({"a": float("nan"), "b": [1.5, float("inf"), {"c": -float("inf")}], "d": "Größe"})
    said = capsys.readouterr().out
    assert json.loads(said) == {"a": None, "b": [1.5, None, {"c": None}], "d": "Größe"}
    assert "Größe" in said


@pytest.mark.parametrize("name", ["show", "get", "set", "reset", "clock", "password"])
def test_help_of_each_command_has_examples(name):
    command = x96.get_command(None, name)
    assert name in COMMANDS
    assert command.help.count(f"x96 {name} ") >= 2
