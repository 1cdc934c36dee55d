"""Meters of others are found, shown, logged and set: servers of pymodbus and libmodbus that have
the documented part of the map, keep what is written and refuse all else.

By their own record nothing is asked of them that only this project documents.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clients.documented_part import (
    METER_CODE,
    READINGS,
    SERIAL_NUMBER,
    SETTINGS,
    UNIT,
    documented,
    own_addresses,
)
from clients.independent_meter import Asked, IndependentMeter, independent_meter
from smartx96.commands.main import x96
from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import State
from smartx96.configuration.changing.plan import planned
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.settings import BY_ID as ALL_SETTINGS
from smartx96.settings import KEPT

pytestmark = pytest.mark.interop

PASSWORD = 1000
DOCUMENTED = [register.id for register in documented("holding") if register.id in ALL_SETTINGS]
TABLES = {3: "holding", 4: "input", 16: "holding"}

SERVERS = {
    "pymodbus-tcp": ("pymodbus", False), "pymodbus-line": ("pymodbus", True),
    "libmodbus-tcp": ("libmodbus", False), "libmodbus-line": ("libmodbus", True),
}  # fmt: skip
meters = pytest.mark.parametrize("meter", SERVERS, indirect=True)


@pytest.fixture
def meter(request, tmp_path: Path) -> Iterator[IndependentMeter]:
    server, line = SERVERS[request.param]
    with independent_meter(server, tmp_path, line) as found:
        yield found
        own = {table: own_addresses(table) for table in ("input", "holding")}
        strange = [
            each for each in found.asked()
            if each.function in TABLES
            and own[TABLES[each.function]] & {*range(each.address, each.address + each.count)}
        ]  # fmt: skip
        assert found.asked()
        assert not strange


def ask(meter: IndependentMeter, dialogue, **options):
    over_tcp = Place(Kind.TCP, "127.0.0.1", meter.port)
    place = Place(Kind.RTU, meter.device) if meter.device else over_tcp

    async def whole():
        async with Lines(Policy(timeout=1, retries=2)) as lines:
            return await dialogue(
                await Link.open(lines, Target(place, UNIT, LineParameters()), **options)
            )

    return asyncio.run(asyncio.wait_for(whole(), 60))


def command(name: str, meter: IndependentMeter, *arguments: str) -> Result:
    done = CliRunner().invoke(x96, [name, *meter.options, *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@meters
def test_it_is_recognised_and_all_that_is_documented_is_read(meter):
    async def dialogue(link):
        assert not link.ours
        assert str(link.member) == "SDM630"
        assert (link.nameplate.serial_number, link.nameplate.meter_code) == (
            SERIAL_NUMBER, METER_CODE,
        )  # fmt: skip
        found = await link.read_settings()
        # 0 where the tests have chosen nothing.
        assert found == {id: SETTINGS.get(id, 0) for id in DOCUMENTED if id != "password"}
        readings = await link.read([*READINGS, "active_energy_total_exact"])
        assert readings == READINGS
        assert not link.missing

    ask(meter, dialogue)


@meters
def test_settings_are_planned_written_and_compared(meter):
    wanted = {
        "demand_period": 15, "system_type": "1P2W", "pulse1_width": 200, "backlight_time": 5,
        "measurement_mode": 1, "scroll_time": 0,
    }  # fmt: skip

    async def dialogue(link):
        outcome = await carry_out(link, planned(link, await link.read_settings(), wanted), PASSWORD)
        return outcome, await link.read_settings()

    outcome, found = ask(meter, dialogue)
    assert outcome.done, outcome.statement
    assert outcome.ids(State.SAME) == ("scroll_time",)
    expected = {"demand_period": 15, "system_type": 1, "pulse1_width": 200, "backlight_time": 5}
    assert {id: found[id] for id in expected} == expected

    async def again(link):
        return await link.read_settings()

    # Another client, which asks for the order of words, reads the same.
    assert ask(meter, again) == found


@meters
def test_nothing_is_written_of_a_plan_that_only_ours_could_take(meter):
    async def dialogue(link):
        # On a line some do not answer at all who they are.
        why = r"ct_primary: (nothing says|it gave no answer) .* --unverified tries"
        with pytest.raises(OptionError, match=why):
            planned(link, await link.read_settings(), {"scroll_time": 7, "ct_primary": 200})
        return await link.read(["scroll_time"])

    assert ask(meter, dialogue) == {"scroll_time": 0}
    assert not [each for each in meter.asked() if each.function == 16]


@pytest.mark.parametrize("meter", [n for n in SERVERS if n != "pymodbus-line"], indirect=True)
def test_an_address_that_it_stores_for_later_is_told_truly(meter):
    """These servers keep theirs until they start anew; libmodbus answers any over TCP. On a line
    pymodbus 3.16 answers in the name of all units, so that no address is free there.
    """

    async def dialogue(link):
        outcome = await carry_out(
            link, planned(link, await link.read_settings(), {"unit_address": 9})
        )
        return outcome, await link.read(["unit_address"])

    outcome, found = ask(meter, dialogue)
    assert found == {"unit_address": 9}
    assert outcome.done
    assert bool(outcome.notes) == outcome.target.endswith(f"unit {UNIT}")


@meters
def test_scan_finds_it(meter):
    done = CliRunner().invoke(
        x96, ["scan", *meter.options[:2], "--units", f"1,{UNIT}", "--json"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    found = [each for each in json.loads(done.stdout)["found"] if each["state"] == "meter"]
    # libmodbus answers any unit over TCP: it is one meter all the same.
    assert len(found) == 1
    assert UNIT in (found[0]["unit"], *found[0]["also_units"])
    assert (found[0]["member"], found[0]["ours"]) == ("SDM630", False)
    assert (found[0]["serial_number"], found[0]["meter_code"]) == (SERIAL_NUMBER, METER_CODE)


@meters
def test_show_tells_what_it_measures_and_how_it_is_set(meter):
    told = json.loads(command("show", meter, "--values", "--settings", "--json").stdout)
    assert told["meter"]["serial_number"] == SERIAL_NUMBER
    assert {id: told["values"][id]["value"] for id in READINGS} == READINGS
    assert not {"active_energy_total_exact", "voltage_harmonic_l1[3]"} & told["values"].keys()
    assert told["settings"].keys() == {*DOCUMENTED} - {"password"}
    assert "ct_primary" not in command("show", meter, "--settings").stdout


@meters
def test_log_writes_its_values(meter, tmp_path):
    file = tmp_path / "log.csv"
    command("log", meter, "--every", "500ms", "--count", "2", "--ids", ",".join(READINGS),
            "-o", str(file))  # fmt: skip
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 2
    for row in rows:
        assert row["serial_number"] == str(SERIAL_NUMBER)
        assert {id: float(row[id]) for id in READINGS} == READINGS


@meters
def test_a_profile_is_pushed_and_what_only_ours_has_is_refused(meter, tmp_path):
    profile = tmp_path / "profile.toml"
    profile.write_text('demand_period = 30\nsystem_type = "1P2W"\nscroll_time = 8\n')
    written = json.loads(
        command("push", meter, str(profile), "--password", str(PASSWORD), "--json").stdout
    )
    assert written["outcome"]["done"]
    assert [each["state"] for each in written["outcome"]["settings"]] == ["written"] * 3

    profile.write_text("scroll_time = 9\nct_primary = 200\n")
    refused = CliRunner().invoke(x96, ["push", *meter.options, str(profile)])
    assert refused.exit_code != 0
    told = json.loads(command("show", meter, "--settings", "--json").stdout)["settings"]
    assert [told[id]["value"] for id in ("demand_period", "scroll_time")] == [30, 8]


@pytest.mark.parametrize("meter", ["pymodbus-tcp"], indirect=True)
def test_unverified_asks_and_learns_what_is_not_there(meter):
    async def dialogue(link):
        found = await link.read_settings()
        assert found.keys() == {*DOCUMENTED} - {"password"}
        assert link.missing == {setting.id for setting in KEPT} - found.keys()
        with pytest.raises(OptionError, match="does not have it"):
            planned(link, found, {"ct_primary": 200})

    ask(meter, dialogue, unverified=True)
    # The one case in which the record has them.
    own = own_addresses("holding")
    assert any(each.address in own for each in meter.asked())
    meter.asked = lambda: [Asked(3, 0, 1)]
