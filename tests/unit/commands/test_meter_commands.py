"""`x96 show`, `get`, `set`, `reset`, `clock` and `password`, against a meter over TCP."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import click
import pytest

import smartx96
from smartx96.commands.main import _run
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import NoAnswerError
from smartx96.modbus.program import version as program_version

PASSWORD = "1000"


@pytest.fixture
def meter():
    with smartx96.simulate(voltage=230, current=5, settings={"demand_period": 15}) as found:
        yield found


@pytest.fixture
def x96(meter, capsys, monkeypatch):
    """Runs a command against the meter: exit code, output, error output."""
    for variable in ("X96_PASSWORD", "X96_NEW_PASSWORD"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        host, port = meter.tcp
        found = _run([*arguments, "--tcp", f"{host}:{port}", "--timeout", "0.5"])
        said = capsys.readouterr()
        assert found == code, said
        # One line, and only where something went wrong.
        assert said.err.count("\n") == (code != 0)
        return said.out if not code else said.err

    return run


def test_get_prints_what_the_meter_has(meter, x96):
    assert x96("get", "ct_primary", "system_type") == "ct_primary = 5 A\nsystem_type = 3P4W\n"
    shown = dict(
        line.split(" = ") for line in x96("get", "voltage_l?", "active_power").splitlines()
    )
    assert list(shown) == ["voltage_l1", "voltage_l2", "voltage_l3", "active_power"]
    for id, text in shown.items():
        number, _ = text.split()
        assert float(number) == pytest.approx(meter[id], rel=1e-6)


def test_where_nobody_says_who_it_is_that_is_told_in_one_line(meter, capsys, monkeypatch):
    async def silent(client: Client, unit: int) -> dict[int, str]:
        raise NoAnswerError("no answer")

    monkeypatch.setattr(Client, "identification", silent)
    host, port = meter.tcp
    for options, told in (([], 1), (["--unverified"], 0)):
        assert _run(["show", "--json", "--tcp", f"{host}:{port}", *options]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out)["meter"]["identification"] == "no answer"
        assert said.err.count("\n") == told
    assert _run(["get", "clock", "--tcp", f"{host}:{port}"]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(r"x96: clock: it gave no answer .*; --unverified tries\n", said)
    # What is named is told, or refused by its name.
    assert _run(["get", "voltage_l1", "--tcp", f"{host}:{port}"]) == 0
    assert capsys.readouterr().err == ""
    assert _run(["get", "voltage_l?", "--tcp", f"{host}:{port}"]) == 0
    said = capsys.readouterr().err
    assert said.startswith(f"note: {host}:{port} unit 1: it gave no answer to who it is")
    assert said.endswith("; --unverified tries\n")


def test_get_as_json(meter, x96):
    found = json.loads(x96("get", "pulse1_rate", "frequency", "--json"))
    assert found == {
        "pulse1_rate": {"name": "pulse output 1 rate", "value": "1 kWh (kvarh)", "unit": "",
                        "code": 3},
        "frequency": {"name": "frequency", "value": 50.0, "unit": "Hz"},
    }  # fmt: skip


def test_get_refuses_what_is_no_id(x96):
    assert "did you mean ct_primary" in x96("get", "ct_primry", code=2)
    assert "only written" in x96("get", "password", code=2)
    assert "no register" in x96("get", "x*", code=2)


def test_show_tells_what_it_is_and_how_it_is_set(meter, x96):
    meter.change(ct_primary=200, ct_secondary=5)
    page = x96("show")
    assert re.search(r"SMART X96 X96-5A, serial number \d+\n", page)
    assert "wiring 3P4W, CT 200/5 A, VT ratio 1" in page
    assert re.search(r"voltage +230 +230 +230 +230 V\n", page)
    assert re.search(r"ct_primary +200 A +CT primary", page)
    assert re.search(r"demand_period +15 min", page)
    assert "pulse1_rate" not in page
    assert "pulse1_rate" in x96("show", "--settings")
    values = x96("show", "--values")
    assert "reactive_energy_q1_exact" in values
    assert "harmonic" not in values
    assert "voltage_harmonic_l1[63]" in x96("show", "--all")


def test_show_as_json_has_all_of_a_page(meter, x96):
    found = json.loads(x96("show", "--json"))
    assert found["meter"]["ours"] is True
    assert found["meter"]["member"] == "X96-5A"
    assert found["values"]["voltage_l1"]["value"] == pytest.approx(230)
    assert found["settings"]["demand_period"]["value"] == 15
    assert "password" not in found["settings"]


def test_set_writes_and_compares(meter, x96):
    said = x96("set", "ct_primary=200", "demand_period=15", "--password", PASSWORD)
    assert re.search(r"ct_primary +5 A -> 200 A\n", said)
    assert re.search(r"demand_period +15 min, as it is\n", said)
    assert said.endswith("done: 1 same, 1 written\n")
    assert meter.settings["ct_primary"] == 200


def test_set_takes_names_and_codes(meter, x96, monkeypatch):
    monkeypatch.setenv("X96_PASSWORD", PASSWORD)
    x96("set", "pulse1_rate=0.1 kWh (kvarh)", "system_type=1p2w", "baud_rate=19200", "word_order=1")
    found = {id: meter.settings[id] for id in ("pulse1_rate", "system_type", "baud_rate")}
    assert found == {"pulse1_rate": 2, "system_type": 1, "baud_rate": 3}
    # And it is still understood, the low word of floats first.
    assert x96("get", "ct_primary") == "ct_primary = 5 A\n"


def test_set_takes_what_stands_on_a_plate(meter, x96):
    x96("set", "ct=200/1", "demand_period=30 min", "--password", PASSWORD)
    found = {id: meter.settings[id] for id in ("ct_primary", "ct_secondary", "demand_period")}
    assert found == {"ct_primary": 200, "ct_secondary": 1, "demand_period": 30}
    x96("set", "ct_primary=300 A", "--password", PASSWORD)
    assert meter.settings["ct_primary"] == 300
    said = x96("set", "ct_primary=200/5", code=2)
    assert said == "x96: 'ct_primary=200/5': say ct_primary=200 ct_secondary=5\n"
    assert "ct and ct_primary: give one" in x96("set", "ct=200/5", "ct_primary=300", code=2)
    assert "ct 200: give primary/secondary in whole ampere" in x96("set", "ct=200", code=2)
    assert meter.settings["ct_primary"] == 300


def test_show_and_scan_tell_the_version_that_the_meter_itself_tells(meter, x96, capsys):
    assert f"software {program_version()}, hardware 1.00" in x96("show")
    assert _run(["scan", "--tcp", ":".join(map(str, meter.tcp)), "--units", "1"]) == 0
    assert f"  {program_version()}  " in capsys.readouterr().out


def test_set_shows_what_it_would_do(meter, x96):
    said = x96("set", "measurement_mode=3", "pulse1_energy=net kwh", "pulse1_rate=1",
               "ct_primary=400", "--dry-run")  # fmt: skip
    assert "pulse1_rate 0.01 kWh (kvarh): full load (331.2 kW) makes 9.2 pulses/s" in said
    assert "a pure consumer gets no pulse" in said
    assert "the kWh display of a pure consumer falls below zero" in said
    assert said.endswith("dry run: nothing was written\n")
    assert meter.settings["ct_primary"] == 5
    assert "roll over" in x96("set", "ct_primary=4000", "--dry-run")


def test_set_writes_nothing_unless_all_is_valid(meter, x96):
    before = dict(meter.settings)
    for wrong in ("ct_secondary=7", "ct_primry=5", "ct_primary=", "scroll_time=61", "password=1",
                  "clock=5", "reset=1", "ct_primary=9"):  # fmt: skip
        x96("set", "ct_primary=200", wrong, "--password", PASSWORD, code=2)
    assert dict(meter.settings) == before


def test_set_needs_the_password_for_what_is_protected(meter, x96):
    assert "give --password or X96_PASSWORD" in x96("set", "ct_primary=200", code=2)
    x96("set", "scroll_time=7")
    said = x96("set", "ct_primary=200", "--password", "77", code=1)
    assert "password is wrong" in said
    assert said.rstrip().endswith("; nothing was written")
    assert meter.settings["ct_primary"] == 5
    assert meter.settings["scroll_time"] == 7


def test_a_meter_that_is_locked_out_says_so(meter, x96):
    for _ in range(5):
        x96("set", "ct_primary=200", "--password", "77", code=1)
    told = x96("set", "ct_primary=200", "--password", PASSWORD, code=1)
    assert "takes no password now, after too many wrong ones" in told


def test_set_as_json(meter, x96):
    found = json.loads(x96("set", "ct_primary=200", "--password", PASSWORD, "--json"))
    assert found["plan"]["changes"] == [{"id": "ct_primary", "old": 5, "new": 200}]
    assert found["outcome"]["done"] is True
    assert found["dry_run"] is False
    assert PASSWORD not in json.dumps(found)


def test_set_that_moves_the_meter_says_where_it_is(meter, x96):
    assert "from now on it is asked at" in x96("set", "unit_address=9")
    assert meter.settings["unit_address"] == 9
    assert x96("get", "unit_address", "--unit", "9") == "unit_address = 9\n"


def test_nobody_there_is_told_with_what_to_look_at(x96):
    told = x96("get", "ct_primary", "--unit", "77", "--retries", "0", code=1)
    assert "no answer within 0.5 s" in told
    assert "is 77 the unit id" in told
    assert "--rtu-tcp" in told


def test_clock_is_set_to_a_time(meter, x96):
    meter.change(time_zone="Europe/Berlin")
    said = x96("clock", "--set", "2026-11-23T10:00:00")
    assert "set: 2026-11-23 10:00:00 (Europe/Berlin)" in said
    assert meter.time == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    x96("clock", "--set", "2026-07-01T10:00:00-05:00")
    assert meter.time == datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
    found = json.loads(x96("clock", "--json"))
    assert (found["clock"], found["time_zone"]) == ("2026-07-01T17:00:00", "Europe/Berlin")


def test_clock_is_set_to_now(meter, x96):
    before = datetime.now(UTC)
    found = json.loads(x96("clock", "--set", "--json"))
    assert found["set"]["valid"] is True
    assert 0 <= (meter.time - before).total_seconds() < 5
    # On the second.
    assert meter.time.microsecond == 0


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ("2026-03-29T02:30:00", "left out, for the clock goes forward then"),
        ("2026-10-25T01:30:00Z", "comes twice in this night"),
        ("tomorrow", "give a time, such as 2026-11-23T10:00:00"),
    ],
)
def test_a_time_that_a_clock_cannot_be_told(meter, x96, time, words):
    meter.change(time_zone="Europe/Berlin")
    before = meter.time
    assert words in x96("clock", "--set", time, code=2)
    assert meter.time == before


def test_clock_writes_nothing_on_a_dry_run(meter, x96):
    before = meter.time
    assert "nothing was written" in x96("clock", "--set", "--dry-run")
    assert meter.time == before
    assert "only with --set" in x96("clock", "--dry-run", code=2)


def test_reset_clears_what_it_shows(meter, x96):
    meter.advance(hours=1)
    before = meter.readings()
    assert before["active_energy_import_resettable"] == pytest.approx(3.45, rel=1e-3)
    assert before["active_power_demand_max"] == pytest.approx(3450, rel=1e-3)
    said = x96("reset", "energy", "--yes", "--password", PASSWORD)
    assert "active_energy_import_resettable = 3.45" in said
    assert "the main energy registers go on: nothing resets them" in said
    assert "done, by reset_command; now\n  active_energy_import_resettable = 0.0 kWh" in said
    after = meter.readings()
    assert after["active_energy_import_resettable"] == 0
    assert after["active_energy_import"] == before["active_energy_import"]
    assert after["active_power_demand_max"] == before["active_power_demand_max"]
    found = json.loads(x96("reset", "maxima", "--yes", "--password", PASSWORD, "--json"))
    assert found["done"] is True
    assert meter["active_power_demand_max"] in (0, None)
    assert found["values"]["active_power_demand_max"]["before"] == pytest.approx(3450, rel=1e-3)


def test_reset_is_meant(meter, x96):
    meter.advance(hours=1)
    assert "give --yes" in x96("reset", "maxima", "--password", PASSWORD, code=2)
    assert "give --password" in x96("reset", "maxima", "--yes", code=2)
    assert "nothing was written" in x96("reset", "maxima", "--dry-run")
    assert "wrong" in x96("reset", "maxima", "--yes", "--password", "1", code=1)
    assert meter["active_power_demand_max"] == pytest.approx(3450, rel=1e-3)


def test_password_is_changed_and_shown_nowhere(meter, x96, monkeypatch):
    monkeypatch.setenv("X96_PASSWORD", PASSWORD)
    monkeypatch.setenv("X96_NEW_PASSWORD", "4321")
    said = x96("password")
    assert "unlocked by it, and locked" in said
    said += x96("password", "--dry-run", code=1) + x96("set", "ct_primary=9", code=1)
    monkeypatch.setenv("X96_PASSWORD", "4321")
    said += x96("password", "--dry-run", "--json") + x96("set", "ct_primary=9", "--json")
    assert meter.settings["ct_primary"] == 9
    assert "4321" not in said
    assert PASSWORD not in said


def test_password_that_cannot_be_is_refused(meter, x96, monkeypatch):
    monkeypatch.setenv("X96_PASSWORD", PASSWORD)
    assert "take 1 to 9999" in x96("password", "--new-password", "0", code=2)
    told = x96("password", "--new-password", "sesame", code=2)
    assert "is a number 0 to 9999" in told
    assert "sesame" not in told
    assert "give --new-password or X96_NEW_PASSWORD" in x96("password", code=2)


def test_new_password_is_typed_twice(meter, x96, monkeypatch):
    monkeypatch.setenv("X96_PASSWORD", PASSWORD)
    typed = iter(["4321", "4312", "4321", "4321"])
    monkeypatch.setattr("smartx96.commands.given_password.interactive", lambda: True)
    monkeypatch.setattr("smartx96.commands.password.interactive", lambda: True)
    monkeypatch.setattr("click.prompt", lambda text, **how: next(typed))
    assert "typed differently" in x96("password", code=2)
    x96("password", "--dry-run")
    x96("password")
    monkeypatch.setenv("X96_PASSWORD", "4321")
    x96("password", "--dry-run")


def test_what_is_said_no_to_is_not_done(meter, x96, monkeypatch):
    meter.advance(hours=1)
    monkeypatch.setattr("smartx96.commands.reset.interactive", lambda: True)

    def declined(text, **how):
        assert "clear demand maxima?" in text
        raise click.Abort

    monkeypatch.setattr("click.confirm", declined)
    assert _run(["reset", "maxima", "--tcp", ":".join(map(str, meter.tcp))]) == 130
    assert meter["active_power_demand_max"] == pytest.approx(3450, rel=1e-3)
