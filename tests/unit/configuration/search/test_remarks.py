"""What looks wrong of a meter, by registers alone: values from closed forms."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smartx96.configuration.family import member_named
from smartx96.configuration.link import Link
from smartx96.configuration.search.remarks import LIVE, remarks
from smartx96.configuration.target import Lines, Target
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.place import Place
from smartx96.modbus.readings import clock_fields
from smartx96.modbus.registers import BY_ID
from smartx96.settings import Settings
from smartx96.status import Status

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
WHERE = Place.named("tcp:127.0.0.1:502")


def link(member="X96-5A"):
    meter = Meter(Client(WHERE), 1)
    return Link(Lines(), Target(WHERE), meter, Nameplate(), member_named(member), unverified=True)


def readings(voltages=(0, -120, 120), currents=(-20, -140, 100), amperes=(5.0, 5.0, 5.0)):
    """Of a 230 V supply, phasors at angles [deg]."""
    u = [230 * complex(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in voltages]
    i = [
        size * complex(math.cos(math.radians(a)), math.sin(math.radians(a)))
        for size, a in zip(amperes, currents, strict=True)
    ]
    found = {"frequency": 50.0, "voltage_sequence": 1.0}
    for n, phase in enumerate(("l1", "l2", "l3")):
        power = u[n] * i[n].conjugate()
        line = ("l1_l2", "l2_l3", "l3_l1")[n]
        found |= {
            f"voltage_{phase}": abs(u[n]),
            f"voltage_{line}": abs(u[n] - u[(n + 1) % 3]),
            f"current_{phase}": abs(i[n]),
            f"active_power_{phase}": power.real,
            f"reactive_power_{phase}": power.imag,
            f"apparent_power_{phase}": abs(power),
        }
    return found


def told(live, now=NOW, member="X96-5A", **settings):
    return remarks(link(member), dict(Settings(settings)), live, now)


def test_nothing_of_a_meter_in_order():
    assert told(readings()) == ()
    assert told(readings() | {"status": Status.WARMING_UP | Status.UNLOCKED}) == ()


def test_what_is_looked_at_has_registers():
    assert set(LIVE) < set(BY_ID)
    assert set(readings()) < set(LIVE)


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (readings(currents=(-20, 100, -140)), "currents L2 and L3 are swapped"),
        (readings(currents=(160, -140, 100)), "current L1 is reversed"),
        (readings(amperes=(5.0, 0.0, 5.0)), "no current on L2"),
        (readings(currents=(180, 60, -60)), "all power flows out"),
        (dict.fromkeys(readings(), 0.0), "no voltage on any input"),
        (readings() | {"frequency": 16.7}, "frequency 16.7 Hz"),
        (readings() | {"active_power_l2": 1500.0}, "active_power_l2 1500 W is more than"),
        (readings() | {"voltage_l3": math.nan}, "voltage_l3: no number"),
        (readings() | {"status": Status.CLOCK_INVALID}, "the meter itself says: clock invalid"),
    ],
)
def test_what_looks_wrong_of_values(live, words):
    (line,) = told(live)
    assert words in line
    assert len(line.splitlines()) == 1


def test_what_the_check_says_better_is_not_said_again():
    live = readings(currents=(160, -140, 100)) | {"status": int(Status.WIRING_SUSPECT)}
    assert len(told(live)) == 1
    assert told(readings() | {"status": int(Status.WIRING_SUSPECT)}) == (
        "the meter itself says: wiring suspect",
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ct_primary": 1, "ct_secondary": 5}, "is the ratio the wrong way round?"),
        ({"demand_period": 15, "demand_slide": 4}, "demand_slide 4 min does not divide"),
        ({"ct_primary": 400, "pulse1_rate": 1}, "pulse1_rate 0.01 kWh"),
        ({"pulse1_energy": 3}, "pure consumer gets no pulse"),
    ],
)
def test_what_looks_wrong_of_settings(settings, words):
    usual = {"demand_period": 60, "demand_slide": 1}
    (line,) = told(readings(), **{**usual, **settings})
    assert words in line


def test_settings_that_cannot_be():
    found = remarks(link(), dict(Settings()) | {"ct_primary": 0}, readings(), NOW)
    assert any("ct_primary: 0 A is not allowed" in line for line in found)
    (line,) = told(readings(), member="X96-5E", system_type=2) or ("",)
    assert "X96-5E has no wiring 3p3w" in line


def test_a_meter_that_does_not_tell_its_transformers_is_not_judged_by_them():
    settings = {"pulse1_rate": 1, "pulse1_width": 200}
    assert remarks(link(), settings, readings(), NOW) == ()


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(seconds=50), None),
        (timedelta(seconds=-59), None),
        (timedelta(seconds=70), "1 min 10 s ahead of"),
        (timedelta(hours=-2), "2 h behind"),
        (timedelta(days=400, hours=1), "400 d 1 h ahead of"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_a_clock_is_held_against_the_time_of_its_zone(off, words, zone):
    local = NOW.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + off
    found = told(readings() | {"clock": clock_fields(local)}, time_zone=zone)
    assert [words in line for line in found] == ([] if words is None else [True])


def test_a_clock_that_shows_no_time():
    (line,) = told(readings() | {"clock": (61, 0, 0, 1, 1, 1, 26, 20)})
    assert "the clock shows no time: 61 00 00" in line
