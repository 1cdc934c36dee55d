"""The panel by time and keys: start, power, scroll, light, lamp test, steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartx96.errors import OptionError
from smartx96.meter.meter import Meter
from smartx96.meter.outage import without_readings
from smartx96.meter.supply import Supply
from smartx96.panel.browsing import SCROLL_PAUSE
from smartx96.panel.keys import Key
from smartx96.panel.lit import misfits
from smartx96.panel.modes import LAMP_TEST
from smartx96.panel.panel import Panel
from smartx96.panel.screen import OFF, Symbol
from smartx96.status import Status
from support.front import LONG, Front, view_of
from support.meters import Rig, configured

HOME = "active energy by measurement mode"


def titles(front: Front, key: Key, times: int) -> list[str]:
    return [front.press(key).title for _ in range(times)]


def test_a_panel_that_joins_a_running_meter_begins_with_kwh() -> None:
    front = Front()
    assert front.screen().title == HOME
    assert front.screen().backlight
    assert not front.screen().lamp_test


def test_keys_step_through_their_own_pages_and_round() -> None:
    front = Front()
    assert titles(front, Key.P, 6) == [
        "active power", "reactive power", "apparent power", "total powers", "active power",
        "reactive power",
    ]  # fmt: skip
    assert front.press(Key.UI).title == "line-to-neutral voltages"
    assert front.press(Key.P).title == "active power", "a key begins with its first page"
    assert titles(front, Key.M, 8)[-1] == "frequency, total power factor and phase angle"
    assert front.press(Key.E).title == HOME
    assert front.press(Key.E).title == "total import active energy"


def test_harmonics_orders_by_m_and_p() -> None:
    front = Front()
    assert titles(front, Key.UI, 7)[-1] == "voltage harmonics"
    order = [front.screen().rows[3].text]
    order += [front.press(key).rows[3].text for key in (Key.M, Key.M, Key.P, Key.P, Key.P)]
    assert order == ["H  2", "H  3", "H  4", "H  3", "H  2", "H 63"]
    assert front.press(Key.M, 2.0).rows[3].text == "H 10", "the order steps on while M is held"
    front.press(Key.M, LONG)
    assert front.screen().title == "voltage harmonics"
    screen = front.press(Key.UI)
    assert screen.title == "current harmonics"
    assert front.press(Key.E).title == HOME


def test_long_u_i_is_the_summary() -> None:
    front = Front()
    screen = front.press(Key.UI, LONG)
    assert screen.title == "summary of L1"
    assert titles(front, Key.UI, 3) == [
        "summary of L2", "summary of L3", "summary of all phases",
    ]  # fmt: skip
    three_wires = Front(settings={"system_type": 2})
    assert three_wires.press(Key.UI, LONG).title == "summary of all phases"


def test_a_long_press_acts_while_it_is_held() -> None:
    front = Front()
    front.panel.press(Key.UI, front.now)
    assert front.wait(2.9).title == HOME
    assert front.wait(0.1).title == "summary of L1"
    assert front.wait(5.0).title == "summary of L1"
    front.panel.release(Key.UI, front.now)
    assert front.screen().title == "summary of L1"


def test_two_keys_at_a_time_are_two_keys() -> None:
    front = Front()
    front.panel.press(Key.P, front.now)
    front.panel.press(Key.M, front.now)
    front.wait(0.1)
    front.panel.release(Key.P, front.now)
    assert front.screen().title == "active power"
    front.panel.release(Key.M, front.now)
    assert front.screen().title == "frequency, total power factor and phase angle"


def test_lamp_test() -> None:
    front = Front()
    front.panel.press(Key.P, front.now)
    screen = front.wait(3.0)
    assert screen.lamp_test
    front.panel.release(Key.P, front.now)
    assert front.wait(LAMP_TEST - 0.1).lamp_test
    assert front.wait(0.2).title == HOME
    front.press(Key.P, LONG)
    screen = front.press(Key.M)
    assert not screen.lamp_test
    assert screen.title == HOME, "the key that ends it does nothing else"


def test_the_start() -> None:
    front = Front(starting=True)
    steps = [front.screen(), front.wait(2.0), front.wait(2.0), front.wait(2.0)]
    assert [screen.lamp_test for screen in steps] == [True, False, False, False]
    assert (steps[1].rows[0].text, steps[1].line.text) == ("1.2", "X96-5A")
    assert (steps[2].rows[0].text, steps[2].line.text) == ("PASS", "TEST OK")
    assert steps[3].title == HOME
    assert all(misfits(screen) == [] for screen in steps)
    assert [screen.title for screen in steps[:3]] == ["start"] * 3


def test_a_self_test_that_fails() -> None:
    front = Front(starting=True)
    front.meter.store_fault = True
    screen = front.wait(4.5)
    assert (screen.rows[0].text, screen.line.text) == ("Err", "TEST ERR")
    assert screen.spoken == (f"self-test: {Status.STORE_FAULT.text}",)


def test_keys_do_nothing_while_it_starts() -> None:
    front = Front(starting=True)
    for key in Key:
        front.press(key, 0.2)
    front.panel.press(Key.E, front.now)
    assert front.wait(6.0).title == HOME
    front.panel.release(Key.E, front.now)
    assert front.screen().title == HOME
    assert front.commands == []


def test_without_power_nothing_is_shown_and_keys_do_nothing() -> None:
    front = Front(supply=Supply())
    front.press(Key.P)
    front.rig.run(2.0, voltage=0.0)
    assert not front.meter.powered
    assert front.wait(0.2) == OFF
    for key in Key:
        assert front.press(key, LONG) == OFF
    front.rig.run(1.0)
    screen = front.wait(0.2)
    assert screen.lamp_test, "it starts again"
    assert front.wait(6.0).title == HOME
    assert front.commands == []


def test_power_that_went_and_came_unseen_starts_as_well() -> None:
    front = Front(supply=Supply())
    front.enter()
    assert front.screen().title.startswith("set-up")
    front.rig.run(2.0, voltage=0.0).run(1.0)
    assert front.meter.powered
    assert front.wait(0.5).lamp_test
    screen = front.wait(6.0)
    assert screen.title == HOME
    assert Symbol.LOCK in screen.symbols


def test_a_panel_that_waited_for_power_starts() -> None:
    rig = Rig(supply=Supply()).run(1.0, voltage=0.0)
    front = Front(rig)
    assert front.screen() == OFF
    rig.run(1.0)
    assert front.wait(0.2).lamp_test


def test_nothing_happens_before_anything_was_seen() -> None:
    panel = Panel("door", lambda command: None)
    panel.press(Key.E, 1.0)
    panel.release(Key.E, 10.0)
    assert panel.screen(view_of(), 10.0).title == HOME


@pytest.mark.parametrize(
    ("minutes", "lit"), [(0, [True] * 3), (1, [True, False, False]), (5, [True, True, False]),
                         (121, [False] * 3)]
)  # fmt: skip
def test_the_light_goes_out_as_set(minutes, lit) -> None:
    front = Front(settings={"backlight_time": minutes})
    assert [front.wait(s).backlight for s in (59.0, 2.0, 240.0)] == lit


def test_the_first_key_in_the_dark_only_wakes_the_light() -> None:
    front = Front(settings={"backlight_time": 1})
    assert not front.wait(61.0).backlight
    screen = front.press(Key.P)
    assert (screen.backlight, screen.title) == (True, HOME)
    assert front.press(Key.P).title == "active power"
    front.wait(61.0)
    assert front.press(Key.E, 10.0).title == "active power", "a long press as well"
    assert front.press(Key.E).title == HOME


def test_a_light_that_is_always_off_takes_no_key() -> None:
    front = Front(settings={"backlight_time": 121})
    screen = front.press(Key.P)
    assert (screen.backlight, screen.title) == (False, "active power")


def test_pages_scroll_by_themselves() -> None:
    front = Front(settings={"scroll_time": 5})
    assert front.wait(4.9).title == HOME
    assert front.wait(0.2).title == "total import active energy"
    assert front.wait(10.0).title == "net active energy (export - import)"
    seen = {front.wait(5.0).title for _ in range(60)}
    assert "total powers" in seen
    assert "voltage harmonics" not in seen, "of these the order is chosen by hand"
    count = 38 - 2
    before = front.screen().title
    assert front.wait(5.0 * count * 1000).title == before, "as if somebody had looked all along"


def test_a_key_stops_scrolling_for_a_while() -> None:
    front = Front(settings={"scroll_time": 5})
    front.wait(3.0)
    assert front.press(Key.P).title == "active power"
    assert front.wait(SCROLL_PAUSE - 1.0).title == "active power"
    assert front.wait(1.5).title == "reactive power"
    assert front.wait(5.0).title == "apparent power"


def test_scrolling_waits_for_the_set_up_and_begins_anew_behind_it() -> None:
    front = Front(settings={"scroll_time": 1})
    front.enter()
    assert front.wait(20.0).title.startswith("set-up")
    before = front.press(Key.UI).title
    assert front.wait(0.5).title == before
    assert front.wait(0.6).title != before


def test_scrolling_that_is_turned_on_begins_then() -> None:
    front = Front()
    front.wait(1000.0)
    view = replace(front.view(), configuration=configured({"scroll_time": 10}))
    assert front.panel.screen(view, front.now + 1.0).title == HOME
    assert front.panel.screen(view, front.now + 10.9).title == HOME
    assert front.panel.screen(view, front.now + 11.1).title != HOME


def test_a_page_that_the_meter_loses_gives_way() -> None:
    panel = Panel("door", lambda command: None)
    panel.screen(view_of(), 0.0)
    panel.turn_to("summary-l3", view_of())
    one_phase = view_of(settings={"system_type": 1})
    assert panel.screen(one_phase, 1.0).title == "line-to-neutral voltages"
    with pytest.raises(OptionError):
        panel.turn_to("summary-l3", one_phase)


def test_a_page_by_name_leaves_the_set_up() -> None:
    front = Front()
    front.press(Key.E, LONG)
    front.panel.turn_to("totals", front.view())
    assert front.screen().title == "total powers"


def test_a_viewer_who_looks_away_presses_nothing() -> None:
    front = Front()
    front.panel.press(Key.E, front.now)
    front.wait(1.0)
    front.panel.let_go()
    assert front.wait(5.0).title == HOME
    front.panel.release(Key.E, front.now)
    assert front.screen().title == HOME


def test_a_clock_that_goes_back_stands_still() -> None:
    front = Front()
    front.wait(10.0)
    front.now -= 8.0
    assert front.press(Key.P).title == "active power"


def test_the_same_calls_give_the_same_screens() -> None:
    def run() -> list:
        front = Front(settings={"scroll_time": 3})
        found = [front.enter("1001"), front.wait(7.0), front.press(Key.UI, LONG)]
        return [*found, *(front.wait(0.7) for _ in range(40))]

    assert run() == run()


def test_panels_are_apart() -> None:
    front = Front()
    other = Panel("window", front.apply)
    other.screen(front.view(), front.now)
    front.enter()
    view = replace(front.view(), unlocked=front.meter.lock.unlocked("window", front.now))
    screen = other.screen(view, front.now)
    assert (screen.title, Symbol.LOCK in screen.symbols) == (HOME, True)
    assert Symbol.SETUP in front.screen().symbols
    assert (front.panel.session, other.session) == ("door", "window")


def test_before_the_first_window_there_are_dashes() -> None:
    meter = Meter(configured(starting=True))
    view = replace(view_of(), snapshot=without_readings(meter, lost=False))
    screen = Panel("door", lambda command: None).screen(view, 0.0)
    assert screen.rows[1].text == "----"
    assert screen.line.text == "0.0"
    assert screen.bar is None
