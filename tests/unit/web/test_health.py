"""What a supervisor of containers is told: whether every meter goes on."""

from __future__ import annotations

import time
from types import SimpleNamespace

from smartx96.meter.snapshot import InputState


def test_a_meter_that_hangs_is_told_with_its_name(client, served, monkeypatch):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() | {"version": ""} == {"status": "ok", "meters": 1, "measuring": 1,
                                               "version": ""}  # fmt: skip
    live = served.server._watched[served.name].live
    later = time.monotonic() + live.patience + 1.0
    monkeypatch.setattr("smartx96.web.resources.time", SimpleNamespace(monotonic=lambda: later))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    said = answer.json()
    assert (said["status"], said["measuring"]) == ("hanging", 0)
    assert served.name in said["error"]


def test_a_dry_source_is_no_failure_of_the_meter(client, served, monkeypatch):
    """To start it anew would bring no samples."""
    live = served.server._watched[served.name].live
    monkeypatch.setattr(type(live), "input", InputState(dry=True))
    later = time.monotonic() + 1000.0
    monkeypatch.setattr("smartx96.web.resources.time", SimpleNamespace(monotonic=lambda: later))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["measuring"] == 0
