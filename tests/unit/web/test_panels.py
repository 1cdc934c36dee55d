"""Panels over HTTP: keys, the meter's password and its lock-out, the supply, and who has which."""

from __future__ import annotations

import time

import pytest

import smartx96
from smartx96.errors import LockedError
from smartx96.meter.commands import Access, ChangeSettings, Road, Unlock
from smartx96.meter.lock import ATTEMPTS
from smartx96.panel.keys import LONG_PRESS, Key
from smartx96.panel.lit import lit
from smartx96.panel.screen import Screen, Symbol
from smartx96.web import panels as module
from smartx96.web.panels import IDLE, MOST, ViewedPanel, part_of
from support.pages import pages


class Viewer:
    """Somebody at a panel, who sees its screen and presses its keys by HTTP."""

    def __init__(self, served, client):
        self.served, self.client = served, client
        answer = client.post(f"{served.path}/panels", json={})
        assert answer.status_code == 201
        self.name = answer.json()["panel"]

    @property
    def panel(self) -> ViewedPanel:
        return self.served.server._resources.panels.get(self.name)

    @property
    def screen(self) -> Screen:
        return self.served.call(self.panel.screen)

    @property
    def title(self) -> str:
        return self.screen.title

    def act(self, key: str, action: str):
        return self.client.post(
            f"/api/panels/{self.name}/keys", json={"key": key, "action": action}
        )

    def tap(self, *keys: str) -> None:
        for key in keys:
            assert self.act(key, "tap").status_code == 200

    def hold(self, key: str) -> None:
        """Hold a key for as long as a long press takes, by the panel's own clock."""
        assert self.act(key, "press").status_code == 200
        self.served.call(lambda: module.time.advance(LONG_PRESS + 0.1))
        self.screen  # noqa: B018 - what was due happens
        assert self.act(key, "release").status_code == 200

    def enter(self, digits: str) -> None:
        """Enter four digits, each counted up from 0."""
        for place, digit in enumerate(digits):
            self.tap(*["M"] * int(digit))
            self.tap(*["E"] * (place < 3))
        self.hold("E")


class Clock:
    """The clock of panels and lock, ahead of the steady one by what a test says."""

    def __init__(self):
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    monkeypatch.setattr("smartx96.installation.live.time", found)
    return found


@pytest.fixture
def viewer(served, client):
    return Viewer(served, client)


def test_keys_turn_pages_and_everybody_has_his_own(served, client, viewer):
    other, home = Viewer(served, client), viewer.title
    viewer.tap("U/I")
    assert "voltage" in viewer.title
    assert other.title == home
    viewer.tap("P")
    assert "power" in viewer.title


def test_the_answer_to_a_key_is_what_it_has_made_of_the_screen(viewer):
    answer = viewer.act("U/I", "tap").json()
    assert answer["title"] == viewer.title
    assert answer["spoken"]
    assert answer["powered"]
    assert viewer.act("P", "press").json()["title"] == answer["title"], "it acts when it comes up"
    assert viewer.act("P", "release").json()["title"] != answer["title"]


def test_a_key_that_is_held_opens_set_up(viewer):
    viewer.hold("E")
    assert Symbol.SETUP in viewer.screen.symbols


def test_hold_is_a_long_press_for_those_who_cannot_hold(viewer, clock):
    assert viewer.act("E", "hold").status_code == 200
    clock.advance(LONG_PRESS + 0.05)
    assert Symbol.SETUP in viewer.screen.symbols


def test_the_password_is_the_meters(served, client, viewer):
    viewer.hold("E")
    viewer.enter("9999")
    assert "Err" in "".join(row.text for row in viewer.screen.rows) + viewer.screen.line.text
    assert kinds(served, client)["wrong_password"] == {"road": Road.WEB}
    assert not unlocked(served, viewer)


def unlocked(served, viewer) -> bool:
    lock = served.meter._built.live.meter.lock
    return served.call(lambda: lock.unlocked(("web", viewer.name), module.time.monotonic()))


def test_who_knows_it_is_unlocked_and_nobody_else(served, client, viewer):
    other = Viewer(served, client)
    viewer.hold("E")
    viewer.enter("1000")
    assert unlocked(served, viewer)
    assert not unlocked(served, other)
    client.post(f"/api/panels/{viewer.name}/close", json={})
    assert not unlocked(served, viewer)


def test_wrong_passwords_lock_every_road_out(served, client, meter, clock):
    """Of several viewers together, too: the lock-out is the meter's."""
    for _ in range(ATTEMPTS):
        viewer = Viewer(served, client)
        viewer.hold("E")
        viewer.enter("0001")
    live = meter._built.live
    assert served.call(lambda: live.meter.lock.locked_out(clock.monotonic()))
    viewer = Viewer(served, client)
    viewer.hold("E")
    viewer.enter("1000")
    assert not unlocked(served, viewer)
    clock.advance(61)
    viewer = Viewer(served, client)
    viewer.hold("E")
    viewer.enter("1000")
    assert unlocked(served, viewer)


def kinds(served, client) -> dict[str, dict]:
    """Details of the newest event of each kind, once what happened is committed."""
    served.meter.advance(seconds=1)
    events = client.get(f"{served.path}/log").json()["events"]
    return {event["kind"]: event["details"] for event in reversed(events)}


