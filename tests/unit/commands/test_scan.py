"""`x96 scan`: options, what it prints, and its exit."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from smartx96.commands import scan
from smartx96.commands.scan import command, units_of
from smartx96.configuration.search.ports import SerialPort
from smartx96.errors import OptionError, X96Error
from smartx96.modbus.line.parameters import LineParameters
from support.ports import free_port


def run(*arguments):
    return CliRunner().invoke(command, arguments)


def scope_of(*arguments):
    """What a call would search."""
    with command.make_context("scan", list(arguments)) as context:
        return scan._scope(context.params)


@pytest.mark.parametrize(
    ("text", "units"),
    [("1", (1,)), ("1-3", (1, 2, 3)), ("5,1-3, 2", (5, 1, 2, 3)), ("0,255", (0, 255))],
)
def test_units(text, units):
    assert units_of(text) == units


@pytest.mark.parametrize("text", ["", "a", "3-1", "256", "1-256", "1,,2", "-1", "1-2-3", "1.5"])
def test_what_is_no_unit(text):
    with pytest.raises(OptionError, match="give addresses 0 to 255"):
        units_of(text)


def test_without_options_it_searches_this_computer(monkeypatch):
    monkeypatch.setattr(
        "smartx96.configuration.search.ports.serial_ports",
        lambda: (SerialPort("/dev/ttyUSB7", "FTDI"),),
    )
    scope = scope_of()
    assert [str(place) for place in scope.places] == [
        "/dev/ttyUSB7", "127.0.0.1:502", "127.0.0.1:5020",
    ]  # fmt: skip
    assert (scope.everything, scope.units, scope.parameters) == (False, (), ())


def test_places_are_searched_once_each_and_no_others():
    scope = scope_of("--tcp", "10.0.0.5:502", "--tcp", "10.0.0.4/31:502", "--port", "COM3",
                     "--rtu-tcp", "10.0.0.9:4001", "--all")  # fmt: skip
    assert sorted(str(place) for place in scope.places) == [
        "10.0.0.4:502", "10.0.0.5:502", "10.0.0.9:4001", "COM3",
    ]  # fmt: skip
    assert scope.everything


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        ((), ()),
        (("--baud", "19200"), (LineParameters(19200),)),
        (("--parity", "e1"), (LineParameters(9600, "E"),)),
        (("--baud", "2400", "--baud", "4800", "--parity", "O1", "--parity", "N2"),
         (LineParameters(2400, "O"), LineParameters(4800, "O"),
          LineParameters(2400, "N", 2), LineParameters(4800, "N", 2))),
    ],
)  # fmt: skip
def test_speeds(arguments, parameters):
    assert scope_of("--port", "COM3", *arguments).parameters == parameters


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tcp", "10.0.0.0/8"), "--tcp '10.0.0.0/8': has 16777216 addresses"),
        (("--tcp", "a b"), "--tcp 'a b'"),
        (("--rtu-tcp", "nohost"), "--rtu-tcp 'nohost': must be HOST:PORT"),
        (("--units", "300"), "--units '300'"),
    ],
)
def test_what_cannot_be_searched_is_an_option_error(arguments, words):
    found = run(*arguments)
    assert isinstance(found.exception, OptionError)
    assert words in str(found.exception)


def test_nobody_is_exit_1_with_a_note_that_says_why():
    port = free_port()
    found = run("--tcp", f"127.0.0.1:{port}")
    assert isinstance(found.exception, X96Error)
    assert str(found.exception) == "nothing was found: no place could be reached"
    assert f"127.0.0.1:{port}: connection refused" in found.stderr
    assert found.stdout == ""


def test_json_is_one_document_also_of_nobody():
    found = run("--tcp", f"127.0.0.1:{free_port()}", "--json")
    document = json.loads(found.stdout)
    assert document["found"] == []
    assert document["requests"] == 0
    assert not document["stopped"]
    assert "connection refused" in document["notes"][0]["text"]
    assert found.exception is not None


def test_a_port_that_is_not_there_is_told(tmp_path):
    found = run("--port", str(tmp_path / "none"))
    assert "no place could be reached" in str(found.exception)
    assert f"{tmp_path / 'none'}: Modbus RTU cannot open" in found.stderr
