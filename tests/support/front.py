"""A panel in front of a real meter, with one clock for both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartx96.errors import X96Error
from smartx96.meter.commands import Access, Command, Renew, Road
from smartx96.meter.snapshot import Snapshot
from smartx96.metrology.windows import Flag
from smartx96.panel.keys import LONG_PRESS, Key
from smartx96.panel.panel import Panel
from smartx96.panel.screen import Screen
from smartx96.panel.view import View
from smartx96.quantities import HARMONICS, INDEX, TABLE
from support.meters import Rig, configured

SHORT, LONG = 0.1, LONG_PRESS + 0.1


class Front:
    """Presses keys of a panel and reads its glass."""

    def __init__(self, rig: Rig | None = None, *, starting: bool = False, **more) -> None:
        self.rig = rig or Rig(supply=more.pop("supply", None), **more).run(2.0)
        self.now = 100.0
        self.commands: list[Command] = []
        """That the panel gave, but for those that only keep a session."""
        self.executed: list[Command] = []
        """Those of them that the meter took."""
        self.refused: list[str] = []
        self.panel = Panel("door", self.apply, starting=starting)
        self.communication = None
        self.pulses = (None, None)
        self.screen()

    @property
    def meter(self):
        return self.rig.meter

    @property
    def settings(self):
        return self.meter.configuration.settings

    def apply(self, command: Command) -> None:
        if not isinstance(command, Renew):
            self.commands.append(command)
        try:
            self.meter.apply(command, Access(Road.PANEL, "door"), self.now)
        except X96Error as error:
            self.refused.append(str(error))
            raise
        if not isinstance(command, Renew):
            self.executed.append(command)

    def view(self) -> View:
        meter = self.meter
        return View(
            meter.snapshot(now=self.now), meter.configuration, 4711, "1.2", 0xBEEF,
            meter.lock.unlocked("door", self.now), meter.lock.lock_out(self.now),
            meter.lock.power_cycles, self.communication, self.pulses,
        )  # fmt: skip

    def screen(self) -> Screen:
        return self.panel.screen(self.view(), self.now)

    def wait(self, seconds: float) -> Screen:
        self.now += seconds
        return self.screen()

    def press(self, key: Key, seconds: float = SHORT) -> Screen:
        """Press a key, and look while it is held and after it."""
        self.panel.press(key, self.now)
        self.wait(seconds)
        self.panel.release(key, self.now)
        return self.wait(0.01)

    def keys(self, *keys: Key) -> Screen:
        for key in keys:
            self.press(key)
        return self.screen()

    def type(self, old: str, new: str) -> None:
        """Set digits from the first on, each with M or P."""
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            if place:
                self.press(Key.E)
            up = (int(after) - int(before)) % 10
            for _ in range(min(up, 10 - up)):
                self.press(Key.M if up <= 5 else Key.P)

    def enter(self, password: str = "1000", key: Key = Key.E) -> Screen:
        """Ask for the set-up, and give the password."""
        self.press(key, LONG)
        self.type("0000", password)
        return self.press(Key.E, LONG)

    def entry(self, number: int) -> Screen:
        """Go down the menu to an entry."""
        for _ in range(40):
            screen = self.screen()
            if screen.rows[0].text == f"no{number:2d}":
                return screen
            self.press(Key.P)
        raise AssertionError(f"no entry {number}, but {screen.title}")

    def confirm(self) -> Screen:
        return self.press(Key.E, LONG)


def view_of(values: dict[str, float] | None = None, settings: dict | None = None, *,
            harmonics: np.ndarray | None = None, status: int = 0, powered: bool = True,
            clock: int = 0, model=None, **more) -> View:  # fmt: skip
    """A view of chosen values; all others are not available."""
    vector = np.full(len(TABLE), np.nan)
    for id, value in (values or {}).items():
        vector[INDEX[id]] = value
    orders = np.full((len(HARMONICS), 63), np.nan) if harmonics is None else harmonics
    snapshot = Snapshot(
        0.0, vector, orders, {"status": status}, Flag(0), clock=clock, powered=powered
    )
    snapshot = replace(snapshot, standing=more.pop("standing", snapshot.standing))
    configuration = configured(settings, **({"model": model} if model else {}))
    return View(snapshot, configuration, **more)
