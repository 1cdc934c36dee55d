"""Set-up: every setting through the menu of a real meter, and all that is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartx96.errors import ChannelError
from smartx96.meter.calendar.local_clock import time_zone
from smartx96.meter.clock import Clock, moment
from smartx96.meter.commands import ChangeSettings, EnterPassword, LockUp, Reset, Resettable, Unlock
from smartx96.meter.lock import ATTEMPTS, LOCK_OUT_SECONDS
from smartx96.meter.meter import Meter
from smartx96.models import MODELS
from smartx96.panel.entries import Code, Number, word
from smartx96.panel.keys import LONG_PRESS, Key
from smartx96.panel.lit import misfits
from smartx96.panel.menu import ENTRIES, NAMES
from smartx96.panel.modes import MESSAGE
from smartx96.panel.screen import EVERY_DIGIT, LINE_CHARACTERS, Symbol
from smartx96.panel.setup import PATIENCE
from smartx96.panel.values import width
from smartx96.settings import BY_ID, MENU
from smartx96.status import Status
from support.front import LONG, Front
from support.meters import SECOND, Rig, at, configured

ANOTHER: dict[str, object] = {
    "unit_address": 47, "baud_rate": 4, "parity_stop": 1, "ct_secondary": 1, "ct_primary": 200,
    "vt_secondary": 110, "vt_ratio": 9010, "system_type": 1, "current_direction_l1": 1,
    "current_direction_l2": 1, "current_direction_l3": 1, "measurement_mode": 3,
    "pulse1_energy": 8, "pulse1_rate": 1, "pulse1_width": 60, "demand_period": 0,
    "demand_slide": 15, "energy_balance": 1, "tariff_control": 4, "time_zone": "Asia/Kolkata",
    "backlight_time": 121, "scroll_time": 5,
}  # fmt: skip
"""Another value for every setting of the menu."""

NUMBERS = {entry.setting.id: entry for entry in ENTRIES if isinstance(entry, Number | Code)}


def open_front(**more) -> Front:
    front = Front(**more)
    screen = front.enter()
    assert screen.title.startswith("set-up 1:")
    return front


def choose(front: Front, text: str) -> None:
    """Step until the bottom line shows a text."""
    for _ in range(200):
        if front.screen().line.text.strip() == text:
            return
        front.press(Key.M)
    raise AssertionError(f"{text} is not to be chosen")


def change(front: Front, id: str, value: object) -> None:
    """Set a setting by keys, as somebody would who reads the glass."""
    setting = BY_ID[id]
    front.entry(setting.menu)
    screen = front.press(Key.E)
    if id == "time_zone":
        area, _, place = str(value).partition("/")
        choose(front, area.upper())
        front.press(Key.E)
        choose(front, place.upper())
    elif isinstance(NUMBERS[id], Number):
        text = screen.rows[1].text
        front.type(text, f"{value:0{len(text)}d}")
    else:
        choose(front, word(setting, value))
    front.confirm()


def test_the_menu_is_that_of_the_panel() -> None:
    assert [e.number for e in ENTRIES] == list(range(1, 31))
    assert set(NAMES) == {s.id for s in MENU}
    assert {s.menu: NAMES[s.id] for s in MENU}.items() <= {
        e.number: e.name for e in ENTRIES
    }.items()
    assert [e.name for e in ENTRIES if e.number not in {s.menu for s in MENU}] == [
        "DATE", "TIME", "CLEAR", "SERIAL", "VERSION", "CHECKSUM", "EVENTS",
    ]  # fmt: skip
    assert set(ANOTHER) == {s.id for s in MENU if not s.secret}


def test_every_code_has_a_word_that_fits() -> None:
    for entry in NUMBERS.values():
        words = [word(entry.setting, code) for code in entry.setting.allowed or ()]
        if isinstance(entry, Code):
            assert all(width(text) <= LINE_CHARACTERS for text in words), entry.name
            assert len(set(words)) == len(words), entry.name


@pytest.mark.parametrize("id", ANOTHER)
def test_every_setting_is_changed_and_read_back(id) -> None:
    front = open_front()
    before = dict(front.settings)
    change(front, id, ANOTHER[id])
    assert front.settings[id] == ANOTHER[id] != before[id]
    assert {k: v for k, v in front.settings.items() if k != id} == {
        k: v for k, v in before.items() if k != id
    }
    assert front.screen().title.startswith(f"set-up {BY_ID[id].menu}:"), "back in the menu"
    logged = [details for kind, details in front.rig.events() if kind == "parameter_changed"]
    assert [(d["setting"], d["new"], d["road"]) for d in logged] == (
        [(id, ANOTHER[id], "panel")] if BY_ID[id].protected else []
    )


def test_the_whole_way_through_the_menu() -> None:
    front = open_front()
    for setting in MENU:
        if not setting.secret:
            change(front, setting.id, ANOTHER[setting.id])
    assert {id: front.settings[id] for id in ANOTHER} == ANOTHER
    assert front.refused == []
    assert [c for c in front.commands if isinstance(c, ChangeSettings)] == [
        ChangeSettings({s.id: ANOTHER[s.id]}) for s in MENU if not s.secret
    ]


def test_every_entry_shows_name_and_content() -> None:
    front = open_front()
    seen = {}
    for entry in ENTRIES:
        name = front.entry(entry.number)
        assert misfits(name) == []
        assert name.line.text == entry.name
        assert Symbol.SETUP in name.symbols
        assert not name.rows[1].flashing
        content = front.wait(2.1)
        assert misfits(content) == []
        seen[entry.name] = (content.rows[1].text, content.line.text)
        assert content.spoken[0] or entry.name == "CLEAR"
        front.press(Key.P)
    assert front.screen().rows[0].text == "no 1", "after the last comes the first"
    assert seen["CT PRIM"] == ("5", "CT PRIM")
    assert seen["BAUD"] == ("", "9600")
    assert seen["WIRING"] == ("", "3P4W")
    assert seen["DATE"] == ("", "26-03-02")
    assert seen["TIME"] == ("", "  00:00:02")
    assert seen["TIMEZONE"] == ("0.00", "UTC")
    assert seen["SCROLL"] == ("OFF", "SCROLL")
    assert seen["LIGHT"] == ("60", "LIGHT")
    assert seen["PASSWORD"] == ("----", "PASSWORD")
    assert (seen["SERIAL"], seen["VERSION"]) == (("", "4711"), ("", "1.2"))
    assert seen["CHECKSUM"] == ("", "0000BEEF")
    assert seen["EVENTS"] == ("", str(front.meter.logbook.count))
    assert front.press(Key.M).rows[0].text == "no30", "up from the first is the last"


def test_units_and_words_of_numbers() -> None:
    front = open_front(settings={"backlight_time": 0, "ct_primary": 100})
    screen = front.entry(5)
    assert (screen.rows[1].text, screen.rows[1].unit, screen.spoken) == ("100", "A", ("100 A",))
    assert front.entry(23).rows[1].text == "On"
    assert front.screen().spoken == ("always on",)


def test_a_value_flashes_while_it_is_edited() -> None:
    front = open_front()
    front.entry(5)
    assert front.press(Key.E).rows[1].flashing == {0}
    assert front.press(Key.E).rows[1].flashing == {1}
    front.press(Key.M)
    assert front.screen().rows[1].text == "0105"
    assert front.screen().spoken == ("0105, digit 2 of 4",)
    assert front.settings["ct_primary"] == 5
    front.press(Key.UI)
    assert not front.screen().rows[1].flashing
    front.entry(8)
    assert front.press(Key.E).line.flashing == EVERY_DIGIT
    assert front.settings["ct_primary"] == 5, "U/I leaves without saving"


def test_up_and_down_repeat_while_they_are_held() -> None:
    front = open_front()
    front.entry(22)
    front.press(Key.E)
    choose(front, "AMERICA")
    front.press(Key.E)
    first = front.screen().spoken
    front.press(Key.M, 6.0)
    assert front.screen().spoken != first
    assert len(front.commands) == 1, "holding M commands nothing"
    front.press(Key.P, 6.0)
    assert front.screen().spoken == first, "as far down as up"


@pytest.mark.parametrize(
    ("id", "wrong"),
    [("unit_address", "248"), ("ct_primary", "0000"), ("vt_secondary", "501"),
     ("demand_slide", "00"), ("scroll_time", "61"), ("backlight_time", "122")],
)  # fmt: skip
def test_a_value_out_of_its_limits(id, wrong) -> None:
    front = open_front()
    before = dict(front.settings)
    front.entry(BY_ID[id].menu)
    front.type(front.press(Key.E).rows[1].text, wrong)
    screen = front.confirm()
    assert screen.rows[0].text == "Err"
    assert "allowed: " in screen.spoken[0]
    assert len(front.refused) == 1
    assert dict(front.settings) == before
    screen = front.wait(MESSAGE)
    assert screen.rows[1].text == wrong, "back where it can be put right"
    assert screen.rows[1].flashing


def test_what_the_installation_refuses_is_an_error_too() -> None:
    front = open_front()
    apply = front.panel._apply

    def refusing(command):
        if isinstance(command, ChangeSettings):
            raise ChannelError("no channel v2")
        apply(command)

    front.panel._apply = refusing
    change(front, "measurement_mode", 1)
    assert front.screen().rows[0].text == "Err"
    assert front.screen().spoken == ("no channel v2",)


def test_a_model_offers_only_its_wirings() -> None:
    rig = Rig(configuration=configured(starting=True, model=MODELS["X96-5E"])).run(2.0)
    front = Front(rig)
    front.enter()
    front.entry(8)
    front.press(Key.E)
    seen = {front.press(Key.M).line.text for _ in range(4)}
    assert seen == {"1P2W", "3P4W"}


def test_date_and_time() -> None:
    front = open_front(settings={"time_zone": "Europe/Berlin"})
    front.rig.run(0.6)
    front.entry(20)
    text = front.press(Key.E).line.text
    assert text == "26-03-02"
    front.type(text.replace("-", ""), "270715")
    front.confirm()
    # The clock on the wall stays at 01:00:02, which in summer is an hour earlier.
    assert moment(front.meter.now).isoformat() == "2027-07-14T23:00:02.600000+00:00"
    front.rig.run(0.2)
    front.entry(21)
    text = front.press(Key.E).line.text.strip()
    front.type(text.replace(":", ""), "235959")
    front.confirm()
    zone = time_zone("Europe/Berlin")
    local = moment(front.meter.now).astimezone(zone)
    assert local.isoformat() == "2027-07-15T23:59:59+02:00"
    assert [d["road"] for kind, d in front.rig.events() if kind == "clock_set"] == ["panel"] * 2


@pytest.mark.parametrize(("entry", "wrong"), [(20, "260231"), (20, "261301"), (21, "246000")])
def test_no_such_date_or_time(entry, wrong) -> None:
    front = open_front()
    before = front.meter.now
    front.entry(entry)
    text = front.press(Key.E).line.text.strip()
    front.type(text.replace("-", "").replace(":", ""), wrong)
    assert front.confirm().rows[0].text == "Err"
    assert front.meter.now == before


def test_a_clock_that_nobody_set_begins_with_2000() -> None:
    rig = Rig(Meter(configured(starting=True), clock=Clock())).run(2.0)
    front = Front(rig)
    assert Status.CLOCK_INVALID in front.view().status
    front.enter()
    front.entry(21)
    front.press(Key.E)
    assert front.confirm().rows[0].text == "Err", "a time without a date tells no time"
    front.wait(MESSAGE)
    front.press(Key.UI)
    front.entry(20)
    text = front.press(Key.E).line.text
    assert text == "00-01-01"
    front.type(text.replace("-", ""), "260302")
    front.confirm()
    assert front.meter.now - at("2026-03-02T00:00:00") in range(10 * SECOND)
    assert Status.CLOCK_INVALID not in front.view().status


def test_clearing() -> None:
    front = open_front(settings={"demand_period": 0})
    counted = front.meter.standing()
    assert counted.get("active_power_demand_max") == pytest.approx(3450.0)
    assert counted.get("active_energy_import_resettable") > 0
    front.entry(25)
    front.press(Key.E)
    front.confirm()
    assert not [c for c in front.commands if isinstance(c, Reset)], "NO clears nothing"
    front.press(Key.E)
    choose(front, "ENERGY")
    assert front.confirm().rows[0].text == "donE"
    cleared = front.meter.standing()
    assert cleared.get("active_energy_import_resettable") == 0
    assert cleared.get("active_energy_import") == counted.get("active_energy_import")
    front.wait(MESSAGE)
    front.press(Key.E)
    choose(front, "MAXIMA")
    front.confirm()
    assert front.meter.standing().get("active_power_demand_max") is None
    resets = [d["what"] for kind, d in front.rig.events() if kind == "reset"]
    assert resets == [Resettable.ENERGY, Resettable.MAXIMA]


def test_a_new_password() -> None:
    front = open_front()
    front.entry(26)
    screen = front.press(Key.E)
    assert screen.rows[1].text == "0000", "the old one is not shown"
    front.type("0000", "4711")
    front.confirm()
    assert front.meter.lock.fits(4711)
    assert not [c for c in front.commands if isinstance(c, EnterPassword)]
    front.press(Key.UI)
    front.enter("1000")
    assert front.refused == ["wrong password"]
    front.wait(MESSAGE)
    front.press(Key.UI)
    assert front.enter("4711").title.startswith("set-up 1:")
    assert "4711" not in str([details for _, details in front.rig.events()])


def test_a_wrong_password() -> None:
    front = Front()
    page = front.screen().title
    screen = front.enter("1001")
    assert (screen.rows[0].text, screen.line.text) == ("Err", "PASSWORD")
    assert not front.meter.lock.any_unlocked(front.now)
    screen = front.wait(MESSAGE)
    assert (screen.rows[0].text, screen.rows[1].text) == ("PASS", "0000")
    assert Symbol.LOCK in screen.symbols
    assert front.press(Key.UI).title == page
    assert ("wrong_password", {"road": "panel"}) in front.rig.events()


def test_five_wrong_passwords_lock_out() -> None:
    front = Front()
    front.press(Key.E, LONG)
    for _ in range(ATTEMPTS):
        front.press(Key.E, LONG)
        front.wait(MESSAGE)
    screen = front.screen()
    left = int(screen.rows[1].text)
    assert screen.rows[0].text == "LOC"
    assert LOCK_OUT_SECONDS - 5 <= left <= LOCK_OUT_SECONDS
    assert misfits(screen) == []
    asked = len(front.commands)
    assert front.press(Key.M).rows[0].text == "LOC"
    front.press(Key.E, LONG)
    assert len(front.commands) == asked, "nothing is tried meanwhile"
    screen = front.wait(left - LONG - 1.0)
    assert 0 < int(screen.rows[1].text) < left
    front.press(Key.M)
    screen = front.wait(10.0)
    assert screen.rows[0].text == "PASS"
    front.type(screen.rows[1].text, "1000")
    assert front.press(Key.E, LONG).title.startswith("set-up 1:")


def test_a_lock_out_that_the_host_does_not_tell_of() -> None:
    front = Front()
    for _ in range(ATTEMPTS):
        with pytest.raises(PermissionError):
            front.apply(Unlock(1))
    tell = front.view
    front.view = lambda: replace(tell(), lock_out=0.0)
    assert front.enter().rows[0].text == "LOC"
    assert not front.meter.lock.any_unlocked(front.now)


@pytest.mark.parametrize("edited", [False, True])
def test_a_minute_without_a_key_leaves_without_saving(edited) -> None:
    front = open_front()
    front.entry(5)
    if edited:
        front.press(Key.E)
        front.press(Key.M)
    assert PATIENCE == 60.0
    assert front.wait(PATIENCE - 1.0).title.startswith("set-up 5:")
    screen = front.wait(1.5)
    assert screen.title == "active energy by measurement mode"
    assert front.settings["ct_primary"] == 5
    assert isinstance(front.commands[-1], LockUp)
    assert Symbol.LOCK in front.screen().symbols
    assert not front.meter.lock.unlocked("door", front.now)


def test_every_key_gives_another_minute() -> None:
    front = open_front()
    for _ in range(5):
        front.wait(50.0)
        front.press(Key.P)
    change(front, "ct_primary", 25)
    assert front.settings["ct_primary"] == 25


def test_the_password_is_not_waited_for_longer_than_a_minute() -> None:
    front = Front()
    front.press(Key.E, LONG)
    assert front.wait(PATIENCE).title == "active energy by measurement mode"
    assert front.commands == []


def test_leaving_locks() -> None:
    front = open_front()
    assert Symbol.LOCK not in front.screen().symbols
    screen = front.press(Key.UI)
    assert Symbol.LOCK in screen.symbols
    assert screen.title == "active energy by measurement mode"
    assert not front.meter.lock.any_unlocked(front.now)


def test_a_session_that_was_locked_elsewhere() -> None:
    front = open_front()
    front.entry(5)
    front.press(Key.E)
    front.press(Key.M)
    front.meter.lock.lock("door")
    screen = front.confirm()
    assert screen.rows[0].text == "Err"
    assert "unlock" in screen.spoken[0]
    assert front.wait(MESSAGE).title == "active energy by measurement mode"
    assert front.settings["ct_primary"] == 5


def test_clear_the_maxima_by_a_long_m() -> None:
    front = Front(settings={"demand_period": 0})
    assert front.meter.standing().get("active_power_demand_max") == pytest.approx(3450.0)
    assert front.press(Key.M, LONG).title == "password, to clear the maxima"
    front.type("0000", "1000")
    screen = front.press(Key.E, LONG)
    assert screen.rows[0].text == "donE"
    assert front.meter.standing().get("active_power_demand_max") is None
    assert [type(c) for c in front.commands] == [Unlock, Reset, LockUp]
    assert front.wait(MESSAGE).title == "active energy by measurement mode"


def test_without_the_password_the_maxima_stay() -> None:
    front = Front(settings={"demand_period": 0})
    assert front.enter("0999", Key.M).rows[0].text == "Err"
    assert front.meter.standing().get("active_power_demand_max") == pytest.approx(3450.0)


def test_a_press_that_opens_does_nothing_more() -> None:
    front = Front()
    front.panel.press(Key.E, front.now)
    screen = front.wait(20.0)
    assert screen.rows[1].text == "0000"
    front.panel.release(Key.E, front.now)
    assert front.screen().rows[1].flashing == {0}
    front.panel.press(Key.M, front.now)
    front.wait(LONG_PRESS - 0.5)
    assert front.screen().title.startswith("password, to set up")


def test_a_change_of_zone_shows_its_offset() -> None:
    front = open_front()
    front.entry(22)
    front.press(Key.E)
    choose(front, "ASIA")
    front.press(Key.E)
    choose(front, "KOLKATA")
    screen = front.screen()
    assert (screen.rows[1].text, screen.rows[1].flashing) == ("5.30", EVERY_DIGIT)
    front.confirm()
    assert front.settings["time_zone"] == "Asia/Kolkata"


def test_a_long_name_passes_by() -> None:
    front = open_front(settings={"time_zone": "America/Argentina/Buenos_Aires"})
    front.entry(22)
    seen = [front.wait(0.2) for _ in range(70)]
    assert all(misfits(screen) == [] for screen in seen)
    texts = {screen.line.text for screen in seen}
    assert {"TIMEZONE", "ARGENTIN", "BUENOS A"} <= texts
    front.press(Key.E)
    front.press(Key.E)
    edited = [front.wait(0.2) for _ in range(50)]
    assert all(misfits(screen) == [] for screen in edited)
    assert "BUENOS A" in {screen.line.text for screen in edited}
    assert {screen.rows[1].text for screen in edited} == {"-3.00"}
    assert all(screen.rows[1].flashing and not screen.line.flashing for screen in edited)
