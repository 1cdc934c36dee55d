"""Menu: what can be set and read in set-up, in its order, as data."""

from __future__ import annotations

from datetime import date, datetime

from smartx96.panel.entries import (
    ClearEntry,
    Code,
    Entry,
    Information,
    Number,
    TimeEntry,
    ZoneEntry,
)
from smartx96.panel.screen import LINE_CHARACTERS
from smartx96.panel.values import date_text, time_text, width
from smartx96.settings import MENU as SETTINGS
from smartx96.settings import Setting

NAMES = {
    "unit_address": "ADDRESS",
    "baud_rate": "BAUD",
    "parity_stop": "PARITY",
    "ct_secondary": "CT SEC",
    "ct_primary": "CT PRIM",
    "vt_secondary": "VT SEC",
    "vt_ratio": "VT RATIO",
    "system_type": "WIRING",
    "current_direction_l1": "I DIR L1",
    "current_direction_l2": "I DIR L2",
    "current_direction_l3": "I DIR L3",
    "measurement_mode": "KWH MODE",
    "pulse1_energy": "P1 KIND",
    "pulse1_rate": "P1 RATE",
    "pulse1_width": "P1 WIDTH",
    "demand_period": "DMD TIME",
    "demand_slide": "DMDSLIDE",
    "energy_balance": "NETTING",
    "tariff_control": "TARIFF",
    "time_zone": "TIMEZONE",
    "backlight_time": "LIGHT",
    "scroll_time": "SCROLL",
    "password": "PASSWORD",
}
"""Settings in the bottom line."""

_FEW = 10
"""So many numbers are chosen from a list; of more the digits are set."""


def _dated(time: datetime, text: str) -> datetime:
    day = date.fromisoformat(f"20{text}")
    return datetime.combine(day, time.time())


def _timed(time: datetime, text: str) -> datetime:
    hour, minute, second = (int(part) for part in text.split(":"))
    return time.replace(hour=hour, minute=minute, second=second, microsecond=0)


def _of_setting(setting: Setting) -> Entry:
    place, name = setting.menu or 0, NAMES[setting.id]
    if setting.allowed is None:
        return ZoneEntry(place, name, setting.label)
    kind = Number if len(setting.allowed) > _FEW else Code
    return kind(place, name, setting.label, setting)


def _entries() -> tuple[Entry, ...]:
    others: list[Entry] = [
        TimeEntry(20, "DATE", "date", date_text, _dated),
        TimeEntry(21, "TIME", "time", time_text, _timed),
        ClearEntry(25, "CLEAR", "clear maxima or resettable energy"),
        Information(27, "SERIAL", "serial number", lambda view: str(view.serial_number)),
        Information(28, "VERSION", "version of the program", lambda view: view.version),
        Information(
            29, "CHECKSUM", "check sum of the program", lambda view: f"{view.checksum:08X}"
        ),
        Information(
            30, "EVENTS", "events logged", lambda view: str(view.snapshot.standing.event_count)
        ),
    ]
    found = [*(_of_setting(setting) for setting in SETTINGS), *others]
    return tuple(sorted(found, key=lambda entry: entry.number))


ENTRIES: tuple[Entry, ...] = _entries()
"""The menu: settings in their order, and the entries that are no settings."""

if len({entry.number for entry in ENTRIES}) != len(ENTRIES):
    raise RuntimeError("menu: a place is taken twice")
if any(width(entry.name) > LINE_CHARACTERS for entry in ENTRIES):
    raise RuntimeError("menu: a name is too long")