def test_what_is_set_here_is_logged_as_set_here(served, client, viewer, meter):
    viewer.hold("E")
    viewer.enter("1000")
    served.call(lambda: viewer.panel._apply(ChangeSettings({"ct_primary": 200})))
    assert meter.settings.number("ct_primary") == 200
    found = kinds(served, client)["parameter_changed"]
    assert found == {"setting": "ct_primary", "old": 5, "new": 200, "road": Road.WEB}


def test_a_locked_panel_changes_nothing(served, viewer, meter):
    with pytest.raises(LockedError):
        served.call(lambda: viewer.panel._apply(ChangeSettings({"ct_primary": 200})))
    assert meter.settings.number("ct_primary") == 5


def test_off_and_on_again():
    with (
        smartx96.simulate(voltage=230, current=5, supply="self", tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        viewer = Viewer(served, client)
        assert viewer.screen.powered
        meter.power_off()
        assert not viewer.screen.powered
        viewer.tap("U/I")
        assert not viewer.screen.powered
        meter.power_on()
        assert viewer.screen.lamp_test or viewer.screen.powered


def test_a_pulse_lights_its_symbol(viewer, meter, clock):
    meter.advance(hours=1)
    assert Symbol.PULSE_2 in viewer.screen.symbols
    clock.advance(2)
    assert Symbol.PULSE_2 not in viewer.screen.symbols


def test_nobody_is_at_the_other_panel(served, client):
    """Pictures and streams without a panel show one that takes no key."""
    watched = served.server._resources.meters[served.name]
    screen = served.call(lambda: module.screen_of(watched, "energy"))
    assert screen.title == "active energy by measurement mode"


def test_a_panel_that_nobody_looks_at_is_gone(served, viewer, clock):
    assert viewer.act("M", "tap").status_code == 200
    clock.advance(IDLE + 1)
    answer = viewer.act("M", "tap")
    assert answer.status_code == 404
    assert "open another" in answer.json()["error"]


def test_a_key_that_is_held_at_the_end_unlocks_nothing(served, client, viewer, clock):
    viewer.hold("E")
    viewer.tap("M")
    panel = viewer.panel
    viewer.act("E", "press")
    client.post(f"/api/panels/{viewer.name}/close", json={})
    clock.advance(LONG_PRESS + 0.1)
    served.call(lambda: panel.release(Key.E))
    assert not unlocked(served, viewer)


def test_panels_are_bounded(served, client, clock):
    for _ in range(MOST):
        Viewer(served, client)
    assert client.post(f"{served.path}/panels", json={}).status_code == 503
    clock.advance(IDLE + 1)
    Viewer(served, client)


@pytest.mark.parametrize(
    "asked",
    [{}, {"key": "X", "action": "tap"}, {"key": "M"}, {"key": "M", "action": "throw"},
     {"key": ["M"], "action": "tap"}, {"key": "M", "action": {"tap": 1}}, {"key": None}],
)  # fmt: skip
def test_what_is_no_key(viewer, asked):
    before = viewer.screen
    answer = viewer.client.post(f"/api/panels/{viewer.name}/keys", json=asked)
    assert answer.status_code == 400
    assert viewer.screen.title == before.title


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"M"', b"[" * 4000, b"\xff"])
def test_what_is_no_json(viewer, body):
    answer = viewer.client.post(
        f"/api/panels/{viewer.name}/keys",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400


def test_nothing_that_is_read_changes_anything(served, client, viewer):
    """GET of every resource, those for POST among them."""
    before = viewer.screen.title
    for path in (f"/api/panels/{viewer.name}/keys?key=M&action=tap",
                 f"/api/panels/{viewer.name}/close", f"{served.path}/panels"):  # fmt: skip
        assert client.get(path).status_code == 405
        assert client.head(path).status_code == 405
    assert viewer.screen.title == before
    assert len(served.server._resources.panels._open) == 1


def test_a_panel_belongs_to_its_meter():
    with (
        smartx96.simulate(voltage=230, current=5, meters=2, tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        viewer = Viewer(served, client)
        first, second = client.get("/api/meters").json()["meters"]
        assert client.get(
            f"/api/meters/{second['id']}/events?topics=panel&panel={viewer.name}"
        ).status_code == 404  # fmt: skip
        assert first["id"] != second["id"]
        assert client.get("/").text != client.get(f"/meters/{second['id']}/").text


def test_what_is_sent_is_what_is_lit():
    screen = Screen(title="t", spoken=("a", "b"), symbols=frozenset({Symbol.LOCK}))
    part, masks = part_of(screen), lit(screen)
    assert part is part_of(Screen(title="t", spoken=("a", "b"), symbols=frozenset({Symbol.LOCK})))
    assert f'"on":"{masks.on:x}"'.encode() in part.body


def test_somebody_else_unlocking_is_not_us(served, viewer, meter):
    """Who is unlocked over Modbus does not unlock the page."""
    live = meter._built.live
    served.call(lambda: live.apply(Unlock(1000), Access(Road.MODBUS, "somebody")))
    assert not unlocked(served, viewer)
