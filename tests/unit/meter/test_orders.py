"""Orders: all of a request or nothing, protected ones with the password, everything told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.errors import ConfigurationError, LockedError, OptionError, PasswordError
from smartx96.meter.commands import (
    Access,
    ChangeSettings,
    LockUp,
    Renew,
    Reset,
    Resettable,
    Road,
    SetCalendar,
    SetClock,
    Unlock,
)
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile, RowFlag
from smartx96.meter.state import state
from smartx96.meter.supply import Supply
from smartx96.models import MODELS
from smartx96.settings import BY_ID, TABLE
from smartx96.status import Status
from support.calendars import daily
from support.meters import DAY, HOUR, MINUTE, OWNER, SECOND, T0, Rig, at, configured, registers

LINE = Access(Road.MODBUS, "line 1")
OTHER = Access(Road.PANEL, "panel")
PROTECTED = [s.id for s in TABLE if s.protected]

ANOTHER: dict[str, object] = {
    "system_type": 2,
    "ct_secondary": 1,
    "ct_primary": 100,
    "vt_secondary": 110,
    "vt_ratio": 10,
    "current_direction_l1": 1,
    "current_direction_l2": 1,
    "current_direction_l3": 1,
    "energy_balance": 1,
    "apparent_power_method": 1,
    "nominal_frequency": 60,
    "load_profile_period": 5,
    "time_zone": "Europe/Berlin",
    "tariff_control": 3,
    "measurement_mode": 1,
    **{f"{kind}_gain_l{n}": -123 for kind in ("voltage", "current") for n in (1, 2, 3)},
    **{f"phase_correction_l{n}": 456 for n in (1, 2, 3)},
}
"""Another value for every protected setting."""


def running(**more) -> Rig:
    """A meter that has run for a minute, and told everything of it."""
    rig = Rig(profile=LoadProfile(), **more).run(60)
    rig.meter.emptied()
    return rig


def kept(rig: Rig) -> str:
    """All that a meter keeps, and all that it has to tell."""
    return json.dumps(state(rig.meter)) + repr(rig.meter.outbox) + repr(rig.meter.configuration)


def test_every_protected_setting_has_another_value() -> None:
    assert sorted(ANOTHER) == sorted(PROTECTED)


@pytest.mark.parametrize("id", PROTECTED)
def test_protected_settings_need_the_password(id: str) -> None:
    rig = running()
    before = kept(rig)
    with pytest.raises(LockedError, match=f"^{id} is protected: unlock with the password first$"):
        rig.meter.apply(ChangeSettings({id: ANOTHER[id], "unit_address": 7}), LINE, 1.0)
    assert kept(rig) == before
    old = rig.meter.configuration.settings[id]
    rig.meter.apply(Unlock(1000), LINE, 2.0)
    rig.meter.apply(ChangeSettings({id: ANOTHER[id]}), LINE, 3.0)
    assert rig.meter.configuration.settings[id] == ANOTHER[id]
    (told,) = [e for e in rig.meter.emptied().events if e.kind == "parameter_changed"]
    assert told.details == {"setting": id, "old": old, "new": ANOTHER[id], "road": "modbus"}
    assert told.time == rig.meter.now == T0 + MINUTE
    assert RowFlag.SETTINGS_CHANGED in rig.meter.profile.flags


def test_a_change_to_what_it_is_is_none() -> None:
    rig = running()
    rig.meter.apply(ChangeSettings({"ct_primary": 5}), OWNER)
    assert rig.kinds() == []
    assert not rig.meter.profile.flags & RowFlag.SETTINGS_CHANGED


@pytest.mark.parametrize(
    ("id", "value"), [("unit_address", 9), ("demand_period", 15), ("pulse1_rate", 2)]
)
def test_other_settings_need_none(id: str, value: int) -> None:
    assert not BY_ID[id].protected
    rig = running()
    rig.meter.apply(ChangeSettings({id: value}), LINE)
    assert rig.meter.configuration.settings[id] == value
    assert rig.kinds() == []


@pytest.mark.parametrize(
    "bad",
    [
        {"ct_primary": 0},
        {"pulse1_width": 61},
        {"demand_slide": "x"},
        {"time_zone": "Mars/Base"},
        {"nonsense": 1},
        {"password": 10_000},
        {"password": "secret"},
    ],
)
def test_one_bad_value_and_nothing_is_changed(bad: dict) -> None:
    rig = running()
    rig.meter.apply(Unlock(1000), LINE, 0.0)
    rig.meter.emptied()
    before = kept(rig)
    good = {"ct_primary": 100, "demand_period": 15, "password": 1234}
    with pytest.raises(OptionError) as told:
        rig.meter.apply(ChangeSettings({**good, **bad}), LINE, 1.0)
    assert kept(rig) == before
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)
    assert rig.meter.lock.fits(1000)


def test_what_the_model_has_not_is_refused() -> None:
    rig = Rig(configuration=configured(model=MODELS["X96-5E"])).run(1)
    before = kept(rig)
    with pytest.raises(OptionError, match="system_type: model X96-5E has no wiring 3p3w"):
        rig.meter.apply(ChangeSettings({"system_type": 2, "ct_primary": 9}), OWNER)
    assert kept(rig) == before
    rig.meter.apply(ChangeSettings({"system_type": 1}), OWNER)
    rig.run(1)
    assert rig.meter.snapshot()["active_power_l2"] is None
    assert rig.meter.snapshot()["voltage_thd_l1"] is None


def test_what_the_installation_cannot_follow_is_refused() -> None:
    rig = running()
    before = kept(rig)

    def check(configuration) -> None:
        assert configuration.settings["ct_primary"] == 100
        raise OptionError("the source cannot follow")

    with pytest.raises(OptionError, match="cannot follow"):
        rig.meter.apply(ChangeSettings({"ct_primary": 100}), OWNER, check=check)
    assert kept(rig) == before


def test_locked_again_after_a_minute_and_by_command() -> None:
    rig = running()
    change = ChangeSettings({"ct_primary": 10})
    rig.meter.apply(Unlock(1000), LINE, 0.0)
    assert Status.UNLOCKED in rig.meter.status(59.9)
    with pytest.raises(LockedError):
        rig.meter.apply(change, OTHER, 1.0)
    rig.meter.apply(Renew(), LINE, 59.0)
    rig.meter.apply(change, LINE, 118.9)
    assert Status.UNLOCKED not in rig.meter.status(119.1)
    with pytest.raises(LockedError):
        rig.meter.apply(change, LINE, 119.1)
    rig.meter.apply(Unlock(1000), LINE, 200.0)
    rig.meter.apply(LockUp(), LINE, 201.0)
    with pytest.raises(LockedError):
        rig.meter.apply(change, LINE, 201.0)


def test_wrong_passwords_are_told_and_lock_out() -> None:
    rig = running()
    for n in range(5):
        with pytest.raises(PasswordError):
            rig.meter.apply(Unlock(4711), LINE, float(n))
    told = rig.events()
    assert told == [("wrong_password", {"road": "modbus"}), ("locked_out", {"road": "modbus"})]
    rig.run(2)
    more = {"road": "modbus", "since": "2026-03-02T00:01:00Z", "repeats": 3}
    told += rig.events()
    assert told[2:] == [("wrong_password", more)]
    assert "4711" not in repr(told)
    with pytest.raises(LockedError, match="locked out"):
        rig.meter.apply(Unlock(1000), OTHER, 60.0)
    rig.meter.apply(Unlock(1000), OTHER, 64.0)
    assert rig.kinds() == []


def test_who_guesses_passwords_for_a_day_does_not_flood_the_log() -> None:
    rig = running()
    guesses = 0
    for n in range(24 * 60):
        for password in range(6):
            with pytest.raises((PasswordError, LockedError)) as refused:
                rig.meter.apply(Unlock(password), LINE, 61.0 * n)
            guesses += isinstance(refused.value, PasswordError)
        rig.run(60, window=60.0)
    assert guesses == 24 * 60 * 5
    rig.meter.power_down()
    told = [(str(e.kind), dict(e.details)) for e in rig.meter.emptied().events]
    # At most one of each kind in ten minutes, but everything is counted.
    assert len(told) < 2 * (24 * 6 + 30)
    wrong = [details for kind, details in told if kind == "wrong_password"]
    assert sum(1 + details.get("repeats", 0) for details in wrong) == guesses
    assert all(details["road"] == "modbus" for details in wrong)


def test_guesses_on_another_road_are_told_at_once() -> None:
    rig = running()
    for access in (LINE, LINE, LINE, OTHER):
        with pytest.raises(PasswordError):
            rig.meter.apply(Unlock(4711), access, 0.0)
    assert rig.events() == [
        ("wrong_password", {"road": "modbus"}), ("wrong_password", {"road": "panel"})
    ]  # fmt: skip


def test_a_power_cycle_locks() -> None:
    rig = Rig(supply=Supply()).run(5)
    rig.meter.apply(Unlock(1000), LINE, 0.0)
    rig.meter.apply(ChangeSettings({"password": 7}), LINE, 0.0)
    rig.run(2, voltage=0).run(2)
    assert Status.UNLOCKED not in rig.meter.status(1.0)
    with pytest.raises(LockedError):
        rig.meter.apply(ChangeSettings({"ct_primary": 10}), LINE, 1.0)
    # The password that was set stays.
    with pytest.raises(PasswordError):
        rig.meter.apply(Unlock(1000), LINE, 1.0)
    rig.meter.apply(Unlock(7), LINE, 1.0)


def test_another_password_by_who_has_unlocked() -> None:
    rig = running()
    change = ChangeSettings({"password": 4711, "unit_address": 3})
    before = kept(rig)
    with pytest.raises(LockedError, match=r"^password is protected"):
        rig.meter.apply(change, LINE, 0.0)
    assert kept(rig) == before
    rig.meter.apply(Unlock(1000), LINE, 0.0)
    rig.meter.apply(change, LINE, 0.0)
    assert rig.meter.configuration.settings["unit_address"] == 3
    assert rig.events() == [("password_changed", {"road": "modbus"})]
    with pytest.raises(PasswordError):
        rig.meter.apply(Unlock(1000), OTHER, 0.0)
    rig.meter.apply(Unlock(4711.0), OTHER, 0.0)


def test_no_secret_stands_anywhere() -> None:
    rig = running()
    rig.meter.apply(ChangeSettings({"password": 4711}), OWNER)
    secret = rig.meter.lock.secret
    shown = repr(
        [
            Unlock(4711), ChangeSettings({"password": 4711, "ct_primary": 4}), rig.meter.lock,
            rig.meter.outbox, rig.meter.configuration,
        ]
    )  # fmt: skip
    for hidden in ("4711", secret.salt, secret.digest):
        assert hidden not in shown
    assert "ct_primary" in shown
    text = json.dumps(state(rig.meter))
    assert "4711" not in text.replace(secret.salt, "").replace(secret.digest, "")


@pytest.mark.parametrize("what", list(Resettable))
def test_resets_need_the_password(what: Resettable) -> None:
    rig = running()
    before = kept(rig)
    with pytest.raises(LockedError, match=f"^the reset of {what} is protected"):
        rig.meter.apply(Reset(what), LINE, 0.0)
    assert kept(rig) == before
    rig.meter.apply(Unlock(1000), LINE, 0.0)
    rig.meter.apply(Reset(what), LINE, 0.0)
    assert rig.events() == [("reset", {"what": str(what), "road": "modbus"})]


def test_resettable_energy_begins_again_and_nothing_else() -> None:
    rig = Rig().run(3600, window=1.0)
    one = registers(rig.meter.accounts)
    rig.meter.apply(Reset(Resettable.ENERGY), OWNER)
    two = registers(rig.meter.accounts)
    resettable = {id for id in one if "_resettable" in id}
    assert one["active_energy_import_resettable"] == one["active_energy_import"] > 0
    assert len(resettable) == 6
    assert all(two[id] == 0 for id in resettable)
    assert {id: n for id, n in two.items() if id not in resettable} == {
        id: n for id, n in one.items() if id not in resettable
    }
    rig.run(60, window=1.0)
    three = registers(rig.meter.accounts)
    assert three["active_energy_import_resettable"] == (
        three["active_energy_import"] - one["active_energy_import"]
    )
    shown = rig.meter.standing().get("active_energy_import_resettable")
    assert shown == pytest.approx(3.450 / 60, rel=1e-6)


def test_maxima_are_forgotten_and_begin_again() -> None:
    rig = Rig(settings={"demand_period": 5}).run(900, window=1.0).run(600, window=1.0, current=1)
    before = rig.meter.standing()
    most = before.get("active_power_demand_max")
    assert most == pytest.approx(3450, rel=1e-6)
    assert before.maxima["active_power_demand_max"] == T0 + 5 * MINUTE
    rig.meter.apply(Reset(Resettable.MAXIMA), OWNER)
    after = rig.meter.standing()
    assert after.get("active_power_demand_max") is None
    assert after.maxima == {}
    assert after.get("active_power_demand") == before.get("active_power_demand")
    assert {id: n for id, n in after.exact.items() if id.endswith("exact")} == {
        id: n for id, n in before.exact.items() if id.endswith("exact")
    }
    rig.run(60, window=1.0, current=1)
    assert rig.meter.standing().get("active_power_demand_max") == pytest.approx(690, rel=1e-6)
    # With the demand time a new period begins, too.
    rig.meter.apply(Reset(Resettable.DEMAND), OWNER)
    assert rig.meter.standing().get("active_power_demand") is None
    rig.run(4 * 60, window=1.0)
    assert rig.meter.standing().get("active_power_demand_max") is None
    rig.run(2 * 60, window=1.0)
    assert rig.meter.standing().get("active_power_demand_max") == pytest.approx(3450, rel=1e-6)


def test_the_clock_needs_no_password() -> None:
    rig = running()
    rig.meter.apply(SetClock(at("2026-07-01T12:00:00")), LINE, 0.0)
    assert rig.meter.now == at("2026-07-01T12:00:00")
    assert rig.events() == [
        (
            "clock_set",
            {"old": "2026-03-02T00:01:00Z", "new": "2026-07-01T12:00:00Z", "road": "modbus"},
        )
    ]
    rig.run(60)
    assert rig.meter.now == at("2026-07-01T12:01:00")
    assert rig.meter.snapshot().clock == rig.meter.now


@pytest.mark.parametrize("time", ["1999-12-31T23:59:59", "2100-01-01T00:00:00", "1970-01-01"])
def test_a_year_that_the_clock_has_not(time: str) -> None:
    rig = running()
    before = kept(rig)
    with pytest.raises(OptionError, match="the clock counts from 2000 to 2099"):
        rig.meter.apply(SetClock(at(time)), LINE)
    with pytest.raises(OptionError, match="the clock counts from 2000 to 2099"):
        rig.meter.apply(SetClock(10**30), LINE)
    assert kept(rig) == before


def test_a_clock_that_nobody_knew_is_set() -> None:
    rig = Rig()
    rig.meter.clock.origin = None
    rig.meter.apply(SetCalendar(daily()), OWNER)
    rig.meter.emptied()
    rig.run(1)
    assert rig.kinds() == ["power_up", "clock_invalid"]
    assert Status.CLOCK_INVALID in rig.meter.status()
    assert rig.meter.standing().tariff == 1
    rig.meter.apply(SetClock(at("2026-03-02T01:00:00")), LINE)
    assert Status.CLOCK_INVALID not in rig.meter.status()
    # By night the calendar's tariff is 2.
    assert rig.meter.standing().tariff == 2
    assert rig.kinds() == ["clock_set", "tariff_switched"]


def test_a_calendar_rules_at_once() -> None:
    rig = running()
    before = kept(rig)
    with pytest.raises(LockedError, match=r"^the tariff calendar is protected"):
        rig.meter.apply(SetCalendar(daily()), LINE)
    assert kept(rig) == before
    assert rig.meter.standing().tariff == 1
    rig.meter.apply(SetCalendar(daily(name="House")), OWNER)
    assert rig.meter.standing().tariff == 2
    assert rig.events() == [
        ("calendar_changed", {"name": "House", "road": "file"}),
        ("tariff_switched", {"old": 1, "new": 2}),
    ]
    assert registers(rig.meter.accounts)["active_energy_import_t2"] == 0
    rig.run(60)
    gained = registers(rig.meter.accounts)["active_energy_import_t2"]
    assert gained == pytest.approx(3450 * 60 / 3600 * 1e6, abs=2)


def test_a_calendar_rules_later() -> None:
    rig = running()
    rig.meter.apply(SetCalendar(daily(name="Later"), "2026-03-02T03:00:00"), OWNER)
    assert rig.meter.standing().tariff == 1
    assert rig.events() == [
        (
            "calendar_changed",
            {"name": "Later", "road": "file", "activation": "2026-03-02T03:00:00"},
        )
    ]
    rig.run(3 * 3600, window=1.0)
    told = rig.meter.emptied().events
    assert [(str(e.kind), e.time) for e in told] == [
        ("calendar_changed", T0 + 3 * HOUR),
        ("tariff_switched", T0 + 3 * HOUR),
    ]
    assert rig.meter.calendars.active.name == "Later"


@pytest.mark.parametrize("activation", ["tomorrow", "2026-13-01", "", "2027-01-01T00:00:00+01:00"])
def test_an_activation_that_is_no_local_time(activation: str) -> None:
    rig = running()
    before = kept(rig)
    with pytest.raises((OptionError, ConfigurationError), match=r"^activation") as told:
        rig.meter.apply(SetCalendar(daily(), activation), OWNER)
    assert "\n" not in str(told.value)
    assert kept(rig) == before


def test_a_ratio_scales_what_comes_after_it() -> None:
    rig = running()
    before = rig.exact
    rig.meter.apply(ChangeSettings({"ct_primary": 100, "vt_ratio": 10}), OWNER)
    assert rig.exact == before
    # Energy is of the primary side as it comes: pulses of output 2 are 200 times as large.
    rig.run(3600, window=1.0, current=100, voltage=2300)
    after = rig.exact
    gained = after["active_energy_import_exact"] - before["active_energy_import_exact"]
    assert gained == pytest.approx(690e3 * 1e6, rel=1e-9)
    assert after["pulse2_count"] - before["pulse2_count"] == pytest.approx(690 * 3200 / 200, abs=1)
    assert "over_voltage" not in rig.kinds()


CHANGES = st.sampled_from(
    [
        *({id: value} for id, value in ANOTHER.items()),
        *({id: BY_ID[id].default} for id in ANOTHER),
        {"system_type": 1},
        {"pulse1_energy": 3},
        {"pulse1_energy": 6, "pulse1_rate": 1},
        {"pulse1_width": 200, "pulse1_rate": 2},
        {"demand_period": 0},
        {"demand_period": 5, "demand_slide": 5},
        {"demand_period": 30, "demand_slide": 7},
        {"tariff_control": 0},
        {"tariff_control": 4},
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("change"), CHANGES),
    st.tuples(st.just("reset"), st.sampled_from(list(Resettable))),
    st.tuples(st.just("clock"), st.sampled_from([-3 * DAY, -40 * MINUTE, -SECOND, SECOND, DAY])),
    st.tuples(st.just("calendar"), st.sampled_from([None, "2026-03-02T01:00:00"])),
)


def holds(exact: dict[str, int]) -> None:
    """Everything adds up."""
    for kind in ("active", "reactive"):
        for way in ("import", "export"):
            id = f"{kind}_energy_{way}"
            tariffs = sum(exact[f"{id}_t{n}"] for n in (1, 2, 3, 4))
            assert tariffs == exact[f"{id}"] == exact[f"{id}_tariffs"]
            assert 0 <= exact[f"{id}_resettable"] <= exact[f"{id}"]
        into, out = (exact[f"{kind}_energy_{way}"] for way in ("import", "export"))
        assert into + out == exact[f"{kind}_energy_total"]
        assert out - into == exact[f"{kind}_energy_net"]
    quadrants = [exact[f"reactive_energy_q{n}"] for n in (1, 2, 3, 4)]
    assert quadrants[0] + quadrants[1] == exact["reactive_energy_import"]
    assert quadrants[2] + quadrants[3] == exact["reactive_energy_export"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 900), st.floats(-180, 180)), max_size=8))
def test_whatever_is_changed_everything_adds_up_and_nothing_goes_back(steps: list) -> None:
    rig = Rig(profile=LoadProfile(), supply=Supply()).run(120, window=1.0)
    last = rig.meter.accounts.registers.rising()
    pulses = [0, 0]
    for (what, value), seconds, angle in steps:
        before = rig.exact
        if what == "change":
            rig.meter.apply(ChangeSettings(value), OWNER)
        elif what == "reset":
            rig.meter.apply(Reset(value), OWNER)
        elif what == "clock":
            rig.meter.apply(SetClock(rig.meter.now + value), OWNER)
        else:
            rig.meter.apply(SetCalendar(daily(), value), OWNER)
        assert rig.meter.accounts.registers.rising() == last
        assert rig.exact["charge_exact"] == before["charge_exact"]
        angles = angle + np.array([0.0, 170.0, -20.0])
        rig.run(seconds, window=1.0, angle=angles)
        now = rig.meter.accounts.registers.rising()
        assert all(now[id] >= last[id] for id in last)
        last = now
        holds(registers(rig.meter.accounts))
        counts = [rig.exact[f"pulse{n}_count"] for n in (1, 2)]
        assert all(a >= b for a, b in zip(counts, pulses, strict=True))
        pulses = counts
        told = rig.meter.emptied()
        numbers = [p.number for p in told.pulses if p.output == 2]
        assert numbers == sorted(numbers)
        assert all(row.time % MINUTE == 0 for row in told.rows)


def test_a_meter_without_a_clock_takes_settings_before_its_first_window() -> None:
    rig = Rig(Meter(configured(starting=True)))
    rig.meter.apply(ChangeSettings({"ct_primary": 10, "time_zone": "Europe/Berlin"}), OWNER)
    rig.meter.apply(Reset(Resettable.DEMAND), OWNER)
    rig.meter.apply(SetCalendar(daily()), OWNER)
    rig.run(1)
    assert rig.kinds()[-2:] == ["power_up", "clock_invalid"]
    holds(registers(rig.meter.accounts))
