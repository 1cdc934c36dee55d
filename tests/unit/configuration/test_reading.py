"""Values of a meter with names and units."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.configuration.overview import BRIEF, LINE, NAMEPLATE, overview
from smartx96.configuration.reading import chosen, readable, shortest, valued
from smartx96.errors import OptionError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.registers import BY_ID as REGISTERS
from smartx96.modbus.registers import Origin
from support.line_of_meters import IDENTIFICATION, LineOfMeters, Unit

OTHER = Identity(model="SDM630", meter_code=0x70, serial_number=7)


def ask(ids, unit=None, **options):
    async def choose(link):
        return chosen(link, ids)

    return LineOfMeters(unit or Unit()).ask(choose, **options)


class _Foreign(Unit):
    """Says that it is another."""

    def __init__(self):
        super().__init__(says=_Said(model="SDM630", meter_code=0x70))


class _Said(Identity):
    @property
    def objects(self):
        return {0: "Eastron", 1: "70", 2: "1.0", 4: "SDM", 5: "SDM630"}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_of_32_bits_has_as_few_digits_as_numpy_gives_it(value):
    found = shortest(value)
    assert np.float32(found) == np.float32(value)
    digits = len(f"{found!r}".partition("e")[0].replace(".", "").replace("-", "").strip("0"))
    theirs = np.format_float_scientific(np.float32(value), unique=True, trim="-")
    fewest = len(theirs.partition("e")[0].replace(".", "").replace("-", "").strip("0"))
    assert digits <= max(6, fewest + 1)


def test_no_number_is_none():
    assert shortest(math.nan) is None
    assert valued("voltage_l1", math.nan).text == "----"


@pytest.mark.parametrize(
    ("id", "reading", "text"),
    [
        ("voltage_l1", float(np.float32(230.1)), "230.1 V"),
        ("active_energy_import", float(np.float32(123456.7)), "123456.7 kWh"),
        ("system_type", 3.0, "3P4W"),
        ("ct_primary", 200.0, "200 A"),
        ("baud_rate", 2.0, "9600 bit/s"),
        ("word_order", 0, "high word first"),
        ("clock", (5, 4, 3, 1, 23, 11, 26, 20), "2026-11-23T03:04:05"),
        ("clock", (0,) * 8, "00 00 00 00 00 00 00 00"),
        ("software_version", 0x0123, "1.23 (XX.YY)"),
        ("display_version", 0x0001, "0.01 (XX.YY)"),
        ("meter_code", 0x79, "0x0079"),
        ("time_zone", "Europe/Berlin", "Europe/Berlin"),
        ("active_energy_import_exact", 12_345_678_901, "12345678901 uWh"),
    ],
)
def test_text_of_values(id, reading, text):
    assert valued(id, reading).text == text


def test_a_setting_that_cannot_be_is_shown_as_it_is():
    found = valued("ct_primary", 0.5)
    assert (found.value, found.code) == (0.5, 0.5)
    assert found.wrong.startswith("ct_primary: 0.5 A is not allowed")
    assert found.document()["wrong"] == found.wrong


def test_patterns_stand_for_ids_by_address():
    assert ask(["voltage_l?"]) == ["voltage_l1", "voltage_l2", "voltage_l3"]
    assert ask(["frequency", "voltage_l1", "frequency"]) == ["frequency", "voltage_l1"]
    assert ask(["voltage_harmonic_l1[5]"]) == ["voltage_harmonic_l1[5]"]
    assert len(ask(["voltage_harmonic_l1[*"])) == 62
    # A dot is a dot, and no id has one.
    with pytest.raises(OptionError, match="no register"):
        ask(["voltage.l*"])


@pytest.mark.parametrize("id", ["password", "reset", "reset_command"])
def test_what_is_only_written_is_not_read(id):
    with pytest.raises(OptionError, match="is only written"):
        ask([id])
    assert id not in ask(["*"])


def test_an_unknown_id_is_told_with_the_nearest():
    with pytest.raises(OptionError, match="did you mean voltage_l1"):
        ask(["voltag_l1"])


def test_undocumented_registers_of_others_are_hidden():
    every = ask(["*"], _Foreign())
    assert every
    assert {REGISTERS[id].origin for id in every} <= {Origin.X96, Origin.SIBLING}
    with pytest.raises(OptionError, match="--unverified"):
        ask(["clock"], _Foreign())
    silent = Unit()
    silent.silent_to.add(IDENTIFICATION)
    with pytest.raises(OptionError, match=r"calendar_\*: it gave no answer to who it is"):
        ask(["calendar_*"], silent)
    with pytest.raises(OptionError, match=r"undocumented .* --unverified"):
        ask(["voltage_harmonic_l1[*"], _Foreign())
    assert ask(["clock"], _Foreign(), unverified=True) == ["clock"]


def test_overview_is_what_the_meter_has():
    unit = Unit(ct_primary=200, demand_period=15)

    async def whole(link):
        return await overview(link, [*BRIEF, "ct_primary", "demand_period", "tariff_active"])

    found = LineOfMeters(unit).ask(whole)
    assert found["meter"]["ct"] == [200, 5]
    assert found["meter"]["serial_number"] == 96_000_001
    assert found["settings"]["demand_period"] == {
        "name": "demand period", "value": 15, "unit": "min", "code": 15,
        "group": "Demand and load profile", "default": 60, "protected": False,
    }  # fmt: skip
    assert list(found["others"]) == ["tariff_active"]
    assert set(found["values"]) == set(BRIEF)


def test_pages_name_registers():
    assert {*BRIEF, *LINE, *NAMEPLATE} <= set(REGISTERS)


def test_readable_leaves_out_nothing_else():
    async def every(link):
        return set(readable(link))

    hidden = set(REGISTERS) - LineOfMeters(Unit()).ask(every)
    assert hidden == {"password", "reset", "reset_command", "calendar_command"}
