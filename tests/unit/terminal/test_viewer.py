"""A viewer of a running meter, whose page is played."""

from __future__ import annotations

import threading
import time

import pytest

from smartx96.panel.keys import Key
from smartx96.terminal import viewer as module
from smartx96.terminal.strokes import Action, Stroke
from smartx96.terminal.viewer import Viewer
from smartx96.web.address import PageAddress
from smartx96.web.client import PageError

SCREEN = {"on": "0", "flashing": "0", "title": "energy", "spoken": []}
PATIENCE = 5.0


class Page:
    """A page with one panel, that takes a key only when its stream has ended."""

    def __init__(self):
        self.asked = list[str]()
        self.ended, self.left = threading.Event(), threading.Event()

    def get(self, *path, **query):
        return {"model": "X96-5A"}

    def post(self, *path, **document):
        self.asked.append(path[-1])
        if path[-1] == "keys":
            assert self.left.wait(PATIENCE)
        return {"panel": "one"}

    def events(self, *path, **query):
        yield "panel", SCREEN
        assert self.ended.wait(PATIENCE)
        raise PageError("gone")

    def interrupt(self):
        self.ended.set()
        until(lambda: "panel" not in [thread.name for thread in threading.enumerate()])
        self.left.set()

    def close(self):
        pass


def until(holds) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def page(monkeypatch):
    found = Page()
    monkeypatch.setattr(module, "PageClient", lambda address: found)
    return found


def test_who_leaves_closes_his_panel_also_where_the_stream_ends_first(page):
    viewer = Viewer(PageAddress("http", "127.0.0.1", 1), "meter", None, lambda: None)
    until(lambda: viewer.sight.seen is not None)
    assert viewer.press(Stroke(Key.E, Action.TAP))
    until(lambda: "keys" in page.asked)
    viewer.close()
    assert page.asked == ["panels", "keys", "close"]
