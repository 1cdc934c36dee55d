"""Meters in chosen states, as their panels see them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import smartx96
from smartx96.meter.configuration import Configuration
from smartx96.models import MODELS
from smartx96.panel.view import View
from smartx96.simulation.simulated_meter import SimulatedMeter

ROOT = Path(__file__).resolve().parents[2]


def _gallery():
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "docs/panel_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _view(meter: SimulatedMeter, model: str, **more) -> View:
    configuration = Configuration(meter.settings, model=MODELS[model])
    return View(meter.snapshot(), configuration, 10_000_002, "1.0", 0x12AB_34CD, **more)


@cache
def feeder() -> View:
    """3p4w, import, inductive: the meter of the documentation's pictures."""
    return _gallery().feeder()


@cache
def generator() -> View:
    """3p3w at 11 kV, exporting, capacitive, phases the wrong way round, requests and pulses now."""
    with smartx96.simulate(
        wiring="3p3w", vt=28, ct=(100, 1), start="2026-07-01T10:00", tcp=False, reverse=True,
        voltage=11000, current=61, power_factor=-0.97, leading=True,
        settings={"measurement_mode": 3, "energy_prefix": 1, "time_zone": "Asia/Kolkata"},
    ) as meter:  # fmt: skip
        meter.advance(hours=26)
        return _view(meter, "X96-5A", communication=0.0, pulses=(0.0, 0.0))


@cache
def flat() -> View:
    """X96-5E, 1p2w, above its range; import alone counts."""
    with smartx96.simulate(
        model="X96-5E", wiring="1p2w", start="2026-03-29T00:59", tcp=False, voltage=281,
        current=6.2, power_factor=0.5, settings={"measurement_mode": 1, "backlight_time": 121},
    ) as meter:  # fmt: skip
        meter.advance(minutes=62)
        return _view(meter, "X96-5E")


SPECIMENS = {"feeder": feeder, "generator": generator, "flat": flat}
