"""Any keys at any time: no exception, always a screen that fits the glass, nothing without the
password.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from smartx96.meter.commands import LockUp, Unlock
from smartx96.meter.supply import Supply
from smartx96.panel.keys import Key
from smartx96.panel.lit import lit, misfits
from smartx96.panel.screen import OFF, ROWS, Screen, Symbol
from support.front import Front
from support.meters import Rig

KEYS = st.sampled_from(list(Key))
TIMES = st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.04, 0.5, 2.9, 3.1, 6.0, 61.0, 5000.0]))


def check(screen: Screen) -> None:
    assert misfits(screen) == []
    assert len(screen.rows) <= ROWS
    assert screen.title
    assert screen.flashing <= screen.symbols
    assert screen.bar is None or 0.0 <= screen.bar <= 1.2
    assert lit(screen).flashing & ~lit(screen).on == 0
    if not screen.powered:
        assert screen == OFF


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KEYS, TIMES, TIMES), max_size=25), st.data())
def test_without_the_password_nothing_is_changed(presses, data) -> None:
    """The password is 0007, which no sequence here finds."""
    front = Front()
    front.meter.lock.change_password(7)
    before, logged = dict(front.settings), front.meter.standing().get("active_power_demand_max")
    for key, hold, pause in presses:
        front.panel.press(key, front.now)
        check(front.wait(hold))
        if data.draw(st.booleans(), label="released"):
            front.panel.release(key, front.now)
        check(front.wait(pause))
        if any(isinstance(c, Unlock) and c.password == 7 for c in front.commands):
            return
    assert {type(c) for c in front.commands} <= {Unlock, LockUp}
    assert dict(front.settings) == before
    assert front.meter.standing().get("active_power_demand_max") == logged


class AnyKeys(RuleBasedStateMachine):
    """A meter in any wiring, its keys, its password, its power."""

    @initialize(
        wiring=st.sampled_from([1, 2, 3]),
        scroll=st.sampled_from([0, 1, 7]),
        light=st.sampled_from([0, 1, 121]),
    )
    def begin(self, wiring: int, scroll: int, light: int) -> None:
        own = {"system_type": wiring, "scroll_time": scroll, "backlight_time": light}
        self.front = Front(Rig(supply=Supply(), settings=own).run(1.0), starting=True)
        self.seen = self.front.screen()
        self.known = dict(self.front.settings)

    def look(self, seconds: float) -> None:
        self.seen = self.front.wait(seconds)
        check(self.seen)

    @rule(key=KEYS, hold=TIMES)
    def press_and_release(self, key: Key, hold: float) -> None:
        self.front.panel.press(key, self.front.now)
        self.look(hold)
        self.front.panel.release(key, self.front.now)
        self.look(0.01)

    @rule(key=KEYS)
    def press(self, key: Key) -> None:
        self.front.panel.press(key, self.front.now)

    @rule(key=KEYS)
    def release(self, key: Key) -> None:
        self.front.panel.release(key, self.front.now)

    @rule(seconds=TIMES)
    def wait(self, seconds: float) -> None:
        self.look(seconds)

    @rule()
    def set_up(self) -> None:
        """Somebody who knows the password."""
        if self.front.screen().title == "active energy by measurement mode":
            self.front.enter()

    @rule(entry=st.integers(1, 30), steps=st.lists(KEYS, max_size=8))
    def edit(self, entry: int, steps: list[Key]) -> None:
        if not self.front.screen().title.startswith("set-up"):
            return
        for _ in range(30):
            if self.front.screen().rows[0].text == f"no{entry:2d}":
                break
            check(self.front.press(Key.P))
        for key in (Key.E, *steps):
            check(self.front.press(key))
        check(self.front.confirm())

    @rule(voltage=st.sampled_from([0.0, 100.0, 230.0, 300.0]), reverse=st.booleans())
    def mains(self, voltage: float, reverse: bool) -> None:
        self.front.rig.run(1.0, voltage=voltage, reverse=reverse)
        self.look(0.0)

    @invariant()
    def whatever_changes_something_comes_behind_the_password(self) -> None:
        """Also what the meter would take from anybody: address, speed, clock."""
        if not hasattr(self, "front"):
            return
        unlocked = False
        for command in self.front.executed:
            if isinstance(command, Unlock | LockUp):
                unlocked = isinstance(command, Unlock)
            else:
                assert unlocked, command
        if not any(isinstance(command, Unlock) for command in self.front.executed):
            assert dict(self.front.settings) == self.known

    @invariant()
    def without_power_nothing_is_shown(self) -> None:
        if hasattr(self, "front"):
            assert (self.front.screen() == OFF) is not self.front.meter.powered

    @invariant()
    def set_up_is_marked(self) -> None:
        if hasattr(self, "front"):
            screen = self.front.screen()
            marked = Symbol.SETUP in screen.symbols
            assert marked or not screen.title.startswith(("set-up", "password"))


AnyKeys.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyKeys = AnyKeys.TestCase
