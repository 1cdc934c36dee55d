"""Details of events in words and with units."""

from __future__ import annotations

import pytest

from smartx96.meter.commands import Road
from smartx96.meter.event_wording import worded
from smartx96.metrology.wiring_findings import voltage_missing

SAID = [
    ("over_voltage", {"phase": "L1-L2", "voltage": 481.2}, "L1-L2, 481.2 V"),
    ("over_current_ended", {"phase": "L3", "current": 6.2, "since": "2026-01-01T00:00:00Z",
                            "repeats": 1},
     "L3, 6.2 A, since 2026-01-01T00:00:00Z, came again 1 time"),
    ("frequency_out_of_range", {"frequency": 47.031}, "47.031 Hz"),
    ("parameter_changed", {"setting": "ct_primary", "old": 5, "new": 400, "road": "command line"},
     "CT primary current from 5 A to 400 A, from the command line"),
    ("parameter_changed", {"setting": "demand_period", "old": 60, "new": 15, "road": "modbus"},
     "demand period from 60 min to 15 min, over Modbus"),
    ("parameter_changed", {"setting": "pulse1_energy", "old": 1, "new": 2, "road": "file"},
     "pulse output 1 energy from import kWh to total kWh, from a file"),
    ("parameter_changed", {"setting": "gone_by_now", "old": 1, "new": 2},
     "from 1 to 2, setting gone_by_now"),
    ("clock_set", {"old": "2026-01-01T00:00:00Z", "new": "2026-01-02T00:00:00Z", "road": "source"},
     "from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z, by the source"),
    ("tariff_switched", {"old": 1, "new": 3}, "from tariff 1 to 3"),
    ("tariff_switched", {"old": 0, "new": 3}, "tariff 3"),
    ("calendar_changed", {"name": "Household", "road": "file", "activation": "2027-01-01T00:00"},
     "calendar Household, in force from 2027-01-01T00:00, from a file"),
    ("pulse_overflow", {"output": 1, "pending": 1200}, "output 1, 1200 pulses waiting"),
    ("pulse_overflow_ended", {"output": 2, "pending": 1}, "output 2, 1 pulse waiting"),
    ("wiring_suspect", {"findings": "current_reversed, voltage_missing"},
     "current reversed, voltage missing"),
    ("reset", {"what": "demand maxima", "road": "panel"}, "demand maxima, at the panel"),
    ("power_down", {"reason": "stopped"}, "stopped"),
    ("power_down", {"found": "at start"}, "found at start"),
    ("power_up", {}, ""),
    ("of_tomorrow", {"colour": "red", "phase": "L1"}, "L1, colour red"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "details", "text"), SAID, ids=[s[2] or s[0] for s in SAID])
def test_details_are_words_with_units(kind, details, text):
    before = dict(details)
    assert worded(kind, details) == text
    assert details == before


@pytest.mark.parametrize("road", [*Road, "source"])
def test_every_road_has_words(road):
    assert worded("reset", {"road": road}) != f"by {road}"


@pytest.mark.parametrize(
    "details", [{"setting": "ct_primary", "old": "x", "new": 1.5}, {"pending": "many"},
                {"old": 1, "new": None}, {"setting": 3, "old": [], "new": {}}],
)  # fmt: skip
def test_an_altered_log_is_shown_too(details):
    assert worded("parameter_changed", details)


def test_findings_are_kinds_of_the_wiring_check():
    assert worded("wiring_suspect", {"findings": voltage_missing(0).kind}) == "voltage missing"
