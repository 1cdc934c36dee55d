"""State: a meter that was stored goes on; what is no state is told in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartx96.errors import PasswordError, StoreError
from smartx96.meter.clock import Clock
from smartx96.meter.commands import ChangeSettings, Reset, Resettable, SetCalendar, SetClock, Unlock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import LoadProfile
from smartx96.meter.state import FORMAT, restore, settings_of, state
from smartx96.meter.supply import Supply
from support.calendars import daily
from support.meters import DAY, HOUR, OWNER, T0, Rig

SETTINGS = {
    "demand_period": 15, "demand_slide": 5, "pulse1_rate": 1, "pulse1_energy": 2,
    "load_profile_period": 5, "time_zone": "Europe/Berlin", "ct_primary": 50,
}  # fmt: skip


def busy() -> Rig:
    """A meter that has lived: tariffs, a reset, another password, a clock that was set."""
    own = Rig(settings=SETTINGS, profile=LoadProfile(), start=T0 + 4 * HOUR)
    own.meter.apply(SetCalendar(daily()), OWNER)
    own.run(3000.0, current=40.0, angle=[30.0, -100.0, 170.0])
    own.meter.apply(Reset(Resettable.ENERGY), OWNER)
    own.meter.apply(ChangeSettings({"password": 1234, "energy_balance": 1}), OWNER)
    own.run(2000.0, current=45.0, angle=[-30.0, 100.0, 10.0])
    own.meter.apply(SetClock(own.meter.now + 5_000_000), OWNER)
    own.run(1111.1, window=0.7)
    return own


def through_json(meter: Meter) -> dict[str, Any]:
    text = json.dumps(state(meter), allow_nan=False)
    return json.loads(text)


def restored(data: dict[str, Any], emitted: dict[int, int] | None = None, **more) -> Meter:
    meter = Meter(
        Configuration(settings_of(data), starting=True),
        clock=Clock(T0 + 4 * HOUR),
        profile=LoadProfile(),
        **more,
    )
    restore(meter, data, emitted or {})
    return meter


def test_everything_goes_on() -> None:
    """Both are fed the same from here on: registers, demands, maxima, tariffs, pulses, rows."""
    one = busy()
    data = through_json(one.meter)
    two = Rig(restored(data))
    two.time = one.time
    for part in ("accounts", "settings", "password", "calendars", "clock_offset", "powered"):
        assert through_json(two.meter)[part] == data[part]
    two.meter.emptied()
    for own in (one, two):
        own.meter.emptied()
        own.run(3000.0, current=30.0, angle=40.0)
    first, second = one.meter.emptied(), two.meter.emptied()
    assert second.pulses == first.pulses
    assert len(first.pulses) > 500
    assert [row.values for row in second.rows] == [row.values for row in first.rows]
    assert len(first.rows) == 10
    a, b = one.meter.standing(), two.meter.standing()
    assert dict(b.exact) == dict(a.exact)
    assert b.known == a.known
    assert (b.maxima, b.tariff, b.time) == (a.maxima, a.tariff, a.time)
    assert through_json(two.meter)["accounts"] == through_json(one.meter)["accounts"]


def test_the_password_is_kept() -> None:
    meter = restored(through_json(busy().meter))
    meter.apply(Unlock(1234), OWNER)
    assert not meter.lock.fits(1000)


def test_a_restart_locks() -> None:
    own = busy()
    own.meter.apply(Unlock(1234), OWNER, 5.0)
    assert own.meter.lock.any_unlocked(6.0)
    assert not restored(through_json(own.meter)).lock.any_unlocked(6.0)


def test_a_meter_that_was_not_stopped_lost_its_power() -> None:
    own = busy()
    meter = restored(through_json(own.meter))
    (event,) = meter.emptied().events
    assert (str(event.kind), event.details) == ("power_down", {"found": "at start"})
    assert event.time == own.meter.now, "when it was last known to run, not now"


def test_a_meter_that_was_stopped_did_not() -> None:
    own = busy()
    own.meter.power_down({"reason": "stopped"})
    assert own.events()[-1] == ("power_down", {"reason": "stopped"})
    own.meter.power_down()
    assert own.events() == []
    meter = restored(through_json(own.meter))
    assert meter.emptied().events == []
    again = Rig(meter)
    again.time = own.time
    assert again.run(1.0).kinds() == ["power_up"]


def test_without_a_load_profile() -> None:
    own = Rig().run(10.0)
    data = through_json(own.meter)
    assert data["profile"] is None
    meter = Meter(Configuration(settings_of(data)), clock=Clock(T0))
    restore(meter, data, {})
    restored(through_json(busy().meter))


def test_before_the_first_window() -> None:
    data = through_json(Meter(Configuration(), clock=Clock(T0)))
    own = Rig(restored(data)).run(10.0)
    assert own.exact["active_energy_import_exact"] > 0


def test_the_journal_of_pulses_rules() -> None:
    own = busy()
    data = through_json(own.meter)
    count = own.exact["pulse2_count"]
    # Three were committed but not emitted.
    meter = restored(data, {2: count - 3})
    assert meter.standing().exact["pulse2_count"] == count, "what was shown does not go back"
    two = Rig(meter)
    two.time = own.time
    found = [p for p in two.run(20.0, current=40.0).meter.emptied().pulses if p.output == 2]
    assert [p.number for p in found[:5]] == [count - 2 + n for n in range(5)]


def test_another_demand_period_in_the_settings() -> None:
    data = through_json(busy().meter)
    data["settings"]["demand_period"] = 30
    meter = restored(data)
    assert meter.accounts.demand.period == 30
    assert meter.accounts.demand.present == {}


def test_settings_that_a_program_does_not_know_or_has_not() -> None:
    data = through_json(busy().meter)
    del data["settings"]["scroll_time"]
    data["settings"]["of_a_newer_program"] = 5
    found = settings_of(data)
    assert found["scroll_time"] == 0
    assert found["ct_primary"] == 50


@pytest.mark.parametrize("format", [None, 0, FORMAT + 1, "1"])
def test_an_unknown_format(format) -> None:
    data = {**through_json(busy().meter), "format": format}
    with pytest.raises(StoreError, match=f"has format {format!r}, this program knows {FORMAT}"):
        restored(data)


@pytest.mark.parametrize("data", [None, [], 5, "state", {}])
def test_what_is_no_state_at_all(data) -> None:
    with pytest.raises(StoreError, match="has format None"):
        restore(Meter(Configuration()), data, {})
    with pytest.raises(StoreError, match="stored settings cannot be taken"):
        settings_of(data)


@pytest.mark.parametrize("value", [0, "x", True, 10**40])
def test_settings_that_are_none(value) -> None:
    with pytest.raises(StoreError, match="stored settings cannot be taken"):
        settings_of({"settings": value})
    if value is not True:
        with pytest.raises(StoreError, match="ct_primary"):
            settings_of({"settings": {"ct_primary": value}})


def _paths(data: Any, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    if isinstance(data, dict):
        for key, value in data.items():
            found += _paths(value, (*path, key))
    return found


def _put(data: dict, path: tuple, value: Any, *, remove: bool = False) -> dict:
    copy = json.loads(json.dumps(data))
    place = copy
    for key in path[:-1]:
        place = place[key]
    if remove:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


DATA = through_json(busy().meter)
FREE = {("settings",), ("format",)}


@pytest.mark.parametrize("damage", ["removed", "text", "list", "none", "infinite"])
def test_damage_anywhere_is_one_error_or_none(damage: str) -> None:
    """Whatever is broken: a StoreError of one line, or a meter that can go on."""
    values = {"text": "broken", "list": [1, 2], "none": None, "infinite": float("inf")}
    told = []
    for path in _paths(DATA):
        if path[:1] in FREE:
            continue
        data = _put(DATA, path, values.get(damage), remove=damage == "removed")
        try:
            own = Rig(restored(data))
        except StoreError as error:
            told.append(str(error))
            continue
        own.time = 7000.0
        own.run(700.0)
        state(own.meter)
        with pytest.raises(PasswordError):
            own.meter.apply(Unlock(1), OWNER)
    assert len(told) > 50
    assert all("\n" not in line and "stored state cannot be taken" in line for line in told)


def test_a_power_supply_begins_with_a_power_up() -> None:
    own = Rig(supply=Supply()).run(100.0)
    meter = restored(through_json(own.meter), supply=Supply())
    assert not meter.powered
    again = Rig(meter)
    again.time = own.time + 50.0
    again.run(10.0, voltage=0.65 * 230).run(10.0)
    assert again.kinds() == ["power_down", "power_up"]
    assert meter.status() & 1, "it warms up again"
    assert meter.standing().powered == 110 * 1_000_000


def test_a_year_of_absence_returns_at_once() -> None:
    import time

    own = busy()
    meter = restored(through_json(own.meter))
    again = Rig(meter)
    again.time = own.time + 365 * 86_400
    begun = time.process_time()
    again.run(0.2)
    assert time.process_time() - begun < 0.5
    assert meter.now == own.meter.now + 365 * DAY + 200_000
    switched = [d for kind, d in again.events() if kind == "tariff_switched"]
    assert len(switched) <= 1


@pytest.mark.parametrize("value", ["7", 7.5, True])
@pytest.mark.parametrize(
    "path",
    [
        ("powered",), ("clock_offset",), ("event_count",), ("profile", "flags"),
        ("accounts", "tariff"), ("accounts", "pulses", "1", "count"),
        ("accounts", "registers", "amounts", "charge"),
    ],
)  # fmt: skip
def test_a_count_is_a_whole_number_and_nothing_like_it(path: tuple, value: Any) -> None:
    where = r"\.".join(("state", *path))
    with pytest.raises(StoreError, match=f"cannot be taken: TypeError {where} is of type"):
        restored(_put(DATA, path, value))
